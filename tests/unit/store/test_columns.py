from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, case, select
from sqlmodel import SQLModel, col

from core.store.bulk import table_of
from core.store.columns import read_columns
from core.store.engine import reading, writing
from core.store.tables import Application, Assignment, DailyShare, ExchangeRate, User, UserActivity

AT = datetime(2026, 11, 24, 6, 10, 30, 123456, tzinfo=UTC)
SEAT: dict[str, Any] = {
    "application_id": 1,
    "sku_id": "type",
    "group_count": 0,
    "state": "Active",
    "seen_in": 1,
}
ROWS: list[SQLModel] = [
    User(
        application_id=1,
        user_id="a",
        user_principal_name="zoë@example.com",
        display_name="Zoë",
        account_enabled=True,
        on_premises_sync=False,
        created_at=AT,
        seen_in=1,
        digest=2**62,
    ),
    User(
        application_id=1,
        user_id="b",
        user_principal_name="b@example.com",
        display_name="",
        account_enabled=False,
        created_at=AT.replace(microsecond=0) - timedelta(days=9_000),
        seen_in=1,
    ),
    UserActivity(application_id=1, user_id="a", report_refreshed_on=date(2026, 11, 22), has_archive=True),
    Assignment(**SEAT, user_id="a", direct=True, reasons=["last_sign_in", "ä"], updated_at=AT),
    Assignment(**SEAT, user_id="b", direct=False),
    DailyShare(
        application_id=1, dimension="country", taken_on=AT.date(), sku_id="type", seats={"": [1, 0, 2, 3]}
    ),
    ExchangeRate(
        application_id=1,
        currency="EUR",
        into="USD",
        valid_from=AT.date(),
        rate=Decimal("1.084321"),
        entered_at=AT,
        entered_by="test",
    ),
]


@pytest.mark.parametrize("model", [User, UserActivity, Assignment, DailyShare, ExchangeRate])
def test_values_are_those_that_sqlalchemy_would_have_given(engine: Engine, model: type[SQLModel]) -> None:
    with writing(engine) as session:
        session.add(Application(id=1, key="one", name="One", created_at=AT))
        session.flush()
        session.add_all(type(row).model_validate(row.model_dump()) for row in ROWS)
    query = select(*table_of(model).c).order_by(*table_of(model).primary_key)
    with reading(engine) as session:
        expected = [tuple(row) for row in session.connection().execute(query)]
        found = read_columns(session, query)
    assert list(found) == [column.name for column in table_of(model).c]
    assert list(zip(*found.values(), strict=True)) == expected
    assert expected


def test_columns_are_named_by_their_labels_and_empty_where_there_are_no_rows(engine: Engine) -> None:
    query = select(
        col(User.created_at).label("since"), case((col(User.account_enabled), "on"), else_="off").label("is")
    )
    with reading(engine) as session:
        found = read_columns(session, query)
    assert {name: list(values) for name, values in found.items()} == {"since": [], "is": []}
