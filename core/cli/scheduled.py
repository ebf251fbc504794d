"""The command about what is reclaimed by itself: showing it, setting it, and what came of it."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from core.cli.errors import CommandRefused
from core.cli.invocation import Invocation, invocation, utc_now
from core.cli.output import print_blank, print_document, print_table
from core.jobs.scheduled import stands_against
from core.notification.setup import why_off
from core.policies.policies import PolicyRefused
from core.policies.reclaiming import change_plan, read_plan
from core.reclamation.modes import RunMode
from core.reclamation.opportunities import Scenario
from core.reclamation.scheduled import last_due, propose, recent_scheduled
from core.reclamation.scheduled_plan import DAYS, ReclaimPlan, next_at
from core.spend.license_types import AmbiguousLicenseType, UnknownLicenseType, find_license_type
from core.store.engine import reading
from core.store.tables import ScheduledRun


def schedule(options: Namespace) -> int:
    """`policies schedule`: sets what is named, and prints what holds then."""
    with invocation(options) as command:
        values = _wanted(command, options)
        if values:
            try:
                change_plan(
                    command.engine, command.application_id, actor=command.actor, now=utc_now(), **values
                )
            except PolicyRefused as refused:
                raise CommandRefused(str(refused)) from refused
        document = _document(command)
        if options.json:
            print_document(document)
        else:
            _print(document)
    return 0


def plan_document(plan: ReclaimPlan) -> dict[str, Any]:
    """A plan as the command line prints it."""
    return {
        "enabled": plan.enabled,
        "mode": plan.mode.value,
        "scenarios": [each.value for each in plan.scenarios],
        "only": list(plan.included),
        "never": list(plan.excluded),
        "day": DAYS[0] if plan.weekday is None else DAYS[plan.weekday + 1],
        "hour": plan.hour,
        "at_most": plan.at_most,
        "fresh_hours": plan.fresh_hours,
        "set_up_at": None if plan.changed_at is None else plan.changed_at.isoformat(),
        "set_up_by": plan.changed_by,
    }


def _wanted(command: Invocation, options: Namespace) -> dict[str, Any]:
    """The fields of the plan that the options name."""
    found: dict[str, Any] = {
        name: value
        for name in ("enabled", "hour", "at_most", "fresh_hours")
        if (value := getattr(options, name)) is not None
    }
    if options.mode is not None:
        found["mode"] = RunMode(options.mode)
    if options.day is not None:
        found["weekday"] = DAYS.index(options.day) - 1 if options.day != DAYS[0] else None
    if options.scenario:
        found["scenarios"] = tuple(Scenario(each) for each in options.scenario)
    for field, option, names in (("included", "only", options.only), ("excluded", "never", options.never)):
        if names or options.all_types:
            found[field] = tuple(_type(command, option, name) for name in names or ())
    return found


def _type(command: Invocation, option: str, name: str) -> str:
    try:
        with reading(command.engine) as session:
            return find_license_type(session, command.application_id, name)
    except (UnknownLicenseType, AmbiguousLicenseType) as error:
        raise CommandRefused(f"--{option}: {error}") from error


def _document(command: Invocation) -> dict[str, Any]:
    now, application_id = utc_now(), command.application_id
    with reading(command.engine) as session:
        plan = read_plan(session, application_id)
        upcoming = next_at(plan, last=last_due(session, application_id), now=now)
        proposal = propose(session, application_id, plan, now)
        against = stands_against(
            session,
            application_id,
            plan,
            allow_reclaim=command.application.allow_reclaim,
            notify_off=why_off(command.runtime.settings),
            now=now,
        )
        runs = [_run(each) for each in recent_scheduled(session, application_id)]
    return {
        **plan_document(plan),
        "next_at": None if upcoming is None else upcoming.isoformat(),
        "today": {
            "requests": len(proposal.seats),
            "left_out": {why.value: count for why, count in proposal.left_out.items()},
            "stands_against": against,
        },
        "runs": runs,
    }


def _run(row: ScheduledRun) -> dict[str, Any]:
    return {
        "due_at": row.due_at.isoformat(),
        "outcome": row.outcome,
        "detail": row.detail,
        "mode": row.mode,
        "requests": row.requests,
        "left_out": row.left_out,
        "run_id": row.run_id,
        "set_up_by": row.set_up_by,
    }


def _print(document: Mapping[str, Any]) -> None:
    today = document["today"]
    rows = [(name, _words(value)) for name, value in document.items() if name not in {"today", "runs"}]
    print_table(["scheduled runs", "value"], rows)
    print_blank()
    counted = [("requests today", today["requests"]), *today["left_out"].items()]
    print_table(["whom a run would take", "seats"], counted)
    if today["stands_against"]:
        print_blank()
        print_table(["not started now"], [[today["stands_against"]]])
    if document["runs"]:
        print_blank()
        columns = ["due_at", "outcome", "mode", "requests", "run_id", "set_up_by", "detail"]
        print_table(columns, [[run[column] for column in columns] for run in document["runs"]])


def _words(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(value)
    return ("yes" if value else "no") if isinstance(value, bool) else value
