"""The commands about policies: the ones in force, changing them, pausing reclamation."""

from argparse import Namespace
from typing import Any

from core.cli.errors import CommandRefused
from core.cli.invocation import Invocation, invocation, license_type, utc_now
from core.cli.output import print_blank, print_document, print_table
from core.cli.scheduled import plan_document
from core.cli.waiting import workforce
from core.policies import policies as service
from core.policies.assessing import assessment_asked
from core.policies.reclaiming import read_plan
from core.policies.settings import SPECS, Policies, Setting
from core.reclamation.scheduled_plan import ReclaimPlan
from core.spend.license_types import read_license_types
from core.store.engine import reading


def show(options: Namespace) -> int:
    """`policies show`."""
    with invocation(options) as command:
        _print(command, as_json=options.json)
    return 0


def change(options: Namespace) -> int:
    """`policies set`: prints the policies that are in force then."""
    with invocation(options) as command:
        values, thresholds = _wanted(command, options)
        try:
            service.change_policies(
                command.engine,
                command.application_id,
                values=values,
                thresholds=thresholds,
                actor=command.actor,
                now=utc_now(),
            )
        except service.PolicyRefused as refused:
            raise CommandRefused(str(refused)) from refused
        until_assessed(command)
        _print(command, as_json=options.json)
    return 0


def pause(options: Namespace) -> int:
    """`policies pause`: prints the policies that are in force then."""
    with invocation(options) as command:
        try:
            service.pause(
                command.engine, command.application_id, options.reason, actor=command.actor, now=utc_now()
            )
        except service.PolicyRefused as refused:
            raise CommandRefused(str(refused)) from refused
        _print(command, as_json=options.json)
    return 0


def resume(options: Namespace) -> int:
    """`policies resume`: prints the policies that are in force then."""
    with invocation(options) as command:
        try:
            service.resume(command.engine, command.application_id, actor=command.actor, now=utc_now())
        except service.PolicyRefused as refused:
            raise CommandRefused(str(refused)) from refused
        _print(command, as_json=options.json)
    return 0


def until_assessed(command: Invocation) -> None:
    """Wait until a change is seen in statuses and opportunities, where it has any effect on them."""

    def done() -> bool:
        with reading(command.engine) as session:
            return assessment_asked(session, command.application_id) is None

    if not done():
        with workforce(command.runtime) as workers:
            workers.wait(done)


def _wanted(command: Invocation, options: Namespace) -> tuple[dict[Setting, int], dict[str, int | None]]:
    """The settings to set, and the thresholds of license types to set or to take back."""
    values = {setting: value for setting in Setting if (value := getattr(options, setting.value)) is not None}
    if options.license_type is None:
        if not values:
            raise CommandRefused("name at least one policy to set; see --help")
        return values, {}
    days = values.pop(Setting.THRESHOLD_DAYS, None)
    if values or (days is None) is not options.as_application:
        raise CommandRefused(
            "--license-type takes either --threshold-days or --as-application, and nothing else"
        )
    with reading(command.engine) as session:
        sku_id = license_type(session, command.application_id, options.license_type)
    return {}, {sku_id: days}


def _print(command: Invocation, *, as_json: bool) -> None:
    with reading(command.engine) as session:
        policies = service.read_policies(session, command.application_id)
        plan = read_plan(session, command.application_id)
        types = read_license_types(session, command.application_id, with_gone=True)
    names = {each.use.sku_id: each.product_name for each in types}
    if as_json:
        print_document(_document(policies, names, plan))
        return
    print_table(
        ["policy", "value", "default"],
        [
            [spec.label, spec.amount(policies[setting]), spec.amount(spec.default)]
            for setting, spec in SPECS.items()
        ],
    )
    if policies.thresholds:
        print_blank()
        print_table(
            ["license type", "threshold"],
            [[names.get(sku_id, sku_id), f"{days} days"] for sku_id, days in policies.thresholds.items()],
        )
    print_blank()
    print_table(["scheduled runs"], [[plan.when if plan.enabled else "off"]])
    if policies.pause is not None:
        print_blank()
        print_table(["paused"], [[policies.pause.sentence]])


def _document(policies: Policies, names: dict[str, str], plan: ReclaimPlan) -> dict[str, Any]:
    paused = policies.pause
    return {
        **{setting.value: value for setting, value in policies.values.items()},
        "license_types": [
            {"sku_id": sku_id, "license_type": names.get(sku_id, sku_id), "threshold_days": days}
            for sku_id, days in policies.thresholds.items()
        ],
        "scheduled": plan_document(plan),
        "paused": None
        if paused is None
        else {"at": paused.at.isoformat(), "by": paused.by, "reason": paused.reason},
    }
