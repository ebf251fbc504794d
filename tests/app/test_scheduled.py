"""Scheduled runs on the page Exemptions and policies, in a session without a browser."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from core.policies.policies import list_changes
from core.policies.reclaiming import change_plan, read_plan
from core.reclamation.modes import RunMode
from core.reclamation.opportunities import Scenario
from core.reclamation.scheduled import Here, start_if_due
from core.reclamation.scheduled_plan import ReclaimPlan
from core.rights import Actor, Role
from core.store.engine import reading
from tests.support.holdings import E3, VISIO, Holding, Person, keep_opportunities, keep_people
from tests.support.pages import buttons, click, open_page, run, shown
from tests.support.rounds import keep_round

ADA = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)
PEOPLE = (
    Person(name="Ian Inactive", holds=(Holding(status="inactive"),)),
    Person(name="Nia Never", holds=(Holding(status="never_active"),)),
)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def filled(app: AppTest, engine: Engine) -> AppTest:
    keep_people(engine, 1, PEOPLE)
    keep_opportunities(engine, 1, PEOPLE)
    keep_round(engine, now() - timedelta(hours=1))
    return app


def open_tab(app: AppTest) -> AppTest:
    app.session_state["policies-tab"] = "Scheduled runs"
    return open_page(app, "policies.py")


def plan(engine: Engine) -> ReclaimPlan:
    with reading(engine) as session:
        return read_plan(session, 1)


def test_as_it_comes_the_page_says_that_it_is_off_and_whom_it_would_take(filled: AppTest) -> None:
    open_tab(filled)
    assert "Off: nothing is reclaimed by itself" in shown(filled)
    assert "Today this would ask for **2 seats**" in shown(filled)
    assert "There is no other opportunity." in shown(filled)
    assert "None yet" in shown(filled)


def test_the_preview_follows_the_fields_and_says_why_others_are_left_alone(filled: AppTest) -> None:
    open_tab(filled)
    filled.multiselect[0].set_value([Scenario.NEVER_ACTIVE])
    run(filled)
    assert "Today this would ask for **1 seat**" in shown(filled)
    assert "not saved yet" in shown(filled)
    assert "1 other license left alone" in [each.label for each in filled.expander]
    assert "The scenario is not among those of the schedule" in shown(filled).replace("\\", "")


def test_what_is_saved_is_in_force_on_record_and_tells_the_next_run(filled: AppTest, engine: Engine) -> None:
    open_tab(filled)
    filled.toggle[0].set_value(True)
    next(each for each in filled.selectbox if each.label == "Mode").set_value(RunMode.DRY_RUN)
    run(filled)
    click(filled, "Save the schedule")
    saved = plan(engine)
    assert (saved.enabled, saved.mode, saved.scenarios) == (True, RunMode.DRY_RUN, ReclaimPlan().scenarios)
    assert "Next run" in shown(filled)
    with reading(engine) as session:
        assert {each.setting for each in list_changes(session, 1)} == {"scheduled_enabled", "scheduled_mode"}


def test_a_value_out_of_bounds_is_refused_with_the_reason(filled: AppTest, engine: Engine) -> None:
    open_tab(filled)
    place = [each.label for each in filled.number_input].index("Requests of a run")
    filled.number_input[place].set_value(51)
    run(filled)
    click(filled, "Save the schedule")
    assert "must be from 1 to 50, not 51" in shown(filled).replace("\\", "")
    assert plan(engine) == ReclaimPlan()


def test_of_each_time_it_stands_there_what_came_of_it(filled: AppTest, engine: Engine) -> None:
    yesterday = now() - timedelta(days=1)
    wanted = {"enabled": True, "hour": now().hour, "mode": RunMode.IMMEDIATE}
    change_plan(engine, 1, actor=ADA, now=yesterday, **wanted)
    here = Here(key="demo", allow_reclaim=False, synced_at=now(), awake_since=yesterday)
    start_if_due(engine, 1, here, now())
    open_tab(filled)
    assert "Not started: Reclaiming is switched off" in shown(filled).replace("\\", "")
    frames = [each.value for each in filled.dataframe if "outcome" in each.value.columns]
    assert list(frames[0]["outcome"]) == ["Not started"]
    assert list(frames[0]["by"]) == [ADA.name]


def test_of_a_run_that_was_started_it_stands_there_how_its_requests_are(
    filled: AppTest, engine: Engine
) -> None:
    yesterday = now() - timedelta(days=1)
    change_plan(engine, 1, actor=ADA, now=yesterday, enabled=True, hour=now().hour, mode=RunMode.DRY_RUN)
    here = Here(key="demo", allow_reclaim=True, synced_at=now(), awake_since=yesterday)
    start_if_due(engine, 1, here, now())
    open_tab(filled)
    (frame,) = [each.value for each in filled.dataframe if "outcome" in each.value.columns]
    assert list(frame["outcome"]) == ["Started"]
    assert list(frame["detail"]) == ["2 queued"]
    assert list(frame["run"]) == ["1"]


def test_changes_are_told_in_words(filled: AppTest, engine: Engine) -> None:
    change_plan(
        engine,
        1,
        actor=ADA,
        now=now(),
        enabled=True,
        mode=RunMode.IMMEDIATE,
        weekday=0,
        hour=6,
        at_most=5,
        fresh_hours=12,
        scenarios=(Scenario.INACTIVE,),
        included=(E3,),
        excluded=(VISIO,),
    )
    open_page(filled, "policies.py")
    (frame,) = [each.value for each in filled.dataframe if "policy" in each.value.columns]
    told = {row.policy: (row.before, row.after) for row in frame.itertuples()}
    assert told["Scheduled runs"] == ("Off", "On")
    assert told["Mode of scheduled runs"] == ("Notify the user first", "Reclaim immediately")
    assert told["Day of scheduled runs"] == ("Every day", "Monday")
    assert told["Hour of scheduled runs"] == ("09:00 UTC", "06:00 UTC")
    assert told["Most requests of a scheduled run"] == ("20 requests", "5 requests")
    assert told["Oldest sync of a scheduled run"] == ("24 hours", "12 hours")
    assert told["Scenarios of scheduled runs"][1] == "Inactive"
    before, after = told["License types of scheduled runs"]
    assert (before, after) == ("All", "Microsoft 365 E3")
    assert told["License types left out of scheduled runs"][0] == "None"


@pytest.mark.usefixtures("live_tenant")
def test_a_viewer_sees_the_schedule_and_can_change_nothing(filled: AppTest) -> None:
    open_tab(filled)
    assert "Today this would ask for" in shown(filled)
    assert buttons(filled)["Save the schedule"] is False
    assert filled.toggle[0].disabled
    assert "needs the role administrator" in shown(filled)
