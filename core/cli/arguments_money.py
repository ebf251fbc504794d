"""The commands about money and their options."""

from core.cli.parser import Commands, Parser, command, day, month
from core.documents.formats import DocumentFormat
from core.reporting.plan import Every
from core.spend.chargeback import Unassigned
from core.spend.grouping import Grouping


def add_money_commands(commands: "Commands[Parser]") -> None:
    """`purchases`, `rates`, `spend`, `report`."""
    purchases = commands.add_parser(
        "purchases", help="list or import what was purchased", description="License details: the purchases."
    )
    actions = purchases.add_subparsers(title="commands", metavar="COMMAND", required=True)
    command(actions, "list", "money:list_all", "list the purchases")
    importing = command(
        actions, "import", "money:import_file", "import purchases from a CSV or Excel file: all lines or none"
    )
    importing.add_argument("file", metavar="FILE", help="the CSV file")
    command(commands, "spend", "money:spend", "print what licenses cost, and the figures, per currency")
    _add_rate_commands(commands)
    _add_report_commands(commands)


def _add_rate_commands(commands: "Commands[Parser]") -> None:
    rates = commands.add_parser(
        "rates", help="exchange rates: list, set, remove", description="Exchange rates, as people enter them."
    )
    actions = rates.add_subparsers(title="commands", metavar="COMMAND", required=True)
    command(actions, "list", "exchange:show", "list the exchange rates, the newest of each pair first")
    setting = command(actions, "set", "exchange:enter", "enter what one unit of a currency comes to")
    removing = command(actions, "remove", "exchange:remove", "take back a rate that was entered wrongly")
    for parser in (setting, removing):
        parser.add_argument("currency", metavar="CURRENCY", help="one unit of this currency, as EUR")
        parser.add_argument("into", metavar="INTO", help="the other currency, as USD")
    setting.add_argument("rate", metavar="RATE", help="what the unit comes to in the other one, as 1.0842")
    for parser, which in ((setting, "the first day on which it counts"), (removing, "its first day")):
        parser.add_argument("--from", dest="valid_from", metavar="DAY", type=day, required=True, help=which)


def _add_report_commands(commands: "Commands[Parser]") -> None:
    report = commands.add_parser(
        "report",
        help="documents to pass on, and by mail",
        description="Documents to pass on, as PDF or Excel.",
    )
    actions = report.add_subparsers(title="commands", metavar="COMMAND", required=True)
    spend = command(actions, "spend", "reports:spend", "write what licenses cost, and the figures")
    spend.add_argument("--output", metavar="FILE", required=True, help="where to write: .pdf or .xlsx")
    chargeback = command(
        actions, "chargeback", "reports:chargeback", "write who bears what of a month's license cost"
    )
    chargeback.add_argument("--output", metavar="FILE", required=True, help="where to write: .pdf or .xlsx")
    chargeback.add_argument(
        "--by",
        choices=[each.value for each in Grouping],
        default=Grouping.COST_CENTER.value,
        help="what people are grouped by; cost_center by default",
    )
    chargeback.add_argument(
        "--month", metavar="MONTH", type=month, help="as 2026-11; by default the one before this"
    )
    chargeback.add_argument(
        "--unassigned",
        choices=[each.value for each in Unassigned],
        default=Unassigned.APART.value,
        help="seats that nobody holds: apart, on a line of their own (by default), or spread over the groups",
    )
    chargeback.add_argument("--group", metavar="NAME", help="only the statement of this group")
    _add_report_schedule(actions)
    command(actions, "sent", "reports:sent", "list the mails of the reports that went out, the newest first")


def _add_report_schedule(commands: "Commands[Parser]") -> None:
    schedule = commands.add_parser(
        "schedule", help="the spend report by mail: show, set, end", description="The spend report by mail."
    )
    actions = schedule.add_subparsers(title="commands", metavar="COMMAND", required=True)
    command(actions, "show", "reports:show", "tell when the spend report goes out, and to whom")
    setting = command(actions, "set", "reports:change", "let the spend report go out by mail")
    setting.add_argument(
        "--every", choices=[each.value for each in Every], required=True, help="weekly or monthly"
    )
    setting.add_argument(
        "--day",
        metavar="N",
        type=int,
        required=True,
        help="weekly: 0 for Monday to 6 for Sunday; monthly: 1 to 28",
    )
    setting.add_argument("--hour", metavar="H", type=int, default=6, help="in UTC; 6 by default")
    setting.add_argument(
        "--to", metavar="ADDRESS", action="append", required=True, help="who gets it; several are possible"
    )
    setting.add_argument(
        "--format",
        action="append",
        choices=[each.value for each in DocumentFormat],
        help="pdf or xlsx; both by default",
    )
    command(actions, "end", "reports:end", "let no further report go out")
