"""Which accounts are called as no person is: emergency access, services, rooms and devices. Rules only.

Graph has no mark for any of them. So their names decide, by the patterns of `data/account_names.csv`, which
can be edited; whoever is called so by chance costs a typed name and nothing more.
"""

import fnmatch
import functools
import re
from enum import StrEnum
from typing import Final

from core.reference import read_table

_SEPARATORS: Final = re.compile(r"[\s._-]+")


class AccountKind(StrEnum):
    """What an account is for, where it is no person's own. The first that fits is told."""

    BREAK_GLASS = "break_glass"
    SERVICE = "service"
    RESOURCE = "resource"


def kind_by_name(user_principal_name: str, display_name: str) -> AccountKind | None:
    """What an account is by what it is called; nothing for the name of a person.

    A pattern is compared with the first part of the address and with the display name, both in lower case and
    with every space, dot and underscore as a hyphen.
    """
    found = {_kind_of(_plain(name)) for name in (user_principal_name.partition("@")[0], display_name)}
    return next((kind for kind in AccountKind if kind in found), None)


def _kind_of(name: str) -> str | None:
    """The first kind that has a pattern for the name."""
    match = _patterns().match(name)
    return None if match is None else match.lastgroup


def _plain(name: str) -> str:
    return _SEPARATORS.sub("-", name.strip().lower())


@functools.lru_cache(maxsize=1)
def _patterns() -> re.Pattern[str]:
    """All patterns as one, a group for each kind. `*` stands for any letters, `?` for one."""
    found: dict[AccountKind, list[str]] = {kind: [] for kind in AccountKind}
    for row in read_table("account_names"):
        found[AccountKind(row["kind"])].append(fnmatch.translate(row["pattern"]))
    return re.compile(
        "|".join(f"(?P<{kind}>{'|'.join(patterns)})" for kind, patterns in found.items() if patterns)
    )
