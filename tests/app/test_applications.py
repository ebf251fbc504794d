"""Applications in a session without a browser."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select
from streamlit.testing.v1 import AppTest

from core.integration.tracking import SYNC_TASKS, queue_tasks
from core.rights import Actor, RightRefused, Role
from core.store.engine import reading, writing
from core.store.tables import TaskRun
from core.ui.applications_view import counts_line
from tests.support.holdings import READ_AT, keep_sources
from tests.support.pages import buttons, click, open_page, shown

PAGE = "applications.py"
HOSTILE = "<img src=x onerror=alert(1)> **403** [x](javascript:1)"


def task_run(
    task: str = "access",
    status: str = "succeeded",
    *,
    counts: dict[str, int] | None = None,
    error: str | None = None,
) -> TaskRun:
    """A run that has ended."""
    return TaskRun(
        application_id=1,
        task=task,
        status=status,
        queued_at=READ_AT,
        started_at=READ_AT,
        ended_at=READ_AT + timedelta(seconds=65),
        counts=counts or {},
        error=error,
        started_by="olivia",
    )


def kept(engine: Engine) -> list[tuple[str, str]]:
    """Task and status of each run on record."""
    with reading(engine) as session:
        return [(each.task, each.status) for each in session.exec(select(TaskRun).order_by(col(TaskRun.id)))]


def test_before_any_run_the_page_says_what_to_do(app: AppTest) -> None:
    open_page(app, PAGE)
    assert "**No task has run yet**" in shown(app)
    assert set(app.dataframe[0].value["status"]) == {"– Not read"}


@pytest.mark.usefixtures("live_tenant")
def test_the_connection_is_shown_without_its_secret(app: AppTest) -> None:
    open_page(app, PAGE)
    texts = [text.value for text in app.text]
    assert {"Contoso", "contoso.example", "global", "client secret", "no, dry runs only"} <= set(texts)
    assert "not-a-secret" not in shown(app)


@pytest.mark.usefixtures("live_tenant")
def test_all_connections_are_listed_where_there_are_several(
    environment: pytest.MonkeyPatch, app: AppTest
) -> None:
    for name, value in {
        "NAME": "Fabrikam",
        "TENANT_ID": "fabrikam.example",
        "CLIENT_ID": "x",
        "CLIENT_SECRET": "y",
        "ALLOW_RECLAIM": "true",
    }.items():
        environment.setenv(f"SEATWISE_APPLICATIONS__FABRIKAM__{name}", value)
    open_page(app, PAGE)
    connections = app.dataframe[0].value.set_index("name")
    assert list(connections.index) == ["Contoso", "Fabrikam"]
    assert list(connections.loc["Fabrikam"]) == ["fabrikam.example", "global", "client secret", "yes"]


def test_the_demo_connects_to_the_bundled_simulator(app: AppTest) -> None:
    open_page(app, PAGE)
    assert "bundled simulator" in [text.value for text in app.text]


def test_a_test_of_the_connection_shows_permissions_and_sources(app: AppTest) -> None:
    open_page(app, PAGE)
    click(app, "Test the connection")
    assert "all needed permissions are granted (just now)" in app.success[0].value
    permissions, sources = app.dataframe[0].value, app.dataframe[1].value
    assert "User.Read.All" in list(permissions["name"])
    assert set(sources["status"]) == {"✓ Available"}


def test_each_source_tells_of_when_it_is_and_what_is_missing(app: AppTest, engine: Engine) -> None:
    keep_sources(engine, 1)
    open_page(app, PAGE)
    sources = app.dataframe[0].value.set_index("name")
    assert list(sources.loc["Sign-ins"]) == ["✓ Available", "2026-11-24 06:10 UTC", "—"]
    assert list(sources.loc["Mailboxes"]) == ["! Missing", "—", "MailboxSettings.Read is missing."]


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


@pytest.mark.usefixtures("live_tenant")
def test_a_viewer_sees_everything_and_cannot_run_tasks(app: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        session.add(task_run())
    open_page(app, PAGE)
    assert list(buttons(app)) == ["Test the connection"]
    assert "Running tasks needs the role administrator" in shown(app)
    assert list(app.dataframe[1].value["task"]) == ["Application Access"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.OPERATOR])
def test_the_service_refuses_whoever_is_no_administrator(engine: Engine, role: Role) -> None:
    with pytest.raises(RightRefused):
        queue_tasks(engine, 1, SYNC_TASKS, Actor(name="vera", role=role), READ_AT)
    assert kept(engine) == []


def test_runs_are_listed_with_what_they_dealt_with(app: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        session.add(task_run("roster", counts={"users": 2500, "assignments": 1, "done": 2500}))
        session.add(task_run("access", "failed", error=HOSTILE))
    open_page(app, PAGE)
    runs = app.dataframe[1].value
    assert list(runs["task"]) == ["Application Access", "Application Roster"]
    assert list(runs["status"]) == ["✕ Failed", "✓ Succeeded"]
    assert list(runs["took"]) == ["1 min 5 s", "1 min 5 s"]
    assert list(runs["counts"]) == ["—", "2,500 users · 1 assignment"]
    assert list(runs["error"]) == [HOSTILE, "—"]


def test_an_error_of_a_run_is_no_markup(app: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        session.add(task_run("access", "failed", error=HOSTILE))
    open_page(app, PAGE)
    drawn = (*app.markdown, *app.caption, *app.error, *app.warning)
    assert not [each.value for each in drawn if "**403**" in each.value]
    assert HOSTILE in [code.value for code in app.code]


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
        ("access", {}, "—"),
    ],
)
def test_counts_are_told_in_words(task: str, counts: dict[str, int], line: str) -> None:
    assert counts_line(task_run(task, counts=counts)) == line
