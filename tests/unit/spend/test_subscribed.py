from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from core.spend.purchases import list_purchases
from core.spend.subscribed import Subscribed, contradicted, next_renewal, read_subscriptions
from core.store.engine import reading, writing
from core.store.tables import Purchase as PurchaseRow
from core.store.tables import Subscription
from tests.support.license_types import E3, E5

READ_AT = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)
TODAY = date(2026, 11, 24)


def subscribed(
    day: date | None = date(2027, 3, 1), *, status: str = "Enabled", trial: bool = False
) -> Subscribed:
    return Subscribed(seats=250, status=status, trial=trial, comes_up_on=day, read_at=READ_AT)


def keep_subscription(
    engine: Engine, number: int, sku_id: str, comes_up: datetime | None, application: int = 1
) -> None:
    with writing(engine) as session:
        session.add(
            Subscription(
                application_id=application,
                subscription_id=f"subscription-{number}",
                sku_id=sku_id,
                status="Enabled",
                total_licenses=10 * number,
                trial=False,
                next_lifecycle_at=comes_up,
                read_at=READ_AT,
            )
        )


def keep_purchase(engine: Engine, ends_on: date | None, starts_on: date = date(2026, 1, 1)) -> None:
    with writing(engine) as session:
        session.add(
            PurchaseRow(
                application_id=1,
                sku_id=E3,
                purchase_identifier=f"EA-{ends_on}",
                seats=1,
                cost_per_seat=Decimal(1),
                currency="USD",
                frequency="monthly",
                starts_on=starts_on,
                ends_on=ends_on,
                created_at=READ_AT,
                created_by="test",
                changed_at=READ_AT,
                changed_by="test",
            )
        )


@pytest.mark.parametrize(
    ("subscription", "line"),
    [
        (subscribed(), "Renews on 2027-03-01 · 250 seats"),
        (subscribed(trial=True), "Trial, ends on 2027-03-01 · 250 seats"),
        (subscribed(None, trial=True), "Trial without an end · 250 seats"),
        (subscribed(status="Warning"), "Expired, usable until 2027-03-01 · 250 seats"),
        (subscribed(status="Suspended"), "Suspended, ends for good on 2027-03-01 · 250 seats"),
        (subscribed(status="LockedOut"), "Next change on 2027-03-01 · 250 seats"),
        (subscribed(None), "No renewal date · 250 seats"),
    ],
)
def test_what_comes_next_is_said_by_status(subscription: Subscribed, line: str) -> None:
    assert subscription.line == line


def test_subscriptions_are_read_by_type_the_next_one_in_front(engine: Engine) -> None:
    keep_subscription(engine, 1, E3, None)
    keep_subscription(engine, 2, E3, datetime(2027, 3, 1, tzinfo=UTC))
    keep_subscription(engine, 3, E3, datetime(2027, 1, 1, tzinfo=UTC))
    keep_subscription(engine, 4, E5, None)
    keep_subscription(engine, 5, E5, datetime(2027, 1, 1, tzinfo=UTC), application=2)
    with reading(engine) as session:
        found = read_subscriptions(session, 1)
    assert [each.seats for each in found[E3]] == [30, 20, 10]
    assert [each.seats for each in found[E5]] == [40]
    assert next_renewal(found[E3]) == date(2027, 1, 1)
    assert next_renewal(found[E5]) is None
    assert next_renewal([]) is None


@pytest.mark.parametrize(
    ("ends_on", "differs"),
    [
        (date(2027, 2, 28), False),  # the day before it renews
        (date(2027, 3, 1), False),
        (date(2027, 3, 2), True),
        (date(2027, 2, 27), True),
        (date(2026, 12, 31), True),
        (None, False),
        (date(2026, 11, 1), False),  # over already
    ],
)
def test_a_purchase_that_ends_on_another_day_is_named(
    engine: Engine,
    ends_on: date | None,
    differs: bool,
) -> None:
    keep_purchase(engine, ends_on)
    purchases = list_purchases(engine, 1, sku_id=E3)
    assert bool(contradicted(purchases, [subscribed(date(2027, 3, 1))], TODAY)) == differs
    assert contradicted(purchases, [subscribed(None)], TODAY) == []
    assert contradicted(purchases, [], TODAY) == []


def test_any_of_several_subscriptions_can_stand_for_a_purchase(engine: Engine) -> None:
    keep_purchase(engine, date(2027, 2, 28))
    keep_purchase(engine, date(2026, 12, 31))
    keep_purchase(engine, date(2028, 6, 30))
    known = [subscribed(date(2027, 3, 1)), subscribed(date(2027, 1, 1))]
    found = contradicted(list_purchases(engine, 1, sku_id=E3), known, TODAY)
    assert [each.terms.ends_on for each in found] == [date(2028, 6, 30)]
