"""The commands that take licenses back: opportunities, reclaim and history."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from core.cli.chosen_people import holders, people_of_arguments, people_of_file
from core.cli.errors import CommandRefused
from core.cli.following import follow_and_print
from core.cli.invocation import invocation, license_type, utc_now
from core.cli.output import print_array, print_table
from core.notification.setup import why_off
from core.reclamation.history import EventRow, HistoryFilter, event_as_json, stream_events
from core.reclamation.limits import LimitRefused
from core.reclamation.listing import OpportunityFilter, as_json, stream_batches
from core.reclamation.opportunities import Scenario
from core.reclamation.requests import NamesRefused, NotifyTerms, RunMode, RunRefused, start_run
from core.store.engine import reading


def opportunities(options: Namespace) -> int:
    """`opportunities`."""
    with invocation(options) as command:
        with reading(command.engine) as session:
            chosen = OpportunityFilter(
                scenarios=tuple(Scenario(word) for word in options.scenario or ()),
                sku_ids=tuple(
                    license_type(session, command.application_id, text) for text in options.license_type or ()
                ),
            )
        rows = (
            as_json(row)
            for batch in stream_batches(command.engine, command.application_id, chosen, on=utc_now().date())
            for row in batch
        )
        if options.json:
            print_array(rows)
        else:
            _print_opportunities(rows)
    return 0


def _print_opportunities(rows: Iterator[dict[str, object]]) -> None:
    names = ("user_principal_name", "part_number", "scenarios", "confidence", "annual_costs", "blockers")
    headings = [name.replace("_", " ") for name in names]
    print_table(headings, ([_cell(row[name]) for name in names] for row in rows))


def _cell(value: object) -> object:
    """Lists side by side; of amounts in several currencies one counts or the other."""
    if isinstance(value, dict):
        return " or ".join(f"{currency} {amount}" for currency, amount in value.items()) or None
    return ", ".join(value) if isinstance(value, list) else value


def reclaim(options: Namespace) -> int:
    """`reclaim`: exit code 1 where a request failed or has not come to its end."""
    if not options.yes and not options.dry_run:
        raise CommandRefused("--yes is needed to take licenses back; --dry-run shows what would happen")
    if not options.notify and (options.waiting_days is not None or options.copy_manager):
        raise CommandRefused("--waiting-days and --copy-manager belong to --notify")
    people = (
        people_of_file(Path(options.from_file)) if options.from_file else people_of_arguments(options.user)
    )
    with invocation(options) as command:
        with reading(command.engine) as session:
            sku_id = license_type(session, command.application_id, options.license_type)
            ids = holders(session, command.application_id, people, sku_id)
        try:
            run_id = start_run(
                command.engine,
                command.application_id,
                chosen=[(user_id, sku_id) for user_id in ids],
                mode=_mode(options),
                manual=options.manual,
                note=options.reason,
                confirm_count=options.confirm_count,
                actor=command.actor,
                allow_reclaim=command.application.allow_reclaim,
                now=utc_now(),
                confirm_names=options.confirm_name or (),
                notify=NotifyTerms(
                    waiting_days=options.waiting_days,
                    copy_manager=options.copy_manager,
                    off=why_off(command.runtime.settings),
                ),
            )
        except LimitRefused as error:
            raise CommandRefused(f"--confirm-count: {error}") from error
        except NamesRefused as error:
            raise CommandRefused(f"--confirm-name: {error}") from error
        except RunRefused as error:
            raise CommandRefused(str(error)) from error
        return follow_and_print(command, run_id, as_json=options.json)


def _mode(options: Namespace) -> RunMode:
    if options.dry_run:
        return RunMode.DRY_RUN
    return RunMode.NOTIFY if options.notify else RunMode.IMMEDIATE


def history(options: Namespace) -> int:
    """`history`."""
    chosen = HistoryFilter(run_id=options.run, request_id=options.request)
    with invocation(options) as command:
        rows = (
            row for batch in stream_events(command.engine, command.application_id, chosen) for row in batch
        )
        if options.json:
            print_array(event_as_json(row) for row in rows)
        else:
            _print_history(rows)
    return 0


def _print_history(rows: Iterator[EventRow]) -> None:
    print_table(
        ("at", "run", "request", "person", "part number", "step", "state", "by", "detail"),
        (
            (
                row.at,
                row.run_id,
                row.request_id,
                row.user_principal_name,
                row.part_number,
                row.step.value,
                row.state.value,
                row.actor,
                row.detail,
            )
            for row in rows
        ),
    )
