"""Runs one command: reads the arguments, wires what it needs, and turns what goes wrong into one line.

Exit codes: 0 done; 1 the work ran and something failed; 2 usage, configuration or a refused right.
"""

import argparse
import io
import logging
import os
import pkgutil
import sys
from collections.abc import Sequence
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from core.cli.arguments import parse
from core.cli.errors import CommandFailed, CommandRefused
from core.cli.output import complain
from core.rights import RightRefused
from core.settings import ConfigurationError

DONE: Final = 0
FAILED: Final = 1
REFUSED: Final = 2
INTERRUPTED: Final = 130


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Results go to standard output, all else to standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # names of people, also where the console has another
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    options = parse(arguments)
    try:
        return _run(options)
    except (CommandRefused, ConfigurationError, RightRefused) as error:
        complain(str(error))
        return REFUSED
    except CommandFailed as error:
        complain(str(error))
        return FAILED
    except SQLAlchemyError as error:
        # The first line only: what follows are the statement and its values.
        complain(f"the database could not be used: {str(error).splitlines()[0]}")
        return FAILED
    except BrokenPipeError:  # whoever reads the output has seen enough
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for the flush at exit
        return FAILED
    except KeyboardInterrupt:
        complain("stopped; what is on record goes on with the next worker")
        return INTERRUPTED


def _run(options: argparse.Namespace) -> int:
    command = pkgutil.resolve_name(options.command)  # only what this command needs is imported
    return int(command(options))
