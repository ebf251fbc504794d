"""What all commands are declared with: the parser, one command, and the options that several have."""

import argparse
from datetime import date
from typing import NoReturn

from core.cli.output import complain


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, as all others are."""

    def error(self, message: str) -> NoReturn:
        """End with one line and the exit code of a wrong usage."""
        complain(f"{message}; see {self.prog} --help")
        raise SystemExit(2)


Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


def add_common(parser: argparse.ArgumentParser, *, application: object, as_json: object) -> None:
    """The options that every command has."""
    parser.add_argument(
        "--application", metavar="KEY", default=application, help="the application; not needed with only one"
    )
    parser.add_argument(
        "--json", action="store_true", default=as_json, help="print one JSON document on standard output"
    )


def command(
    commands: "Commands[Parser]", name: str, function: str, help_text: str
) -> argparse.ArgumentParser:
    """Declare a command that `core.cli.<function>`, written `module:function`, carries out."""
    parser = commands.add_parser(name, help=help_text, description=help_text[0].upper() + help_text[1:] + ".")
    # Given before or after the command: only where it stands does it set anything.
    add_common(parser, application=argparse.SUPPRESS, as_json=argparse.SUPPRESS)
    parser.set_defaults(command=f"core.cli.{function}")
    return parser


def add_license_type(
    parser: argparse.ArgumentParser, *, action: str, help_text: str, required: bool = False
) -> None:
    """The option that names a license type."""
    parser.add_argument("--license-type", action=action, metavar="T", required=required, help=help_text)


def day(text: str) -> date:
    """The day that an option gives, as ISO 8601."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it as 2027-11-24") from None


def month(text: str) -> date:
    """The first day of the month that an option gives, as `2026-11`."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no month; write it as 2026-11") from None
