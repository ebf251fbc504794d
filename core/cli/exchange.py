"""The commands about exchange rates."""

from argparse import Namespace
from collections.abc import Sequence

from core.cli.errors import CommandRefused
from core.cli.invocation import invocation, utc_now
from core.cli.output import print_array, print_table
from core.spend.conversion import Rate
from core.spend.formatting import decimal_text
from core.spend.rates import RateRefused, enter_rate, list_rates, remove_rate

_NAMES = ("currency", "into", "rate", "valid_from")


def show(options: Namespace) -> int:
    """`rates list`."""
    with invocation(options) as command:
        rates = list_rates(command.engine, command.application_id)
    _print_rates(rates, as_json=options.json)
    return 0


def enter(options: Namespace) -> int:
    """`rates set`: prints the rate as it was kept."""
    with invocation(options) as command:
        try:
            rate = enter_rate(
                command.engine,
                command.application_id,
                currency=options.currency,
                into=options.into,
                rate=options.rate,
                valid_from=options.valid_from,
                actor=command.actor,
                now=utc_now(),
            )
        except RateRefused as error:
            raise CommandRefused(str(error)) from error
    _print_rates([rate], as_json=options.json)
    return 0


def remove(options: Namespace) -> int:
    """`rates remove`: prints the rates that are left."""
    with invocation(options) as command:
        try:
            remove_rate(
                command.engine,
                command.application_id,
                currency=options.currency,
                into=options.into,
                valid_from=options.valid_from,
                actor=command.actor,
            )
        except RateRefused as error:
            raise CommandRefused(str(error)) from error
        rates = list_rates(command.engine, command.application_id)
    _print_rates(rates, as_json=options.json)
    return 0


def _print_rates(rates: Sequence[Rate], *, as_json: bool) -> None:
    rows = [
        dict(
            zip(
                _NAMES,
                (each.currency, each.into, decimal_text(each.rate), each.valid_from.isoformat()),
                strict=True,
            )
        )
        for each in rates
    ]
    if as_json:
        print_array(rows)
    else:
        print_table([name.replace("_", " ") for name in _NAMES], ([*row.values()] for row in rows))
