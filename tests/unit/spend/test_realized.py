"""What reclaiming has really brought, from renewal to renewal."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.spend.figures import Figure
from core.spend.money import Frequency, Money, Purchase
from core.spend.realized import Counted, avoided, latest_start, realized
from tests.support.purchases import bought

TODAY = date(2026, 11, 24)
IN_2025 = date(2025, 5, 5)


def year(
    number: int, seats: int, *, cost: str = "12", currency: str = "USD", identifier: str = "A"
) -> Purchase:
    return bought(
        seats,
        cost,
        currency=currency,
        starts_on=date(number, 1, 1),
        ends_on=date(number, 12, 31),
        identifier=identifier,
    )


def dollars(seats: int, annual: str) -> dict[str, Figure]:
    return {"USD": Figure(seats=seats, annual=Money(Decimal(annual), "USD"))}


def test_a_seat_reclaimed_before_a_renewal_that_dropped_it_counts_at_its_former_price() -> None:
    found = realized([year(2025, 100), year(2026, 90, cost="20")], [IN_2025] * 10, on=TODAY)
    assert found.invoice_reduced == dollars(10, "120")
    assert found.remaining == 0


def test_seats_that_are_dropped_beyond_the_reclaimed_ones_are_no_merit_of_reclaiming() -> None:
    found = realized([year(2025, 100), year(2026, 50)], [IN_2025] * 10, on=TODAY)
    assert (found.invoice_reduced, found.remaining) == (dollars(10, "120"), 0)


def test_reclaimed_seats_that_the_renewal_kept_are_still_paid() -> None:
    found = realized([year(2025, 100), year(2026, 97)], [IN_2025] * 10, on=TODAY)
    assert (found.invoice_reduced, found.remaining) == (dollars(3, "36"), 7)


def test_a_seat_reclaimed_after_the_renewal_has_not_lowered_it() -> None:
    found = realized([year(2025, 100), year(2026, 90)], [date(2026, 1, 1)] * 10, on=TODAY)
    assert (found.invoice_reduced, found.remaining) == ({}, 10)


def test_a_renewal_that_is_still_ahead_has_lowered_nothing() -> None:
    found = realized([year(2026, 100), year(2027, 90)], [IN_2025] * 10, on=TODAY)
    assert (found.invoice_reduced, found.remaining) == ({}, 10)


def test_a_purchase_that_ended_without_a_next_one_is_no_renewal() -> None:
    found = realized([year(2025, 100)], [IN_2025] * 10, on=TODAY)
    assert (found.invoice_reduced, found.remaining) == ({}, 10)


def test_a_renewal_under_another_identifier_is_one() -> None:
    found = realized([year(2025, 100), year(2026, 95, identifier="B")], [IN_2025] * 10, on=TODAY)
    assert (found.invoice_reduced, found.remaining) == (dollars(5, "60"), 5)


def test_seats_that_are_bought_again_no_longer_count_as_dropped() -> None:
    again = bought(4, starts_on=date(2026, 6, 1), identifier="C")
    found = realized([year(2025, 100), year(2026, 90), again], [IN_2025] * 10, on=TODAY)
    assert (found.invoice_reduced, found.remaining) == (dollars(6, "72"), 4)


def test_a_seat_counts_once_over_several_renewals() -> None:
    found = realized([year(2024, 100), year(2025, 90), year(2026, 80)], [date(2024, 5, 5)] * 12, on=TODAY)
    assert (found.invoice_reduced, found.remaining) == (dollars(12, "144"), 0)


def test_only_the_currency_in_which_seats_were_dropped_counts() -> None:
    euros = [
        year(2025, 20, cost="7", currency="EUR", identifier="E"),
        year(2026, 15, currency="EUR", identifier="E"),
    ]
    found = realized([year(2025, 100), year(2026, 100), *euros], [IN_2025] * 10, on=TODAY)
    assert found.invoice_reduced == {"EUR": Figure(seats=5, annual=Money(Decimal(35), "EUR"))}


def test_another_currency_with_the_same_seats_drops_none() -> None:
    found = realized([year(2025, 100), year(2026, 100, currency="EUR")], [IN_2025] * 10, on=TODAY)
    assert (found.invoice_reduced, found.remaining) == ({}, 10)


def test_a_price_paid_once_for_good_saves_nothing_a_year() -> None:
    once = bought(100, frequency=Frequency.ONCE, starts_on=None, ends_on=date(2025, 12, 31))
    found = realized([once, year(2026, 50)], [IN_2025] * 10, on=TODAY)
    assert (found.invoice_reduced, found.remaining) == ({}, 10)


@given(
    seats=st.lists(st.integers(1, 60), min_size=1, max_size=6),
    reclaimed=st.lists(st.dates(date(2020, 1, 1), TODAY), max_size=30),
)
def test_every_reclaimed_seat_is_counted_exactly_once(seats: list[int], reclaimed: list[date]) -> None:
    purchases = [year(2026 - place, number) for place, number in enumerate(reversed(seats))]
    found = realized(purchases, reclaimed, on=TODAY)
    dropped = sum(figure.seats for figure in found.invoice_reduced.values())
    assert dropped + found.remaining == len(reclaimed)
    assert dropped <= max(seats) - seats[-1] if len(seats) > 1 else dropped == 0


def day(number: int, assigned: int, seats: int = 100) -> Counted:
    return Counted(on=date(2026, 3, number), seats=seats, assigned=assigned)


@pytest.mark.parametrize(
    ("days", "reclaimed", "since", "expected"),
    [
        ([], 10, None, 0),
        ([day(2, 90)], 10, None, 0),  # all of them are free
        ([day(2, 94)], 10, None, 4),
        ([day(2, 94), day(5, 91)], 10, None, 4),  # somebody left later: what was not bought stays so
        ([day(5, 91), day(2, 94)], 10, None, 4),
        ([day(2, 100)], 10, None, 10),
        ([day(2, 120)], 10, None, 10),  # more than was reclaimed was not avoided by it
        ([day(1, 100)], 10, None, 0),  # counted on the day itself, maybe before
        ([day(2, 94, seats=110)], 10, None, 0),  # bought all the same
        ([day(2, 94), day(9, 94)], 10, date(2026, 3, 1), 4),
        ([day(2, 94), day(9, 94)], 10, date(2026, 3, 5), 0),  # reclaimed before the renewal
    ],
)
def test_a_purchase_was_avoided_where_held_and_reclaimed_seats_exceed_the_tenant_s(
    days: list[Counted], reclaimed: int, since: date | None, expected: int
) -> None:
    assert avoided(days, [date(2026, 3, 1)] * reclaimed, since=since) == expected


@given(
    st.lists(st.builds(day, st.integers(1, 28), st.integers(0, 150)), max_size=6),
    st.lists(st.dates(date(2026, 2, 20), date(2026, 3, 28)), max_size=20),
    st.none() | st.dates(date(2026, 2, 20), date(2026, 3, 28)),
)
def test_no_more_is_avoided_than_was_reclaimed_since_the_renewal(
    days: list[Counted], reclaimed: list[date], since: date | None
) -> None:
    counts = [each for each in reclaimed if since is None or each >= since]
    found = avoided(days, reclaimed, since=since)
    assert 0 <= found <= len(counts)
    assert found == avoided(list(reversed(days)), list(reversed(reclaimed)), since=since)


def test_the_latest_renewal_is_the_newest_start_of_what_is_valid() -> None:
    later = year(2027, 80)
    assert latest_start([year(2025, 100), year(2026, 90), later], TODAY) == date(2026, 1, 1)
    assert latest_start([], TODAY) is None
    assert latest_start([bought(5, starts_on=None)], TODAY) is None
