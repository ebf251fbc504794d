"""The HR roster: the employees of the last imports, and the imports themselves."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from core.store.types import UtcDateTime


class RosterImport(SQLModel, table=True):
    """One file that was taken in, whole."""

    __tablename__ = "roster_imports"

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="applications.id", index=True)
    file_name: str
    full: bool
    """The file lists everybody, so whoever is not in it has departed. A partial one departs nobody."""
    added: int
    updated: int
    unchanged: int
    departed: int
    at: datetime = Field(sa_type=UtcDateTime)
    by: str


class Employee(SQLModel, table=True):
    """A person of the HR roster, and the account that is theirs, where one was found."""

    __tablename__ = "employees"
    __table_args__ = (
        Index("ix_employees_user", "application_id", "user_id"),
        Index("ix_employees_email", "application_id", "email"),
        Index("ix_employees_employee_id", "application_id", "employee_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="applications.id")
    email: str | None = None
    employee_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    status: str = Field(max_length=20)
    """`active`, `inactive` or `on_leave`, as the file said."""
    inactive_date: date | None = None
    """The last day, which may lie ahead."""
    department: str | None = None
    cost_center: str | None = None
    location: str | None = None
    manager_email: str | None = None
    user_id: str | None = Field(default=None, max_length=36)
    """The account in the directory that was matched; nothing where none was, or several were."""
    matched_by: str | None = Field(default=None, max_length=20)
    """`employee_id`, `email` or `user_principal_name`."""
    conflict: str | None = None
    """Why the match is not certain, a sentence; nothing where it is."""
    last_import_id: int = Field(foreign_key="roster_imports.id")
    departed_on: date | None = None
    """The day of the full roster that no longer listed the person."""
