"""Follows a run to its end, and prints its requests: what `reclaim` and `restore` have in common."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from core.cli.invocation import Invocation
from core.cli.output import complain, print_document, print_table, tell
from core.cli.waiting import workforce
from core.reclamation.history import HistoryFilter
from core.reclamation.runs import RequestRow, request_as_json, requests, run
from core.reclamation.states import LIVE, RequestState
from core.store.engine import reading

_SILENCE: Final = timedelta(minutes=15)
"""Without any change for this long, what is left is waiting for something that does not come soon."""

_AT_WORK: Final = LIVE - {RequestState.NOTIFIED}
"""States in which something is done at once. Who is notified has days to answer: nobody waits for that."""


def follow(command: Invocation, run_id: int) -> list[RequestRow]:
    """Wait until the run has ended, waits for people only, or nothing moves any more; all its requests."""
    tell(f"reclamation run {run_id}")
    with workforce(command.runtime) as workers:
        workers.wait(_Progress(command, run_id).ended)
    return list(_requests(command, run_id))


def follow_and_print(command: Invocation, run_id: int, *, as_json: bool) -> int:
    """Follow a run, print its requests, and the exit code: 1 where one failed or has not come to its end.

    It is 0 where the run waits for another operator: what could be done is done, and nobody waits for people.
    """
    rows = follow(command, run_id)
    print_run(run_id, rows, as_json=as_json)
    with reading(command.engine) as session:
        found = run(session, run_id)
    if found is not None and found.waits_for_approval:
        tell(
            f"nothing begins until another operator approves: python -m core approve --run {run_id} --yes, "
            "or on the page Reclamation"
        )
        return 0
    return exit_code(rows)


class _Progress:
    """Tells how many requests of a run have come to their end, where that has changed."""

    def __init__(self, command: Invocation, run_id: int) -> None:
        self._command = command
        self._run_id = run_id
        self._told: dict[RequestState, int] | None = None
        self._changed_at = time.monotonic()

    def ended(self) -> bool:
        """Whether the run has ended, all that is left waits for answers, or nothing has moved for long."""
        with reading(self._command.engine) as session:
            found = run(session, self._run_id)
        if found is None or found.ended_at is not None or found.waits_for_approval:
            return True
        if found.by_state != self._told:
            self._told, self._changed_at = found.by_state, time.monotonic()
            tell(", ".join(f"{number} {state.replace('_', ' ')}" for state, number in found.by_state.items()))
        if RequestState.NOTIFIED in found.by_state and not _AT_WORK & found.by_state.keys():
            return True
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


def print_run(run_id: int, rows: list[RequestRow], *, as_json: bool) -> None:
    """Print the requests of a run."""
    listed = [request_as_json(row) for row in rows]
    if as_json:
        print_document({"run_id": run_id, "requests": listed})
        return
    names = ("request_id", "user_principal_name", "part_number", "state", "reason")
    print_table([name.replace("_", " ") for name in names], ([row[name] for name in names] for row in listed))


def exit_code(rows: list[RequestRow]) -> int:
    """1 where a request failed or has not come as far as it can now; says so."""
    failed = [row for row in rows if row.state is RequestState.FAILED]
    unfinished = [row for row in rows if row.state in _AT_WORK]
    if failed:
        complain(f"{len(failed)} of {len(rows)} requests failed, the first one: {failed[0].reason}")
    if unfinished:
        complain(
            f"{len(unfinished)} of {len(rows)} requests have not ended; the next worker goes on with them"
        )
    return int(bool(failed or unfinished))
