"""List prices stand in for a price that nobody entered, and only there."""

from datetime import date
from decimal import Decimal

import pytest

from core.spend.estimates import estimates
from core.spend.figures import TypeUse
from core.spend.money import Money, Purchase
from tests.support.purchases import bought

TODAY = date(2026, 11, 24)
LISTED = {"E3": Money(Decimal("36.00"), "USD")}


@pytest.mark.parametrize(
    ("use", "purchases", "estimated"),
    [
        (TypeUse(sku_id="E3", part_number="E3", seats=10), [], True),
        (TypeUse(sku_id="E3", part_number="E3", seats=10), [bought(ends_on=date(2026, 10, 31))], True),
        (TypeUse(sku_id="E3", part_number="E3", seats=10), [bought(1)], False),
        (TypeUse(sku_id="E3", part_number="E3", seats=10), [bought(1, "0")], False),
        (TypeUse(sku_id="E3", part_number="E3", seats=0, active=3), [], False),
        (TypeUse(sku_id="E3", part_number="E3", seats=10, free=True), [], False),
        (TypeUse(sku_id="E5", part_number="E5", seats=10), [], False),
    ],
)
def test_a_type_is_estimated_where_it_has_seats_a_list_price_and_no_price(
    use: TypeUse, purchases: list[Purchase], estimated: bool
) -> None:
    found = estimates([use], {use.sku_id: purchases}, LISTED, on=TODAY)
    assert list(found) == (["E3"] if estimated else [])


def test_an_estimate_is_of_all_seats_for_a_year_of_months() -> None:
    [estimate] = estimates([TypeUse(sku_id="E3", part_number="E3", seats=10)], {}, LISTED, on=TODAY).values()
    assert estimate.annual == Money(Decimal(4320), "USD")
    assert estimate.notice_by is None
