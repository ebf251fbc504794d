"""The commands about policies and exemptions, and their options."""

from core.cli.parser import Commands, Parser, add_license_type, command, day
from core.policies.settings import SPECS
from core.reclamation.modes import RunMode
from core.reclamation.scheduled_plan import ALLOWED, DAYS


def add_policy_commands(commands: "Commands[Parser]") -> None:
    """`policies` and what it can do."""
    policies = commands.add_parser(
        "policies", help="policies: show, change, pause, schedule", description="Policies of an application."
    )
    actions = policies.add_subparsers(title="commands", metavar="COMMAND", required=True)
    command(actions, "show", "policies:show", "show the policies in force")
    changing = command(actions, "set", "policies:change", "change policies, and wait until that is seen")
    for setting, spec in SPECS.items():
        option = f"--{setting.value.replace('_', '-')}"
        changing.add_argument(option, metavar="N", type=int, help=f"{spec.label.lower()}, {spec.unit}")
    add_license_type(changing, action="store", help_text="only this type: its own threshold")
    changing.add_argument(
        "--as-application", action="store_true", help="with --license-type: no threshold of its own any more"
    )
    pausing = command(actions, "pause", "policies:pause", "let no removal begin until resumed")
    pausing.add_argument("--reason", metavar="TEXT", required=True, help="why, for the record")
    command(actions, "resume", "policies:resume", "let reclamation go on")
    _add_schedule(actions)


def _add_schedule(actions: "Commands[Parser]") -> None:
    schedule = command(
        actions, "schedule", "scheduled:schedule", "what is reclaimed by itself: show it, or set it"
    )
    switch = schedule.add_mutually_exclusive_group()
    switch.add_argument("--on", action="store_const", const=True, dest="enabled", help="switch it on")
    switch.add_argument("--off", action="store_const", const=False, dest="enabled", help="switch it off")
    modes = [mode.value for mode in RunMode]
    schedule.add_argument("--mode", choices=modes, help="what a run does; as it comes, notify")
    schedule.add_argument("--day", choices=DAYS, help="the day of the week, or daily")
    schedule.add_argument("--hour", metavar="N", type=int, help="the hour of the day, in UTC")
    schedule.add_argument(
        "--scenario",
        action="append",
        choices=[each.value for each in ALLOWED],
        help="only this scenario; several are possible",
    )
    schedule.add_argument("--only", action="append", metavar="T", help="only this type; several are possible")
    schedule.add_argument("--never", action="append", metavar="T", help="not this type; several are possible")
    schedule.add_argument(
        "--all-types", action="store_true", help="name no types any more, but with --only and --never"
    )
    schedule.add_argument("--at-most", metavar="N", type=int, help="requests of one run")
    schedule.add_argument("--fresh-hours", metavar="N", type=int, help="how old the last sync may be")


def add_exemption_commands(commands: "Commands[Parser]") -> None:
    """`exemptions` and what it can do."""
    exemptions = commands.add_parser(
        "exemptions", help="exemptions: list, add, lift", description="Who is exempt from reclamation."
    )
    actions = exemptions.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = command(actions, "list", "exemptions:show", "list the exemptions in force, the newest first")
    listing.add_argument("--past", action="store_true", help="also those that are over or were lifted")
    adding = command(actions, "add", "exemptions:add", "exempt somebody, or a license type")
    whom = adding.add_mutually_exclusive_group(required=True)
    whom.add_argument("--user", metavar="U", help="a person: user principal name or id")
    whom.add_argument("--department", metavar="D", help="everybody in this department")
    whom.add_argument("--group", metavar="G", help="who holds a license through this group: name or id")
    whom.add_argument("--license-type", metavar="T", help="a license type, whoever holds it")
    adding.add_argument("--reason", metavar="TEXT", required=True, help="why, for those who wonder later")
    adding.add_argument("--until", metavar="DAY", type=day, help="the last day; none: until it is lifted")
    lifting = command(actions, "lift", "exemptions:end", "end an exemption; it stays on record")
    lifting.add_argument("exemption", metavar="ID", type=int, help="its number")
