"""The commands and their options. docs/commands.md describes each one, and a test compares."""

import argparse
from collections.abc import Sequence
from typing import Final

from core.activity.evidence import ActivityStatus
from core.cli.arguments_money import add_money_commands
from core.cli.arguments_policies import add_exemption_commands, add_policy_commands
from core.cli.parser import Commands, Parser, add_common, add_license_type, command
from core.reclamation.opportunities import Scenario
from core.store.tables import IntegrationTask

PROGRAM: Final = "python -m core"

_SYNC_TASKS: Final = (IntegrationTask.DIFFERENTIATION, IntegrationTask.ROSTER, IntegrationTask.ACCESS)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options. `command` names the function that carries them out.

    Raises:
        SystemExit: with 2 where the arguments are wrong, with 0 after the help.
    """
    return build_parser().parse_args(arguments)


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = Parser(prog=PROGRAM, description="Seatwise on the command line; see docs/commands.md.")
    add_common(parser, application=None, as_json=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_tenant_commands(commands)
    _add_reading_commands(commands)
    add_money_commands(commands)
    _add_roster_commands(commands)
    _add_reclamation_commands(commands)
    add_policy_commands(commands)
    add_exemption_commands(commands)
    _add_naming_commands(commands)
    _add_serving_commands(commands)
    return parser


def _add_tenant_commands(commands: "Commands[Parser]") -> None:
    command(commands, "check", "tenant:check", "test the connection: token, permissions, each source")
    sync = command(commands, "sync", "tenant:sync", "run the integration tasks now and wait for them")
    sync.add_argument(
        "--task",
        action="append",
        choices=[task.value for task in _SYNC_TASKS],
        help="only this task; can be given several times",
    )
    command(commands, "runs", "tenant:runs", "list the task runs, the newest first")


def _add_reading_commands(commands: "Commands[Parser]") -> None:
    command(commands, "license-types", "licenses:license_types", "list the license types with their seats")
    activity = command(commands, "activity", "licenses:activity", "write the assignments to a file, filtered")
    add_license_type(activity, action="append", help_text="only of this license type; several are possible")
    activity.add_argument(
        "--status",
        action="append",
        metavar="S",
        choices=[status.value for status in ActivityStatus],
        help=f"only with this activity status: {', '.join(ActivityStatus)}; several are possible",
    )
    activity.add_argument(
        "--department", action="append", metavar="D", help="only of this department; several are possible"
    )
    activity.add_argument(
        "--output",
        metavar="FILE",
        required=True,
        help="where to write; the ending names the format: .csv, .xlsx, .parquet or .json",
    )


def _add_roster_commands(commands: "Commands[Parser]") -> None:
    roster = commands.add_parser("roster", help="import the HR roster", description="The HR roster.")
    actions = roster.add_subparsers(title="commands", metavar="COMMAND", required=True)
    importing = command(
        actions,
        "import",
        "employees:import_file",
        "import employees from a CSV or Excel file: all lines or none",
    )
    importing.add_argument("file", metavar="FILE", help="the CSV or Excel file")
    importing.add_argument(
        "--full", action="store_true", help="the file lists everybody: whoever is not in it has departed"
    )
    importing.add_argument(
        "--confirm-departed",
        metavar="N",
        type=int,
        help="where a full roster loses more than 5 %%: the exact number of people who depart",
    )


def _add_reclamation_commands(commands: "Commands[Parser]") -> None:
    opportunities = command(
        commands, "opportunities", "reclaiming:opportunities", "list whose licenses could be reclaimed"
    )
    opportunities.add_argument(
        "--scenario",
        action="append",
        metavar="S",
        choices=[scenario.value for scenario in Scenario],
        help=f"only of this scenario: {', '.join(Scenario)}; several are possible",
    )
    add_license_type(
        opportunities, action="append", help_text="only of this license type; several are possible"
    )
    reclaim = command(
        commands, "reclaim", "reclaiming:reclaim", "take a license type back from people, and wait"
    )
    add_license_type(reclaim, action="store", help_text="the license type to take back", required=True)
    people = reclaim.add_mutually_exclusive_group(required=True)
    people.add_argument(
        "--user",
        action="append",
        metavar="UPN",
        help="a person, by user principal name; several are possible",
    )
    people.add_argument(
        "--from-file", metavar="F", help="a CSV file with a column user_id or user_principal_name"
    )
    how = reclaim.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="check everything, remove nothing")
    how.add_argument(
        "--notify",
        action="store_true",
        help="write to the holders first; who does not answer within the waiting period loses the license",
    )
    reclaim.add_argument(
        "--waiting-days",
        metavar="N",
        type=int,
        help="with --notify: working days to answer, if not as many as the policies say",
    )
    reclaim.add_argument(
        "--copy-manager", action="store_true", help="with --notify: a copy of each mail to the manager"
    )
    reclaim.add_argument(
        "--manual", action="store_true", help="also people who are no opportunity; needs --reason"
    )
    reclaim.add_argument("--reason", metavar="TEXT", default="", help="why, for the history")
    reclaim.add_argument(
        "--confirm-count", metavar="N", type=int, help="above the limit: the exact number of requests"
    )
    reclaim.add_argument(
        "--confirm-name",
        metavar="UPN",
        action="append",
        help="an administrator's user principal name, or that of an account for emergencies, services or "
        "rooms; several are possible",
    )
    reclaim.add_argument("--yes", action="store_true", help="really do it; not needed with --dry-run")
    _add_approval_commands(commands)
    restore = command(commands, "restore", "restoring:restore", "give reclaimed licenses back, and wait")
    what = restore.add_mutually_exclusive_group(required=True)
    what.add_argument("--request", metavar="ID", type=int, help="the request whose license is given back")
    what.add_argument("--run", metavar="ID", type=int, help="everything that this run has reclaimed")
    restore.add_argument("--yes", action="store_true", help="really do it")
    history = command(
        commands,
        "history",
        "reclaiming:history",
        "list the events of the reclamation requests, as they happened",
    )
    history.add_argument("--run", metavar="ID", type=int, help="only of this reclamation run")
    history.add_argument("--request", metavar="ID", type=int, help="only of this request")


def _add_approval_commands(commands: "Commands[Parser]") -> None:
    approve = command(
        commands, "approve", "deciding:approve", "let a run begin that waits for a second person, and wait"
    )
    reject = command(commands, "reject", "deciding:reject", "cancel a run that waits for a second person")
    for parser in (approve, reject):
        parser.add_argument("--run", metavar="ID", type=int, required=True, help="the reclamation run")
    reject.add_argument("--reason", metavar="TEXT", required=True, help="why, for whoever asked for it")
    for parser in (approve, reject):
        parser.add_argument("--yes", action="store_true", help="really do it")


def _add_naming_commands(commands: "Commands[Parser]") -> None:
    catalog = commands.add_parser(
        "catalog", help="product names: show or load them", description="Product names and service plans."
    )
    actions = catalog.add_subparsers(title="commands", metavar="COMMAND", required=True)
    command(actions, "show", "naming:show", "tell which product names are in force")
    loading = command(
        actions, "load", "naming:load", "load a newer list of Microsoft's product names: all of it or nothing"
    )
    loading.add_argument("file", metavar="FILE", help="Microsoft's CSV file")
    loading.add_argument(
        "--confirm-lost",
        metavar="N",
        type=int,
        help="where more than a third of the shipped license types are missing: exactly how many",
    )
    command(actions, "shipped", "naming:shipped", "use the product names that Seatwise ships with again")


def _add_serving_commands(commands: "Commands[Parser]") -> None:
    command(commands, "worker", "serving:worker", "work the queues until stopped")
    simulator = command(
        commands, "simulator", "serving:simulator", "serve a simulated tenant over HTTPS on this machine"
    )
    simulator.add_argument("--users", metavar="N", type=int, default=2_500, help="people; 2500 by default")
    simulator.add_argument("--seed", metavar="S", type=int, default=1, help="which tenant; 1 by default")
    simulator.add_argument(
        "--port", metavar="P", type=int, default=0, help="the port; by default one that is free"
    )
