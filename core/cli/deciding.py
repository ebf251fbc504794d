"""The commands by which a second person decides on a run: approve and reject."""

from argparse import Namespace

from core.cli.errors import CommandRefused
from core.cli.following import follow_and_print
from core.cli.invocation import invocation, utc_now
from core.reclamation.approving import ApprovalRefused, approve_run, reject_run


def approve(options: Namespace) -> int:
    """`approve`: then goes on as `reclaim` does."""
    if not options.yes:
        raise CommandRefused("--yes is needed to let a run begin")
    with invocation(options) as command:
        try:
            approve_run(
                command.engine, command.application_id, options.run, actor=command.actor, now=utc_now()
            )
        except ApprovalRefused as refused:
            raise CommandRefused(str(refused)) from refused
        return follow_and_print(command, options.run, as_json=options.json)


def reject(options: Namespace) -> int:
    """`reject`: prints the requests, which are cancelled then."""
    if not options.yes:
        raise CommandRefused("--yes is needed to reject a run")
    with invocation(options) as command:
        try:
            reject_run(
                command.engine,
                command.application_id,
                options.run,
                options.reason,
                actor=command.actor,
                now=utc_now(),
            )
        except ApprovalRefused as refused:
            raise CommandRefused(str(refused)) from refused
        return follow_and_print(command, options.run, as_json=options.json)
