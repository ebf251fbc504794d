"""The command that gives reclaimed licenses back."""

from argparse import Namespace

from core.cli.errors import CommandRefused
from core.cli.following import follow, print_run
from core.cli.invocation import Invocation, invocation, utc_now
from core.cli.output import complain, print_document
from core.reclamation.restore_requests import RestoreRefused, restorable, run_of
from core.reclamation.restore_requests import restore as start
from core.reclamation.runs import RequestRow, request_as_json
from core.reclamation.states import RequestState


def restore(options: Namespace) -> int:
    """`restore`: exit code 1 where a license was not given back."""
    if not options.yes:
        raise CommandRefused("--yes is needed to give licenses back")
    with invocation(options) as command:
        run_id, wanted = _wanted(command, options)
        try:
            start(
                command.engine,
                command.application_id,
                wanted,
                actor=command.actor,
                allow_reclaim=command.application.allow_reclaim,
                now=utc_now(),
            )
        except RestoreRefused as error:
            raise CommandRefused(str(error)) from error
        rows = [row for row in follow(command, run_id) if row.request_id in wanted]
    if options.json and options.request is not None:
        print_document(request_as_json(rows[0]))
    else:
        print_run(run_id, rows, as_json=options.json)
    return _exit_code(rows)


def _wanted(command: Invocation, options: Namespace) -> tuple[int, set[int]]:
    """The run, and those of its requests whose license is to be given back."""
    if options.request is not None:
        run_id = run_of(command.engine, command.application_id, options.request)
        if run_id is None:
            raise CommandRefused(f"--request: there is no request {options.request}")
        return run_id, {options.request}
    wanted = set(restorable(command.engine, command.application_id, options.run))
    if not wanted:
        raise CommandRefused(f"--run: run {options.run} has no license to give back")
    return options.run, wanted


def _exit_code(rows: list[RequestRow]) -> int:
    left = [row for row in rows if row.state is not RequestState.RESTORED]
    if left:
        complain(f"{len(left)} of {len(rows)} licenses were not given back, the first one: {left[0].reason}")
    return int(bool(left))
