"""The commands about exemptions: listing, making and lifting them."""

from argparse import Namespace
from datetime import date
from typing import Any

from core.cli.errors import CommandRefused
from core.cli.invocation import Invocation, invocation, license_type, utc_now
from core.cli.output import print_array, print_document, print_table
from core.cli.policies import until_assessed
from core.policies.exempting import (
    ExemptionRefused,
    ListedExemption,
    exempt,
    lift,
    list_exemptions,
    search_targets,
)
from core.policies.exemptions import ExemptionKind
from core.store.engine import reading

_OPTIONS = {
    ExemptionKind.PERSON: "user",
    ExemptionKind.GROUP: "group",
    ExemptionKind.DEPARTMENT: "department",
}


def show(options: Namespace) -> int:
    """`exemptions list`."""
    today = utc_now().date()
    with invocation(options) as command:
        found = [each for each in _listed(command) if options.past or each.holds(today)]
    rows = [_row(each, today) for each in found]
    if options.json:
        print_array(rows)
        return 0
    names = ("exemption_id", "kind", "name", "reason", "expires_on", "created_by", "lifted_by")
    print_table([name.replace("_", " ") for name in names], [[row[name] for name in names] for row in rows])
    return 0


def add(options: Namespace) -> int:
    """`exemptions add`: prints the exemption."""
    with invocation(options) as command:
        kind, target = _target(command, options)
        try:
            number = exempt(
                command.engine,
                command.application_id,
                kind=kind,
                target=target,
                reason=options.reason,
                expires_on=options.until,
                actor=command.actor,
                now=utc_now(),
            )
        except ExemptionRefused as refused:
            raise CommandRefused(str(refused)) from refused
        return _done(command, number, as_json=options.json)


def end(options: Namespace) -> int:
    """`exemptions lift`: prints the exemption."""
    with invocation(options) as command:
        try:
            lift(
                command.engine,
                command.application_id,
                options.exemption,
                actor=command.actor,
                now=utc_now(),
            )
        except ExemptionRefused as refused:
            raise CommandRefused(str(refused)) from refused
        return _done(command, options.exemption, as_json=options.json)


def _target(command: Invocation, options: Namespace) -> tuple[ExemptionKind, str]:
    """What is exempt, found by its id or its whole name, in any case."""
    with reading(command.engine) as session:
        if options.license_type is not None:
            sku_id = license_type(session, command.application_id, options.license_type)
            return ExemptionKind.LICENSE_TYPE, sku_id
        kind = next(kind for kind, name in _OPTIONS.items() if getattr(options, name) is not None)
        text: str = getattr(options, _OPTIONS[kind])
        found = search_targets(session, command.application_id, kind, text)
    wanted = text.strip().lower()
    same = [each.id for each in found if wanted in {each.name.lower(), each.detail.lower()}]
    if len(same) > 1:
        raise CommandRefused(f"--{_OPTIONS[kind]}: {len(same)} are called {text!r}: give the id")
    return kind, same[0] if same else text


def _done(command: Invocation, number: int, *, as_json: bool) -> int:
    until_assessed(command)
    row = _row(next(each for each in _listed(command) if each.id == number), utc_now().date())
    if as_json:
        print_document(row)
    else:
        print_table([name.replace("_", " ") for name in row], [list(row.values())])
    return 0


def _listed(command: Invocation) -> list[ListedExemption]:
    with reading(command.engine) as session:
        return list_exemptions(session, command.application_id)


def _row(listed: ListedExemption, today: date) -> dict[str, Any]:
    exemption = listed.exemption
    return {
        "exemption_id": listed.id,
        "kind": exemption.kind.value,
        "target": exemption.target,
        "name": exemption.target_name,
        "reason": exemption.reason,
        "expires_on": None if exemption.expires_on is None else exemption.expires_on.isoformat(),
        "created_at": exemption.created_at.isoformat(),
        "created_by": exemption.author,
        "lifted_at": None if listed.lifted_at is None else listed.lifted_at.isoformat(),
        "lifted_by": listed.lifted_by,
        "in_force": listed.holds(today),
    }
