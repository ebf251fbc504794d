"""Brings the database to the shape that this version of the product expects."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock
from sqlalchemy import Connection, Engine, text

_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 5_347_192  # any number, the same in every process


class DatabaseTooNewError(Exception):
    """The database was migrated by a newer version of the product."""


def migrate(engine: Engine) -> None:
    """Bring the database up to date; two processes that start together do it once.

    Raises:
        DatabaseTooNewError: a newer version has been here; nothing is changed.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
            try:
                _upgrade(connection)
                connection.commit()
            finally:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _ADVISORY_LOCK})
        return
    database = engine.url.database
    if database is None or database == ":memory:":
        with engine.connect() as connection:
            _upgrade(connection)
            connection.commit()
        return
    with FileLock(f"{database}.migrate.lock"), engine.connect() as connection:
        _upgrade(connection)
        connection.commit()


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without an ini file."""
    result = Config()
    result.set_main_option("script_location", str(_MIGRATIONS))
    result.attributes["connection"] = connection
    return result


def _upgrade(connection: Connection) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(config())
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise DatabaseTooNewError(
            f"the database is at version {current}, which this version of Seatwise does not know: "
            "install the version that migrated it, or restore a backup"
        )
    if current != scripts.get_current_head():
        command.upgrade(config(connection), "head")
