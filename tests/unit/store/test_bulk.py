from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlmodel import select

from core.store.bulk import upsert
from core.store.engine import reading, writing
from core.store.tables import Application, Source

NOW = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)


def add_application(engine: Engine) -> int:
    with writing(engine) as session:
        application = Application(key="contoso", name="Contoso", created_at=NOW)
        session.add(application)
        session.flush()
        assert application.id is not None
        return application.id


def test_new_rows_are_added_and_known_ones_updated(engine: Engine) -> None:
    key = add_application(engine)
    with writing(engine) as session:
        upsert(
            session, Source, [{"application_id": key, "name": "sign_ins", "status": "failed", "detail": "x"}]
        )
    with writing(engine) as session:
        upsert(
            session,
            Source,
            [
                {"application_id": key, "name": "sign_ins", "status": "available", "detail": ""},
                {"application_id": key, "name": "mailboxes", "status": "missing", "detail": ""},
            ],
        )
    with reading(engine) as session:
        read = {source.name: source.status for source in session.exec(select(Source))}
    assert read == {"sign_ins": "available", "mailboxes": "missing"}


def test_columns_that_are_not_named_keep_their_values(engine: Engine) -> None:
    key = add_application(engine)
    with writing(engine) as session:
        upsert(
            session,
            Source,
            [{"application_id": key, "name": "sign_ins", "status": "available", "detail": "d", "as_of": NOW}],
        )
    with writing(engine) as session:
        upsert(
            session, Source, [{"application_id": key, "name": "sign_ins", "status": "stale", "detail": "e"}]
        )
    with reading(engine) as session:
        source = session.exec(select(Source)).one()
    assert (source.status, source.detail, source.as_of) == ("stale", "e", NOW)


def test_no_rows_are_no_statement(engine: Engine) -> None:
    with writing(engine) as session:
        upsert(session, Source, [])
