"""What the database knows of its own contents when it plans a query."""

from sqlalchemy import Engine

_LOOKED_AT = 1_000  # rows of an index: a few milliseconds, whatever its size


def refresh_statistics(engine: Engine) -> None:
    """Let the database count anew; owed after many rows changed.

    Without it SQLite enters lists by the wrong index and sorts all of a tenant to show its first page.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA analysis_limit = {_LOOKED_AT}")
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
