"""The commands that write documents to pass on."""

from argparse import Namespace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from core.cli.errors import CommandRefused
from core.cli.invocation import Invocation, invocation, utc_now
from core.cli.output import print_array, print_document, print_table, tell
from core.documents import Document
from core.documents.formats import DocumentFormat, UnknownDocumentFormat, document_format, write_document
from core.notification.setup import sender_of
from core.reporting.mails import Told, read_mails
from core.reporting.plan import Every, PlanRefused, check_plan, upcoming
from core.reporting.plans import end_plan, read_plan, set_plan
from core.spend.chargeback import Unassigned
from core.spend.charging import Chargeback, months_until, read_chargeback
from core.spend.grouping import Grouping
from core.spend.report import spend_report
from core.spend.statement import chargeback_document, group_label, statement_document
from core.spend.summary import read_summary
from core.store.engine import reading

_MOST_TOLD: Final = 1_000


def spend(options: Namespace) -> int:
    """`report spend`."""
    made_as = _format(options.output)
    with invocation(options) as command:
        now = utc_now()
        summary = read_summary(command.engine, command.application_id, on=now.date())
        document = spend_report(summary, name=command.application.name, made_at=now)
    _write(document, made_as, Path(options.output), as_json=options.json)
    return 0


def chargeback(options: Namespace) -> int:
    """`report chargeback`."""
    made_as = _format(options.output)
    with invocation(options) as command:
        now = utc_now()
        try:
            made = read_chargeback(
                command.engine,
                command.application_id,
                Grouping(options.by),
                month=options.month or months_until(now.date(), most=2)[1],
                unassigned=Unassigned(options.unassigned),
                name=command.application.name,
                now=now,
            )
        except ValueError as error:
            raise CommandRefused(f"--month: {error}") from error
    if options.group is None:
        document = chargeback_document(made.statements, made.names, made.terms)
    else:
        group = _group(options.group, made)
        document = statement_document(made.statements, group, made.names, made.terms)
    _write(document, made_as, Path(options.output), as_json=options.json)
    return 0


def _group(text: str, made: Chargeback) -> str | None:
    """The group that somebody named, as it is written or as it is shown."""
    for each in made.statements:
        if text in {each.group, group_label(each.group)}:
            return each.group
    what = made.terms.grouping.label.lower()
    raise CommandRefused(f"--group: no cost of {made.terms.period} is borne by the {what} {text!r}")


def show(options: Namespace) -> int:
    """`report schedule show`."""
    with invocation(options) as command:
        _print_schedule(command, as_json=options.json)
    return 0


def change(options: Namespace) -> int:
    """`report schedule set`: prints the schedule as it was kept."""
    with invocation(options) as command:
        try:
            plan = check_plan(
                every=Every(options.every),
                day=options.day,
                hour=options.hour,
                recipients=options.to,
                formats=[DocumentFormat(each) for each in options.format or DocumentFormat],
            )
        except PlanRefused as error:
            raise CommandRefused(str(error)) from error
        set_plan(command.engine, command.application_id, plan, actor=command.actor, now=utc_now())
        if sender_of(command.runtime.settings) is None:
            tell(
                "no address is configured that mails come from (mail_sender): nothing will be sent until then"
            )
        _print_schedule(command, as_json=options.json)
    return 0


def end(options: Namespace) -> int:
    """`report schedule end`."""
    with invocation(options) as command:
        if not end_plan(command.engine, command.application_id, actor=command.actor):
            tell("no report goes out by itself")
        _print_schedule(command, as_json=options.json)
    return 0


def sent(options: Namespace) -> int:
    """`report sent`."""
    with invocation(options) as command, reading(command.engine) as session:
        rows = [_told(each) for each in read_mails(session, command.application_id, limit=_MOST_TOLD)]
    if options.json:
        print_array(rows)
    else:
        names = ["due_at", "recipient", "outcome", "attempts", "ended_at", "detail"]
        print_table(
            [name.replace("_", " ") for name in names], ([row[name] for name in names] for row in rows)
        )
    return 0


def _told(each: Told) -> dict[str, Any]:
    return {
        "due_at": _moment(each.due_at),
        "recipient": each.recipient,
        "outcome": each.outcome.value,
        "attempts": each.attempts,
        "ended_at": None if each.at is None else _moment(each.at),
        "detail": each.detail,
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _print_schedule(command: Invocation, *, as_json: bool) -> None:
    with reading(command.engine) as session:
        found = read_plan(session, command.application_id)
    if found is None:
        if as_json:
            print_document({"schedule": None})
        else:
            tell("no report goes out by itself: see `report schedule set`")
        return
    plan, row = found
    following = _moment(upcoming(plan, now=utc_now()))
    if as_json:
        schedule = {
            "every": plan.every.value,
            "day": plan.day,
            "hour": plan.hour,
            "recipients": list(plan.recipients),
            "formats": [each.value for each in plan.formats],
            "next_at": following,
            "changed_at": _moment(row.changed_at),
            "changed_by": row.changed_by,
        }
        print_document({"schedule": schedule})
    else:
        tell(f"{plan.words}, next at {following}, set by {row.changed_by}, to {', '.join(plan.recipients)}")


def _format(file: str) -> DocumentFormat:
    try:
        return document_format(file)
    except UnknownDocumentFormat as error:
        raise CommandRefused(f"--output: {error}") from error


def _write(document: Document, made_as: DocumentFormat, target: Path, *, as_json: bool) -> None:
    content = write_document(document, made_as, made_at=utc_now())
    try:
        target.write_bytes(content)
    except OSError as error:
        raise CommandRefused(f"--output: {target} cannot be written: {error.strerror}") from error
    if as_json:
        print_document({"output": str(target), "sections": [each.heading for each in document.sections]})
    else:
        tell(f"wrote {document.title.lower()} to {target}")
