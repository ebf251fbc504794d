"""The commands about the HR roster."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from core.cli.errors import CommandFailed, CommandRefused
from core.cli.invocation import invocation, read_bytes
from core.cli.output import print_document, print_table, tell
from core.integration.hr_roster import RosterBusyError, import_roster
from core.roster.importing import DepartedUnconfirmed, RosterRefused
from core.roster.roster_file import read_roster
from core.store.tables import RosterImport


def import_file(options: Namespace) -> int:
    """`roster import`: prints what it did; with errors nothing was imported."""
    if options.confirm_departed is not None and not options.full:
        raise CommandRefused("--confirm-departed goes with --full: a partial roster departs nobody")
    path = Path(options.file)
    file = read_roster(read_bytes(path))
    with invocation(options) as command:
        try:
            done = import_roster(
                command.engine,
                command.application_id,
                file,
                file_name=path.name,
                full=options.full,
                confirm_departed=options.confirm_departed,
                actor=command.actor,
            )
        except RosterRefused as refused:
            if options.json:
                print_document(
                    _as_json(None)
                    | {"errors": [{"line": error.line, "reason": error.reason} for error in refused.errors]}
                )
            raise CommandFailed(f"{path}: {refused}") from refused
        except DepartedUnconfirmed as refused:
            raise CommandRefused(
                f"{path}: {refused} The option is --confirm-departed {refused.departed}."
            ) from refused
        except RosterBusyError as busy:
            raise CommandRefused(str(busy)) from busy
    if options.json:
        print_document(_as_json(done))
    else:
        counts = _as_json(done)
        counts.pop("errors")
        print_table(list(counts), [list(counts.values())])
        tell(f"{path.name} was imported as a {'full' if done.full else 'partial'} roster")
    return 0


def _as_json(done: RosterImport | None) -> dict[str, Any]:
    return {
        "imported": done.added if done else 0,
        "updated": done.updated if done else 0,
        "unchanged": done.unchanged if done else 0,
        "departed": done.departed if done else 0,
        "errors": [],
    }
