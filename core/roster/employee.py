"""What is known of a person of the HR roster. Rules only, no I/O."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Final

from core.roster.matching import Person
from core.roster.status import EmployeeStatus, RosterStatus, employee_status


@dataclass(frozen=True, kw_only=True, slots=True)
class EmployeeFacts:
    """What is known of a person."""

    email: str | None
    employee_id: str | None
    first_name: str | None
    last_name: str | None
    status: RosterStatus
    inactive_date: date | None
    department: str | None
    cost_center: str | None
    location: str | None
    manager_email: str | None
    departed_on: date | None = None

    @property
    def name(self) -> str:
        """How to speak of the person."""
        return name_of(self.first_name, self.last_name, self.email, self.employee_id)

    def status_on(self, today: date) -> EmployeeStatus:
        """The employee status on a day."""
        return employee_status(self.status, self.inactive_date, self.departed_on, today)

    def as_person(self, key: int) -> Person:
        """The person as accounts are looked for."""
        return Person(
            key=key,
            name=self.name,
            employee_id=self.employee_id,
            email=self.email,
            departed=self.departed_on is not None,
        )


def name_of(first: str | None, last: str | None, email: str | None, employee_id: str | None) -> str:
    """How to speak of somebody of whom this much is known."""
    return " ".join(filter(None, (first, last))) or email or employee_id or ""


FACTS: Final = tuple(field.name for field in fields(EmployeeFacts))
