from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from core.rights import Actor, RightRefused, Role
from core.spend.money import LineKind
from core.spend.purchases import add_purchase, list_purchases
from core.store.engine import reading, writing
from core.store.tables import LicenseType, Purchase, ServicePlan, Source, Subscription
from core.ui.purchase_form import new_values
from core.ui.purchase_grid import records
from core.ui.tables import ids_key
from tests.support.holdings import E3, READ_AT, VISIO, Holding, Person, keep_people, keep_price
from tests.support.pages import buttons, choose_row, click, open_page, shown

PAGE = "license_details.py"
HOSTILE = "<img src=x onerror=alert(1)> **E3** [x](javascript:1)"


@pytest.fixture
def filled(app: AppTest, engine: Engine) -> AppTest:
    """Two license types; Microsoft 365 E3 has a purchase."""
    keep_people(engine, 1, [Person(name="Anna")])
    keep_price(engine, 1, E3, "36")
    return app


def select_type(app: AppTest, sku_id: str) -> AppTest:
    """Open the page and choose a license type; those without a price come first."""
    types = [VISIO, E3]
    open_page(app, PAGE)
    return choose_row(app, ids_key("types", types), types.index(sku_id))


def test_before_the_first_sync_the_page_says_what_it_will_show(app: AppTest) -> None:
    open_page(app, PAGE)
    assert "Nothing has been read from this tenant yet" in shown(app)
    assert "what each of them costs" in shown(app)


def test_types_without_a_price_come_first(filled: AppTest) -> None:
    open_page(filled, PAGE)
    frame = filled.dataframe[0].value
    assert list(frame["name"]) == ["Visio Plan 2", "Microsoft 365 E3"]
    assert list(frame["paid"]) == [0, 100]
    assert list(frame["seats"]) == [100, 100]
    assert "1 of 2 types have no price yet" in shown(filled)


def test_a_type_shows_its_purchases(filled: AppTest) -> None:
    select_type(filled, E3)
    frame = filled.dataframe[1].value
    assert list(frame["identifier"]) == ["EA-1"]
    assert list(frame["cost"]) == ["$36.00"]
    assert list(frame["annual"]) == ["$43,200"]
    assert list(frame["state"]) == ["● Valid"]
    assert buttons(filled)["Add a purchase"]
    assert not buttons(filled)["Correct"]


def test_a_type_tells_its_use_what_failed_and_where_microsoft_counts_otherwise(
    app: AppTest, engine: Engine
) -> None:
    keep_people(engine, 1, [Person(name="Anna"), Person(name="Ben", holds=(Holding(status="failed"),))])
    keep_price(engine, 1, E3, "36")
    with writing(engine) as session:
        session.get_one(LicenseType, (1, E3)).consumed = 3
    said = shown(select_type(app, E3)).replace("\\", "")
    assert "1 seat assigned · 99 unassigned" in said
    assert "1 assignment failed, and no seat is held by it" in said
    assert "Microsoft's own count says 3 in use, the assignments that were read say 1" in said


