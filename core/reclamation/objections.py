"""What stands against taking a license back, and what to know before deciding. Rules only, no I/O."""

from collections.abc import Iterator
from datetime import datetime

from core.activity.evidence import ActivityPolicy
from core.reclamation.candidates import (
    NOBODYS_MAILBOX,
    BlockerCode,
    Candidate,
    CautionCode,
    GivingGroup,
    Note,
)
from core.reclamation.hr_scenarios import used_after_leaving
from core.reclamation.reassignment import free_from, reassignment_caution
from core.roster.status import EmployeeStatus


def blockers_of(candidate: Candidate, policy: ActivityPolicy, now: datetime) -> Iterator[Note]:
    """All that stands against it as things are, the inheritance first."""
    if candidate.exempt is not None:
        yield Note(code=BlockerCode.EXEMPT, text=candidate.exempt)
    if candidate.cooldown is not None:
        yield Note(code=BlockerCode.COOLDOWN, text=candidate.cooldown)
    yield from _inheritance(candidate)
    if candidate.employee_status is EmployeeStatus.ON_LEAVE:
        text = "The employee is on leave and comes back: the HR roster says so."
        yield Note(code=BlockerCode.ON_LEAVE, text=text)
    yield from _youth(candidate, policy, now)
    yield from _type_blockers(candidate)
    if candidate.mailbox_purpose in NOBODYS_MAILBOX:
        text = (
            f"The mailbox is of the kind {candidate.mailbox_purpose}: it is used without anybody signing in."
        )
        yield Note(code=BlockerCode.MAILBOX, text=text)
    if candidate.management_restricted:
        text = "The user is in a restricted administrative unit, where this application may change nothing."
        yield Note(code=BlockerCode.MANAGEMENT_RESTRICTED, text=text)
    if candidate.state == "Error":
        error = candidate.error or "no reason given"
        text = f"The license is in error ({error}) and not in effect: resolve that in Entra ID first."
        yield Note(code=BlockerCode.LICENSE_ERROR, text=text)


def _inheritance(candidate: Candidate) -> Iterator[Note]:
    if not candidate.groups:
        return
    named = " and ".join(_described(group) for group in candidate.groups)
    if candidate.direct:
        text = f"Also inherited from {named}: taking away the direct assignment would free no seat."
        yield Note(code=BlockerCode.ALSO_INHERITED, text=text)
        return
    text = f"Inherited from {named}: it can't be taken from the user directly."
    others = sorted({name for group in candidate.groups for name in group.also_gives})
    if others:
        text = f"{text} Leaving would also take away {', '.join(others)}."
    yield Note(code=BlockerCode.INHERITED, text=text)


def _described(group: GivingGroup) -> str:
    name = f"the group {group.name or group.group_id}"
    kinds = [word for word, true in (("dynamic", group.dynamic), ("synced", group.synced)) if true]
    return f"{name} ({', '.join(kinds)})" if kinds else name


def _youth(candidate: Candidate, policy: ActivityPolicy, now: datetime) -> Iterator[Note]:
    created_at, assigned_at = candidate.account_created_at, candidate.assigned_at
    if created_at is not None and (now - created_at).days < policy.young_days:
        text = f"The account was created on {created_at.date()}, less than {policy.young_days} days ago."
        yield Note(code=BlockerCode.YOUNG_ACCOUNT, text=text)
    if assigned_at is not None and (now - assigned_at).days < policy.young_days:
        text = (
            f"The license was assigned or changed on {assigned_at.date()}, "
            f"less than {policy.young_days} days ago."
        )
        yield Note(code=BlockerCode.YOUNG_ASSIGNMENT, text=text)


def _type_blockers(candidate: Candidate) -> Iterator[Note]:
    name = candidate.type_name
    if candidate.free is not None and not candidate.priced:
        text = f"{name} is a {candidate.free} license type: taking it back saves nothing."
        yield Note(code=BlockerCode.FREE_TYPE, text=text)
    if candidate.self_service:
        text = f"{name} was bought by people themselves: Microsoft lets no administrator take it back."
        yield Note(code=BlockerCode.SELF_SERVICE_TYPE, text=text)
    if candidate.for_company:
        text = f"{name} is for the company as a whole: it can't be taken from a user."
        yield Note(code=BlockerCode.COMPANY_TYPE, text=text)


def cautions_of(candidate: Candidate, now: datetime) -> Iterator[Note]:
    """What a person should know; what could not be read is among it, never guessed."""
    yield from candidate.protections
    if not candidate.admin_roles_known and not _administrator(candidate):
        text = "Whether the account holds an admin role is not known."
        yield Note(code=CautionCode.ADMIN_ROLES_UNKNOWN, text=text)
    cover = candidate.cover
    if cover is not None and not cover.lasting:
        text = f"{cover.name}, which covers it, may end soon: it is a trial, self-service or not renewed."
        yield Note(code=CautionCode.COVER_ENDS, text=text)
    if candidate.mailbox_purpose is None:
        text = "The mailbox type is not known: it could be a shared mailbox."
        yield Note(code=CautionCode.MAILBOX_UNKNOWN, text=text)
    if candidate.management_restricted is None:
        text = "Whether the user is in a restricted administrative unit is not known."
        yield Note(code=CautionCode.MANAGEMENT_RESTRICTION_UNKNOWN, text=text)
    hr = candidate.hr
    if (
        hr is not None
        and hr.status is EmployeeStatus.INACTIVE
        and used_after_leaving(hr, candidate.finding.last_activity_at)
    ):
        text = f"The account was used after the employee left on {hr.left_on}."
        yield Note(code=CautionCode.USED_AFTER_LEAVING, text=text)
    if candidate.assigned_at is None:
        text = "Since when the user holds the license is not known."
        yield Note(code=CautionCode.ASSIGNED_UNKNOWN, text=text)
    yield from _reassignment(candidate, now)
    if candidate.guest:
        yield Note(code=CautionCode.GUEST, text="The account is a guest of another organization.")
    if candidate.state in {"ActiveWithError", "Disabled"}:
        because = f" ({candidate.error})" if candidate.error else ""
        text = f"The license is assigned, but not without problems: {candidate.state}{because}."
        yield Note(code=CautionCode.LICENSE_WARNING, text=text)
    if not candidate.priced and candidate.free is None:
        text = f"No price is entered for {candidate.type_name}: what this saves is not known."
        yield Note(code=CautionCode.NO_PRICE, text=text)


def _administrator(candidate: Candidate) -> bool:
    return any(note.code is CautionCode.ADMIN_ROLE for note in candidate.protections)


def _reassignment(candidate: Candidate, now: datetime) -> Iterator[Note]:
    """Of somebody who has left, as human resources say, the seat may go to another person at once."""
    if candidate.employee_status is EmployeeStatus.INACTIVE or candidate.assigned_at is None:
        return
    free_on = free_from(candidate.assigned_at, now)
    if free_on is not None:
        text = reassignment_caution(candidate.assigned_at, free_on)
        yield Note(code=CautionCode.REASSIGNMENT, text=text)
