from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from core.rights import Actor, RightRefused, Role
from core.spend.money import Frequency, LineKind
from core.spend.purchases import (
    PurchaseDetails,
    PurchaseRefused,
    add_purchase,
    change_terms,
    correct_purchase,
    end_purchase,
    list_purchases,
)
from tests.support.license_types import E3, E5, TWIN_A

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
ANALYST = Actor(name="Ana", role=Role.ANALYST)
VIEWER = Actor(name="Vic", role=Role.VIEWER)


def entered(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a form holds
    return {
        "license_type": E3,
        "purchase_identifier": "EA-1",
        "seats": 100,
        "cost_per_seat": "39.00",
        "currency": "USD",
        "frequency": "monthly",
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 12, 31),
        "notice_days": 30,
        "notes": "",
    } | changes


def add(engine: Engine, **changes: Any) -> int:  # noqa: ANN401 - whatever a form holds
    return add_purchase(engine, 1, entered(**changes), actor=ANALYST, now=NOW)


def only(engine: Engine) -> PurchaseDetails:
    [purchase] = list_purchases(engine, 1)
    return purchase


def test_a_purchase_is_kept_exactly_as_entered(engine: Engine) -> None:
    purchase_id = add(engine, cost_per_seat="0.000001", currency="usd", purchase_identifier=" EA-1 ")
    kept = only(engine)
    assert (kept.id, kept.sku_id, kept.part_number, kept.name) == (
        purchase_id,
        E3,
        "SPE_E3",
        "Microsoft 365 E3",
    )
    terms = kept.terms
    assert terms.cost_per_seat == Decimal("0.000001")
    assert (terms.identifier, terms.seats, terms.currency, terms.frequency) == (
        "EA-1",
        100,
        "USD",
        Frequency.MONTHLY,
    )
    assert (terms.starts_on, terms.ends_on, terms.notice_days) == (date(2026, 1, 1), date(2026, 12, 31), 30)
    assert (kept.changed_at, kept.changed_by) == (NOW, "Ana")


def test_a_purchase_needs_neither_start_nor_end_nor_notice(engine: Engine) -> None:
    add(engine, starts_on=None, ends_on=None, notice_days=None)
    assert (only(engine).terms.starts_on, only(engine).terms.ends_on) == (None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("license_type", "11111111-0000-4000-8000-000000000000"),
        ("license_type", ""),
        ("purchase_identifier", "  "),
        ("purchase_identifier", "x" * 201),
        ("purchase_identifier", "EA\x00-1"),
        ("seats", 0),
        ("seats", -5),
        ("seats", 1.5),
        ("seats", None),
        ("seats", 10_000_000),
        ("kind", "rebate"),
        ("cost_per_seat", "-1"),
        ("cost_per_seat", "1,5"),
        ("cost_per_seat", "NaN"),
        ("cost_per_seat", Decimal("NaN")),
        ("cost_per_seat", Decimal("Infinity")),
        ("cost_per_seat", "1e3"),
        ("cost_per_seat", "0.0000001"),
        ("cost_per_seat", 0.1),
        ("cost_per_seat", ""),
        ("currency", "XYZ"),
        ("currency", "$"),
        ("frequency", "weekly"),
        ("frequency", ""),
        ("starts_on", "2026-02-30"),
        ("ends_on", date(2025, 12, 31)),
        ("notice_days", -1),
        ("notice_days", 10_000),
        ("notes", "x" * 2_001),
    ],
)
def test_what_is_wrong_names_its_field_and_keeps_nothing(engine: Engine, field: str, value: object) -> None:
    with pytest.raises(PurchaseRefused) as refused:
        add(engine, **{field: value})
    assert list(refused.value.problems) == [field]
    assert list_purchases(engine, 1) == []


def test_all_that_is_wrong_is_said_at_once(engine: Engine) -> None:
    with pytest.raises(PurchaseRefused) as refused:
        add(engine, seats=0, currency="?", frequency="never")
    assert set(refused.value.problems) == {"seats", "currency", "frequency"}


def test_a_field_that_is_missing_is_named(engine: Engine) -> None:
    values = entered()
    del values["cost_per_seat"]
    with pytest.raises(PurchaseRefused, match="cost_per_seat: enter the price"):
        add_purchase(engine, 1, values, actor=ANALYST, now=NOW)


