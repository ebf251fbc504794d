from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select

from core.store.engine import reading, writing
from core.store.tables import Application, Policy

NOW = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)


def add_policy(engine: Engine) -> int:
    with writing(engine) as session:
        application = Application(key="contoso", name="Contoso", created_at=NOW)
        session.add(application)
        session.flush()
        assert application.id is not None
        session.add(Policy(application_id=application.id, threshold_days=0, changed_at=NOW, changed_by="a"))
        return application.id


def test_concurrent_updates_are_all_kept(engine: Engine) -> None:
    application_id = add_policy(engine)

    def raise_threshold(_: int) -> None:
        with writing(engine) as session:
            policy = session.exec(
                select(Policy).where(Policy.application_id == application_id).with_for_update()
            ).one()
            policy.threshold_days += 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(raise_threshold, range(40)))
    with reading(engine) as session:
        assert session.get_one(Policy, application_id).threshold_days == 40


def test_a_failed_transaction_keeps_nothing(engine: Engine) -> None:
    def change_and_fail() -> None:
        with writing(engine) as session:
            session.add(Application(key="contoso", name="Contoso", created_at=NOW))
            session.flush()
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        change_and_fail()
    with reading(engine) as session:
        assert session.exec(select(Application)).all() == []


def test_a_read_sees_one_state_while_a_write_goes_on(engine: Engine) -> None:
    application_id = add_policy(engine)
    with writing(engine) as writer:
        writer.get_one(Policy, application_id).threshold_days = 90
        writer.flush()
        with reading(engine) as reader:
            assert reader.get_one(Policy, application_id).threshold_days == 0


def test_all_that_is_read_in_one_session_is_of_one_moment(engine: Engine) -> None:
    application_id = add_policy(engine)
    with reading(engine) as reader:
        before = reader.exec(select(Policy.threshold_days)).one()
        with writing(engine) as writer:
            writer.get_one(Policy, application_id).threshold_days = 90
        assert reader.exec(select(Policy.threshold_days)).one() == before
    with reading(engine) as reader:
        assert reader.exec(select(Policy.threshold_days)).one() == 90


def test_sqlite_is_in_wal_mode(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        with reading(engine) as session:
            assert session.connection().execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
