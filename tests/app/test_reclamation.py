"""Reclamation: choosing, seeing the effect, doing it, in a session without a browser."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from core.reclamation.history import HistoryFilter
from core.reclamation.requests import RunMode, RunRefused, cancel_run, start_run
from core.reclamation.runs import RequestRow, requests
from core.rights import Actor, RightRefused, Role
from core.store.engine import reading, writing
from core.store.tables import Opportunity, ReclamationRequest, ServicePlan
from core.ui import effect_view
from core.ui.tables import ids_key
from tests.support.holdings import (
    E3,
    READ_AT,
    VISIO,
    Holding,
    Person,
    keep_opportunities,
    keep_people,
    keep_price,
)
from tests.support.pages import buttons, click, open_page, popovers, run, shown

PAGE = "reclamation.py"
HOSTILE = "<b onclick=x>Ned</b> **bold** [x](javascript:1)"
OPERATOR = Actor(name="olivia", role=Role.OPERATOR)
PEOPLE = (
    Person(name="Anna Active"),
    Person(name="Ian Inactive", holds=(Holding(status="inactive"),)),
    Person(name=HOSTILE, department="IT", holds=(Holding(status="never_active"),)),
    Person(name="Vic Visio", holds=(Holding(sku_id=VISIO, status="inactive"),)),
    Person(name="Ben Blocked", holds=(Holding(status="inactive"),)),
)
Seats = dict[str, tuple[str, str]]
FREE = (HOSTILE, "Ian Inactive", "Vic Visio")
"""Those who can be reclaimed, in the order in which they are listed."""


@pytest.fixture
def seats(engine: Engine) -> Seats:
    """Four opportunities, one of them blocked; Microsoft 365 E3 has a price."""
    keep_people(engine, 1, PEOPLE)
    keep_price(engine, 1, E3, "36")
    return keep_opportunities(engine, 1, PEOPLE, blocked=["Ben Blocked"])


def check(app: AppTest, seats: Seats, *names: str, shown_names: Sequence[str] = FREE) -> AppTest:
    """Check these people in the table of opportunities as clicks would, and uncheck all others in it."""
    rows = [seats[name] for name in shown_names]
    key = ids_key("opportunities-0", (f"{user_id} {sku_id}" for user_id, sku_id in rows))
    positions = [shown_names.index(name) for name in names]
    app.session_state[key] = {"selection": {"rows": positions, "columns": [], "cells": []}}
    return run(app)


def kept(engine: Engine) -> Sequence[RequestRow]:
    """All requests on record."""
    with reading(engine) as session:
        return requests(session, 1, HistoryFilter())


def test_before_the_first_sync_the_page_says_what_it_will_show(app: AppTest) -> None:
    open_page(app, PAGE)
    assert "Nothing has been read from this tenant yet" in shown(app)
    assert "licenses that nobody uses" in shown(app)


def test_where_everybody_is_active_there_is_nothing_to_choose(app: AppTest, engine: Engine) -> None:
    keep_people(engine, 1, PEOPLE[:1])
    open_page(app, PAGE)
    assert "**No opportunity**" in shown(app)


def test_what_can_be_reclaimed_is_listed_with_its_price(app: AppTest, seats: Seats) -> None:
    open_page(app, PAGE)
    frame = app.dataframe[0].value
    assert seats.keys() - set(frame["name"]) == {"Ben Blocked"}
    assert list(frame["name"]) == list(FREE)
    assert list(frame["cost"].fillna("")) == ["$432", "$432", ""]
    assert "3 shown" in shown(app)


@pytest.mark.usefixtures("seats")
def test_what_is_blocked_is_counted_by_its_reason_for_what_is_filtered(app: AppTest) -> None:
    open_page(app, PAGE)
    assert "1 · New account" in shown(app)
    app.multiselect(key="offers-License type").set_value(["Visio Plan 2"])
    run(app)
    assert "New account" not in shown(app)


@pytest.mark.usefixtures("seats")
def test_blocked_ones_are_shown_on_demand_with_the_reason(app: AppTest) -> None:
    open_page(app, PAGE)
    app.toggle(key="offers-blocked").set_value(True)
    run(app)
    frame = app.dataframe[0].value.set_index("name")
    assert frame.loc["Ben Blocked", "blockers"] == "The account is new."
    assert "blockers" in app.dataframe[0].proto.column_order


@pytest.mark.usefixtures("seats")
@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("offers-Scenario", ["Never active"], [HOSTILE]),
        ("offers-License type", ["Visio Plan 2"], ["Vic Visio"]),
        ("offers-Department", ["IT"], [HOSTILE]),
    ],
)
def test_filters_leave_those_who_fit(app: AppTest, key: str, value: list[str], expected: list[str]) -> None:
    open_page(app, PAGE)
    app.multiselect(key=key).set_value(value)
    run(app)
    assert list(app.dataframe[0].value["name"]) == expected


@pytest.mark.usefixtures("seats")
def test_a_search_that_fits_nobody_says_what_to_do(app: AppTest) -> None:
    open_page(app, PAGE)
    app.text_input(key="offers-text").set_value("100%")
    run(app)
    assert "Nothing fits this filter" in shown(app)
    assert not app.dataframe


def test_the_effect_is_told_before_anything_is_done(app: AppTest, seats: Seats, engine: Engine) -> None:
    open_page(app, PAGE)
    check(app, seats, HOSTILE, "Vic Visio")
    assert "**2 seats** would be freed" in shown(app)
    assert "**$432 / year** :small[$36.00 / month · 1 seat]" in shown(app).replace("\\", "")
    assert "2029-12-31 · 1 × Microsoft 365 E3" in shown(app).replace("\\", "")
    assert "1 seat without a price" in shown(app)
    assert buttons(app)["Reclaim 2 licenses"]
    assert kept(engine) == []


def test_the_effect_of_very_many_is_kept_until_a_run_is_asked_for(
    app: AppTest, seats: Seats, engine: Engine, environment: pytest.MonkeyPatch
) -> None:
    environment.setattr(effect_view, "_WORTH_KEEPING", 1)
    open_page(app, PAGE)
    check(app, seats, HOSTILE)
    assert "**1 seat** would be freed" in shown(app)
    with writing(engine) as session:
        session.delete(session.get_one(Opportunity, (1, *seats[HOSTILE])))
    assert "**1 seat** would be freed" in shown(run(app))
    start(engine, seats["Ian Inactive"])
    assert "**0 seats** would be freed" in shown(run(app))


def test_a_choice_stays_while_other_rows_are_shown(app: AppTest, seats: Seats) -> None:
    open_page(app, PAGE)
    check(app, seats, "Ian Inactive")
    app.multiselect(key="offers-License type").set_value(["Visio Plan 2"])
    run(app)
    assert list(app.dataframe[0].value["name"]) == ["Vic Visio"]
    check(app, seats, "Vic Visio", shown_names=["Vic Visio"])
    assert "2 · See the effect of 2 chosen" in shown(app)
    assert list(app.dataframe[1].value["name"]) == ["Ian Inactive", "Vic Visio"]


def test_whoever_is_unchecked_is_no_longer_chosen(app: AppTest, seats: Seats) -> None:
    open_page(app, PAGE)
    check(app, seats, HOSTILE, "Ian Inactive")
    check(app, seats, "Ian Inactive")
    assert "2 · See the effect of 1 chosen" in shown(app)


@pytest.mark.usefixtures("seats")
def test_all_of_high_confidence_can_be_chosen_at_once_and_taken_out_again(app: AppTest) -> None:
    open_page(app, PAGE)
    click(app, "Choose all 3 of High confidence")
    assert "**3 seats** would be freed" in shown(app)
    click(app, "Take out all")
    assert "Nobody is chosen yet." in shown(app)


def test_hostile_names_are_shown_as_text(app: AppTest, seats: Seats) -> None:
    """The cells of tables show any text as it is; nothing of it may get into Markdown."""
    open_page(app, PAGE)
    check(app, seats, HOSTILE)
    assert list(app.dataframe[1].value["name"]) == [HOSTILE]
    drawn = (*app.markdown, *app.caption, *app.subheader, *app.title)
    escaped = [each.value.replace("\\<", "").replace("\\*", "") for each in drawn]
    assert not [text for text in escaped if "<b onclick" in text or "**bold**" in text]


@pytest.mark.usefixtures("live_tenant")
def test_a_viewer_sees_the_effect_and_cannot_reclaim(app: AppTest, seats: Seats) -> None:
    open_page(app, PAGE)
    check(app, seats, "Ian Inactive")
    assert "**1 seat** would be freed" in shown(app)
    assert "need the role operator" in shown(app)
    assert not buttons(app)["Dry run for 1 license"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
def test_the_service_refuses_too(engine: Engine, seats: Seats, role: Role) -> None:
    with pytest.raises(RightRefused):
        start(engine, seats["Ian Inactive"], actor=Actor(name="vera", role=role))
    assert kept(engine) == []


@pytest.fixture
def open_tenant(
    live_tenant: None,  # noqa: ARG001 - is configured first
    environment: pytest.MonkeyPatch,
) -> None:
    """A live tenant on which everybody may change things."""
    environment.setenv("SEATWISE_ALLOW_UNAUTHENTICATED_CHANGES", "true")


@pytest.mark.usefixtures("open_tenant")
def test_without_allow_reclaim_only_a_dry_run_can_be_started(app: AppTest, seats: Seats) -> None:
    open_page(app, PAGE)
    check(app, seats, "Ian Inactive")
    assert app.radio(key="run-mode").value is RunMode.DRY_RUN
    assert buttons(app)["Dry run for 1 license"]
    app.radio(key="run-mode").set_value(RunMode.IMMEDIATE)
    run(app)
    assert not buttons(app)["Reclaim 1 license"]
    assert "set allow_reclaim = true in its configuration" in shown(app).replace("\\", "")


def test_the_service_refuses_a_removal_that_is_not_allowed(engine: Engine, seats: Seats) -> None:
    with pytest.raises(RunRefused, match="allow_reclaim"):
        start(engine, seats["Ian Inactive"], allow_reclaim=False)
    assert kept(engine) == []


def test_with_allow_reclaim_all_modes_are_offered(app: AppTest, seats: Seats) -> None:
    open_page(app, PAGE)
    check(app, seats, "Ian Inactive")
    assert app.radio(key="run-mode").options == ["Reclaim immediately", "Notify the user first", "Dry run"]
    app.radio(key="run-mode").set_value(RunMode.DRY_RUN)
    run(app)
    assert buttons(app)["Dry run for 1 license"]


@pytest.fixture
def many(engine: Engine) -> int:
    """More people than a day's limit for 100 seats, which is ten."""
    people = [Person(name=f"Person {number}", holds=(Holding(status="inactive"),)) for number in range(11)]
    keep_people(engine, 1, people)
    keep_opportunities(engine, 1, people)
    return len(people)


