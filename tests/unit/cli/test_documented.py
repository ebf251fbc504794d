"""docs/commands.md against the parser: what the one has, the other has too."""

import argparse
import re
import shlex
from collections.abc import Iterator

import pytest

from core.cli.arguments import build_parser, parse
from core.settings import PROJECT

PAGE = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
COMMON = ("--application", "--json", "--help", "-h")


def commands(
    parser: argparse.ArgumentParser, name: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Each command by its full name, such as `purchases list`."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield name, parser
    for group in groups:
        for word, inner in group.choices.items():
            yield from commands(inner, f"{name} {word}".strip())


COMMANDS = dict(commands(build_parser()))
SECTIONS = dict(re.findall(r"^### (.+)\n((?:(?!^##).*\n?)*)", PAGE, flags=re.MULTILINE))
EXAMPLES = re.findall(r"^python -m core (.+)$", PAGE, flags=re.MULTILINE)


def test_every_command_has_its_section_and_nothing_else_has() -> None:
    assert sorted(SECTIONS) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_stands_in_its_commands_section(command: str) -> None:
    options = {name for action in COMMANDS[command]._actions for name in action.option_strings}
    documented = set(re.findall(r"^\| `(--[a-z-]+)[ `]", SECTIONS[command], flags=re.MULTILINE))
    assert documented == options.difference(COMMON)


@pytest.mark.parametrize("command", COMMANDS)
def test_arguments_without_a_name_stand_there_as_the_help_names_them(command: str) -> None:
    named = {str(action.metavar) for action in COMMANDS[command]._actions if not action.option_strings}
    assert set(re.findall(r"^\| `([A-Z]+)` \|", SECTIONS[command], flags=re.MULTILINE)) == named


@pytest.mark.parametrize("command", COMMANDS)
def test_every_word_that_an_option_takes_is_listed(command: str) -> None:
    words = {str(word) for action in COMMANDS[command]._actions for word in action.choices or ()}
    assert {word for word in words if f"`{word}`" not in SECTIONS[command]} == set()


@pytest.mark.parametrize("option", COMMON)
def test_what_all_commands_take_is_described_once(option: str) -> None:
    assert f"`{option}" in PAGE.split("## The tenant")[0]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_can_be_typed(example: str) -> None:
    assert parse(shlex.split(example)).command


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5
