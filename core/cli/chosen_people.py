"""Whom a reclamation is about: people by name on the command line, or from a CSV file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from core.cli.errors import CommandRefused
from core.cli.invocation import read_bytes
from core.store.tables import Assignment, User
from core.table_files import Record, UnreadableFile, csv_records, decoded

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
        records = csv_records(decoded(read_bytes(path)))
        line, headings = next(records, (1, []))
        names = [heading.lower() for heading in headings]
        column = next((name for name in (_ID, _NAME) if name in names), None)
        if column is None:
            raise CommandRefused(
                f"{path}, line {line}: found the headings {', '.join(names) or 'nothing'}, "
                f"expected {_ID} or {_NAME} among them"
            )
        return _people(path, records, names.index(column), column)
    except UnreadableFile as unreadable:
        raise CommandRefused(f"{path}, {unreadable}") from unreadable


def _people(path: Path, records: Iterable[Record], place: int, column: str) -> list[Person]:
    found: list[Person] = []
    for line, cells in records:
        name = cells[place] if place < len(cells) else ""
        if not name:
            raise CommandRefused(f"{path}, line {line}, {column}: found nothing, expected a person")
        found.append(Person(name=name, where=f"{path}, line {line}"))
    if not found:
        raise CommandRefused(f"{path}: it names nobody")
    return found


def holders(session: Session, application_id: int, people: Sequence[Person], sku_id: str) -> list[str]:
    """The ids of the people, in their order.

    Raises:
        CommandRefused: some are not in the tenant, or don't hold the license type, as it was last read; the
            message names the first ones.
    """
    ids, holding = _known(session, application_id, people, sku_id)
    found = [ids.get(person.name.lower()) for person in people]
    _refuse(
        [person for person, user_id in zip(people, found, strict=True) if user_id is None], "in the tenant"
    )
    known = [user_id for user_id in found if user_id is not None]
    _refuse(
        [person for person, user_id in zip(people, known, strict=True) if user_id not in holding],
        "among those who hold this license type",
    )
    return known


def _known(
    session: Session, application_id: int, people: Sequence[Person], sku_id: str
) -> tuple[dict[str, str], set[str]]:
    """User ids by whatever name they were given, and the ids of those who hold the type."""
    ids: dict[str, str] = {}
    holding: set[str] = set()
    names = list(dict.fromkeys(person.name.lower() for person in people))
    for first in range(0, len(names), _NAMES_PER_QUERY):
        part = names[first : first + _NAMES_PER_QUERY]
        query = (
            select(User.user_id, User.user_principal_name, Assignment.sku_id)
            .outerjoin(
                Assignment,
                (col(Assignment.application_id) == User.application_id)
                & (col(Assignment.user_id) == User.user_id)
                & (col(Assignment.sku_id) == sku_id),
            )
            .where(
                User.application_id == application_id,
                col(User.gone_at).is_(None),
                or_(func.lower(User.user_id).in_(part), func.lower(User.user_principal_name).in_(part)),
            )
        )
        for user_id, principal_name, held in session.exec(query):
            ids |= {user_id.lower(): user_id, principal_name.lower(): user_id}
            if held is not None:
                holding.add(user_id)
    return ids, holding


def _refuse(missing: Sequence[Person], what: str) -> None:
    if not missing:
        return
    listed = "; ".join(f"{person.where}: {person.name}" for person in missing[:_MOST_LISTED])
    more = f" and {len(missing) - _MOST_LISTED} more" if len(missing) > _MOST_LISTED else ""
    raise CommandRefused(f"not {what} as it was last read: {listed}{more}")
