from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite

from core.store.types import MoneyType, PackedJson, UtcDateTime

DIALECTS: list[Dialect] = [sqlite.dialect(), postgresql.dialect()]  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@given(millionths=st.integers(-(2**63) + 1, 2**63 - 1))
def test_an_amount_is_read_back_exactly(dialect: Dialect, millionths: int) -> None:
    amount = Decimal(millionths) / 1_000_000
    stored = MoneyType().process_bind_param(amount, dialect)
    assert MoneyType().process_result_value(stored, dialect) == amount


@pytest.mark.parametrize(
    "amount", [Decimal("0.0000001"), Decimal("NaN"), Decimal("Infinity"), Decimal(10) ** 13]
)
def test_an_amount_that_cannot_be_kept_exactly_is_refused(amount: Decimal) -> None:
    with pytest.raises(ValueError, match="cannot be stored exactly"):
        MoneyType().process_bind_param(amount, DIALECTS[0])


def test_a_float_is_no_amount() -> None:
    with pytest.raises(TypeError, match="must be a Decimal"):
        MoneyType().process_bind_param(0.1, DIALECTS[0])  # type: ignore[arg-type]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@given(
    moment=st.datetimes(
        min_value=datetime(1900, 1, 2),  # noqa: DTZ001 - the strategy adds the zone
        max_value=datetime(2200, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
        timezones=st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
    )
)
def test_a_moment_is_read_back_aware_and_in_utc(dialect: Dialect, moment: datetime) -> None:
    stored = UtcDateTime().process_bind_param(moment, dialect)
    read = UtcDateTime().process_result_value(stored, dialect)
    assert read == moment
    assert read is not None
    assert read.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), DIALECTS[0])  # noqa: DTZ001 - that is the point


@given(st.dictionaries(st.text(), st.lists(st.integers(0, 2**40), max_size=4), max_size=5))
def test_packed_counts_are_read_back_as_they_were(counts: dict[str, list[int]]) -> None:
    stored = PackedJson().process_bind_param(counts, DIALECTS[0])
    assert PackedJson().process_result_value(stored, DIALECTS[0]) == counts


def test_packed_counts_by_many_names_take_a_fraction_of_their_text() -> None:
    counts = {f"Department of thing {number}": [80, 10, 4, 6] for number in range(500)}
    stored = PackedJson().process_bind_param(counts, DIALECTS[0])
    assert stored is not None
    assert len(stored) < len(str(counts)) / 5