def test_above_the_limit_the_number_has_to_be_typed(app: AppTest, many: int) -> None:
    open_page(app, PAGE)
    click(app, f"Choose all {many} of High confidence")
    assert not buttons(app)["Reclaim 11 licenses"]
    assert app.number_input(key="run-typed").label == "Type 11 to go above the limit"
    assert "11 for Microsoft 365 E3: the limit is 10 a day." in shown(app).replace("\\", "")
    app.number_input(key="run-typed").set_value(10)
    run(app)
    assert not buttons(app)["Reclaim 11 licenses"]
    app.number_input(key="run-typed").set_value(11)
    run(app)
    assert buttons(app)["Reclaim 11 licenses"]


def test_a_limit_of_all_types_together_comes_before_those_of_single_types(
    app: AppTest, engine: Engine
) -> None:
    """Fifty a day, whatever the types."""
    people = [Person(name=f"Person {number}", holds=(Holding(status="inactive"),)) for number in range(51)]
    keep_people(engine, 1, people)
    keep_opportunities(engine, 1, people)
    open_page(app, PAGE)
    click(app, "Choose all 51 of High confidence")
    page = shown(app).replace("\\", "")
    assert ":material/warning: 51 for all license types together: the limit is 50 a day." in page
    assert ":small[51 for Microsoft 365 E3: the limit is 10 a day.]" in page


