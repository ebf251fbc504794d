"""The commands that take licenses back: opportunities, reclaim and history."""

import time
from argparse import Namespace
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from core.cli.chosen_people import holders, people_of_arguments, people_of_file
from core.cli.errors import CommandRefused
from core.cli.invocation import Invocation, invocation, license_type, utc_now
from core.cli.output import complain, print_array, print_document, print_table, tell
from core.cli.waiting import workforce
from core.reclamation.history import EventRow, HistoryFilter, event_as_json, stream_events
from core.reclamation.limits import LimitRefused
from core.reclamation.listing import OpportunityFilter, as_json, stream_batches
from core.reclamation.opportunities import Scenario
from core.reclamation.requests import RunMode, RunRefused, start_run
from core.reclamation.runs import RequestRow, request_as_json, requests, run
from core.reclamation.states import LIVE, RequestState
from core.store.engine import reading

_SILENCE: Final = timedelta(minutes=15)
"""Without any change for this long, what is left is waiting for something that does not come soon."""


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
    names = (
        "user_principal_name",
        "part_number",
        "scenarios",
        "confidence",
        "annual_cost",
        "currency",
        "blockers",
    )
    print_table(
        [name.replace("_", " ") for name in names],
        ([", ".join(v) if isinstance(v := row[name], list) else v for name in names] for row in rows),
    )


def reclaim(options: Namespace) -> int:
    """`reclaim`: exit code 1 where a request failed or has not come to its end."""
    if not options.yes and not options.dry_run:
        raise CommandRefused("--yes is needed to take licenses back; --dry-run shows what would happen")
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
                mode=RunMode.DRY_RUN if options.dry_run else RunMode.IMMEDIATE,
                manual=options.manual,
                note=options.reason,
                confirm_count=options.confirm_count,
                actor=command.actor,
                allow_reclaim=command.application.allow_reclaim,
                now=utc_now(),
            )
        except LimitRefused as error:
            raise CommandRefused(f"--confirm-count: {error}") from error
        except RunRefused as error:
            raise CommandRefused(str(error)) from error
        tell(f"reclamation run {run_id}")
        with workforce(command.runtime) as workers:
            workers.wait(_Progress(command, run_id).ended)
        rows = list(_requests(command, run_id))
    _print_run(run_id, rows, as_json=options.json)
    return _exit_code(rows)


class _Progress:
    """Tells how many requests of a run have come to their end, where that has changed."""

    def __init__(self, command: Invocation, run_id: int) -> None:
        self._command = command
        self._run_id = run_id
        self._told: dict[RequestState, int] | None = None
        self._changed_at = time.monotonic()

    def ended(self) -> bool:
        """Whether the run has ended, or nothing has moved for so long that waiting makes no sense."""
        with reading(self._command.engine) as session:
            found = run(session, self._run_id)
        if found is None or found.ended_at is not None:
            return True
        if found.by_state != self._told:
            self._told, self._changed_at = found.by_state, time.monotonic()
            tell(", ".join(f"{number} {state.replace('_', ' ')}" for state, number in found.by_state.items()))
        return time.monotonic() - self._changed_at > _SILENCE.total_seconds()


def _requests(command: Invocation, run_id: int) -> Iterator[RequestRow]:
    number = 1
    while True:
        with reading(command.engine) as session:
            page = requests(session, command.application_id, HistoryFilter(run_id=run_id), number=number)
        yield from page
        if not page:
            return
        number += 1


def _print_run(run_id: int, rows: list[RequestRow], *, as_json: bool) -> None:
    listed = [request_as_json(row) for row in rows]
    if as_json:
        print_document({"run_id": run_id, "requests": listed})
        return
    names = ("request_id", "user_principal_name", "part_number", "state", "reason")
    print_table([name.replace("_", " ") for name in names], ([row[name] for name in names] for row in listed))


def _exit_code(rows: list[RequestRow]) -> int:
    failed = [row for row in rows if row.state is RequestState.FAILED]
    unfinished = [row for row in rows if row.state in LIVE]
    if failed:
        complain(f"{len(failed)} of {len(rows)} requests failed, the first one: {failed[0].reason}")
    if unfinished:
        complain(
            f"{len(unfinished)} of {len(rows)} requests have not ended; the next worker goes on with them"
        )
    return int(bool(failed or unfinished))


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
