"""The commands that run until they are stopped: worker and simulator."""

import sys
from argparse import Namespace
from typing import Final

from core.cli.errors import CommandFailed, CommandRefused
from core.cli.invocation import opened_runtime
from core.cli.output import tell
from core.jobs.worker import run_forever
from core.simulator.config import TenantConfig
from core.simulator.server import serve_forever

_MOST_USERS: Final = 1_000_000
_LAST_PORT: Final = 65_535


def worker(_options: Namespace) -> int:
    """`worker`: for all applications, whichever is named."""
    with opened_runtime() as runtime:
        tell("working; stop with Ctrl+C")
        run_forever(runtime)
    return 0


def simulator(options: Namespace) -> int:
    """`simulator`: needs no configuration and keeps nothing."""
    if not 1 <= options.users <= _MOST_USERS:
        raise CommandRefused(f"--users: {options.users} is not between 1 and {_MOST_USERS}")
    if not 0 <= options.port <= _LAST_PORT:
        raise CommandRefused(f"--port: {options.port} is not between 0 and {_LAST_PORT}")
    config = TenantConfig(users=options.users, seed=options.seed)
    try:
        serve_forever(config, port=options.port, output=sys.stdout)
    except OSError as error:
        raise CommandFailed(f"the simulator cannot serve on port {options.port}: {error.strerror}") from error
    return 0