def test_a_dry_run_has_no_limit(app: AppTest, many: int) -> None:
    open_page(app, PAGE)
    click(app, f"Choose all {many} of High confidence")
    app.radio(key="run-mode").set_value(RunMode.DRY_RUN)
    run(app)
    assert buttons(app)["Dry run for 11 licenses"]


def test_one_click_asks_and_does_nothing_yet(app: AppTest, seats: Seats, engine: Engine) -> None:
    open_page(app, PAGE)
    check(app, seats, "Ian Inactive")
    click(app, "Reclaim 1 license")
    assert "Each person is read again just before" in shown(app)
    assert "1 × Microsoft 365 E3" in shown(app)
    assert kept(engine) == []


def confirmation() -> None:
    """The dialog alone, open: AppTest does not keep a dialog open from run to run."""
    import streamlit as st  # noqa: PLC0415 - AppTest takes the body alone

    from core.reclamation.effect import effect  # noqa: PLC0415 - likewise
    from core.reclamation.requests import NotifyTerms  # noqa: PLC0415 - likewise
    from core.store.engine import reading  # noqa: PLC0415 - likewise
    from core.ui import reclamation_run  # noqa: PLC0415 - likewise
    from core.ui.context import current_application, now, runtime  # noqa: PLC0415 - likewise

    if "outcome" not in st.session_state:
        with reading(runtime().engine) as session:
            st.session_state.outcome = effect(session, 1, st.session_state.chosen, manual=False, now=now())
    mode = next(each for each in reclamation_run.MODES if each.value == st.session_state.mode)
    outcome, terms = st.session_state.outcome, NotifyTerms(waiting_days=3, copy_manager=True)
    decision = reclamation_run.Decision(
        requests=outcome.requests, mode=mode, note="why", typed=None, names=[], terms=terms
    )
    reclamation_run._confirm(current_application(), outcome, decision)


