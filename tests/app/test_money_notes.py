"""Below the tiles: list prices among the amounts, all currencies in one, and what goes out as a document."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from core.rights import Actor, Role
from core.spend.list_prices import list_prices
from core.spend.rates import enter_rate, list_rates
from tests.support.holdings import E3, VISIO, Person, keep_people, keep_price, keep_sources
from tests.support.pages import shown


@pytest.fixture
def filled(app: AppTest, engine: Engine) -> AppTest:
    """Somebody with Microsoft 365 E3, of which there are 100 seats; nothing has a price."""
    keep_people(engine, 1, [Person(name="Ada")])
    keep_sources(engine, 1)
    return app


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, app.exception
    return app


def texts(app: AppTest) -> str:
    return shown(app).replace("\\", "")


def test_a_list_price_counts_until_it_is_switched_off(filled: AppTest) -> None:
    run(filled)
    monthly = 100 * list_prices()[E3].amount
    [switch] = filled.toggle
    assert switch.value is True
    assert f"≈ ${monthly:,.0f} / month of it at list prices, 1 type" in switch.label.replace("\\", "")
    assert [each.value for each in filled.metric[:3]] == [f"≈ ${monthly:,.0f}"] + 2 * [
        f"≈ ${99 * list_prices()[E3].amount:,.0f}"
    ]
    assert "Types without a price count at Microsoft's list price" in filled.metric[0].help
    switch.set_value(False)
    run(filled)
    assert filled.metric[0].value == "—"
    assert filled.toggle[0].label == "Estimate 1 type by list price"


def test_a_price_that_is_entered_takes_the_place_of_the_list_price(filled: AppTest, engine: Engine) -> None:
    keep_price(engine, 1, E3, "20")
    run(filled)
    assert not filled.toggle
    assert filled.metric[0].value == "$2,000"
    assert "Types without a price are in no total" in filled.metric[0].help


def dialog() -> None:
    """A dialog alone, open: AppTest does not keep a dialog open from run to run."""
    import streamlit as st  # noqa: PLC0415 - AppTest takes the body alone

    from core.rights import Actor, Role  # noqa: PLC0415 - likewise
    from core.ui.context import current_application  # noqa: PLC0415 - likewise
    from core.ui.rates_view import rates_dialog  # noqa: PLC0415 - likewise
    from core.ui.report_view import plan_dialog  # noqa: PLC0415 - likewise

    actor = Actor(name="Ada", role=Role(st.session_state.role))
    if st.session_state.form == "rates":
        rates_dialog(current_application(), actor, ["USD", "EUR"])
    else:
        plan_dialog(current_application(), actor)


def opened(form: str, role: str = "administrator") -> AppTest:
    app = AppTest.from_function(dialog, default_timeout=30)
    app.session_state["form"], app.session_state["role"] = form, role
    return run(app)


def submit(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click()
    run(app)


def test_a_rate_that_is_entered_tells_all_currencies_as_one(filled: AppTest, engine: Engine) -> None:
    keep_price(engine, 1, E3, "20")
    keep_price(engine, 1, VISIO, "10", currency="EUR")
    run(filled)
    assert "Enter a rate to see all in USD" in {button.label for button in filled.button}
    rates = opened("rates")
    rates.text_input(key="rate-rate").set_value("1,08")
    submit(rates, "Enter the rate")
    assert "Enter a positive number with a point" in texts(rates)
    assert list_rates(engine, 1) == []
    rates.text_input(key="rate-rate").set_value("1.08")
    rates.date_input(key="rate-from").set_value(date(2026, 1, 1))
    submit(rates, "Enter the rate")
    [rate] = list_rates(engine, 1)
    assert (rate.currency, rate.into) == ("EUR", "USD")
    run(filled)
    assert "Together $3,080 / month, at 1 EUR = 1.08 USD since 2026-01-01" in texts(filled)


def test_the_report_is_planned_with_what_is_wrong_beside_its_field(filled: AppTest) -> None:
    run(filled)
    plan = opened("report")
    assert "No report goes out by itself yet." in texts(plan)
    plan.text_area(key="report-to").set_value("cfo@example.com\nnobody")
    submit(plan, "Save the schedule")
    assert "'nobody' is no e-mail address" in texts(plan)
    plan.text_area(key="report-to").set_value("cfo@example.com")
    submit(plan, "Save the schedule")
    assert "Goes out every month on day 1 at 06:00 UTC" in texts(opened("report"))
    submit(opened("report"), "Stop sending")
    assert "No report goes out by itself yet." in texts(opened("report"))


def test_all_currencies_as_one_say_that_list_prices_are_among_them(filled: AppTest, engine: Engine) -> None:
    keep_price(engine, 1, VISIO, "10", currency="EUR")
    enter_rate(
        engine,
        1,
        currency="EUR",
        into="USD",
        rate="1.08",
        valid_from=date(2026, 1, 1),
        actor=Actor(name="Ada", role=Role.ANALYST),
        now=datetime.now(UTC),
    )
    run(filled)
    assert "Together ≈ $" in texts(filled)


def test_who_may_not_plan_or_enter_is_told_the_role_that_it_takes(filled: AppTest) -> None:
    run(filled)
    assert "Changing this needs the role administrator." in texts(opened("report", "operator"))
    assert "Entering rates needs the role analyst." in texts(opened("rates", "viewer"))


def test_a_month_is_charged_back_to_who_held_the_seats(filled: AppTest, engine: Engine) -> None:
    keep_price(engine, 1, E3, "20")
    run(filled)
    filled.button(key="chargeback").click()
    run(filled)
    [frame] = [each.value for each in filled.dataframe if "group" in each.value.columns]
    assert list(frame["group"]) == ["Not assigned to anybody"]
    assert "seats counted on 0 of" in texts(filled)


@pytest.mark.parametrize("button", ["chargeback", "report-plan"])
def test_the_menu_does_not_stay_open_above_the_dialog(filled: AppTest, button: str) -> None:
    filled.session_state["report"] = True
    run(filled)
    filled.button(key=button).click()
    run(filled)
    assert filled.session_state["report"] is False
