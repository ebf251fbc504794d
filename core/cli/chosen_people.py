"""Whom a reclamation is about: people by name on the command line, or from a CSV file."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from core.cli.errors import CommandRefused
from core.store.tables import User

_NAMES_PER_QUERY: Final = 400
_ID, _NAME = "user_id", "user_principal_name"
_MOST_LISTED: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A person as given: an id or a user principal name, and where that stands."""

    name: str
    where: str


def people_of_arguments(names: Sequence[str]) -> list[Person]:
    """The people given as `--user`."""
    return [Person(name=name.strip(), where="--user") for name in names]


def people_of_file(path: Path) -> list[Person]:
    """The people of a CSV file (UTF-8) with a column `user_id` or `user_principal_name`; the id goes first.

    Raises:
        CommandRefused: the file cannot be read, has neither column, or has a line without a person.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CommandRefused(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandRefused(
            f"{path}: byte {error.start} is not UTF-8; save the file as CSV UTF-8"
        ) from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        headings = [heading.strip().lower() for heading in reader.fieldnames or ()]
        columns = [name for name in (_ID, _NAME) if name in headings]
        if not columns:
            raise CommandRefused(
                f"{path}, line 1: found the headings {', '.join(headings) or 'nothing'}, "
                f"expected {_ID} or {_NAME} among them"
            )
        reader.fieldnames = headings
        return _people(path, reader, columns[0])
    except csv.Error as error:
        raise CommandRefused(f"{path}, line {reader.line_num}: {error}") from error


def _people(path: Path, reader: "csv.DictReader[str]", column: str) -> list[Person]:
    found: list[Person] = []
    for row in reader:
        name = (row.get(column) or "").strip()
        if not name:
            raise CommandRefused(
                f"{path}, line {reader.line_num}, {column}: found nothing, expected a person"
            )
        found.append(Person(name=name, where=f"{path}, line {reader.line_num}"))
    if not found:
        raise CommandRefused(f"{path}: it names nobody")
    return found


def user_ids(session: Session, application_id: int, people: Sequence[Person]) -> list[str]:
    """The ids of the people, in their order.

    Raises:
        CommandRefused: some are not in the tenant; the message names the first ones.
    """
    known: dict[str, str] = {}
    names = list(dict.fromkeys(person.name.lower() for person in people))
    for first in range(0, len(names), _NAMES_PER_QUERY):
        part = names[first : first + _NAMES_PER_QUERY]
        query = select(User.user_id, User.user_principal_name).where(
            User.application_id == application_id,
            col(User.gone_at).is_(None),
            or_(func.lower(User.user_id).in_(part), func.lower(User.user_principal_name).in_(part)),
        )
        for user_id, principal_name in session.exec(query):
            known |= {user_id.lower(): user_id, principal_name.lower(): user_id}
    unknown = [person for person in people if person.name.lower() not in known]
    if unknown:
        listed = "; ".join(f"{person.where}: {person.name}" for person in unknown[:_MOST_LISTED])
        more = f" and {len(unknown) - _MOST_LISTED} more" if len(unknown) > _MOST_LISTED else ""
        raise CommandRefused(f"not in the tenant as it was last read: {listed}{more}")
    return [known[person.name.lower()] for person in people]
