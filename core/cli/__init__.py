"""The command line: everything that the pages do, for schedulers and scripts (docs/commands.md)."""

from core.cli.main import main

__all__ = ["main"]
