"""A run that waits for a second person on the Reclamation page, in a session without a browser."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from core.policies.policies import change_policies
from core.policies.settings import Setting
from core.reclamation.requests import RunMode, start_run
from core.reclamation.runs import RunRow, run
from core.reclamation.states import RequestState
from core.rights import Actor, Role
from core.store.engine import reading
from tests.support.holdings import E3, Holding, Person, keep_opportunities, keep_people, keep_price
from tests.support.pages import buttons, click, open_page, shown
from tests.support.pages import run as run_anew

PAGE = "reclamation.py"
ADA = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)
PEOPLE = tuple(Person(name=f"Person {number}", holds=(Holding(status="inactive"),)) for number in range(3))


@pytest.fixture
def seats(engine: Engine) -> list[tuple[str, str]]:
    """Three opportunities, where more than two requests need a second person."""
    keep_people(engine, 1, PEOPLE)
    keep_price(engine, 1, E3, "36")
    offered = keep_opportunities(engine, 1, PEOPLE)
    change_policies(engine, 1, values={Setting.APPROVAL_ABOVE: 2}, actor=ADA, now=datetime.now(UTC))
    return list(offered.values())


def ask(engine: Engine, seats: list[tuple[str, str]], who: str) -> int:
    return start_run(
        engine,
        1,
        chosen=seats,
        mode=RunMode.IMMEDIATE,
        manual=False,
        note="Renewal *soon*",
        confirm_count=None,
        actor=Actor(name=who, role=Role.OPERATOR),
        allow_reclaim=True,
        now=datetime.now(UTC),
    )


def found(engine: Engine, run_id: int) -> RunRow:
    with reading(engine) as session:
        row = run(session, run_id)
    assert row is not None
    return row


def test_before_the_click_it_says_that_another_operator_has_to_approve(
    app: AppTest, seats: list[tuple[str, str]]
) -> None:
    open_page(app, PAGE)
    assert "until another operator approves" not in shown(app)
    click(app, f"Choose all {len(seats)} of High confidence")
    assert "More than 2 requests: nothing begins until another operator approves" in shown(app)
    app.radio(key="run-mode").set_value(RunMode.DRY_RUN)
    run_anew(app)
    assert "until another operator approves" not in shown(app)


def test_a_run_that_waits_is_announced_with_who_what_and_how_much(
    app: AppTest, engine: Engine, seats: list[tuple[str, str]]
) -> None:
    ask(engine, seats, "olivia")
    open_page(app, PAGE)
    page = shown(app).replace("\\", "")
    assert "1 run waits for approval: 3 licenses**, asked by olivia" in page
    assert "to be reclaimed immediately: 3 × Microsoft 365 E3 ($1,296 / year)." in page
    assert "Note: Renewal *soon*. Nothing has begun" in page
    assert "asked just now" in page
    assert {"Approve", "Reject"} <= buttons(app).keys()


def test_one_click_asks_and_approves_nothing_yet(
    app: AppTest, engine: Engine, seats: list[tuple[str, str]]
) -> None:
    run_id = ask(engine, seats, "olivia")
    open_page(app, PAGE)
    click(app, "Approve")
    assert "Your name stands in the history beside that of olivia" in shown(app)
    assert found(engine, run_id).waits_for_approval


def test_whoever_asked_reads_why_they_cannot_decide(
    app: AppTest, engine: Engine, seats: list[tuple[str, str]]
) -> None:
    ask(engine, seats, "demo")
    open_page(app, PAGE)
    assert "Whoever asked for a run can't decide on it" in shown(app).replace("\\", "")
    assert not {"Approve", "Reject"} & buttons(app).keys()
    assert "Cancel what has not begun" in buttons(app)


@pytest.mark.usefixtures("live_tenant")
def test_a_viewer_sees_it_and_cannot_decide(
    app: AppTest, engine: Engine, seats: list[tuple[str, str]]
) -> None:
    ask(engine, seats, "olivia")
    open_page(app, PAGE)
    assert "Approving needs the role operator" in shown(app)
    assert not {"Approve", "Reject"} & buttons(app).keys()


def dialog() -> None:
    """A dialog alone, open: AppTest does not keep a dialog open from run to run."""
    import streamlit as st  # noqa: PLC0415 - AppTest takes the body alone

    from core.reclamation.runs import run  # noqa: PLC0415 - likewise
    from core.store.engine import reading  # noqa: PLC0415 - likewise
    from core.ui import approval_view  # noqa: PLC0415 - likewise
    from core.ui.context import current_application, runtime  # noqa: PLC0415 - likewise

    if "asked" not in st.session_state:
        with reading(runtime().engine) as session:
            st.session_state.asked = run(session, st.session_state.run_id)
    getattr(approval_view, st.session_state.form)(current_application(), st.session_state.asked)


def opened(run_id: int, form: str) -> AppTest:
    app = AppTest.from_function(dialog, default_timeout=30)
    app.session_state["run_id"], app.session_state["form"] = run_id, form
    return run_anew(app)


def test_the_second_click_approves(engine: Engine, seats: list[tuple[str, str]]) -> None:
    run_id = ask(engine, seats, "olivia")
    click(opened(run_id, "approve_form"), "Approve 3 licenses")
    row = found(engine, run_id)
    assert (row.waits_for_approval, row.approved_by) == (False, "demo")


def test_a_rejection_wants_a_reason_and_ends_the_run(engine: Engine, seats: list[tuple[str, str]]) -> None:
    run_id = ask(engine, seats, "olivia")
    form = opened(run_id, "reject_form")
    click(form, "Reject the run")
    assert "Rejecting needs a reason" in form.error[0].value
    assert found(engine, run_id).waits_for_approval
    form.text_input(key="reject-reason").set_value("Not before the audit")
    click(form, "Reject the run")
    row = found(engine, run_id)
    assert (row.rejected_by, row.by_state) == ("demo", {RequestState.CANCELLED: 3})


def test_what_was_decided_meanwhile_is_told_in_words(engine: Engine, seats: list[tuple[str, str]]) -> None:
    run_id = ask(engine, seats, "olivia")
    late = opened(run_id, "approve_form")
    click(opened(run_id, "approve_form"), "Approve 3 licenses")
    click(late, "Approve 3 licenses")
    assert "does not wait for approval" in late.error[0].value