def test_what_is_for_the_company_has_no_seats_to_assign(filled: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(LicenseType, (1, E3)).applies_to = "Company"
    said = shown(select_type(filled, E3)).replace("\\", "")
    assert "100 units in the tenant, for the company as a whole: nobody can hold them" in said
    assert "assigned" not in said


def test_a_type_that_the_tenant_lost_is_shown_as_such_while_it_is_paid(
    filled: AppTest, engine: Engine
) -> None:
    with writing(engine) as session:
        session.get_one(LicenseType, (1, E3)).gone_at = READ_AT
    said = shown(select_type(filled, E3)).replace("\\", "")
    assert "100 seats bought here · the tenant no longer has this license type" in said


def test_a_type_without_a_purchase_says_what_to_do(filled: AppTest) -> None:
    select_type(filled, VISIO)
    assert "No purchase yet" in shown(filled)
    assert buttons(filled)["Add a purchase"]


def test_a_chosen_purchase_can_be_changed(filled: AppTest, engine: Engine) -> None:
    select_type(filled, E3)
    (purchase,) = list_purchases(engine, 1)
    choose_row(filled, ids_key("purchases", [purchase.id]), 0)
    assert all(buttons(filled)[label] for label in ("Enter new terms", "Correct", "End"))
    assert r"Changed 2026\-11\-24 06\:10 UTC by test" in shown(filled)


def test_a_hostile_name_is_shown_as_it_is(filled: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        row = session.get_one(LicenseType, (1, E3))
        row.product_name = HOSTILE
        session.add(row)
    select_type(filled, E3)
    heading = filled.subheader[-1].value
    assert heading.startswith(r"\<img src\=x onerror\=alert\(1\)\> \*\*E3\*\* \[x\]")


@pytest.mark.usefixtures("live_tenant")
def test_a_viewer_sees_purchases_and_no_way_to_change_them(filled: AppTest) -> None:
    select_type(filled, E3)
    assert list(filled.dataframe[1].value["identifier"]) == ["EA-1"]
    assert buttons(filled) == {}
    assert "Changing purchases needs the role analyst" in shown(filled)


@pytest.mark.usefixtures("filled")
def test_the_service_refuses_a_viewer_too(engine: Engine) -> None:
    viewer = Actor(name="vera", role=Role.VIEWER)
    values = new_values(E3, date(2026, 1, 1)) | {
        "purchase_identifier": "EA-2",
        "cost_per_seat": "1",
    }
    with pytest.raises(RightRefused):
        add_purchase(engine, 1, values, actor=viewer, now=READ_AT)
    assert identifiers(engine) == ["EA-1"]


def identifiers(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [each.purchase_identifier for each in session.exec(select(Purchase).order_by("id"))]


def add_form() -> None:
    """The dialog's content alone: AppTest does not keep a dialog open from run to run."""
    import streamlit as st  # noqa: PLC0415 - AppTest takes the body alone

    from core.rights import Actor, Role  # noqa: PLC0415 - likewise
    from core.spend.purchases import add_purchase  # noqa: PLC0415 - likewise
    from core.ui.context import now, runtime  # noqa: PLC0415 - likewise
    from core.ui.purchase_form import new_values, purchase_form  # noqa: PLC0415 - likewise

    sku_id = "05e9a617-0261-4cee-bb44-138d3ef5d965"
    analyst = Actor(name="Ann", role=Role.ANALYST)

    def save(values: dict[str, object]) -> None:
        add_purchase(runtime().engine, 1, values, actor=analyst, now=now())
        st.text("saved")

    purchase_form(new_values(sku_id, now().date()), save, label="Add the purchase", key="new")


@pytest.fixture
def form(filled: AppTest) -> AppTest:  # noqa: ARG001 - is filled first
    return AppTest.from_function(add_form, default_timeout=30).run()


def submit(form: AppTest, **entered: Any) -> AppTest:  # noqa: ANN401 - whatever the fields take
    """Type into the fields and click the button."""
    for name, value in entered.items():
        field = next(
            each
            for each in (*form.text_input, *form.number_input, *form.date_input)
            if each.key == f"new-{name}"
        )
        field.set_value(value)
    next(button for button in form.button if button.label == "Add the purchase").click().run()
    assert not form.exception, form.exception
    return form


def test_a_purchase_that_is_entered_is_saved(form: AppTest, engine: Engine) -> None:
    submit(form, identifier="EA-2", seats=25, cost="12.50", starts=date(2026, 1, 1), notice=30)
    assert "saved" in shown(form)
    added = list_purchases(engine, 1)[-1]
    found = added.terms
    assert (found.identifier, found.seats, found.cost_per_seat) == ("EA-2", 25, Decimal("12.5"))


@pytest.mark.parametrize(
    ("entered", "problem"),
    [
        ({"identifier": "", "cost": "1"}, "Enter the contract"),
        ({"identifier": "EA-2", "cost": "1,000"}, "Enter the price of one seat"),
        ({"identifier": "EA-2", "cost": "-1"}, "Enter the price of one seat"),
        ({"identifier": "EA-2", "cost": "1", "ends": date(2001, 1, 1)}, "before"),
    ],
)
def test_what_is_wrong_stands_there_and_what_was_typed_stays(
    form: AppTest, engine: Engine, entered: dict[str, Any], problem: str
) -> None:
    submit(form, **entered)
    problems = [text.value for text in form.markdown if text.value.startswith(":red[")]
    assert len(problems) == 1
    assert problem in problems[0]
    assert form.text_input(key="new-cost").value == entered["cost"]
    assert form.text_input(key="new-identifier").value == entered["identifier"]
    assert identifiers(engine) == ["EA-1"]


@pytest.mark.parametrize(("kind", "label"), [(LineKind.FEE, "Fee"), (LineKind.DISCOUNT, "Discount")])
def test_a_fee_or_discount_is_entered_without_seats(
    form: AppTest, engine: Engine, kind: LineKind, label: str
) -> None:
    form.segmented_control(key="new-kind").set_value(kind.label).run()
    assert [each.label for each in form.number_input] == ["Notice, days"]
    assert form.text_input(key="new-cost").label == f"{label} per payment period"
    submit(form, identifier="EA-1", cost="250")
    added = next(each for each in list_purchases(engine, 1) if each.terms.kind is kind)
    assert (added.terms.identifier, added.terms.seats, added.terms.cost_per_seat) == (
        "EA-1",
        0,
        Decimal(250),
    )


def test_a_discount_is_shown_as_what_it_takes_off(filled: AppTest, engine: Engine) -> None:
    values = new_values(E3, date(2026, 1, 1)) | {
        "kind": LineKind.DISCOUNT,
        "purchase_identifier": "EA-1",
        "seats": 0,
        "cost_per_seat": "100",
    }
    add_purchase(engine, 1, values, actor=Actor(name="Ann", role=Role.ANALYST), now=READ_AT)
    select_type(filled, E3)
    frame = filled.dataframe[1].value
    assert list(frame["kind"]) == ["Discount", "Seats"]
    assert list(frame["cost"]) == ["-$100.00", "$36.00"]
    assert list(frame["annual"]) == ["-$100", "$43,200"]
    assert frame["seats"].isna().tolist() == [True, False]


def test_several_purchases_are_entered_in_a_grid_that_begins_with_what_has_no_price(
    filled: AppTest, engine: Engine
) -> None:
    open_page(filled, PAGE)
    click(filled, "Enter several purchases")
    assert buttons(filled) == {"Check the rows": False, "Close without saving": True}
    rows = filled.session_state["purchases-grid"]
    assert list(rows["license_type"]) == [VISIO]
    assert list(rows["seats"]) == [100]
    assert records(rows) == []
    click(filled, "Close without saving")
    assert "Import" in buttons(filled)
    assert identifiers(engine) == ["EA-1"]


def estimated_form() -> None:
    """The form of a type that has a list price."""
    from datetime import date  # noqa: PLC0415 - AppTest takes the body alone

    from core.spend.list_prices import list_prices  # noqa: PLC0415 - likewise
    from core.ui.purchase_form import new_values, purchase_form  # noqa: PLC0415 - likewise

    sku_id = "05e9a617-0261-4cee-bb44-138d3ef5d965"
    values = new_values(sku_id, date(2026, 11, 24), seats=7)
    purchase_form(values, print, label="Add", key="new", list_price=list_prices()[sku_id])


def test_the_list_price_is_filled_in_where_somebody_asks_for_it() -> None:
    form = AppTest.from_function(estimated_form, default_timeout=30).run()
    assert "an estimate" in shown(form)
    assert form.text_input(key="new-cost").value == ""
    form.button(key="new-list-price").click().run()
    assert not form.exception, form.exception
    assert form.text_input(key="new-cost").value == "39.00"
    assert (form.selectbox(key="new-currency").value, form.selectbox(key="new-frequency").value) == (
        "USD",
        "monthly",
    )
    assert form.number_input(key="new-seats").value == 7


def test_renewals_are_shown_as_microsoft_says_them_and_a_purchase_that_differs_is_named(
    filled: AppTest, engine: Engine
) -> None:
    with writing(engine) as session:
        for sku_id, trial in ((E3, False), (VISIO, True)):
            session.add(
                Subscription(
                    application_id=1,
                    subscription_id=f"of-{sku_id}",
                    sku_id=sku_id,
                    status="Enabled",
                    total_licenses=250,
                    trial=trial,
                    next_lifecycle_at=datetime(2030, 3, 1, tzinfo=UTC),
                    read_at=READ_AT,
                )
            )
    select_type(filled, E3)
    assert list(filled.dataframe[0].value["renews"].astype(str)) == ["2030-03-01", "2030-03-01"]
    assert r"Renews on 2030\-03\-01 · 250 seats · from Microsoft" in shown(filled)
    (warning,) = filled.warning
    assert warning.value.startswith(r"EA\-1 ends on 2029\-12\-31 here")
    select_type(filled, VISIO)
    assert r"Trial\, ends on 2030\-03\-01" in shown(filled)
    assert not filled.warning


def test_service_plans_go_by_their_friendly_names(filled: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        for plan_id, name in (
            ("57ff2da0-773e-42df-b2af-ffb7a2317929", "TEAMS1"),
            ("00000000-0000-4000-8000-000000000001", "SOMETHING_NEW"),
        ):
            session.add(
                ServicePlan(
                    application_id=1,
                    sku_id=E3,
                    service_plan_id=plan_id,
                    name=name,
                    applies_to="User",
                    provisioning_status="Success",
                )
            )
    select_type(filled, E3)
    assert "2 service plans" in [each.label for each in filled.expander]
    assert "Microsoft Teams\nSOMETHING_NEW" in [each.value for each in filled.text]


def test_where_subscriptions_cannot_be_read_the_page_says_why(filled: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        detail = "Organization.Read.All is not granted."
        session.add(Source(application_id=1, name="subscriptions", status="missing", detail=detail))
    select_type(filled, E3)
    assert r"renewal dates are not known. Organization\.Read\.All is not granted\." in shown(filled)