@pytest.mark.parametrize("starts_on", [date(2026, 1, 1), None])
def test_the_same_type_identifier_and_start_is_refused(engine: Engine, starts_on: date | None) -> None:
    add(engine, starts_on=starts_on)
    with pytest.raises(PurchaseRefused, match="has a purchase EA-1"):
        add(engine, starts_on=starts_on, seats=5)
    assert only(engine).terms.seats == 100


@pytest.mark.parametrize("starts_on", [date(2026, 1, 1), None])
def test_a_fee_and_a_discount_can_share_identifier_and_start_with_the_seats(
    engine: Engine, starts_on: date | None
) -> None:
    for kind, seats in (("discount", 0), ("seats", 100), ("fee", 0)):
        add(engine, kind=kind, seats=seats, starts_on=starts_on)
    assert [each.terms.kind for each in list_purchases(engine, 1)] == list(LineKind)
    with pytest.raises(PurchaseRefused, match="has a discount EA-1"):
        add(engine, kind="discount", seats=0, starts_on=starts_on)


@pytest.mark.parametrize("kind", [LineKind.FEE, LineKind.DISCOUNT])
def test_a_fee_or_discount_has_no_seats(engine: Engine, kind: LineKind) -> None:
    with pytest.raises(PurchaseRefused) as refused:
        add(engine, kind=kind, seats=1)
    assert list(refused.value.problems) == ["seats"]
    values = entered(kind=kind)
    del values["seats"]
    add_purchase(engine, 1, values, actor=ANALYST, now=NOW)
    assert only(engine).terms.seats == 0


def test_new_terms_keep_the_kind(engine: Engine) -> None:
    purchase_id = add(engine, kind="fee", seats=0)
    values = entered(kind="seats", seats=0, cost_per_seat="45", starts_on=date(2026, 7, 1))
    change_terms(engine, 1, purchase_id, values, actor=ANALYST, now=LATER)
    before, after = list_purchases(engine, 1)
    assert (before.terms.ends_on, before.terms.renews) == (date(2026, 6, 30), False)
    assert (after.terms.kind, after.terms.cost_per_seat) == (LineKind.FEE, Decimal(45))


def test_what_follows_another_kind_of_line_leaves_its_renewal(engine: Engine) -> None:
    add(engine, kind="fee", seats=0)
    add(engine, starts_on=date(2027, 1, 1), ends_on=None)
    fee, seats = list_purchases(engine, 1)
    assert (fee.terms.renews, seats.terms.kind) == (True, LineKind.SEATS)


def test_purchases_of_another_application_are_neither_seen_nor_changed(engine: Engine) -> None:
    purchase_id = add(engine)
    assert list_purchases(engine, 2) == []
    with pytest.raises(PurchaseRefused, match=f"no purchase {purchase_id}"):
        end_purchase(engine, 2, purchase_id, date(2026, 6, 30), actor=ANALYST, now=LATER)
    assert only(engine).terms.ends_on == date(2026, 12, 31)


def test_a_viewer_changes_nothing(engine: Engine) -> None:
    purchase_id = add(engine)
    with pytest.raises(RightRefused):
        add_purchase(engine, 1, entered(purchase_identifier="EA-2"), actor=VIEWER, now=NOW)
    with pytest.raises(RightRefused):
        correct_purchase(engine, 1, purchase_id, entered(seats=1), actor=VIEWER, now=NOW)
    with pytest.raises(RightRefused):
        change_terms(engine, 1, purchase_id, entered(seats=1), actor=VIEWER, now=NOW)
    with pytest.raises(RightRefused):
        end_purchase(engine, 1, purchase_id, date(2026, 6, 30), actor=VIEWER, now=NOW)
    assert only(engine).terms.seats == 100
    assert only(engine).terms.ends_on == date(2026, 12, 31)


def test_a_correction_changes_the_purchase_in_place(engine: Engine) -> None:
    purchase_id = add(engine)
    correct_purchase(
        engine, 1, purchase_id, entered(license_type=E5, seats=90, notes="typo"), actor=ANALYST, now=LATER
    )
    kept = only(engine)
    assert (kept.id, kept.sku_id, kept.terms.seats, kept.notes) == (purchase_id, E5, 90, "typo")
    assert kept.changed_at == LATER


def test_a_correction_into_another_purchase_is_refused(engine: Engine) -> None:
    add(engine)
    other = add(engine, purchase_identifier="EA-2")
    with pytest.raises(PurchaseRefused, match="has a purchase EA-1"):
        correct_purchase(engine, 1, other, entered(), actor=ANALYST, now=LATER)