def opened(seat: tuple[str, str], mode: RunMode) -> AppTest:
    """The dialog for one seat."""
    dialog = AppTest.from_function(confirmation, default_timeout=30)
    dialog.session_state["chosen"] = [seat]
    dialog.session_state["mode"] = mode.value
    dialog.run()
    assert not dialog.exception, dialog.exception
    return dialog


@pytest.mark.parametrize(
    ("mode", "label"),
    [
        (RunMode.IMMEDIATE, "Reclaim 1 license"),
        (RunMode.NOTIFY, "Send the mails"),
        (RunMode.DRY_RUN, "Start the dry run"),
    ],
)
def test_the_second_click_puts_the_run_on_record(
    engine: Engine, seats: Seats, mode: RunMode, label: str
) -> None:
    click(opened(seats["Ian Inactive"], mode), label)
    (request,) = kept(engine)
    assert (request.display_name, request.state, request.dry_run) == (
        "Ian Inactive",
        "queued",
        mode is RunMode.DRY_RUN,
    )


def test_what_somebody_else_asked_for_meanwhile_is_refused_in_words(engine: Engine, seats: Seats) -> None:
    dialog = opened(seats["Ian Inactive"], RunMode.IMMEDIATE)
    start(engine, seats["Ian Inactive"])
    click(dialog, "Reclaim 1 license")
    assert "already being reclaimed" in dialog.error[0].value
    assert len(kept(engine)) == 1


def start(
    engine: Engine,
    *chosen: tuple[str, str],
    actor: Actor = OPERATOR,
    mode: RunMode = RunMode.IMMEDIATE,
    allow_reclaim: bool = True,
) -> int:
    """A run of these seats, as the page would make it."""
    return start_run(
        engine,
        1,
        chosen=chosen,
        mode=mode,
        manual=False,
        note="",
        confirm_count=None,
        actor=actor,
        allow_reclaim=allow_reclaim,
        now=READ_AT,
    )


def test_a_run_that_goes_on_shows_how_far_it_has_come(app: AppTest, engine: Engine, seats: Seats) -> None:
    run_id = start(engine, seats["Ian Inactive"], seats["Vic Visio"])
    open_page(app, PAGE)
    assert f"**Run {run_id}** · olivia" in shown(app)
    assert [bar.proto.text for bar in app.progress] == ["0 of 2 done · reading sign-ins first"]
    assert "…\N{NO-BREAK SPACE}**2**\N{NO-BREAK SPACE}Queued" in shown(app)


def test_whoever_is_already_asked_for_cannot_be_chosen_again(
    app: AppTest, engine: Engine, seats: Seats
) -> None:
    start(engine, seats["Ian Inactive"])
    open_page(app, PAGE)
    click(app, "Choose all 3 of High confidence")
    assert "**2 seats** would be freed" in shown(app)


