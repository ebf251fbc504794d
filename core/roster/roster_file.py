"""Reads an HR roster: all rows, or errors that name the line, the column and what is expected. No I/O.

Columns: `email,employee_id,first_name,last_name,status,inactive_date,department,cost_center,location,
manager_email`, CSV or Excel. `status` and one of `email` and `employee_id` are needed, the others may be
missing; further headings are left aside.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core.roster.columns import COLUMNS, guess_mapping, mapping_problems
from core.roster.employee import EmployeeFacts
from core.roster.status import RosterStatus
from core.table_files import (
    Expected,
    LineError,
    Record,
    Table,
    TableLine,
    UnreadableFile,
    is_clean,
    iso_day,
    read_table,
)

LONGEST_TEXT: Final = 200
LONGEST_ADDRESS: Final = 320

_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")
_NOT_A_LETTER = re.compile(r"[\W_]+")
_STATUS_WORDS: Final = {
    "active": RosterStatus.ACTIVE,
    "inactive": RosterStatus.INACTIVE,
    "terminated": RosterStatus.INACTIVE,
    "left": RosterStatus.INACTIVE,
    "onleave": RosterStatus.ON_LEAVE,
    "leave": RosterStatus.ON_LEAVE,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterRow:
    """One good line: a person with an e-mail address, an employee id, or both."""

    line: int
    facts: EmployeeFacts


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterFile:
    """What was read. With errors, none of the rows may be imported.

    `mapping`: the heading by which each column was read; columns without one are unknown, not empty.
    `unused`: headings that stand for no column. `samples`: of each heading, the first values below it.
    """

    headings: tuple[str, ...]
    mapping: Mapping[str, str]
    unused: tuple[str, ...]
    samples: Mapping[str, tuple[str, ...]]
    rows: tuple[RosterRow, ...]
    errors: tuple[LineError, ...]
    lines: int
    """Rows that the file has, good or wrong."""


def read_roster(content: bytes, mapping: Mapping[str, str] | None = None) -> RosterFile:
    """Read the content of a roster file.

    Args:
        content: the file as it is.
        mapping: for each column the heading by which it is read; guessed from the headings where not given.
    """
    try:
        table = read_table(content)
    except UnreadableFile as unreadable:
        return _file(_NO_TABLE, {}, errors=(unreadable.error,))
    mapping = guess_mapping(table.headings) if mapping is None else dict(mapping)
    if problems := mapping_problems(mapping, table.headings):
        errors = tuple(
            LineError(line=table.heading_line, column=column, found=found, expected=expected)
            for column, found, expected in problems
        )
        return _file(table, mapping, errors=errors)
    if not table.records:
        error = LineError(
            line=table.heading_line + 1, column="", found="nothing", expected="a row for each person"
        )
        return _file(table, mapping, errors=(error,))
    rows, errors = _read_rows(table, mapping)
    return _file(table, mapping, rows=rows, errors=errors)


_NO_TABLE: Final = Table(heading_line=1, headings=(), records=())
_SAMPLE_ROWS: Final = 50
_SAMPLES: Final = 3


def _file(
    table: Table,
    mapping: Mapping[str, str],
    *,
    rows: tuple[RosterRow, ...] = (),
    errors: tuple[LineError, ...] = (),
) -> RosterFile:
    used = set(mapping.values())
    return RosterFile(
        headings=table.headings,
        mapping=mapping,
        unused=tuple(heading for heading in table.headings if heading and heading not in used),
        samples={heading: _samples(table, place) for place, heading in enumerate(table.headings) if heading},
        rows=() if errors else rows,
        errors=errors,
        lines=len(table.records),
    )


def _samples(table: Table, place: int) -> tuple[str, ...]:
    values = (cells[place] for _, cells in table.records[:_SAMPLE_ROWS] if place < len(cells))
    return tuple(dict.fromkeys(filter(None, values)))[:_SAMPLES]


def _read_rows(
    table: Table, mapping: Mapping[str, str]
) -> tuple[tuple[RosterRow, ...], tuple[LineError, ...]]:
    places = {column: table.headings.index(heading) for column, heading in mapping.items()}
    rows: list[RosterRow] = []
    errors: list[LineError] = []
    seen: dict[tuple[str, str], int] = {}
    for record in table.records:
        line = _line(table, places, record)
        row = _read_row(line)
        if row is not None:
            _refuse_again(line, row, seen)
        errors += line.errors
        if row is not None:
            rows.append(row)
    return tuple(rows), tuple(errors)


def _line(table: Table, places: Mapping[str, int], record: Record) -> TableLine:
    number, cells = record
    found = dict.fromkeys(COLUMNS, "")
    found |= {column: cells[place] for column, place in places.items() if place < len(cells)}
    line = TableLine(number, found)
    if any(cells[len(table.headings) :]):
        expected = f"{len(table.headings)} cells; quote a cell that contains the separator"
        line.errors.append(LineError(line=number, column="", found=f"{len(cells)} cells", expected=expected))
    return line


def _read_row(line: TableLine) -> RosterRow | None:
    """The row, unless the line now has errors."""
    text = functools.partial(_text, LONGEST_TEXT)
    facts = EmployeeFacts(
        email=line.read("email", _address, None),
        employee_id=line.read("employee_id", text, None),
        first_name=line.read("first_name", text, None),
        last_name=line.read("last_name", text, None),
        status=line.read("status", _status, RosterStatus.ACTIVE),
        inactive_date=line.read("inactive_date", iso_day, None),
        department=line.read("department", text, None),
        cost_center=line.read("cost_center", text, None),
        location=line.read("location", text, None),
        manager_email=line.read("manager_email", _address, None),
    )
    if not line.cells["email"] and not line.cells["employee_id"]:
        line.refuse("email", "an e-mail address or an employee id, so that the person can be told")
    return None if line.errors else RosterRow(line=line.number, facts=facts)


def _refuse_again(line: TableLine, row: RosterRow, seen: dict[tuple[str, str], int]) -> None:
    """Each person stands in the file once."""
    for column, value in (("employee_id", row.facts.employee_id), ("email", row.facts.email)):
        if value is not None:
            first = seen.setdefault((column, value.casefold()), line.number)
            if first != line.number:
                line.refuse(column, f"each person once: line {first} has the same")


def _status(text: str) -> RosterStatus:
    status = _STATUS_WORDS.get(_NOT_A_LETTER.sub("", text).casefold())
    if status is None:
        raise Expected(f"one of {', '.join(RosterStatus)} (or terminated, left, leave)")
    return status


def _address(text: str) -> str | None:
    if not text:
        return None
    if len(text) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(text) or not is_clean(text):
        raise Expected("an e-mail address, like ada@example.com")
    return text


def _text(longest: int, text: str) -> str | None:
    if len(text) > longest or not is_clean(text):
        raise Expected(f"at most {longest} characters, without control characters")
    return text or None