def test_new_terms_leave_the_past_as_it_was(engine: Engine) -> None:
    purchase_id = add(engine)
    new_id = change_terms(
        engine,
        1,
        purchase_id,
        entered(starts_on=date(2026, 7, 1), cost_per_seat="42", purchase_identifier="ignored"),
        actor=ANALYST,
        now=LATER,
    )
    before, after = list_purchases(engine, 1)
    assert (before.id, before.terms.cost_per_seat, before.terms.starts_on, before.terms.ends_on) == (
        purchase_id,
        Decimal(39),
        date(2026, 1, 1),
        date(2026, 6, 30),
    )
    assert (after.id, after.terms.cost_per_seat, after.terms.starts_on, after.terms.ends_on) == (
        new_id,
        Decimal(42),
        date(2026, 7, 1),
        date(2026, 12, 31),
    )
    assert after.terms.identifier == "EA-1"


def test_terms_that_are_followed_by_the_next_ones_have_no_renewal(engine: Engine) -> None:
    purchase_id = add(engine)
    change_terms(engine, 1, purchase_id, entered(starts_on=date(2026, 7, 1)), actor=ANALYST, now=LATER)
    before, after = list_purchases(engine, 1)
    assert before.terms.notice_by is None
    assert after.terms.notice_by == date(2026, 12, 1)


def test_the_next_year_can_follow_the_end(engine: Engine) -> None:
    purchase_id = add(engine)
    renewed = entered(starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31), seats=80)
    change_terms(engine, 1, purchase_id, renewed, actor=ANALYST, now=LATER)
    assert [each.terms.ends_on for each in list_purchases(engine, 1)] == [
        date(2026, 12, 31),
        date(2027, 12, 31),
    ]


@pytest.mark.parametrize("day", [None, date(2025, 6, 1), date(2026, 1, 1), date(2027, 1, 2)])
def test_new_terms_begin_after_the_start_and_leave_no_gap(engine: Engine, day: date | None) -> None:
    purchase_id = add(engine)
    with pytest.raises(PurchaseRefused) as refused:
        change_terms(engine, 1, purchase_id, entered(starts_on=day, ends_on=None), actor=ANALYST, now=LATER)
    assert list(refused.value.problems) == ["starts_on"]
    assert only(engine).terms.ends_on == date(2026, 12, 31)


def test_what_is_paid_once_neither_changes_terms_nor_ends_early(engine: Engine) -> None:
    purchase_id = add(engine, frequency="once")
    with pytest.raises(PurchaseRefused, match="frequency: it is paid once"):
        change_terms(engine, 1, purchase_id, entered(starts_on=date(2026, 7, 1)), actor=ANALYST, now=LATER)
    with pytest.raises(PurchaseRefused, match="ends_on: it is paid once"):
        end_purchase(engine, 1, purchase_id, date(2026, 6, 30), actor=ANALYST, now=LATER)


def test_a_purchase_ends_on_the_day_given(engine: Engine) -> None:
    purchase_id = add(engine, ends_on=None)
    end_purchase(engine, 1, purchase_id, date(2026, 6, 30), actor=ANALYST, now=LATER)
    assert (only(engine).terms.ends_on, only(engine).changed_at) == (date(2026, 6, 30), LATER)


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2027, 1, 1)])
def test_a_purchase_ends_neither_before_its_start_nor_after_its_end(engine: Engine, day: date) -> None:
    purchase_id = add(engine)
    with pytest.raises(PurchaseRefused) as refused:
        end_purchase(engine, 1, purchase_id, day, actor=ANALYST, now=LATER)
    assert list(refused.value.problems) == ["ends_on"]
    assert only(engine).terms.ends_on == date(2026, 12, 31)


def test_purchases_can_be_listed_for_a_type_or_by_id(engine: Engine) -> None:
    first = add(engine)
    second = add(engine, license_type=E5)
    assert [each.id for each in list_purchases(engine, 1, sku_id=E5)] == [second]
    assert [each.id for each in list_purchases(engine, 1, ids={first})] == [first]


def test_a_type_whose_part_number_is_not_unique_goes_by_its_id_in_files(engine: Engine) -> None:
    add(engine)
    add(engine, license_type=TWIN_A)
    assert {each.license_type for each in list_purchases(engine, 1)} == {"SPE_E3", TWIN_A}
