from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlmodel import SQLModel, select

import core.store.tables  # noqa: F401 - registers every table
from core.policies.assessing import assessment_asked, mark_assessed
from core.store.engine import make_engine, reading
from core.store.migrate import DatabaseTooNewError, config, migrate
from core.store.tables import AssignmentRollup, Purchase


def test_the_migrations_lead_to_the_tables_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_migrations_lead_back_to_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        command.downgrade(config(connection), "base")
        connection.commit()
    assert inspect(engine).get_table_names() == ["alembic_version"]


def test_two_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: migrate(make_engine(url)), range(4)))
    assert inspect(make_engine(url)).has_table("reclamation_events")


def test_a_database_of_a_newer_version_is_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNewError, match="9999"):
        migrate(engine)


def test_what_has_no_seats_is_not_carried_back_to_a_version_that_knows_only_seats(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(
            text(
                "INSERT INTO applications (id, key, name, created_at)"
                " VALUES (1, 'contoso', 'Contoso', '2026-11-24 06:00:00.000000')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO purchases (application_id, sku_id, purchase_identifier, kind, seats,"
                " cost_per_seat, currency, frequency, notes, created_at, created_by, changed_at, changed_by)"
                " SELECT 1, 'E3', 'EA-1', kind, seats, 1, 'USD', 'monthly', '', created_at, 'ana',"
                " created_at, 'ana' FROM applications, (SELECT 'seats' AS kind, 10 AS seats"
                " UNION SELECT 'fee', 0 UNION SELECT 'discount', 0) AS lines"
            )
        )
        connection.commit()
        command.downgrade(config(connection), "0007")
        connection.commit()
        assert connection.execute(text("SELECT seats FROM purchases")).all() == [(10,)]
    migrate(engine)
    with reading(engine) as session:
        assert [(row.kind, row.seats) for row in session.exec(select(Purchase))] == [("seats", 10)]


def test_counts_by_several_things_at_once_become_counts_by_each(engine: Engine) -> None:
    """Nothing is lost that was counted, and what was not counted before is asked for."""
    with engine.connect() as connection:
        command.downgrade(config(connection), "0007")
        connection.execute(
            text(
                "INSERT INTO applications (id, key, name, created_at)"
                " VALUES (1, 'contoso', 'Contoso', '2026-11-24 06:00:00.000000')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO assignment_rollups VALUES"
                " (1, 'E3', 'active', 'Sales', 'France', '', 3, 1),"
                " (1, 'E3', 'active', 'Sales', '', '', 4, 0),"
                " (1, 'E3', 'inactive', 'IT', 'France', '', 5, 2)"
            )
        )
        connection.commit()
    migrate(engine)
    with reading(engine) as session:
        rows = session.exec(select(AssignmentRollup)).all()
        asked_at = assessment_asked(session, 1)
    assert {
        (row.dimension, row.value, row.activity_status): (row.seats, row.reclaimable) for row in rows
    } == {
        ("all", "", "active"): (7, 1),
        ("all", "", "inactive"): (5, 2),
        ("department", "Sales", "active"): (7, 1),
        ("department", "IT", "inactive"): (5, 2),
        ("country", "France", "active"): (3, 1),
        ("country", "", "active"): (4, 0),
        ("country", "France", "inactive"): (5, 2),
        ("company_name", "", "active"): (7, 1),
        ("company_name", "", "inactive"): (5, 2),
    }
    assert asked_at is not None
    mark_assessed(engine, 1, asked_at)
    with reading(engine) as session:
        assert assessment_asked(session, 1) is None
