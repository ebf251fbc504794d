"""Reclamation History in a session without a browser."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from core.reclamation.requests import RunMode, cancel_run, start_run
from core.rights import Actor, Role
from core.ui.tables import ids_key
from tests.support.holdings import READ_AT, VISIO, Holding, Person, keep_opportunities, keep_people
from tests.support.pages import choose_row, open_page, run, shown

PAGE = "reclamation_history.py"
HOSTILE = "<b onclick=x>Ned</b> **bold** [x](javascript:1)"
NOTE = "*Leavers* of <i>October</i>"
OPERATOR = Actor(name="olivia", role=Role.OPERATOR)
PEOPLE = (
    Person(name="Ian Inactive", holds=(Holding(status="inactive"),)),
    Person(name=HOSTILE, holds=(Holding(status="never_active"),)),
    Person(name="Vic Visio", holds=(Holding(sku_id=VISIO, status="inactive"),)),
)


@pytest.fixture
def filled(app: AppTest, engine: Engine) -> AppTest:
    """A cancelled dry run for Ian (request 1), and a run for the other two (2 and 3) that has not begun."""
    keep_people(engine, 1, PEOPLE)
    seats = keep_opportunities(engine, 1, PEOPLE)

    def start(*names: str, mode: RunMode) -> int:
        return start_run(
            engine,
            1,
            chosen=[seats[name] for name in names],
            mode=mode,
            manual=False,
            note=NOTE,
            confirm_count=None,
            actor=OPERATOR,
            allow_reclaim=True,
            now=READ_AT,
        )

    dry_run = start("Ian Inactive", mode=RunMode.DRY_RUN)
    cancel_run(engine, dry_run, actor=OPERATOR, now=READ_AT + timedelta(seconds=75))
    start(HOSTILE, "Vic Visio", mode=RunMode.IMMEDIATE)
    return app


def names(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["name"])


def choose(app: AppTest, position: int) -> AppTest:
    """Choose a row of the unfiltered table as a click on it would."""
    open_page(app, PAGE)
    return choose_row(app, ids_key("requests", [2, 3, 1]), position)


def test_before_the_first_request_the_page_says_what_it_will_show(app: AppTest) -> None:
    open_page(app, PAGE)
    assert "**Nothing was requested yet**" in shown(app)
    assert not app.dataframe


def test_requests_are_listed_the_latest_run_first(filled: AppTest) -> None:
    open_page(filled, PAGE)
    frame = filled.dataframe[0].value
    assert list(frame["name"]) == [HOSTILE, "Vic Visio", "Ian Inactive"]
    assert list(frame["state"]) == ["… Queued", "… Queued", "– Cancelled"]
    assert list(frame["run"]) == ["Run 2", "Run 2", "Dry run 1"]
    assert set(frame["by"]) == {"olivia"}
    assert list(frame["reason"].fillna("")) == ["", "", "cancelled by olivia"]
    assert "**3** of 3 requests" in shown(filled)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("history-State", ["Cancelled"], ["Ian Inactive"]),
        ("history-State", ["Cancelled", "Queued"], [HOSTILE, "Vic Visio", "Ian Inactive"]),
        ("history-License type", ["Visio Plan 2"], ["Vic Visio"]),
    ],
)
def test_filters_leave_the_requests_that_fit(
    filled: AppTest, key: str, value: list[str], expected: list[str]
) -> None:
    open_page(filled, PAGE)
    filled.multiselect(key=key).set_value(value)
    run(filled)
    assert names(filled) == expected
    assert f"**{len(expected)}** of 3 requests" in shown(filled)


def test_one_run_can_be_looked_at(filled: AppTest) -> None:
    open_page(filled, PAGE)
    filled.selectbox(key="history-run").set_value("Dry run 1")
    run(filled)
    assert names(filled) == ["Ian Inactive"]


def test_what_was_requested_on_other_days_is_left_out(filled: AppTest) -> None:
    open_page(filled, PAGE)
    for days, expected in (
        ((READ_AT.date(), READ_AT.date()), 3),
        ((READ_AT.date() - timedelta(days=9), READ_AT.date() - timedelta(days=1)), 0),
    ):
        filled.date_input(key="history-days").set_value(days)
        run(filled)
        assert f"**{expected}** of 3 requests" in shown(filled)


def test_people_are_found_by_name_or_address(filled: AppTest) -> None:
    open_page(filled, PAGE)
    filled.text_input(key="history-text").set_value("person3@")
    run(filled)
    assert names(filled) == ["Vic Visio"]


def test_a_search_that_fits_nobody_says_what_to_do(filled: AppTest) -> None:
    open_page(filled, PAGE)
    filled.text_input(key="history-text").set_value("100%")
    run(filled)
    assert "Nothing fits this filter" in shown(filled)
    assert not filled.dataframe


def test_a_request_shows_its_steps_as_they_happened(filled: AppTest) -> None:
    choose(filled, 2)
    assert [each.value for each in filled.subheader] == ["Ian Inactive"]
    steps = [text.value for text in filled.markdown if text.value.startswith("**") and "UTC" in text.value]
    assert len(steps) == 2
    assert steps[0] == "**Requested**  \n:small[2026-11-24 06:10:00 UTC · olivia]"
    assert steps[1].startswith("**Ended**")
    assert "06:11:15 UTC" in steps[1]
    assert "– **Cancelled** · cancelled by olivia" in shown(filled)
    assert "The run was cancelled by olivia." in shown(filled)


def test_the_evidence_on_which_it_was_decided_is_kept(filled: AppTest) -> None:
    choose(filled, 2)
    page = shown(filled).replace("\\", "")
    assert ":small[◐ Inactive, last active on 2026-05-08]" in page
    assert ":small[License held directly" in page


def test_details_can_be_copied(filled: AppTest) -> None:
    choose(filled, 2)
    details = filled.code[0].value
    assert "request 1\n" in details
    assert "user id 00000000-0000-4000-8000-000000000001" in details


def test_hostile_names_and_notes_are_shown_as_text(filled: AppTest) -> None:
    choose(filled, 0)
    assert filled.subheader[0].value.startswith(r"\<b onclick\=x\>Ned\<\/b\> \*\*bold\*\* \[x\]")
    assert NOTE in [text.value for text in filled.text]
    drawn = (*filled.markdown, *filled.caption, *filled.subheader)
    assert not [each.value for each in drawn if "**bold**" in each.value or "<i>" in each.value]


def test_a_choice_is_never_taken_for_another_request(filled: AppTest) -> None:
    choose(filled, 1)
    assert [each.value for each in filled.subheader] == ["Vic Visio"]
    filled.multiselect(key="history-State").set_value(["Cancelled"])
    run(filled)
    assert names(filled) == ["Ian Inactive"]
    assert not filled.subheader
    assert "Choose a request to see its steps." in shown(filled)


@pytest.mark.usefixtures("live_tenant")
def test_a_viewer_may_read_and_download_the_history(filled: AppTest) -> None:
    choose(filled, 2)
    assert [each.value for each in filled.subheader] == ["Ian Inactive"]
    assert filled.get("download_button")
