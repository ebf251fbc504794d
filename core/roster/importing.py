"""Taking in a roster file: the same plan is shown as a preview and carried out as the import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert
from sqlmodel import Session

from core.roster.applying import apply_employees
from core.roster.comparing import Change, Comparison, LineChange, compare
from core.roster.employee import FACTS, EmployeeFacts
from core.roster.matching import Match
from core.roster.records import find_accounts, read_employees
from core.roster.roster_file import RosterFile
from core.store.bulk import table_of, update_rows
from core.store.engine import reading
from core.store.tables import Employee, RosterImport
from core.table_files import LineError

_NAMED_IN_MESSAGE = 5


class RosterRefused(ValueError):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """The file has errors; nothing was imported."""

    def __init__(self, errors: Sequence[LineError]) -> None:
        count = "1 error" if len(errors) == 1 else f"{len(errors):,} errors"
        named = "; ".join(str(error) for error in errors[:_NAMED_IN_MESSAGE])
        more = len(errors) - _NAMED_IN_MESSAGE
        super().__init__(
            f"{count}, nothing was imported: {named}{f'; and {more:,} more' if more > 0 else ''}"
        )
        self.errors = tuple(errors)


class DepartedUnconfirmed(ValueError):  # noqa: N818 - as above
    """A full roster loses so many people that their number has to be given; nothing was imported."""

    def __init__(self, comparison: Comparison) -> None:
        self.departed = len(comparison.departed)
        share = 100 * comparison.lost / comparison.employed
        super().__init__(
            f"nothing was imported: {self.departed:,} people on record are not in this full roster, among "
            f"them {comparison.lost:,} of {comparison.employed:,} who are employed ({share:.1f} %). If all "
            f"have left, confirm the number {self.departed}; if not, import the file as a partial roster."
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterPlan:
    """A file, and what it would change. With `errors` it changes nothing."""

    file: RosterFile
    comparison: Comparison
    known: Mapping[int, EmployeeFacts]

    @property
    def errors(self) -> tuple[LineError, ...]:
        """All that is wrong, line by line."""
        return self.file.errors or self.comparison.errors

    def after(self, now: datetime) -> dict[int, EmployeeFacts]:
        """Everybody as they would be on record; new ones under the negative number of their line."""
        people = dict(self.known) | {key_of_line(line): line.after for line in self.comparison.lines}
        for key in self.comparison.departed:
            people[key] = _departed(people[key], now)
        return people


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterPreview:
    """A plan, and whose account would be whose after it, by the keys of `people`."""

    plan: RosterPlan
    people: Mapping[int, EmployeeFacts]
    matches: Mapping[int, Match]


def key_of_line(line: LineChange) -> int:
    """The key of a line's person in a preview."""
    return -line.line if line.known_id is None else line.known_id


def plan_import(
    session: Session, application_id: int, file: RosterFile, *, full: bool, now: datetime
) -> RosterPlan:
    """Compare a file with what is on record."""
    records = read_employees(session, application_id)
    known = {key: record.facts for key, record in records.items()}
    if file.errors:
        return RosterPlan(file=file, comparison=Comparison(), known=known)
    comparison = compare(known, file.rows, tuple(file.mapping), full=full, today=now.date())
    return RosterPlan(file=file, comparison=comparison, known=known)


def preview_import(
    engine: Engine, application_id: int, file: RosterFile, *, full: bool = False, now: datetime
) -> RosterPreview:
    """What an import would do; nothing is kept."""
    with reading(engine) as session:
        plan = plan_import(session, application_id, file, full=full, now=now)
        people = plan.after(now) if not plan.errors else {}
        return RosterPreview(plan=plan, people=people, matches=find_accounts(session, application_id, people))


def carry_out(
    session: Session,
    application_id: int,
    plan: RosterPlan,
    *,
    file_name: str,
    full: bool,
    confirm_departed: int | None,
    by: str,
    now: datetime,
) -> RosterImport:
    """Import a file in the transaction of the caller, and judge all accounts anew.

    `confirm_departed` is how many people somebody has said may depart.

    Raises:
        RosterRefused: lines are wrong.
        DepartedUnconfirmed: too many people would depart, and their number was not given.
    """
    comparison = plan.comparison
    if plan.errors:
        raise RosterRefused(plan.errors)
    if comparison.must_confirm and confirm_departed != len(comparison.departed):
        raise DepartedUnconfirmed(comparison)
    kept = RosterImport(
        application_id=application_id,
        file_name=file_name,
        full=full,
        added=comparison.count(Change.ADDED),
        updated=comparison.count(Change.UPDATED),
        unchanged=comparison.count(Change.UNCHANGED),
        departed=len(comparison.departed),
        at=now,
        by=by,
    )
    session.add(kept)
    session.flush()
    _write(session, application_id, plan, kept.id or 0, now)
    apply_employees(session, application_id, now.date())
    return kept


def _write(session: Session, application_id: int, plan: RosterPlan, import_id: int, now: datetime) -> None:
    """Everybody whom the file lists or departs carries this import from now on."""
    lines = plan.comparison.lines
    added = [line.after for line in lines if line.known_id is None]
    if added:
        same = {"application_id": application_id, "last_import_id": import_id}
        session.connection().execute(insert(table_of(Employee)), [_values(facts) | same for facts in added])
    known = [(line.known_id, line.after) for line in lines if line.known_id is not None]
    known += [(key, _departed(plan.known[key], now)) for key in plan.comparison.departed]
    update_rows(
        session,
        Employee,
        ("id", *FACTS),
        [(key, *_values(facts).values()) for key, facts in known],
        same={"last_import_id": import_id},
    )


def _values(facts: EmployeeFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in FACTS} | {"status": facts.status.value}


def _departed(facts: EmployeeFacts, now: datetime) -> EmployeeFacts:
    return replace(facts, departed_on=now.date())
