"""Exchange rates on record."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from core.rights import Actor, RightRefused, Role
from core.spend.conversion import Rate
from core.spend.rates import RateRefused, enter_rate, list_rates, remove_rate

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANALYST = Actor(name="Ana", role=Role.ANALYST)
VIEWER = Actor(name="Vic", role=Role.VIEWER)
SPRING, AUTUMN = date(2026, 4, 1), date(2026, 10, 1)


def enter(
    engine: Engine,
    rate: str,
    since: date = SPRING,
    *,
    currency: str = "EUR",
    into: str = "USD",
    actor: Actor = ANALYST,
) -> Rate:
    return enter_rate(
        engine, 1, currency=currency, into=into, rate=rate, valid_from=since, actor=actor, now=NOW
    )


def test_a_new_rate_leaves_the_ones_before_it(engine: Engine) -> None:
    enter(engine, "1.05")
    enter(engine, "1.1", AUTUMN, currency=" eur ", into="usd")
    kept = list_rates(engine, 1)
    assert [(each.currency, each.into, each.rate, each.valid_from) for each in kept] == [
        ("EUR", "USD", Decimal("1.1"), AUTUMN),
        ("EUR", "USD", Decimal("1.05"), SPRING),
    ]
    assert list_rates(engine, 2) == []


def test_the_rate_of_a_day_can_be_corrected_and_taken_back(engine: Engine) -> None:
    enter(engine, "10.5")
    enter(engine, "1.05")
    assert [each.rate for each in list_rates(engine, 1)] == [Decimal("1.05")]
    remove_rate(engine, 1, currency="eur", into="USD", valid_from=SPRING, actor=ANALYST)
    assert list_rates(engine, 1) == []
    with pytest.raises(RateRefused, match="no rate of EUR in USD from 2026-04-01"):
        remove_rate(engine, 1, currency="EUR", into="USD", valid_from=SPRING, actor=ANALYST)


@pytest.mark.parametrize(
    ("currency", "into", "rate", "field", "problem"),
    [
        ("EUX", "USD", "1", "currency", "not a currency"),
        ("EUR", "", "1", "into", "not a currency"),
        ("EUR", "EUR", "1", "into", "two different"),
        ("EUR", "USD", "1,08", "rate", "a positive number"),
        ("EUR", "USD", "0", "rate", "a positive number"),
        ("EUR", "USD", "-1", "rate", "a positive number"),
        ("EUR", "USD", "1.0000001", "rate", "a positive number"),
        ("EUR", "USD", "NaN", "rate", "a positive number"),
        ("VND", "USD", "0.000039", "rate", "the other way round, of USD in VND"),
    ],
)
def test_what_is_wrong_is_said_of_the_field_and_nothing_is_kept(
    engine: Engine, currency: str, into: str, rate: str, field: str, problem: str
) -> None:
    with pytest.raises(RateRefused) as refused:
        enter(engine, rate, currency=currency, into=into)
    assert list(refused.value.problems) == [field]
    assert problem in refused.value.problems[field]
    assert list_rates(engine, 1) == []


def test_a_viewer_enters_and_removes_no_rates(engine: Engine) -> None:
    with pytest.raises(RightRefused):
        enter(engine, "1.1", actor=VIEWER)
    enter(engine, "1.1")
    with pytest.raises(RightRefused):
        remove_rate(engine, 1, currency="EUR", into="USD", valid_from=SPRING, actor=VIEWER)
    assert len(list_rates(engine, 1)) == 1
