from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from core.store.bulk import _sqlite_json, rows_of, update_rows, update_some, upsert, upsert_rows
from core.store.engine import reading, writing
from core.store.tables import Application, Assignment, Source, UserActivity

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


def test_what_all_rows_share_is_given_once(engine: Engine) -> None:
    key = add_application(engine)
    columns, seats = ("user_id", "sku_id", "reasons"), [("u", "s", ("a",)), ("u", "t", ("b",))]
    given = {"application_id": key, "direct": True, "group_count": 0, "state": "Active", "seen_in": 1}
    with writing(engine) as session:
        upsert_rows(session, Assignment, columns, seats, same={"application_id": key, **given})
        upsert_rows(
            session, Assignment, columns, seats[:1], same={"application_id": key, **given, "seen_in": 2}
        )
        update_rows(
            session,
            Assignment,
            ("activity_status", "sku_id"),
            [("active", "t"), ("inactive", "s")],
            same={"user_id": "u", "application_id": key, "assessed_at": NOW},
        )
    with reading(engine) as session:
        read = session.exec(select(Assignment).order_by(Assignment.sku_id)).all()
    assert [
        (row.sku_id, row.reasons, row.seen_in, row.activity_status, row.assessed_at, row.direct)
        for row in read
    ] == [("s", ["a"], 2, "inactive", NOW, True), ("t", ["b"], 1, "active", NOW, True)]


def test_rows_of_different_length_are_refused(engine: Engine) -> None:
    key = add_application(engine)
    rows = [(key, "sign_ins", "stale", ""), (key, "mailboxes", "stale")]
    with pytest.raises(ValueError, match="argument"), writing(engine) as session:
        upsert_rows(session, Source, ("application_id", "name", "status", "detail"), rows)


def test_columns_that_are_not_named_get_their_defaults_on_new_rows_only(engine: Engine) -> None:
    key = add_application(engine)
    columns = ("application_id", "user_id", "sku_id", "direct", "group_count", "state", "seen_in")
    for status in ("unknown", "active"):
        with writing(engine) as session:
            upsert_rows(session, Assignment, columns, [(key, "u", "s", True, 0, "Active", 1)])
            read = session.exec(select(Assignment)).one()
            assert (read.activity_status, read.reasons) == (status, [])
            read.activity_status = "active"


def test_rows_written_in_bulk_are_stored_as_sqlalchemy_stores_them(engine: Engine) -> None:
    key = add_application(engine)
    activity: dict[str, Any] = {
        "sign_in_successful": datetime(
            2024, 2, 29, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30))
        ),
        "report_refreshed_on": date(2026, 11, 22),
        "teams_on": None,
    }
    seat = ("application_id", "user_id", "sku_id", "direct", "group_count", "state", "reasons", "seen_in")
    with writing(engine) as session:
        session.add(UserActivity(application_id=key, user_id="orm", **activity))
        upsert(session, UserActivity, [{"application_id": key, "user_id": "bulk", **activity}])
        for user_id, reasons in (("orm", ["a", "é"]), ("bulk", ("a", "é"))):
            upsert_rows(
                session,
                Assignment,
                seat,
                [(key, user_id, "s", False, 0, "Active", reasons, 1)],
            )
    statements = (
        "SELECT sign_in_successful, report_refreshed_on, teams_on FROM user_activity ORDER BY user_id",
        "SELECT direct, CAST(reasons AS TEXT), disabled_plans FROM assignments ORDER BY user_id",
    )
    for statement in statements:
        with engine.connect() as connection:
            bulk, orm = connection.exec_driver_sql(statement).all()
        assert tuple(bulk) == tuple(orm)


def test_json_values_that_compare_equal_are_told_apart() -> None:
    assert [_sqlite_json(value) for value in ((1,), (True,), ("1",), (1.0,))] == [
        "[1]",
        "[true]",
        '["1"]',
        "[1.0]",
    ]


def test_a_moment_without_a_time_zone_is_refused_in_bulk(engine: Engine) -> None:
    key = add_application(engine)
    rows = [{"application_id": key, "user_id": "u", "sign_in_successful": datetime(2026, 1, 1)}]  # noqa: DTZ001 - the point
    with writing(engine) as session, pytest.raises(ValueError, match="time zone"):
        upsert(session, UserActivity, rows)


def test_rows_are_found_by_some_values_of_a_column_and_changed_together(engine: Engine) -> None:
    key = add_application(engine)
    with writing(engine) as session:
        columns = ("user_id", "sign_in_read_at", "mailbox_bytes")
        rows = [("a", NOW, 1), ("b", None, 2), ("c", None, 3), ("d", None, 4)]
        upsert_rows(session, UserActivity, columns, rows, same={"application_id": key})
        unread = {"application_id": key, "sign_in_read_at": None}
        found = rows_of(session, UserActivity, ("user_id", "mailbox_bytes"), "user_id", "abx", same=unread)
        assert found == [("b", 2)]
        change = {"sign_in_read_at": NOW, "has_archive": True}
        update_some(session, UserActivity, "user_id", ["a", "c"], same=unread, change=change)
        assert rows_of(session, UserActivity, ("user_id",), "user_id", [], same=unread) == ()
    with reading(engine) as session:
        read = {
            each.user_id: (each.sign_in_read_at, each.has_archive)
            for each in session.exec(select(UserActivity))
        }
    assert read == {"a": (NOW, None), "b": (None, None), "c": (NOW, True), "d": (None, None)}


def test_of_rows_with_the_same_key_the_last_one_stays(engine: Engine) -> None:
    key = add_application(engine)
    with writing(engine) as session:
        rows = [("b", 1), ("a", 2), ("b", 3)]
        upsert_rows(session, UserActivity, ("user_id", "mailbox_bytes"), rows, same={"application_id": key})
    with reading(engine) as session:
        read = {each.user_id: each.mailbox_bytes for each in session.exec(select(UserActivity))}
    assert read == {"a": 2, "b": 3}
