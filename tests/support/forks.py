"""Processes of our own that start at once: forks of one that has imported what they need.

Importing takes seconds, forking takes milliseconds, and a fork can be killed, frozen and left to its own
environment as any other process can. Where a system has no forks, each process imports for itself.
"""

import pkgutil
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import ForkServerContext, SpawnContext

import core.cli

_NEEDED = (
    "tests.support.job_runtime",
    "tests.support.commands",
    *(f"core.cli.{module.name}" for module in pkgutil.iter_modules(core.cli.__path__)),
)


def _forks() -> ForkServerContext | SpawnContext:
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(list(_NEEDED))
    return context


FORKS = _forks()
