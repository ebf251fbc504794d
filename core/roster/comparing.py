"""What a roster file changes: who is new, who changes, who has departed. Rules only, no I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from core.roster.employee import FACTS, EmployeeFacts
from core.roster.matching import key_of
from core.roster.roster_file import RosterRow
from core.roster.status import EmployeeStatus, RosterStatus
from core.table_files import LineError

LOSS_TO_CONFIRM: Final = Fraction(5, 100)
"""A full roster that loses more of the employed people than this may well be half of a file."""


_IDENTIFIERS: Final = frozenset({"email", "employee_id"})


class Change(StrEnum):
    """What a line does."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, kw_only=True, slots=True)
class LineChange:
    """A line of the file: who it is, and the facts before (nothing for somebody new) and after it."""

    line: int
    change: Change
    known_id: int | None
    before: EmployeeFacts | None
    after: EmployeeFacts

    @property
    def changed(self) -> tuple[str, ...]:
        """The names of the facts that change."""
        if self.before is None:
            return ()
        return tuple(name for name in FACTS if getattr(self.before, name) != getattr(self.after, name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What a file does to what is known. With errors there are no changes.

    `departed`: ids of those whom a full roster no longer lists. `employed`: people who were not inactive
    before; `lost`: those of them who depart.
    """

    lines: tuple[LineChange, ...] = ()
    departed: tuple[int, ...] = ()
    employed: int = 0
    lost: int = 0
    errors: tuple[LineError, ...] = ()

    def count(self, change: Change) -> int:
        """How many lines do this."""
        return sum(line.change is change for line in self.lines)

    @property
    def must_confirm(self) -> bool:
        """Whether so many people are lost that somebody has to say their number."""
        return self.lost > LOSS_TO_CONFIRM * self.employed


def compare(
    known: Mapping[int, EmployeeFacts],
    rows: Sequence[RosterRow],
    columns: Iterable[str],
    *,
    full: bool,
    today: date,
) -> Comparison:
    """Compare the rows of a file with what is known.

    A person is told by employee id, else by e-mail. A column that the file does not have stays as it was, but
    a leave date that has passed is over for whoever is active again; an empty identifier is no news either,
    any other empty cell is.

    Args:
        known: the people on record, those who departed among them, by id.
        rows: of a file without errors.
        columns: those that the file has.
        full: the file lists everybody, so whoever is not in it departs.
        today: the day of the import.
    """
    people = _Known(known)
    given = tuple(columns)
    lines: list[LineChange] = []
    errors: list[LineError] = []
    listed: dict[int, int] = {}
    for row in rows:
        fitting = people.find(row)
        if len(fitting) > 1:
            expected = "an employee id with it: several people on record have this e-mail"
            errors.append(
                LineError(line=row.line, column="email", found=row.facts.email or "", expected=expected)
            )
            continue
        known_id = fitting[0] if fitting else None
        if known_id is not None and (first := listed.setdefault(known_id, row.line)) != row.line:
            expected = f"each person once: line {first} is the same person on record"
            errors.append(
                LineError(
                    line=row.line, column="email", found=row.facts.email or row.facts.name, expected=expected
                )
            )
            continue
        before = None if known_id is None else known[known_id]
        lines.append(_line(row, known_id, before, given, today))
    if errors:
        return Comparison(errors=tuple(errors))
    employed = {key for key, facts in known.items() if facts.status_on(today) is not EmployeeStatus.INACTIVE}
    departed = tuple(
        key for key, facts in known.items() if full and facts.departed_on is None and key not in listed
    )
    return Comparison(
        lines=tuple(lines),
        departed=departed,
        employed=len(employed),
        lost=len(employed.intersection(departed)),
    )


class _Known:
    """The people on record by what they are told by; those who are still there go before who departed."""

    def __init__(self, known: Mapping[int, EmployeeFacts]) -> None:
        self._known = known
        self._by_employee_id: dict[str, list[int]] = {}
        self._by_email: dict[str, list[int]] = {}
        for key, facts in known.items():
            for index, value in (
                (self._by_employee_id, facts.employee_id),
                (self._by_email, facts.email),
            ):
                if (text := key_of(value)) is not None:
                    index.setdefault(text, []).append(key)

    def find(self, row: RosterRow) -> list[int]:
        """The ids of the people on record whom the row could mean."""
        employee_id, email = key_of(row.facts.employee_id), key_of(row.facts.email)
        if employee_id is not None and (same := self._by_employee_id.get(employee_id)):
            return self._present(same)
        by_email = self._by_email.get(email, []) if email is not None else []
        if employee_id is not None:  # the mail address of somebody with another employee id has passed on
            by_email = [key for key in by_email if key_of(self._known[key].employee_id) is None]
        return self._present(by_email)

    def _present(self, keys: list[int]) -> list[int]:
        return [key for key in keys if self._known[key].departed_on is None] or keys


def _line(
    row: RosterRow, known_id: int | None, before: EmployeeFacts | None, columns: Sequence[str], today: date
) -> LineChange:
    if before is None:
        return LineChange(line=row.line, change=Change.ADDED, known_id=None, before=None, after=row.facts)
    news: dict[str, Any] = {name: getattr(row.facts, name) for name in columns}
    for name in _IDENTIFIERS.intersection(news):
        news[name] = news[name] or getattr(before, name)
    if "inactive_date" not in news and _came_back(row, before, today):
        news["inactive_date"] = None
    after = replace(before, **news, departed_on=None)
    change = Change.UNCHANGED if after == before else Change.UPDATED
    return LineChange(line=row.line, change=change, known_id=known_id, before=before, after=after)


def _came_back(row: RosterRow, before: EmployeeFacts, today: date) -> bool:
    """Whether a file without leave dates calls somebody active whose last day has passed."""
    last_day = before.inactive_date
    return last_day is not None and last_day < today and row.facts.status is RosterStatus.ACTIVE
