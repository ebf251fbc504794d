"""The figures that people decide by."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.spend.figures import EXPOSED, Figure, Spend, SpendPart, TypeUse, spend
from core.spend.money import Frequency, LineKind, Money, Purchase, total
from tests.support.purchases import bought

TODAY = date(2026, 11, 24)


def used(
    name: str = "SPE_E3",
    *,
    seats: int = 100,
    active: int = 60,
    inactive: int = 10,
    never_active: int = 5,
    unknown: int = 5,
    reclaimable: int = 0,
    free: bool = False,
    for_company: bool = False,
) -> TypeUse:
    return TypeUse(
        sku_id=f"id-of-{name}",
        part_number=name,
        seats=seats,
        active=active,
        inactive=inactive,
        never_active=never_active,
        unknown=unknown,
        reclaimable=reclaimable,
        free=free,
        for_company=for_company,
    )


def of_one(use: TypeUse, *purchases: Purchase, reserve_percent: int = 0) -> Spend:
    return spend([use], {use.sku_id: purchases}, on=TODAY, reserve_percent=reserve_percent)


def figure(seats: int, annual: str, by_date: date | None = None, currency: str = "USD") -> Figure:
    return Figure(seats=seats, annual=Money(Decimal(annual), currency), by_date=by_date)


def test_the_spend_of_a_type_is_split_by_what_its_seats_are_doing() -> None:
    [row] = of_one(used(), bought()).currencies
    assert row.annual == Money(Decimal(1200), "USD")
    assert row.monthly == Money(Decimal(100), "USD")
    assert row.split == {
        SpendPart.ACTIVE: figure(60, "720"),
        SpendPart.INACTIVE: figure(10, "120"),
        SpendPart.NEVER_ACTIVE: figure(5, "60"),
        SpendPart.UNKNOWN: figure(5, "60"),
        SpendPart.UNASSIGNED: figure(20, "240"),
        SpendPart.COMPANY: figure(0, "0"),
    }


def test_exposure_is_inactive_never_and_unassigned_with_unknown_beside_it() -> None:
    [row] = of_one(used(), bought()).currencies
    assert row.exposure == figure(35, "420")
    assert row.unknown == figure(5, "60")


def test_reassignable_now_is_free_seats_and_those_reclaimable_with_high_confidence() -> None:
    [row] = of_one(used(reclaimable=7), bought()).currencies
    assert row.reassignable_now == figure(27, "324")


@pytest.mark.parametrize(("reclaimable", "seats"), [(5, 0), (30, 10)])
def test_an_over_assigned_type_has_to_win_back_its_overdraft_first(reclaimable: int, seats: int) -> None:
    [row] = of_one(used(seats=60, reclaimable=reclaimable), bought()).currencies
    assert row.reassignable_now.seats == seats


def test_where_more_hold_it_than_was_paid_for_the_spend_is_spread_over_them() -> None:
    [row] = of_one(used(active=150, inactive=50, never_active=0, unknown=0), bought()).currencies
    assert row.split[SpendPart.ACTIVE] == figure(150, "900")
    assert row.split[SpendPart.UNASSIGNED] == figure(0, "0")


@pytest.mark.parametrize(
    ("ends_on", "notice_days", "expected"),
    [
        (date(2026, 12, 31), 30, figure(20, "240", date(2026, 12, 1))),
        (date(2026, 12, 24), 30, figure(20, "240", TODAY)),
        (date(2026, 12, 23), 30, figure(0, "0")),
        (None, None, figure(0, "0")),
    ],
)
def test_only_a_purchase_whose_notice_date_is_ahead_can_be_reduced(
    ends_on: date | None, notice_days: int | None, expected: Figure
) -> None:
    [row] = of_one(used(), bought(ends_on=ends_on, notice_days=notice_days)).currencies
    assert row.reducible_at_renewal == expected


def test_the_reserve_is_kept_and_rounded_up() -> None:
    purchase = bought(ends_on=date(2026, 12, 31))
    [row] = of_one(used(seats=101), purchase, reserve_percent=5).currencies
    assert row.reducible_at_renewal.seats == 21 - 6


def test_the_purchase_of_which_notice_is_due_first_is_reduced_first() -> None:
    later = bought(50, "12", ends_on=date(2027, 6, 30), identifier="later")
    sooner = bought(15, "24", ends_on=date(2026, 12, 31), identifier="sooner")
    [row] = of_one(used(seats=100), later, sooner).currencies
    [row_of_type] = row.by_license_type
    assert [(each.identifier, each.seats, each.annual.amount) for each in row_of_type.reductions] == [
        ("sooner", 15, Decimal(360)),
        ("later", 5, Decimal(60)),
    ]
    assert row.reducible_at_renewal == figure(20, "420", date(2026, 12, 31))


def test_a_type_without_a_price_is_listed_and_in_no_total() -> None:
    result = of_one(used())
    assert result.currencies == ()
    assert [use.part_number for use in result.unpriced] == ["SPE_E3"]


def test_a_price_that_is_no_longer_valid_is_no_price() -> None:
    result = of_one(used(), bought(ends_on=date(2026, 11, 23)))
    assert result.currencies == ()
    assert [use.part_number for use in result.unpriced] == ["SPE_E3"]


@pytest.mark.parametrize("purchases", [(), (bought(cost_per_seat="0"),)])
def test_a_free_type_without_a_price_is_left_out(purchases: Sequence[Purchase]) -> None:
    result = of_one(used(free=True), *purchases)
    assert (result.currencies, result.unpriced) == ((), ())


def test_a_priced_type_is_never_free() -> None:
    [row] = of_one(used(free=True), bought()).currencies
    assert row.annual.amount == 1200


def test_a_type_for_the_company_has_spend_and_no_exposure() -> None:
    nobody = used(active=0, inactive=0, never_active=0, unknown=0, for_company=True)
    [row] = of_one(nobody, bought(ends_on=date(2026, 12, 31))).currencies
    assert row.split[SpendPart.COMPANY] == figure(100, "1200")
    assert row.exposure == row.reassignable_now == row.reducible_at_renewal == figure(0, "0")


def test_a_one_time_price_without_an_end_is_said_to_be_outside() -> None:
    result = of_one(used(), bought(frequency=Frequency.ONCE))
    assert result.currencies == ()
    assert result.unpriced == ()
    assert [use.part_number for use in result.outside_run_rate] == ["SPE_E3"]


def test_what_is_paid_for_and_not_in_the_tenant_is_unassigned_not_forgotten() -> None:
    result = spend([], {"gone": [bought()]}, on=TODAY)
    [row] = result.currencies
    assert row.by_license_type[0].part_number == "gone"
    assert row.exposure == figure(100, "1200")


def test_a_type_bought_in_two_currencies_has_its_seats_shared_out() -> None:
    result = of_one(used(), bought(75), bought(25, "10", currency="EUR"))
    eur, usd = result.currencies
    assert eur.annual == Money(Decimal(250), "EUR")
    assert usd.annual == Money(Decimal(900), "USD")
    assert eur.split[SpendPart.ACTIVE] == figure(15, "150", currency="EUR")
    assert usd.split[SpendPart.ACTIVE] == figure(45, "540")


def test_the_most_expensive_type_comes_first() -> None:
    cheap, dear = used("A_CHEAP"), used("B_DEAR")
    result = spend([cheap, dear], {cheap.sku_id: [bought(1)], dear.sku_id: [bought(2)]}, on=TODAY)
    assert [row.part_number for row in result.currencies[0].by_license_type] == ["B_DEAR", "A_CHEAP"]


counts = st.integers(min_value=0, max_value=500)
uses = st.lists(
    st.builds(
        TypeUse,
        sku_id=st.sampled_from("abcdef"),
        part_number=st.sampled_from("ABCDEF"),
        seats=counts,
        active=counts,
        inactive=counts,
        never_active=counts,
        unknown=counts,
        reclaimable=counts,
        free=st.booleans(),
        for_company=st.booleans(),
    ),
    unique_by=lambda use: use.sku_id,
)
purchase_lists = st.lists(
    st.builds(
        Purchase,
        seats=st.integers(min_value=1, max_value=500),
        cost_per_seat=st.decimals(min_value=0, max_value=10_000, places=6),
        currency=st.sampled_from(["USD", "EUR", "JPY"]),
        frequency=st.sampled_from(Frequency),
        starts_on=st.none() | st.dates(date(2024, 1, 1), date(2026, 12, 1)),
        ends_on=st.none() | st.dates(date(2026, 12, 1), date(2028, 1, 1)),
        notice_days=st.none() | st.integers(min_value=0, max_value=90),
    ),
    max_size=4,
)
purchase_books = st.dictionaries(st.sampled_from("abcdefg"), purchase_lists)


@given(uses, purchase_books, st.integers(min_value=0, max_value=100))
def test_totals_are_the_sum_of_their_parts(
    types: list[TypeUse], purchases: dict[str, list[Purchase]], reserve_percent: int
) -> None:
    result = spend(types, purchases, on=TODAY, reserve_percent=reserve_percent)
    for row in result.currencies:
        currency = row.currency
        assert row.annual == total((each.annual for each in row.by_license_type), currency)
        assert row.annual == total((part.annual for part in row.split.values()), currency)
        assert row.exposure.annual == total((row.split[part].annual for part in EXPOSED), currency)
        for each in row.by_license_type:
            assert each.annual == total((part.annual for part in each.split.values()), currency)


@given(uses, purchase_books)
def test_no_money_is_lost_or_moved_to_another_currency(
    types: list[TypeUse], purchases: dict[str, list[Purchase]]
) -> None:
    left_out = {use.sku_id for use in types if use.free}
    expected: dict[str, Money] = {}
    for sku_id, listed in purchases.items():
        valid = [purchase for purchase in listed if purchase.valid_on(TODAY)]
        if sku_id in left_out and not any(purchase.cost_per_seat for purchase in valid):
            continue
        for purchase in valid:
            if purchase.annual is not None:
                so_far = expected.get(purchase.currency, Money.zero(purchase.currency))
                expected[purchase.currency] = so_far + purchase.annual
    result = spend(types, purchases, on=TODAY)
    assert {row.currency: row.annual for row in result.currencies} == expected


@given(uses, purchase_books, st.integers(min_value=0, max_value=100))
def test_no_figure_is_negative_and_no_purchase_is_reduced_below_nothing(
    types: list[TypeUse], purchases: dict[str, list[Purchase]], reserve_percent: int
) -> None:
    result = spend(types, purchases, on=TODAY, reserve_percent=reserve_percent)
    for row in result.currencies:
        zero = Money.zero(row.currency)
        for each in row.by_license_type:
            assert each.reassignable_now.seats >= 0
            assert each.reducible_at_renewal.seats <= each.seats
            assert zero <= each.reducible_at_renewal.annual <= each.annual


@given(uses, purchase_books, st.randoms())
def test_the_order_in_which_purchases_were_entered_does_not_matter(
    types: list[TypeUse],
    purchases: dict[str, list[Purchase]],
    random: Random,
) -> None:
    shuffled = {sku_id: random.sample(listed, len(listed)) for sku_id, listed in reversed(purchases.items())}
    before, after = spend(types, purchases, on=TODAY), spend(types[::-1], shuffled, on=TODAY)
    assert [
        (row.annual, row.exposure, row.reassignable_now, row.reducible_at_renewal)
        for row in before.currencies
    ] == [
        (row.annual, row.exposure, row.reassignable_now, row.reducible_at_renewal) for row in after.currencies
    ]


def beside(kind: LineKind, cost: str, *, currency: str = "USD") -> Purchase:
    return Purchase(
        seats=0, cost_per_seat=Decimal(cost), currency=currency, frequency=Frequency.ANNUALLY, kind=kind
    )


def test_fees_and_discounts_are_part_of_what_every_seat_costs() -> None:
    fee, discount = beside(LineKind.FEE, "500"), beside(LineKind.DISCOUNT, "100")
    [row] = of_one(used(), bought(ends_on=date(2026, 12, 31)), fee, discount).currencies
    assert (row.seats, row.annual) == (100, Money(Decimal(1600), "USD"))
    assert row.split[SpendPart.UNASSIGNED] == figure(20, "320")
    assert row.reassignable_now == figure(20, "320")
    assert row.reducible_at_renewal == figure(20, "240", date(2026, 12, 31))  # a fee does not fall with seats


def test_a_fee_in_another_currency_has_no_seats_of_its_own() -> None:
    euros, dollars = of_one(used(), bought(), beside(LineKind.FEE, "500", currency="EUR")).currencies
    assert (euros.seats, euros.annual, euros.reassignable_now) == (
        0,
        Money(Decimal(500), "EUR"),
        figure(0, "0", currency="EUR"),
    )
    assert dollars.reassignable_now == figure(20, "240")


@pytest.mark.parametrize("active", [0, 60])
def test_a_fee_alone_leaves_the_seats_without_a_price(active: int) -> None:
    use = used(active=active, inactive=0, never_active=0, unknown=0)
    found = of_one(use, beside(LineKind.FEE, "500"))
    assert found.unpriced == (use,)
    [row] = found.currencies
    assert (row.annual, sum(part.annual.millionths for part in row.split.values())) == (
        Money(Decimal(500), "USD"),
        500_000_000,
    )
