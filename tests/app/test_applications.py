"""Applications in a session without a browser."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import Engine
from sqlmodel import col, select
from streamlit.testing.v1 import AppTest

from core.bootstrap import runtime
from core.integration.catalog import load_catalog
from core.integration.schedule import Plan
from core.integration.scheduling import change_schedule, read_plan
from core.integration.sources import SourceName
from core.integration.tracking import SYNC_TASKS, queue_tasks
from core.jobs.heartbeat import record_start
from core.rights import Actor, RightRefused, Role
from core.store.engine import reading, writing
from core.store.tables import Source, TaskRun, TaskRunLog
from core.ui.sync_view import counts_line
from core.ui.tables import ids_key
from tests.support.catalogs import catalog_file, shipped_rows
from tests.support.holdings import E3, READ_AT, Person, keep_people, keep_price, keep_sources
from tests.support.pages import buttons, choose_row, click, open_page, run, shown

PAGE = "applications.py"
HOSTILE = "<img src=x onerror=alert(1)> **403** [x](javascript:1)"
ADMINISTRATOR = Actor(name="Ada", role=Role.ADMINISTRATOR)


def task_run(
    task: str = "access",
    status: str = "succeeded",
    *,
    counts: dict[str, int] | None = None,
    error: str | None = None,
    application: int = 1,
    at: datetime = READ_AT,
) -> TaskRun:
    """A run that has ended."""
    return TaskRun(
        application_id=application,
        task=task,
        status=status,
        queued_at=at,
        started_at=at,
        ended_at=at + timedelta(seconds=65),
        counts=counts or {},
        error=error,
        started_by="olivia",
    )


def kept(engine: Engine) -> list[tuple[str, str]]:
    """Task and status of each run on record."""
    with reading(engine) as session:
        return [(each.task, each.status) for each in session.exec(select(TaskRun).order_by(col(TaskRun.id)))]


def table(app: AppTest, column: str) -> pd.DataFrame:
    """The first table with this column."""
    found: pd.DataFrame = next(each.value for each in app.dataframe if column in each.value.columns)
    return found


def configure_fabrikam(environment: pytest.MonkeyPatch) -> None:
    """A second application, number 2."""
    for name, value in {
        "NAME": "Fabrikam",
        "TENANT_ID": "fabrikam.example",
        "CLIENT_ID": "x",
        "CLIENT_SECRET": "y",
    }.items():
        environment.setenv(f"SEATWISE_APPLICATIONS__FABRIKAM__{name}", value)


# ---------------------------------------------------------------- connection


@pytest.mark.usefixtures("live_tenant")
def test_the_connection_is_shown_without_its_secret(app: AppTest) -> None:
    open_page(app, PAGE)
    texts = [text.value for text in app.text]
    assert {"Contoso", "contoso.example", "global", "client secret", "no, dry runs only"} <= set(texts)
    assert "not-a-secret" not in shown(app)


def test_the_demo_connects_to_the_bundled_simulator(app: AppTest) -> None:
    open_page(app, PAGE)
    assert "bundled simulator" in [text.value for text in app.text]


def test_a_test_of_the_connection_shows_permissions_and_sources(app: AppTest) -> None:
    open_page(app, PAGE)
    click(app, "Test the connection")
    assert "all needed permissions are granted (just now)" in app.success[0].value
    assert "User.Read.All" in list(table(app, "granted")["name"])
    sources = table(app, "detail")
    assert "Subscriptions" in list(sources["name"])
    assert set(sources["status"]) == {"✓ Available"}


# ---------------------------------------------------------------- what is not seen


def test_before_any_read_the_page_says_what_to_do(app: AppTest) -> None:
    open_page(app, PAGE)
    assert "**Nothing has been read yet**" in shown(app)
    assert "**No task has run yet**" in shown(app)


def test_each_missing_source_tells_what_it_costs_and_what_helps(app: AppTest, engine: Engine) -> None:
    keep_sources(engine, 1)
    open_page(app, PAGE)
    page = shown(app)
    assert "What you are not seeing, and why" in page
    assert "MailboxSettings.Read is missing." in [text.value for text in app.text]
    assert "Touches the caution for shared and room mailboxes" in page
    assert r"Grant MailboxSettings\.Read to the app registration" in page
    assert "✓ Sign-ins · 2026-11-24 06:10 UTC" in page
    assert "✓ Mailboxes" not in page
    assert r"**Mailboxes**: missing. MailboxSettings\.Read is missing\." in page  # beside the heading


def test_sources_that_are_missing_for_one_reason_stand_together(app: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        for name in ("license_types", "directory"):
            session.add(Source(application_id=1, name=name, status="failed", detail="The secret is wrong."))
    open_page(app, PAGE)
    assert [text.value for text in app.text].count("The secret is wrong.") == 1
    assert [text.value for text in app.text].count("It was not read yet.") == 1
    assert "Touches license types, seats and all spend; people, assignments" in shown(app).replace("\\", "")


def test_where_nothing_is_missing_that_is_said_in_one_line(app: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        for name in SourceName:
            session.add(
                Source(application_id=1, name=name.value, status="available", as_of=READ_AT, read_at=READ_AT)
            )
    open_page(app, PAGE)
    assert f"All {len(SourceName)} sources as they should be" in [each.label for each in app.expander]
    assert "Touches" not in shown(app)


def test_a_source_that_nothing_needs_is_one_quiet_line(app: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        detail = "Not needed: no license type of this tenant includes Copilot."
        session.add(Source(application_id=1, name="copilot_usage", status="not_read", detail=detail))
    open_page(app, PAGE)
    quiet = [each.value for each in app.caption if each.value.startswith("– Report of Copilot usage")]
    assert quiet == [
        r"– Report of Copilot usage · Not needed\: no license type of this tenant includes Copilot\."
    ]


def test_an_explanation_of_a_source_is_no_markup(app: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        session.add(Source(application_id=1, name="sign_ins", status="failed", detail=HOSTILE))
    open_page(app, PAGE)
    assert HOSTILE in [text.value for text in app.text]
    assert not [each.value for each in (*app.markdown, *app.caption) if "**403**" in each.value]


# ---------------------------------------------------------------- schedule and tasks


def test_all_tasks_can_be_run_and_stopped(app: AppTest, engine: Engine) -> None:
    open_page(app, PAGE)
    assert "Stop" not in buttons(app)
    click(app, "Run all tasks")
    assert kept(engine) == [("differentiation", "queued"), ("roster", "queued"), ("access", "queued")]
    click(app, "Stop")
    assert {status for _, status in kept(engine)} == {"cancelled"}


def test_one_task_can_be_run(app: AppTest, engine: Engine) -> None:
    open_page(app, PAGE)
    click(app, "Run Application Roster")
    assert kept(engine) == [("roster", "queued")]


def test_without_a_worker_nothing_is_promised(app: AppTest) -> None:
    open_page(app, PAGE)
    assert "Read daily at 03:56 UTC" in shown(app)
    assert "No worker is running" in shown(app)


def test_the_next_run_is_named_while_a_worker_lives(app: AppTest, engine: Engine) -> None:
    moment = datetime.now(UTC)
    record_start(engine, "worker-1", moment)
    with writing(engine) as session:
        for task in SYNC_TASKS:
            session.add(task_run(task, at=moment - timedelta(minutes=5)))
    open_page(app, PAGE)
    (line,) = (each.value for each in app.caption if each.value.startswith("Next run"))
    assert r"03\:56 UTC, in " in line


def test_the_schedule_can_be_changed_and_switched_off(app: AppTest, engine: Engine) -> None:
    open_page(app, PAGE)
    app.selectbox(key="schedule-hour").set_value(22)
    click(app, "Save the schedule")
    assert "Read daily at 22:56 UTC" in shown(app)
    assert "by demo" in shown(app)
    app.toggle(key="schedule-enabled").set_value(False)
    click(app, "Save the schedule")
    assert "Not read by itself" in shown(app)
    with reading(engine) as session:
        plan = read_plan(session, 1)
    assert (plan.enabled, plan.hour) == (False, 22)


@pytest.mark.usefixtures("live_tenant")
def test_a_viewer_sees_everything_and_changes_nothing(app: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        session.add(task_run())
    open_page(app, PAGE)
    assert list(buttons(app)) == ["Test the connection"]
    assert not app.toggle
    assert "Running tasks and changing the schedule needs the role administrator" in shown(app)
    assert list(table(app, "task")["task"]) == ["Application Access"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.OPERATOR])
def test_the_services_refuse_whoever_is_no_administrator(engine: Engine, role: Role) -> None:
    vera = Actor(name="vera", role=role)
    with pytest.raises(RightRefused):
        queue_tasks(engine, 1, SYNC_TASKS, vera, READ_AT)
    with pytest.raises(RightRefused):
        change_schedule(engine, 1, enabled=False, hour=3, actor=vera, now=READ_AT)
    assert kept(engine) == []
    with reading(engine) as session:
        assert read_plan(session, 1) == Plan()


# ---------------------------------------------------------------- runs and their logs


def test_runs_are_listed_with_what_they_dealt_with(app: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        session.add(task_run("roster", counts={"users": 2500, "assignments": 1, "done": 2500}))
        session.add(task_run("access", "failed", error=HOSTILE))
    open_page(app, PAGE)
    runs = table(app, "task")
    assert list(runs["task"]) == ["Application Access", "Application Roster"]
    assert list(runs["status"]) == ["✕ Failed", "✓ Succeeded"]
    assert list(runs["took"]) == ["1 min 5 s", "1 min 5 s"]
    assert list(runs["counts"]) == ["—", "2,500 users · 1 assignment"]
    assert list(runs["error"]) == [HOSTILE, "—"]


def keep_log(engine: Engine, *lines: tuple[str, str]) -> int:
    """A run that failed, with these lines of level and message."""
    with writing(engine) as session:
        ended = task_run("roster", "failed", error="Microsoft Graph answered 503.")
        session.add(ended)
        session.flush()
        assert ended.id is not None
        for place, (level, message) in enumerate(lines):
            at = READ_AT + timedelta(seconds=place)
            session.add(TaskRunLog(task_run_id=ended.id, at=at, level=level, message=message))
        return ended.id


def test_choosing_a_run_opens_its_log(app: AppTest, engine: Engine) -> None:
    run_id = keep_log(engine, ("info", "Read 999 users."), ("error", HOSTILE))
    open_page(app, PAGE)
    assert "Choose a run to read its log." in shown(app)
    choose_row(app, ids_key("runs", [run_id]), 0)
    assert "Log of Application Roster, 2026-11-24 06:10 UTC" in shown(app)
    log = table(app, "message")
    assert list(log["at"]) == ["2026-11-24 06:10:00 UTC", "2026-11-24 06:10:01 UTC"]
    assert list(log["level"]) == ["· Info", "✕ Error"]
    assert list(log["message"]) == ["Read 999 users.", HOSTILE]
    assert "Microsoft Graph answered 503." in [code.value for code in app.code]


def test_a_run_without_lines_says_so(app: AppTest, engine: Engine) -> None:
    run_id = keep_log(engine)
    open_page(app, PAGE)
    choose_row(app, ids_key("runs", [run_id]), 0)
    assert "older than 90 days" in shown(app)


def test_a_live_run_shows_its_last_line(app: AppTest, engine: Engine) -> None:
    run_id = keep_log(engine, ("info", "Read 999 users."), ("info", "Read 1,998 users."))
    with writing(engine) as session:
        live = session.get_one(TaskRun, run_id)
        live.status, live.ended_at, live.heartbeat_at = "running", None, datetime.now(UTC)
        session.add(live)
    open_page(app, PAGE)
    assert r"Read 1\,998 users\." in shown(app)
    assert r"Read 999 users\." not in shown(app)


def test_tasks_that_failed_for_one_reason_are_told_once(app: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        for task in SYNC_TASKS:
            session.add(task_run(task, "failed", error="The client secret is wrong."))
    open_page(app, PAGE)
    (told,) = app.error
    assert told.value.startswith(
        r"License Differentiation\, Application Roster and Application Access failed"
    )
    assert [code.value for code in app.code] == ["The client secret is wrong."]


def test_an_error_of_a_run_is_no_markup(app: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        session.add(task_run("access", "failed", error=HOSTILE))
    open_page(app, PAGE)
    drawn = (*app.markdown, *app.caption, *app.error, *app.warning)
    assert not [each.value for each in drawn if "**403**" in each.value]
    assert HOSTILE in [code.value for code in app.code]


@pytest.mark.parametrize(
    ("task", "counts", "line"),
    [
        ("roster", {"users": 1, "gone": 3, "done": 1}, "1 user · 3 gone"),
        (
            "access",
            {"mailboxes": 1, "opportunities": 2, "findings_changed": 1},
            "1 mailbox · 2 opportunities · 1 finding changed",
        ),
        ("access", {"mailboxes": 1200, "opportunities": 0}, "1,200 mailboxes"),
        ("reclamation", {"would_reclaim": 12, "failed": 0, "done": 12, "expected": 12}, "12 would reclaim"),
        ("reclamation", {"skipped": 1, "reclaimed": 1200, "done": 1201}, "1,200 reclaimed · 1 skipped"),
        (
            "hr_roster",
            {"rows": 930, "errors": 0, "added": 2, "updated": 1, "unchanged": 927, "departed": 4},
            "930 rows · 2 added · 1 updated · 927 unchanged · 4 departed",
        ),
        ("hr_roster", {"rows": 930, "errors": 1}, "930 rows · 1 error"),
        ("access", {}, "—"),
    ],
)
def test_counts_are_told_in_words(task: str, counts: dict[str, int], line: str) -> None:
    assert counts_line(task_run(task, counts=counts)) == line


# ---------------------------------------------------------------- product names


def test_product_names_are_the_shipped_ones_until_a_list_is_loaded(app: AppTest, engine: Engine) -> None:
    open_page(app, PAGE)
    assert "Microsoft's list of 2026-07, as shipped · 619 license types, 791 service plans" in shown(app)
    assert "Use the shipped list" not in buttons(app)
    load_catalog(
        engine, catalog_file(shipped_rows()), file_name="names.csv", actor=ADMINISTRATOR, now=READ_AT
    )
    run(app)
    assert r"names\.csv · 619 license types\, 1 service plan · loaded 2026\-11\-24" in shown(app)
    click(app, "Use the shipped list")
    assert "as shipped" in shown(app)


# ---------------------------------------------------------------- several applications


@pytest.mark.usefixtures("live_tenant")
def test_one_application_alone_has_no_table_of_all(app: AppTest) -> None:
    open_page(app, PAGE)
    assert not [each for each in app.dataframe if "trouble" in each.value.columns]


@pytest.mark.usefixtures("live_tenant")
def test_all_applications_are_listed_with_their_totals_those_in_trouble_first(
    environment: pytest.MonkeyPatch, app: AppTest
) -> None:
    configure_fabrikam(environment)
    engine = runtime().engine
    moment = datetime.now(UTC) - timedelta(hours=2)
    keep_people(engine, 1, [Person(name="Anna"), Person(name="Ben")])
    keep_price(engine, 1, E3, "36")
    with writing(engine) as session:
        for task in SYNC_TASKS:
            session.add(task_run(task, counts={"users": 2500}, at=moment))
            session.add(task_run(task, "failed", application=2, at=moment, error="AADSTS7000215"))
    open_page(app, PAGE)
    found = table(app, "trouble")
    assert list(found["name"]) == ["Fabrikam", "Contoso"]
    fabrikam, contoso = found.iloc[0], found.iloc[1]
    assert (fabrikam["state"], contoso["state"]) == ("✕ Failed", "! Incomplete")
    assert fabrikam["trouble"] == "License Differentiation failed; not read completely yet"
    assert contoso["trouble"].startswith("incomplete: License types, Directory")
    assert (contoso["people"], contoso["types"], contoso["seats"]) == (2500, 2, "2 of 200")
    assert contoso["monthly"] == "$3,600"
    assert contoso["complete"] == "2 hours ago"


# ---------------------------------------------------------------- the demo


def test_the_reset_of_the_demo_asks_first(app: AppTest) -> None:
    open_page(app, PAGE)
    click(app, "Reset the demo")
    assert "Everything that was entered or reclaimed is forgotten" in shown(app)


@pytest.mark.usefixtures("live_tenant")
def test_a_live_tenant_cannot_be_reset(environment: pytest.MonkeyPatch, app: AppTest) -> None:
    environment.setenv("SEATWISE_ALLOW_UNAUTHENTICATED_CHANGES", "true")
    open_page(app, PAGE)
    assert "Run all tasks" in buttons(app)
    assert "Reset the demo" not in buttons(app)
