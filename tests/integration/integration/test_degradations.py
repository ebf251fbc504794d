"""What is missing costs only what it feeds, and is said."""

import pytest
from sqlmodel import col, select

from core.simulator import catalog
from core.simulator.config import DEFAULT_PERMISSIONS
from core.store.engine import reading, writing
from core.store.tables import Assignment, Group, IntegrationTask, Opportunity, User, UserActivity
from tests.support.syncing import Syncing

ROSTER, ACCESS, TYPES = IntegrationTask.ROSTER, IntegrationTask.ACCESS, IntegrationTask.DIFFERENTIATION


def without(tenant: Syncing, *permissions: str) -> None:
    tenant.simulator.set_conditions(permissions=DEFAULT_PERMISSIONS - set(permissions))


OWN_REPORT = {
    catalog.COPILOT,
    catalog.VISIO,
    catalog.VISIO_DEPARTMENTAL,
    catalog.PROJECT,
    catalog.PROJECT_PREMIUM,
}
"""Judged by a report of their own, whatever is known of sign-ins."""


def never_active(tenant: Syncing) -> list[Assignment]:
    """Of the types that sign-ins say something of."""
    return [
        seat
        for seat in tenant.rows(Assignment)
        if seat.activity_status == "never_active" and seat.sku_id not in OWN_REPORT
    ]


@pytest.mark.parametrize("lacking", ["premium", "AuditLog.Read.All"])
def test_without_sign_ins_the_reports_carry_on_and_the_run_is_partial(tenant: Syncing, lacking: str) -> None:
    if lacking == "premium":
        tenant.simulator.set_conditions(premium=False)
    else:
        without(tenant, lacking)
    types, roster, access = tenant.run()
    assert [types.status, roster.status, access.status] == ["succeeded", "succeeded", "partial"]
    assert access.error is not None
    assert lacking.removeprefix("premium") in access.error
    source = tenant.source("sign_ins")
    assert (source.status, source.read_at) == ("missing", None)
    assert "Activity rests on the usage reports" in source.detail
    assert [seat.activity_status for seat in tenant.seats_of("active")] == ["active"]
    assert not never_active(tenant)


@pytest.mark.parametrize("lacking", ["Reports.Read.All", "cloud"])
def test_without_reports_never_active_is_at_most_probable(tenant: Syncing, lacking: str) -> None:
    if lacking == "cloud":
        tenant.simulator.set_conditions(reports_available=False)
    else:
        without(tenant, lacking)
    *_, access = tenant.run()
    assert access.status == "partial"
    assert tenant.source("usage_reports").status == "missing"
    assert "high" not in {seat.confidence for seat in never_active(tenant)}
    assert [seat.activity_status for seat in tenant.seats_of("active")] == ["active"]


@pytest.mark.parametrize("settings_readable", [True, False])
def test_concealed_names_are_noticed_and_prove_nothing(tenant: Syncing, *, settings_readable: bool) -> None:
    tenant.simulator.set_conditions(concealed_names=True)
    if not settings_readable:
        without(tenant, "ReportSettings.Read.All")
    *_, access = tenant.run()
    assert access.status == "partial"
    assert tenant.source("usage_reports").status == "concealed"
    assert all(row.report_refreshed_on is None for row in tenant.rows(UserActivity))
    assert "high" not in {seat.confidence for seat in never_active(tenant)}
    for case in ("failed_sign_ins_only", "reports_only", "new_starter"):
        assert "never_active" not in [seat.activity_status for seat in tenant.seats_of(case)]


def test_names_that_become_concealed_take_the_old_report_out_of_use(tenant: Syncing) -> None:
    tenant.run()
    assert [seat.activity_status for seat in tenant.seats_of("reports_only")] == ["active"]
    tenant.simulator.set_conditions(concealed_names=True)
    tenant.run(ACCESS)
    assert [seat.activity_status for seat in tenant.seats_of("reports_only")] == ["unknown"]


def test_with_neither_source_the_run_fails_and_everybody_is_unknown(tenant: Syncing) -> None:
    without(tenant, "AuditLog.Read.All", "Reports.Read.All")
    *_, access = tenant.run()
    assert access.status == "failed"
    assert access.error is not None
    assert "AuditLog.Read.All" in access.error
    assert "Reports.Read.All" in access.error
    assert {seat.activity_status for seat in tenant.rows(Assignment)} - {"failed"} == {"unknown"}


def test_without_the_mailbox_permission_a_disabled_account_is_not_high(tenant: Syncing) -> None:
    without(tenant, "MailboxSettings.Read")
    *_, access = tenant.run()
    assert access.status == "partial"
    assert access.error is not None
    assert "Mailbox type unknown" in access.error
    assert tenant.source("mailboxes").status == "missing"
    disabled = tenant.simulator.tenant.find("disabled").id
    with reading(tenant.engine) as session:
        (found,) = session.exec(select(Opportunity).where(Opportunity.user_id == disabled)).all()
    assert found.confidence == "probable"
    assert "mailbox_unknown" in [note["code"] for note in found.cautions]


def test_without_the_group_permission_the_roster_is_partial_and_complete_otherwise(tenant: Syncing) -> None:
    without(tenant, "GroupMember.Read.All", "GroupMember.ReadWrite.All")
    _, roster, access = tenant.run()
    assert (roster.status, access.status) == ("partial", "succeeded")
    assert roster.error is not None
    assert "GroupMember.Read.All" in roster.error
    assert not tenant.rows(Group)
    assert [seat.group_count for seat in tenant.seats_of("two_groups")] == [2]


def test_without_the_permission_for_leave_dates_they_are_left_out_and_kept(tenant: Syncing) -> None:
    tenant.run(ROSTER)
    dated = {user.user_id for user in tenant.rows(User) if user.leaves_at is not None}
    assert dated
    without(tenant, "User-LifeCycleInfo.Read.All")
    (roster,) = tenant.run(ROSTER)
    assert roster.status == "succeeded"
    assert "Leave dates are not read" in tenant.source("directory").detail
    assert {user.user_id for user in tenant.rows(User) if user.leaves_at is not None} == dated


def test_too_many_people_without_sign_in_data_make_the_pass_degraded(tenant: Syncing) -> None:
    tenant.run(TYPES, ROSTER)
    with reading(tenant.engine) as session:
        members = session.exec(
            select(User.user_id).where(User.user_type == "Member", col(User.account_enabled).is_(True))
        ).all()
    for user_id in members[: len(members) // 2]:
        tenant.simulator.tenant.change(user_id, {"fields": {"signInActivity": None}})
    (access,) = tenant.run(ACCESS)
    assert access.status == "partial"
    assert access.error is not None
    assert "came without sign-in data" in access.error
    assert tenant.source("sign_ins").status == "degraded"
    assert "high" not in {seat.confidence for seat in never_active(tenant)}


def test_report_rows_find_their_user_whatever_the_case_of_the_name(tenant: Syncing) -> None:
    tenant.run(TYPES, ROSTER)
    account = tenant.simulator.tenant.find("active")
    with writing(tenant.engine) as session:
        user = session.get_one(User, (1, account.id))
        user.user_principal_name = user.user_principal_name.upper()
        session.add(user)
    tenant.run(ACCESS)
    with reading(tenant.engine) as session:
        assert session.get_one(UserActivity, (1, account.id)).report_refreshed_on is not None
