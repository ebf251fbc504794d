"""How DBOS is set up: a database of its own, nothing but JSON in it, and no connection to anywhere else.

DBOS is queue, timer and retry only. The truth is in the product's own rows, so this database can be
deleted while no worker runs: the sweeper finds what is unfinished and starts it anew.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from dbos import DBOSConfig, DBOSPortableJSONSerializer
from sqlalchemy import Engine, make_url

APPLICATION_VERSION: Final = "1"
"""Pinned: by default it hashes the source, and after an upgrade pending work would silently stay put."""

_SCHEMA: Final = "seatwise_jobs"


def jobs_database_url(engine: Engine) -> str:
    """Where DBOS keeps its tables: a file beside the SQLite database, or a schema of the PostgreSQL one."""
    if engine.dialect.name == "postgresql":
        return engine.url.render_as_string(hide_password=False)
    return f"sqlite:///{_jobs_file(engine)}"


def prepare(engine: Engine) -> None:
    """Switch write-ahead logging on before DBOS opens the file: readers then never wait for a writer."""
    if engine.dialect.name == "postgresql":
        return
    with closing(sqlite3.connect(_jobs_file(engine), timeout=30)) as connection:
        connection.execute("PRAGMA journal_mode = WAL").close()


def configuration(engine: Engine, slot: str) -> DBOSConfig:
    """The configuration of DBOS for a leased slot."""
    return DBOSConfig(
        name="seatwise",
        system_database_url=jobs_database_url(engine),
        dbos_system_schema=_SCHEMA,
        sys_db_pool_size=8,
        executor_id=slot,
        application_version=APPLICATION_VERSION,
        log_level="WARNING",
        enable_otlp=False,
        # The default is pickle: write access to the database would become execution of code.
        serializer=DBOSPortableJSONSerializer(),
        scheduler_polling_interval_sec=3600.0,  # schedules are not used
    )


def _jobs_file(engine: Engine) -> Path:
    database = make_url(engine.url).database
    if database is None or database == ":memory:":
        raise ValueError("jobs need a database in a file, or PostgreSQL")
    path = Path(database)
    return path.with_name(f"{path.stem}.jobs.db")
