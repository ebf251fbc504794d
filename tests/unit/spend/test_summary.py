"""The spend of an application, read from counts and purchases."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from core.rights import Actor, Role
from core.spend.figures import Figure, SpendPart
from core.spend.grouping import Grouping
from core.spend.money import Money, total
from core.spend.purchases import add_purchase, change_terms
from core.spend.summary import SpendSummary, read_summary
from core.store.engine import writing
from core.store.tables import DailySnapshot, LicenseType, Policy, Source
from tests.support.license_types import E3, E5, FLOW, OLD, TWIN_A, count_seats
from tests.support.reclaimed import keep_reclaimed

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANALYST = Actor(name="Ana", role=Role.ANALYST)


def buy(engine: Engine, sku_id: str = E3, **changes: Any) -> int:  # noqa: ANN401 - whatever a form holds
    values = {
        "license_type": sku_id,
        "purchase_identifier": "EA-1",
        "seats": 100,
        "cost_per_seat": Decimal(12),
        "currency": "USD",
        "frequency": "annually",
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 12, 31),
        "notice_days": 30,
    }
    return add_purchase(engine, 1, values | changes, actor=ANALYST, now=NOW)


def summary(engine: Engine, on: date = TODAY) -> SpendSummary:
    return read_summary(engine, 1, on=on, groupings=tuple(Grouping))


def usd(amount: str | int) -> Money:
    return Money(Decimal(amount), "USD")


def test_the_purchases_and_the_counts_make_the_figures(engine: Engine) -> None:
    count_seats(engine, E3, "active", 60)
    count_seats(engine, E3, "inactive", 20, reclaimable=15)
    count_seats(engine, E3, "unknown", 5)
    buy(engine)
    dollars = summary(engine).of_currency("USD")
    assert dollars is not None
    assert (dollars.annual, dollars.monthly) == (usd(1200), usd(100))
    assert dollars.exposure == Figure(seats=35, annual=usd(420))
    assert dollars.unknown == Figure(seats=5, annual=usd(60))
    assert dollars.reassignable_now == Figure(seats=30, annual=usd(360))
    assert dollars.reducible_at_renewal == Figure(seats=25, annual=usd(300), by_date=date(2026, 12, 1))


def test_an_assignment_that_failed_is_no_seat_and_costs_nothing(engine: Engine) -> None:
    count_seats(engine, E3, "active", 60)
    buy(engine)
    without = summary(engine)
    count_seats(engine, E3, "failed", 3)
    assert summary(engine).spend == without.spend
    assert summary(engine).groups == without.groups


def test_the_reserve_is_the_policy_s(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(Policy(application_id=1, reserve_percent=40, changed_at=NOW, changed_by="Ana"))
    buy(engine)
    dollars = summary(engine).of_currency("USD")
    assert dollars is not None
    assert dollars.reducible_at_renewal.seats == 60


def test_currencies_have_totals_of_their_own(engine: Engine) -> None:
    buy(engine)
    buy(engine, E5, currency="EUR", seats=10)
    assert [(each.currency, each.annual.amount) for each in summary(engine).spend.currencies] == [
        ("EUR", Decimal(120)),
        ("USD", Decimal(1200)),
    ]


def test_a_summary_says_which_types_it_does_not_cover(engine: Engine) -> None:
    buy(engine)
    assert [use.part_number for use in summary(engine).spend.unpriced] == ["SPE_E5", "TWIN", "TWIN"]


def test_a_type_that_is_gone_is_covered_only_while_it_is_paid(engine: Engine) -> None:
    assert OLD not in summary(engine).names
    buy(engine, OLD)
    paid = summary(engine)
    assert paid.names[OLD] == "Old plan"
    [old] = [each for each in paid.types if each.use.sku_id == OLD]
    assert (old.gone, old.paid, old.priced) == (True, 100, True)
    assert OLD not in summary(engine, on=date(2027, 1, 1)).names


def test_a_type_that_is_gone_stays_in_view_while_somebody_holds_it_or_it_will_be_paid(engine: Engine) -> None:
    buy(engine, OLD, starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    assert OLD in summary(engine).names
    assert OLD not in summary(engine, on=date(2028, 1, 1)).names
    count_seats(engine, OLD, "active", 2)
    [old] = [each for each in summary(engine, on=date(2028, 1, 1)).types if each.use.sku_id == OLD]
    assert (old.gone, old.priced, old.use.assigned, old.use.seats, old.consumed) == (True, False, 2, 0, None)


def test_types_are_named_of_which_microsoft_counts_other_seats_in_use(engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(LicenseType, (1, E3)).consumed = 61
        session.get_one(LicenseType, (1, E5)).consumed = 4
    assert summary(engine).counted_otherwise == ()  # no assignment was read yet
    count_seats(engine, E3, "active", 60)
    count_seats(engine, E3, "failed", 1)
    count_seats(engine, E5, "active", 4)
    [e3] = summary(engine).counted_otherwise
    assert (e3.use.sku_id, e3.use.assigned, e3.consumed, e3.failed) == (E3, 60, 61, 1)


def test_seats_that_were_taken_back_since_microsoft_counted_are_no_difference(engine: Engine) -> None:
    count_seats(engine, E3, "active", 60)
    with writing(engine) as session:
        session.get_one(LicenseType, (1, E3)).consumed = 61
        session.add(Source(application_id=1, name="license_types", status="available", read_at=NOW))
    assert [each.use.sku_id for each in summary(engine).counted_otherwise] == [E3]
    keep_reclaimed(engine, 1, at=NOW + timedelta(hours=1))
    assert summary(engine).counted_otherwise == ()


def test_what_is_for_the_company_costs_something_and_is_no_seat(engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(LicenseType, (1, E5)).applies_to = "Company"
    buy(engine, E5, seats=4)
    buy(engine, E3, seats=100)
    dollars = summary(engine).of_currency("USD")
    assert dollars is not None
    assert (dollars.user_seats, dollars.annual) == (100, usd(1248))
    assert dollars.split[SpendPart.COMPANY] == Figure(seats=4, annual=usd(48))
    assert dollars.exposure == dollars.reassignable_now == Figure(seats=100, annual=usd(1200))


def test_each_type_tells_what_was_purchased_here_beside_the_tenant_s_seats(engine: Engine) -> None:
    buy(engine, seats=70)
    buy(engine, seats=20, purchase_identifier="EA-2", currency="EUR")
    buy(engine, seats=5, purchase_identifier="EA-0", starts_on=None, ends_on=date(2025, 1, 1))
    by_id = {each.use.sku_id: each for each in summary(engine).types}
    assert (by_id[E3].paid, by_id[E3].use.seats, by_id[E3].priced) == (90, 100, True)
    assert (by_id[FLOW].paid, by_id[FLOW].priced, by_id[FLOW].use.free) == (0, False, True)


def test_renewals_are_in_the_order_in_which_notice_is_due(engine: Engine) -> None:
    buy(engine, E5, ends_on=date(2027, 3, 1), notice_days=90)
    buy(engine, E3, ends_on=date(2026, 12, 31), notice_days=0)
    assert [(each.sku_id, each.notice_by) for each in summary(engine).renewals] == [
        (E5, date(2026, 12, 1)),
        (E3, date(2026, 12, 31)),
    ]


def test_renewals_ahead_come_with_their_notice_dates_the_next_one_first(engine: Engine) -> None:
    buy(engine, E5, ends_on=date(2027, 6, 30), notice_days=None)
    first = buy(engine)
    buy(engine, TWIN_A, ends_on=date(2026, 11, 23))
    buy(engine, TWIN_A, purchase_identifier="open", ends_on=None)
    found = summary(engine).renewals
    assert [(each.name, each.ends_on, each.notice_by, each.annual) for each in found] == [
        ("Microsoft 365 E3", date(2026, 12, 31), date(2026, 12, 1), usd(1200)),
        ("Microsoft 365 E5", date(2027, 6, 30), date(2027, 6, 30), usd(1200)),
    ]
    change_terms(
        engine,
        1,
        first,
        {"seats": 90, "cost_per_seat": "13", "currency": "USD", "frequency": "annually"}
        | {"starts_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)},
        actor=ANALYST,
        now=NOW,
    )
    assert [each.ends_on for each in summary(engine).renewals] == [date(2027, 6, 30), date(2027, 12, 31)]


@pytest.mark.parametrize("grouping", list(Grouping))
def test_groups_sum_exactly_to_the_spend_on_assigned_seats(engine: Engine, grouping: Grouping) -> None:
    count_seats(engine, E3, "active", 31, department="Sales", country="France")
    count_seats(engine, E3, "active", 30, department="", country="")
    count_seats(engine, E3, "inactive", 7, department="Sales", country="Spain")
    count_seats(engine, E5, "never_active", 3, department="Legal", country="Spain")
    buy(engine, cost_per_seat=Decimal("0.01"), frequency="every_18_months", seats=71)
    buy(engine, currency="EUR", seats=29, purchase_identifier="EA-2")
    buy(engine, E5, seats=7, frequency="once")
    found = summary(engine)
    for each in found.spend.currencies:
        groups = [group for group in found.groups[grouping] if group.currency == each.currency]
        for part in (SpendPart.ACTIVE, SpendPart.INACTIVE, SpendPart.NEVER_ACTIVE):
            amounts = [group.split[part].annual for group in groups if part in group.split]
            assert total(amounts, each.currency) == each.split[part].annual
        seats = sum(group.seats for group in groups)
        assert seats == each.seats - each.split[SpendPart.UNASSIGNED].seats
        assert total((group.annual for group in groups), each.currency) == each.annual - (
            each.split[SpendPart.UNASSIGNED].annual
        )


def test_a_group_tells_what_its_seats_are_doing(engine: Engine) -> None:
    count_seats(engine, E3, "active", 31, department="Sales")
    count_seats(engine, E3, "inactive", 7, department="Sales")
    count_seats(engine, E3, "inactive", 2, department="")
    buy(engine)
    sales, unnamed = summary(engine).groups[Grouping.DEPARTMENT]
    assert (sales.name, sales.seats, sales.annual) == ("Sales", 38, usd(456))
    assert sales.split[SpendPart.INACTIVE] == Figure(seats=7, annual=usd(84))
    assert (unnamed.name, unnamed.annual) == ("", usd(24))


def test_a_reclaimed_seat_that_was_given_to_somebody_else_spared_a_purchase(engine: Engine) -> None:
    buy(engine)
    keep_reclaimed(engine, 10, at=datetime(2026, 3, 2, 9, tzinfo=UTC))
    count_seats(engine, E3, "active", 97)
    kept = DailySnapshot(
        application_id=1,
        taken_on=date(2026, 3, 9),
        sku_id=E3,
        purchased=100,
        assigned=94,
        active=94,
        inactive=0,
        never_active=0,
        unknown=0,
    )
    with writing(engine) as session:
        session.add(kept)
    savings = summary(engine).savings["USD"]
    assert savings.purchase_avoided == Figure(seats=4, annual=usd(48), by_date=date(2026, 12, 31))
    assert savings.freed_still_paid.seats == 3  # the others, as far as nobody holds them


def test_reclaimed_seats_that_nobody_holds_are_freed_and_still_paid(engine: Engine) -> None:
    count_seats(engine, E3, "active", 90)
    buy(engine)
    keep_reclaimed(engine, 4, at=NOW)
    keep_reclaimed(engine, 3, at=NOW, state="restored")
    keep_reclaimed(engine, 2, at=NOW, state="skipped")
    savings = summary(engine).savings["USD"]
    assert savings.freed_still_paid == Figure(seats=4, annual=usd(48), by_date=date(2026, 12, 31))
    assert savings.invoice_reduced == Figure(seats=0, annual=usd(0))


def test_a_freed_seat_that_somebody_holds_again_is_not_free(engine: Engine) -> None:
    count_seats(engine, E3, "active", 97)
    buy(engine)
    keep_reclaimed(engine, 4, at=NOW)
    assert summary(engine).savings["USD"].freed_still_paid.seats == 3


def test_a_renewal_with_fewer_seats_has_reduced_the_invoice(engine: Engine) -> None:
    count_seats(engine, E3, "active", 90)
    buy(engine, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
    buy(engine, seats=97)
    keep_reclaimed(engine, 5, at=datetime(2025, 6, 1, tzinfo=UTC))
    savings = summary(engine).savings["USD"]
    assert savings.invoice_reduced == Figure(seats=3, annual=usd(36))
    assert savings.freed_still_paid.seats == 2


def test_what_was_reclaimed_elsewhere_does_not_count_here(engine: Engine) -> None:
    buy(engine)
    keep_reclaimed(engine, 4, at=NOW)
    assert read_summary(engine, 2, on=TODAY).savings == {}


def test_the_counts_are_as_old_as_the_last_reading_of_the_tenant(engine: Engine) -> None:
    assert summary(engine).counted_at is None
    with writing(engine) as session:
        session.add(Source(application_id=1, name="directory", status="available", read_at=NOW))
        session.add(
            Source(application_id=1, name="usage_reports", status="available", read_at=NOW.replace(hour=10))
        )
    assert summary(engine).counted_at == NOW


def test_list_prices_count_only_where_asked_for_and_are_told_apart(engine: Engine) -> None:
    buy(engine)
    listed = {E5: usd("57.00"), E3: usd("39.00")}
    without = summary(engine)
    estimated = read_summary(engine, 1, on=TODAY, list_prices=listed)
    assert (without.estimated, without.unpriced) == ({}, without.spend.unpriced)
    assert list(estimated.estimated) == [E5]
    assert {use.sku_id for use in estimated.unpriced} == {use.sku_id for use in without.unpriced}
    assert E5 not in {use.sku_id for use in estimated.spend.unpriced}
    before, after = without.of_currency("USD"), estimated.of_currency("USD")
    assert before is not None
    assert after is not None
    assert after.annual == before.annual + estimated.estimated[E5]
