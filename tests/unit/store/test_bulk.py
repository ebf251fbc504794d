from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from core.store.bulk import update_rows, upsert, upsert_rows
from core.store.engine import reading, writing
from core.store.tables import Application, Assignment, Source

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


def test_values_pass_through_the_column_types(engine: Engine) -> None:
    key = add_application(engine)
    columns = ("application_id", "user_id", "sku_id", "direct", "group_count", "state", "disabled_plans")
    with writing(engine) as session:
        upsert_rows(
            session,
            Assignment,
            (*columns, "updated_at", "activity_status", "confidence", "reasons", "seen_in"),
            [(key, "u", "s", True, 0, "Active", ["p1", "p2"], NOW, "unknown", "review", [], 1)],
        )
    with reading(engine) as session:
        read = session.exec(select(Assignment)).one()
    assert (read.direct, read.disabled_plans, read.updated_at, read.reasons) == (True, ["p1", "p2"], NOW, [])


def test_an_update_changes_the_named_columns_of_rows_that_exist_only(engine: Engine) -> None:
    key = add_application(engine)
    with writing(engine) as session:
        upsert(
            session, Source, [{"application_id": key, "name": "sign_ins", "status": "failed", "detail": "d"}]
        )
    with writing(engine) as session:
        columns = ("application_id", "name", "status", "as_of")
        update_rows(
            session, Source, columns, [(key, "sign_ins", "stale", NOW), (key, "absent", "stale", NOW)]
        )
    with reading(engine) as session:
        read = session.exec(select(Source)).one()
    assert (read.name, read.status, read.detail, read.as_of) == ("sign_ins", "stale", "d", NOW)


def test_an_update_without_the_whole_key_is_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="application_id, name"), writing(engine) as session:
        update_rows(session, Source, ("name", "status"), [("sign_ins", "stale")])


def test_columns_that_are_not_named_get_their_defaults_on_new_rows_only(engine: Engine) -> None:
    key = add_application(engine)
    columns = ("application_id", "user_id", "sku_id", "direct", "group_count", "state", "seen_in")
    for status in ("unknown", "active"):
        with writing(engine) as session:
            upsert_rows(session, Assignment, columns, [(key, "u", "s", True, 0, "Active", 1)])
            read = session.exec(select(Assignment)).one()
            assert (read.activity_status, read.reasons) == (status, [])
            read.activity_status = "active"