def test_what_has_not_begun_can_be_cancelled(app: AppTest, engine: Engine, seats: Seats) -> None:
    start(engine, seats["Ian Inactive"])
    open_page(app, PAGE)
    click(app, "Cancel what has not begun")
    assert [request.state for request in kept(engine)] == ["cancelled"]


@pytest.mark.usefixtures("live_tenant")
def test_a_viewer_sees_a_run_and_cannot_cancel_it(app: AppTest, engine: Engine, seats: Seats) -> None:
    start(engine, seats["Ian Inactive"])
    open_page(app, PAGE)
    assert app.progress
    assert "Cancel what has not begun" not in buttons(app)


def test_a_run_that_has_ended_shows_what_came_of_it(app: AppTest, engine: Engine, seats: Seats) -> None:
    run_id = start(engine, seats["Ian Inactive"], mode=RunMode.DRY_RUN)
    cancel_run(engine, run_id, actor=OPERATOR, now=READ_AT)
    open_page(app, PAGE)
    assert f"**Dry run {run_id}** · olivia" in shown(app)
    assert "Latest run" in [each.value for each in app.subheader]
    assert f"Report of run {run_id}" in popovers(app)
    assert "–\N{NO-BREAK SPACE}**1**\N{NO-BREAK SPACE}Cancelled" in shown(app)
    assert not app.progress


def test_why_people_were_left_alone_is_told_once_for_each_reason(
    app: AppTest, engine: Engine, seats: Seats
) -> None:
    run_id = start(engine, seats["Ian Inactive"], seats["Vic Visio"])
    with writing(engine) as session:
        for request in session.exec(select(ReclamationRequest)):
            request.state, request.reason = "skipped", "The user is <b>active</b> again."
    open_page(app, PAGE)
    assert f"**Run {run_id}** · olivia" in shown(app)
    assert r"– 2 · The user is \<b\>active\<\/b\> again\." in shown(app)


@pytest.fixture
def with_mailboxes(engine: Engine) -> None:
    """Microsoft 365 E3 brings a mailbox."""
    with writing(engine) as session:
        session.add(
            ServicePlan(
                application_id=1,
                sku_id=E3,
                service_plan_id="9aaf7827-d63c-4b61-89c3-182f06f82e5c",
                name="EXCHANGE_S_STANDARD",
                applies_to="User",
                provisioning_status="Success",
            )
        )


@pytest.mark.usefixtures("with_mailboxes")
@pytest.mark.parametrize(
    ("mode", "told"), [(RunMode.IMMEDIATE, True), (RunMode.NOTIFY, True), (RunMode.DRY_RUN, False)]
)
def test_what_removal_destroys_is_told_before_the_last_click(
    seats: Seats, mode: RunMode, *, told: bool
) -> None:
    dialog = opened(seats["Ian Inactive"], mode)
    assert ("1 × The mailbox is kept for 30 days" in shown(dialog)) is told


@pytest.mark.usefixtures("with_mailboxes")
def test_the_effect_names_what_removal_destroys(app: AppTest, seats: Seats) -> None:
    open_page(app, PAGE)
    check(app, seats, "Ian Inactive", "Vic Visio")
    assert "What removal destroys: mailbox" in [expander.label for expander in app.expander]
    assert "1 × The mailbox is kept for 30 days" in shown(app)


def test_advice_is_shown_where_it_is_asked_for_with_what_it_would_save(
    app: AppTest, seats: Seats, engine: Engine
) -> None:
    with writing(engine) as session:
        advice = session.get_one(Opportunity, (1, *seats["Ian Inactive"]))
        advice.scenarios, advice.scenario, advice.rank = ["downgrade"], "downgrade", 20
        advice.blockers, advice.reclaimable = [{"code": "advice", "text": "Advice only."}], False
        advice.cheaper_sku_id = "18181a46-0d4e-45cd-891e-60aabd171b4e"  # Office 365 E1
    open_page(app, PAGE)
    assert "Ian Inactive" not in list(app.dataframe[0].value["name"])
    app.multiselect(key="offers-Scenario").set_value(["Downgrade"])
    run(app)
    frame = app.dataframe[0].value.set_index("name")
    assert list(frame.index) == ["Ian Inactive"]
    assert str(frame.loc["Ian Inactive", "cost"]).startswith("≈ $")
    assert frame.loc["Ian Inactive", "blockers"] == "Advice only."
