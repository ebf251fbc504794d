"""What the pages say of a tenant that gives less than it should, after a sync of it, end to end."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pandas as pd
import pytest
from sqlalchemy import Engine
from sqlmodel import col, delete
from streamlit.testing.v1 import AppTest

from core.graph import GraphClient
from core.integration.sync import run_task
from core.reference import read_table
from core.simulator import catalog
from core.simulator.config import DEFAULT_PERMISSIONS, TenantConfig
from core.simulator.server import RunningSimulator, start_simulator
from core.store.engine import writing
from core.store.tables import Assignment, AssignmentGroup, IntegrationTask, Opportunity, ServicePlan
from tests.support.commands import settings_of
from tests.support.pages import click, open_page, run, shown
from tests.support.rosters import keep_roster
from tests.support.small_pages import read_in_small_pages
from tests.support.syncing import Syncing
from tests.support.tenants import as_on_its_first_day, connection_to

TYPES, ROSTER, ACCESS = IntegrationTask.DIFFERENTIATION, IntegrationTask.ROSTER, IntegrationTask.ACCESS
REPORTS: Final = (
    "Report of active users",
    "Report of app usage",
    "Report of mailbox usage",
    "Report of Copilot usage",
    "Report of activations",
)
NEVER_HIGH: Final = "no license for them is Never active at High."
SIGN_INS_TOUCH: Final = (
    "Touches Last activity, activity status and confidence; scenarios Inactive and Never active"
)
GRANT: Final = "Grant {} to the app registration, with admin consent; then run {}."
LATE: Final = timedelta(days=20)
"""How long ago the tenant stopped, in the tests of old reports."""
REPORT_LAG: Final = timedelta(days=2)
"""How old a report is when it is new."""


@pytest.fixture(scope="module")
def running_simulator() -> Iterator[RunningSimulator]:
    with start_simulator(TenantConfig(users=400)) as running:
        yield running


@pytest.fixture
def simulator(running_simulator: RunningSimulator, environment: pytest.MonkeyPatch) -> RunningSimulator:
    """A tenant in which everything is as it should be, configured as the one that the pages show."""
    for name, value in settings_of(running_simulator).items():
        environment.setenv(name, value)
    return as_on_its_first_day(running_simulator)


@pytest.fixture
def tenant(simulator: RunningSimulator, engine: Engine) -> Syncing:
    return Syncing(engine=engine, simulator=simulator)


# ---------------------------------------------------------------- what a tenant may lack


def without(*permissions: str) -> Callable[[Syncing], None]:
    """These permissions are not granted."""

    def degrade(tenant: Syncing) -> None:
        tenant.simulator.set_conditions(permissions=DEFAULT_PERMISSIONS - set(permissions))

    return degrade


def without_premium(tenant: Syncing) -> None:
    tenant.simulator.set_conditions(premium=False)


def without_reports(tenant: Syncing) -> None:
    tenant.simulator.set_conditions(reports_available=False)


def conceal(tenant: Syncing) -> None:
    tenant.simulator.set_conditions(concealed_names=True)


def conceal_unsaid(tenant: Syncing) -> None:
    """Nothing but the names themselves tells that they are concealed."""
    without("ReportSettings.Read.All")(tenant)
    tenant.simulator.set_conditions(concealed_names=True)


def make_reports_late(tenant: Syncing) -> None:
    tenant.simulator.tenant.reset(datetime.now(UTC) - LATE)


def break_one_report(tenant: Syncing) -> None:
    tenant.simulator.faults.add("html_gateway", path="getOffice365ActiveUserDetail", times=None)


def empty_sign_ins(tenant: Syncing) -> None:
    """Half of the accounts come without sign-in data."""
    for page in range(0, 400, 2):
        account = tenant.simulator.tenant.account(page)
        tenant.simulator.tenant.change(account.id, {"fields": {"signInActivity": None}})


def cut_sign_ins(tenant: Syncing) -> None:
    """The pass breaks off after its first page."""
    read_in_small_pages(tenant.engine, tenant.simulator.graph_url, 100, datetime.now(UTC))
    tenant.simulator.faults.add("unavailable", path="signInActivity.*skiptoken", times=None, retry_after=None)


# ---------------------------------------------------------------- what the pages show


def told(app: AppTest, page: str) -> str:
    """All texts of a page, as people read them: without the signs that keep Markdown from being drawn."""
    return shown(open_page(app, f"{page}.py")).replace("\\", "").replace("\u2060", "")


def popovers(app: AppTest) -> list[str]:
    """The labels of what opens at a click."""
    return [str(each.proto.popover.label) for each in app.get("popover")]


def offered(app: AppTest, tenant: Syncing, case: str) -> pd.DataFrame:
    """The rows of Reclamation, blocked ones too, for the account that stands for a case."""
    account = tenant.simulator.tenant.find(case)
    open_page(app, "reclamation.py")
    app.text_input(key="offers-text").set_value(account.user_principal_name)
    app.toggle(key="offers-blocked").set_value(True)
    run(app)
    return next((each.value for each in app.dataframe if "scenario" in each.value), pd.DataFrame())


def findings(tenant: Syncing) -> Counter[str]:
    """How many assignments there are of each activity status."""
    return Counter(seat.activity_status for seat in tenant.rows(Assignment))


def sure(tenant: Syncing, status: str) -> set[str]:
    """The license types of which some assignment has this status with High confidence."""
    return {
        seat.sku_id
        for seat in tenant.rows(Assignment)
        if (seat.activity_status, seat.confidence) == (status, "high")
    }


OWN_REPORT: Final = {
    catalog.COPILOT,
    catalog.VISIO,
    catalog.VISIO_DEPARTMENTAL,
    catalog.PROJECT,
    catalog.PROJECT_PREMIUM,
}
"""License types whose use neither a sign-in nor the reports of the others tell."""


# ---------------------------------------------------------------- each lack, on every page


@dataclass(frozen=True, kw_only=True)
class Lack:
    """A degradation and what the pages say of it.

    `line`: the label at the freshness line, empty where no figure rests on what is missing. `short`: the
    sentence behind it. `why`, `touches`, `helps`: parts of what Applications says. `also`: sources on
    which no figure rests, and that stand the same by it.
    """

    degrade: Callable[[Syncing], None]
    names: tuple[str, ...]
    standing: str
    line: str
    short: str
    why: str
    touches: str
    helps: str
    also: tuple[str, ...] = ()


LACKS: Final = {
    "no premium": Lack(
        degrade=without_premium,
        names=("Sign-ins",),
        standing="! Missing",
        line="1 source incomplete",
        short="Sign-ins can't be read: the tenant has no Microsoft Entra ID P1 or P2.",
        why="Activity rests on the usage reports; license types without a report stay Unknown.",
        touches=SIGN_INS_TOUCH,
        helps="No permission helps: it takes Microsoft Entra ID P1 or P2 in the tenant. Then run Application "
        "Access.",
    ),
    "AuditLog": Lack(
        degrade=without("AuditLog.Read.All"),
        names=("Sign-ins",),
        standing="! Missing",
        line="1 source incomplete",
        short="Sign-ins can't be read: AuditLog.Read.All is missing.",
        why="Activity rests on the usage reports; license types without a report stay Unknown.",
        touches=SIGN_INS_TOUCH,
        helps=GRANT.format("AuditLog.Read.All", "Application Access"),
    ),
    "Reports": Lack(
        degrade=without("Reports.Read.All"),
        names=REPORTS,
        standing="! Missing",
        line="5 sources incomplete",
        short="These reports can't be read: Reports.Read.All is missing.",
        why=f"Report of active users: Mail, files and chat are judged by what else is read; {NEVER_HIGH}",
        touches="Copilot seats, which stay Unknown",
        helps=GRANT.format("Reports.Read.All", "Application Access"),
    ),
    "cloud": Lack(
        degrade=without_reports,
        names=REPORTS,
        standing="! Missing",
        line="5 sources incomplete",
        short="These reports can't be had: Microsoft does not offer that in this cloud or to this tenant.",
        why="Report of app usage: Word, Excel and the other apps are judged by what else is read; "
        f"{NEVER_HIGH}",
        touches="activity status and confidence of types with mail, files or chat",
        helps="No permission helps. If Microsoft comes to offer it, Application Access reads it when run "
        "next.",
    ),
    "concealed": Lack(
        degrade=conceal,
        names=REPORTS,
        standing="! Concealed",
        line="5 sources incomplete",
        short="These reports can't be matched to people, because names are concealed.",
        why="An administrator can show names in the Microsoft 365 admin center under Settings, Org settings, "
        "Reports.\nReport of active users: Of 375 rows ",
        touches="Visio and Project seats used on the desktop, which stay Unknown",
        helps="Show names there, if your organization agrees; then run Application Access.",
    ),
    "concealed, unsaid": Lack(
        degrade=conceal_unsaid,
        names=REPORTS,
        standing="! Concealed",
        line="5 sources incomplete",
        short="These reports can't be matched to people, because names are concealed.",
        why="show activity in the 30 days up to",
        touches="Visio and Project seats used on the desktop, which stay Unknown",
        helps="Show names there, if your organization agrees; then run Application Access.",
    ),
    "late reports": Lack(
        degrade=make_reports_late,
        names=REPORTS,
        standing="! Stale",
        line="5 sources incomplete",
        short=f"These reports came with data of {(datetime.now(UTC) - LATE - REPORT_LAG).date()}, more "
        "than 7 days ago, so an empty row proves nothing.",
        why="Report of Copilot usage: Copilot seats stay Unknown.",
        touches="activity status and confidence of types with Microsoft 365 apps",
        helps="Microsoft's data is late. Run Application Access again tomorrow.",
    ),
    "one report": Lack(
        degrade=break_one_report,
        names=("Report of active users",),
        standing="✕ Failed",
        line="1 source incomplete",
        short="The report of active users could not be read: Reading the usage report "
        "getOffice365ActiveUserDetail: Microsoft Graph answered 502: Bad Gateway.",
        why=f"Bad Gateway. Mail, files and chat are judged by what else is read; {NEVER_HIGH}",
        touches="Touches activity status and confidence of types with mail, files or chat.",
        helps="Mend the cause, or wait where Microsoft was busy; then run Application Access again.",
    ),
    "empty sign-ins": Lack(
        degrade=empty_sign_ins,
        names=("Sign-ins",),
        standing="! Degraded",
        line="1 source incomplete",
        short="enabled members with a license came without sign-in data, so its absence proves nothing for "
        "anybody.",
        why="came without sign-in data",
        touches=SIGN_INS_TOUCH,
        helps="This often passes by itself: run Application Access again tomorrow. Until then look twice",
    ),
    "cut sign-ins": Lack(
        degrade=cut_sign_ins,
        names=("Sign-ins",),
        standing="✕ Failed",
        line="1 source incomplete",
        short="Sign-ins could not be read to the end: Reading the last sign-ins: Microsoft Graph answered "
        "503 ServiceUnavailable: The service is unavailable.",
        why="A sign-in that was read before still proves use, but its absence proves nothing.",
        touches=SIGN_INS_TOUCH,
        helps="wait where Microsoft was busy; then run Application Access again. The log tells more.",
    ),
    "groups": Lack(
        degrade=without("GroupMember.Read.All", "GroupMember.ReadWrite.All"),
        names=("Directory",),
        standing="! Degraded",
        line="1 source incomplete",
        short="The groups that give licenses go by their ids: GroupMember.Read.All is missing.",
        why="The groups that give licenses go by their ids",
        touches="Touches the names and kinds of groups that give licenses, and what else they give.",
        helps=GRANT.format("GroupMember.Read.All", "Application Roster"),
        also=("Admin roles",),
    ),
    "mailboxes": Lack(
        degrade=without("MailboxSettings.Read"),
        names=("Mailboxes",),
        standing="! Missing",
        line="1 source incomplete",
        short="Mailbox type unknown: MailboxSettings.Read is missing.",
        why="Disabled and never active accounts stay below High, as a shared mailbox looks the same.",
        touches="Touches the caution for shared and room mailboxes",
        helps=GRANT.format("MailboxSettings.Read", "Application Access"),
    ),
    "admin roles": Lack(
        degrade=without("RoleManagement.Read.Directory"),
        names=("Admin roles",),
        standing="! Missing",
        line="",
        short="RoleManagement.Read.Directory is not granted: whether an account holds an admin role is not "
        "known.",
        why="That lowers nothing.",
        touches="Touches the caution for accounts with an admin role, whose name has to be typed.",
        helps=GRANT.format("RoleManagement.Read.Directory", "Application Roster"),
    ),
    "subscriptions": Lack(
        degrade=without("Organization.Read.All"),
        names=("Subscriptions",),
        standing="! Missing",
        line="",
        short="Organization.Read.All is not granted: License Details shows no renewal dates from Microsoft, "
        "and can't compare them with the purchases.",
        why="License Details shows no renewal dates from Microsoft",
        touches="Touches Microsoft's renewal dates in License Details.",
        helps=GRANT.format("Organization.Read.All", "License Differentiation"),
    ),
}


@pytest.mark.parametrize("lack", LACKS.values(), ids=LACKS.keys())
def test_what_is_lacking_is_told_with_its_cost_and_its_remedy_and_on_every_page(
    app: AppTest, tenant: Syncing, lack: Lack
) -> None:
    lack.degrade(tenant)
    tenant.run()
    applications = told(app, "applications")
    for name in (*lack.names, *lack.also):
        assert f"**{name}**" in applications
    assert [each.value for each in app.caption].count(lack.standing) == 1 + len(lack.also)
    for said in (lack.short, lack.why, lack.touches, lack.helps):
        assert said in applications
    assert f"{11 - len(lack.names) - len(lack.also)} sources as they should be" in [
        each.label for each in app.expander
    ]
    standing = lack.standing.split()[1].lower()
    for page in ("overview", "activity"):
        text = told(app, page)
        assert [each for each in popovers(app) if "incomplete" in each] == ([lack.line] if lack.line else [])
        assert text.count(f"**{', '.join(lack.names)}**: {standing}. ") == bool(lack.line)
        assert (lack.short in text) == bool(lack.line)


CHECKED: Final = (
    "no premium",
    "AuditLog",
    "Reports",
    "cloud",
    "concealed",
    "concealed, unsaid",
    "late reports",
    "mailboxes",
    "admin roles",
    "subscriptions",
)
"""What a page of each source is enough to tell."""


@pytest.mark.parametrize("name", CHECKED)
def test_a_test_of_the_connection_finds_it_before_any_sync(app: AppTest, tenant: Syncing, name: str) -> None:
    lack = LACKS[name]
    lack.degrade(tenant)
    open_page(app, "applications.py")
    click(app, "Test the connection")
    found = next(each.value for each in app.dataframe if "detail" in each.value)
    lacking = found[found["status"] != "✓ Available"]
    assert set(lacking["name"]) == set(lack.names)
    assert set(lacking["status"]) == {lack.standing}
    assert all(len(detail) > len("It is missing.") for detail in lacking["detail"])


@pytest.mark.parametrize(
    ("permission", "granted"),
    [
        ("AuditLog.Read.All", "✕ Missing"),
        ("GroupMember.Read.All", "✕ Missing"),
        ("Reports.Read.All", "✕ Missing"),
        ("ReportSettings.Read.All", "✕ Missing"),
        ("MailboxSettings.Read", "– Not granted, optional"),
        ("User-LifeCycleInfo.Read.All", "– Not granted, optional"),
        ("RoleManagement.Read.Directory", "– Not granted, optional"),
        ("Organization.Read.All", "– Not granted, optional"),
    ],
)
def test_a_test_of_the_connection_names_the_permission_that_is_missing(
    app: AppTest, tenant: Syncing, permission: str, granted: str
) -> None:
    wider = {"GroupMember.ReadWrite.All"} if permission == "GroupMember.Read.All" else set()
    without(permission, *wider)(tenant)
    open_page(app, "applications.py")
    click(app, "Test the connection")
    permissions = next(each.value for each in app.dataframe if "granted" in each.value)
    lacking = permissions[permissions["granted"] != "✓ Granted"]
    assert set(lacking["name"]) == {permission, *wider}
    assert list(lacking[lacking["name"] == permission]["granted"]) == [granted]
    named = [
        each.value.replace("\\", "") for each in app.warning if permission in each.value.replace("\\", "")
    ]
    assert bool(named) == (granted == "✕ Missing")


# ---------------------------------------------------------------- what is no lack


@pytest.mark.parametrize("days", [0, 1])
def test_reports_that_are_two_or_three_days_old_are_no_lack(app: AppTest, tenant: Syncing, days: int) -> None:
    tenant.simulator.tenant.reset(datetime.now(UTC) - timedelta(days=days))
    tenant.run()
    assert "Touches" not in told(app, "applications")
    assert "All 11 sources as they should be" in [each.label for each in app.expander]
    for page in ("overview", "activity", "reclamation"):
        assert f"reports: {days + 2} days old" in told(app, page)
        assert not [each for each in popovers(app) if "incomplete" in each]
    assert catalog.E3 in sure(tenant, "never_active")


def test_leave_dates_that_are_not_read_are_said_without_alarm(app: AppTest, tenant: Syncing) -> None:
    without("User-LifeCycleInfo.Read.All")(tenant)
    tenant.run()
    (line,) = (each for each in told(app, "applications").split("\n") if each.startswith("✓ Directory"))
    assert line.endswith(
        "Leave dates are not read: User-LifeCycleInfo.Read.All is missing. Nobody is judged by them."
    )
    assert not [each for each in popovers(app) if "incomplete" in each]


def test_where_the_settings_of_reports_are_unreadable_names_that_are_shown_are_used(
    app: AppTest, tenant: Syncing
) -> None:
    without("ReportSettings.Read.All")(tenant)
    tenant.run()
    assert "Touches" not in told(app, "applications")
    assert catalog.E3 in sure(tenant, "never_active")


def test_a_report_that_no_license_type_needs_is_no_lack(app: AppTest, tenant: Syncing) -> None:
    tenant.run(TYPES, ROSTER)
    plans = {row["service_plan_id"] for row in read_table("workload_plans") if row["workload"] == "copilot"}
    with writing(tenant.engine) as session:
        session.exec(delete(ServicePlan).where(col(ServicePlan.service_plan_id).in_(plans)))
    tenant.run(ACCESS)
    text = told(app, "applications")
    assert "– Report of Copilot usage · Not needed: no license type of this tenant includes Copilot." in text
    assert "All 11 sources as they should be" in [each.label for each in app.expander]
    assert not [each for each in popovers(app) if "incomplete" in each]


# ---------------------------------------------------------------- what it costs where it matters


def test_activity_counts_what_the_sync_found(app: AppTest, tenant: Syncing) -> None:
    tenant.run()
    whole = findings(tenant)
    conceal(tenant)
    tenant.run(ACCESS)
    found = findings(tenant)
    assert found["unknown"] > whole["unknown"]
    assert (
        f"● {found['active']} Active · ◐ {found['inactive']} Inactive · "
        f"○ {found['never_active']} Never active · ? {found['unknown']} Unknown"
    ) in told(app, "activity")


@pytest.mark.parametrize("degrade", [without_premium, without("AuditLog.Read.All")])
def test_without_sign_ins_inactive_is_probable_and_never_active_is_not_claimed(
    app: AppTest, tenant: Syncing, degrade: Callable[[Syncing], None]
) -> None:
    degrade(tenant)
    tenant.run()
    assert sure(tenant, "inactive") | sure(tenant, "never_active") <= OWN_REPORT
    inactive = offered(app, tenant, "inactive")
    assert list(inactive["confidence"]) == ["Probable"]
    assert "Sign-ins can't be read: AuditLog.Read.All or Entra ID P1 is missing." in inactive["why"].item()
    assert offered(app, tenant, "never_active").empty


@pytest.mark.parametrize(
    ("degrade", "reason"),
    [
        (without("Reports.Read.All"), "can't be read: the permission is missing, or this cloud has none."),
        (without_reports, "can't be read: the permission is missing, or this cloud has none."),
        (conceal, "hide names, so their rows can't be matched to people."),
        (conceal_unsaid, "hide names, so their rows can't be matched to people."),
    ],
)
def test_without_reports_never_active_is_probable_and_copilot_is_not_offered(
    app: AppTest, tenant: Syncing, degrade: Callable[[Syncing], None], reason: str
) -> None:
    degrade(tenant)
    tenant.run()
    assert sure(tenant, "never_active") == set()
    never = offered(app, tenant, "never_active")
    assert list(never["confidence"]) == ["Probable"]
    assert f"No sign-in of any kind is on record. Usage reports {reason}" in never["why"].item()
    assert offered(app, tenant, "copilot_never").empty


@pytest.mark.parametrize("degrade", [make_reports_late, break_one_report, empty_sign_ins, cut_sign_ins])
def test_what_is_broken_for_now_proves_nobody_never_active(
    app: AppTest, tenant: Syncing, degrade: Callable[[Syncing], None]
) -> None:
    degrade(tenant)
    tenant.run()
    assert sure(tenant, "never_active") <= OWN_REPORT
    assert offered(app, tenant, "never_active").empty


def test_a_report_that_fails_takes_nothing_from_the_candidates_of_another(
    app: AppTest, tenant: Syncing
) -> None:
    break_one_report(tenant)
    tenant.run()
    copilot = offered(app, tenant, "copilot_never")
    assert (list(copilot["scenario"]), list(copilot["confidence"])) == (["Never active"], ["High"])


@pytest.mark.parametrize("case", ["disabled", "never_active"])
def test_where_mailbox_types_are_unknown_candidates_stay_below_high(
    app: AppTest, tenant: Syncing, case: str
) -> None:
    without("MailboxSettings.Read")(tenant)
    tenant.run()
    found = offered(app, tenant, case)
    assert list(found["confidence"]) == ["Probable"]
    assert "The mailbox type is not known: it could be a shared mailbox." in found["why"].item()


def test_where_groups_cannot_be_read_a_blocked_candidate_names_them_by_id(
    app: AppTest, tenant: Syncing
) -> None:
    without("GroupMember.Read.All", "GroupMember.ReadWrite.All")(tenant)
    tenant.run()
    account = tenant.simulator.tenant.find("group_only")
    (group_id,) = {each.group_id for each in tenant.rows(AssignmentGroup) if each.user_id == account.id}
    assert group_id in offered(app, tenant, "group_only")["blockers"].item()


# ---------------------------------------------------------------- what was read before stays


def test_a_pass_that_breaks_off_after_a_good_one_keeps_what_it_knew(app: AppTest, tenant: Syncing) -> None:
    tenant.run()
    whole = findings(tenant)
    good = tenant.source("sign_ins").as_of
    cut_sign_ins(tenant)
    tenant.run(ACCESS)
    found = findings(tenant)
    assert found["active"] == whole["active"]
    assert found["never_active"] < whole["never_active"]
    assert good is not None
    assert f"last good: {good:%Y-%m-%d %H:%M} UTC" in told(app, "applications")
    assert " · sign-ins: today · " in told(app, "activity")
    reasons = {each for seat in tenant.seats_of("never_active") for each in seat.reasons}
    assert "sign_in_failed" in reasons


def test_a_report_that_fails_after_a_good_one_keeps_its_day(app: AppTest, tenant: Syncing) -> None:
    tenant.run()
    whole = findings(tenant)
    break_one_report(tenant)
    tenant.run(ACCESS)
    assert findings(tenant)["active"] == whole["active"]
    day = (tenant.simulator.tenant.as_of - REPORT_LAG).date()
    assert f"last good: {day}" in told(app, "applications")
    assert "reports: 2 days old" in told(app, "overview")


def use_a_wrong_secret(tenant: Syncing) -> None:
    connection = replace(connection_to(tenant.simulator), client_secret=WRONG_SECRET)
    for run_id in tenant.queue():
        with GraphClient(connection) as client:
            run_task(tenant.engine, client, run_id)


def let_the_secret_expire(tenant: Syncing) -> None:
    tenant.simulator.set_conditions(secret_expired=True)
    tenant.run()


def throttle_to_death(tenant: Syncing) -> None:
    tenant.simulator.faults.add("throttled", times=None, retry_after="900")
    tenant.run()


ALL_FAILED: Final = "License Differentiation, Application Roster and Application Access failed on "
WRONG_SECRET: Final = "not-the-secret"
outages = pytest.mark.parametrize(
    ("fail", "why"),
    [
        (use_a_wrong_secret, "the client secret is wrong: paste its value, not its id"),
        (let_the_secret_expire, "the client secret has expired: create a new one and put it into"),
        (throttle_to_death, "Microsoft Graph answered 429 TooManyRequests"),
    ],
)


@outages
def test_when_nothing_can_be_read_the_last_good_state_stays_and_says_of_when(
    app: AppTest, tenant: Syncing, fail: Callable[[Syncing], None], why: str
) -> None:
    tenant.run()
    whole, offers = findings(tenant), len(tenant.rows(Opportunity))
    read_at = tenant.source("directory").read_at
    assert read_at is not None
    fail(tenant)
    assert (findings(tenant), len(tenant.rows(Opportunity))) == (whole, offers)
    for page in ("overview", "reclamation", "applications"):
        text = told(app, page)
        assert f"as of {read_at:%Y-%m-%d %H:%M} UTC" in text
        (failed,) = (each.value.replace("\\", "") for each in app.error)
        assert failed.startswith(ALL_FAILED)
        assert "; what is shown is the last good state. Mend the cause, then run them again" in failed
        (code,) = (each.value for each in app.code)
        assert why in code
        assert WRONG_SECRET not in text
        if page == "applications":
            assert (
                "then run License Differentiation and Application Roster again. The log tells more." in text
            )
    told(app, "activity")
    assert "2 sources incomplete" in popovers(app)


@outages
def test_when_nothing_could_ever_be_read_no_earlier_state_is_promised(
    app: AppTest, tenant: Syncing, fail: Callable[[Syncing], None], why: str
) -> None:
    fail(tenant)
    text = told(app, "overview")
    (failed,) = (each.value.replace("\\", "") for each in app.error)
    assert failed.startswith(ALL_FAILED)
    assert "; there is no earlier state to show. Mend the cause" in failed
    assert why in text
    assert "**Nothing has been read from this tenant yet**" in text


# ---------------------------------------------------------------- the HR roster


def keep_leaver(tenant: Syncing, ago: int) -> None:
    """A roster, imported so many days ago, that says of somebody active that the person had left."""
    account = tenant.simulator.tenant.find("active")
    at = datetime.now(UTC) - timedelta(days=ago)
    left = {"status": "left", "inactive_date": (at - timedelta(days=5)).date().isoformat()}
    keep_roster(tenant.engine, 1, {"email": account.user_principal_name} | left, at=at)


def test_without_a_roster_nobody_is_said_to_have_left(app: AppTest, tenant: Syncing) -> None:
    tenant.run()
    assert not [each for each in tenant.rows(Opportunity) if "hr_inactive" in each.scenarios]
    assert offered(app, tenant, "active").empty
    text = told(app, "hr_roster")
    assert "no roster was imported yet" in text
    assert "Then licenses of people who left are found" in text


@pytest.mark.parametrize(("ago", "confidence"), [(1, "Probable"), (60, "Review")], ids=["fresh", "old"])
def test_an_old_roster_says_how_old_it_is_and_makes_what_it_says_less_sure(
    app: AppTest, tenant: Syncing, ago: int, confidence: str
) -> None:
    tenant.run(TYPES, ROSTER)
    keep_leaver(tenant, ago)
    tenant.run(ACCESS)
    found = offered(app, tenant, "active")
    assert list(found["scenario"]) == ["HR inactive"]
    assert list(found["confidence"]) == [confidence]
    warned = f"The roster is {ago} days old: import a newer one to be sure." in found["why"].item()
    assert warned == (confidence == "Review")
    imported = (datetime.now(UTC) - timedelta(days=ago)).date()
    assert f"as of {imported}" in told(app, "hr_roster")
