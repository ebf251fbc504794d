"""The usage reports' rows: a parser per report, which finds its columns by name (contract §6.2).

A column that a parser can't do without makes the whole file unexpected. Of one that it can, each row names
the absence: its value is then not empty but not known. Columns that Microsoft adds are left unread.

Rows are made by the million, so they are not frozen, as in `core.graph.users`; nothing changes them.
"""

import csv
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import itemgetter
from typing import Final

from core.graph.errors import UnexpectedAnswer

_NAME: Final = "User Principal Name"
_REFRESHED: Final = "Report Refresh Date"
_DELETED: Final = "Is Deleted"
_ACTIVE: Final = "Last Activity Date"
_ACTIVATION: Final = "Last Activation Date"
_ACTIVATED: Final = "Last Activated Date"
_PRODUCT: Final = "Product Type"
_BYTES: Final = "Storage Used (Byte)"
_ARCHIVE: Final = "Has Archive"
_WORKLOADS: Final = (
    "Exchange Last Activity Date",
    "OneDrive Last Activity Date",
    "SharePoint Last Activity Date",
    "Skype For Business Last Activity Date",
    "Yammer Last Activity Date",
    "Teams Last Activity Date",
)
_MOST_BYTES: Final = 2**63 - 1


class Product(StrEnum):
    """What was activated on a device."""

    APPS = "apps"  # Word, Excel and the others of Microsoft 365
    VISIO = "visio"
    PROJECT = "project"
    OTHER = "other"


@dataclass(kw_only=True, slots=True)
class ReportRow:
    """What every report says: whose row it is, and up to which day it speaks."""

    user_principal_name: str
    deleted: bool
    refreshed_on: date
    absent_columns: tuple[str, ...] = ()
    """Columns that the whole file lacks: their values are not empty but not known."""


@dataclass(kw_only=True, slots=True)
class ActiveUserRow(ReportRow):
    """One user of `getOffice365ActiveUserDetail`. Dates are the last ones known, whatever the period."""

    exchange_on: date | None
    onedrive_on: date | None
    sharepoint_on: date | None
    skype_on: date | None
    yammer_on: date | None
    teams_on: date | None


@dataclass(kw_only=True, slots=True)
class AppUserRow(ReportRow):
    """One user of `getM365AppUserDetail`: the last use of any Microsoft 365 app, and the last activation."""

    active_on: date | None
    activated_on: date | None


@dataclass(kw_only=True, slots=True)
class MailboxRow(ReportRow):
    """One mailbox of `getMailboxUsageDetail`, of its owner's name. Sizes are in bytes."""

    active_on: date | None
    storage_bytes: int | None
    has_archive: bool | None


@dataclass(kw_only=True, slots=True)
class CopilotUserRow(ReportRow):
    """One user of `getMicrosoft365CopilotUsageUserDetail`."""

    active_on: date | None


@dataclass(kw_only=True, slots=True)
class ActivationRow(ReportRow):
    """One user and product of `getOffice365ActivationsUserDetail`: a user has a row for each product."""

    product: Product
    activated_on: date | None


def parse_active_users(lines: Iterable[str], what: str) -> Iterator[ActiveUserRow]:
    """The rows of `getOffice365ActiveUserDetail`. Raises UnexpectedAnswer, as all parsers do."""
    table = _Table(lines, what, optional=_WORKLOADS)
    days = table.days
    for name, deleted, refreshed_on, cells in table.rows():
        yield ActiveUserRow(
            user_principal_name=name,
            deleted=deleted,
            refreshed_on=refreshed_on,
            absent_columns=table.absent,
            exchange_on=days[cells[0]],
            onedrive_on=days[cells[1]],
            sharepoint_on=days[cells[2]],
            skype_on=days[cells[3]],
            yammer_on=days[cells[4]],
            teams_on=days[cells[5]],
        )


def parse_app_users(lines: Iterable[str], what: str) -> Iterator[AppUserRow]:
    """The rows of `getM365AppUserDetail`."""
    table = _Table(lines, what, needed=(_ACTIVE,), optional=(_ACTIVATION,))
    for name, deleted, refreshed_on, (active, activated) in table.rows():
        yield AppUserRow(
            user_principal_name=name,
            deleted=deleted,
            refreshed_on=refreshed_on,
            absent_columns=table.absent,
            active_on=table.days[active],
            activated_on=table.days[activated],
        )


def parse_mailboxes(lines: Iterable[str], what: str) -> Iterator[MailboxRow]:
    """The rows of `getMailboxUsageDetail`."""
    table = _Table(lines, what, optional=(_ACTIVE, _BYTES, _ARCHIVE))
    for name, deleted, refreshed_on, (active, used, archive) in table.rows():
        yield MailboxRow(
            user_principal_name=name,
            deleted=deleted,
            refreshed_on=refreshed_on,
            absent_columns=table.absent,
            active_on=table.days[active],
            storage_bytes=_bytes(used, what),
            has_archive={"true": True, "false": False}.get(archive.lower()),
        )


def parse_copilot_users(lines: Iterable[str], what: str) -> Iterator[CopilotUserRow]:
    """The rows of `getMicrosoft365CopilotUsageUserDetail`."""
    table = _Table(lines, what, needed=(_ACTIVE,))
    for name, deleted, refreshed_on, (active,) in table.rows():
        yield CopilotUserRow(
            user_principal_name=name,
            deleted=deleted,
            refreshed_on=refreshed_on,
            absent_columns=table.absent,
            active_on=table.days[active],
        )


def parse_activations(lines: Iterable[str], what: str) -> Iterator[ActivationRow]:
    """The rows of `getOffice365ActivationsUserDetail`."""
    table = _Table(lines, what, needed=(_PRODUCT, _ACTIVATED))
    for name, deleted, refreshed_on, (product, activated) in table.rows():
        yield ActivationRow(
            user_principal_name=name,
            deleted=deleted,
            refreshed_on=refreshed_on,
            absent_columns=table.absent,
            product=product_of(product),
            activated_on=table.days[activated],
        )


@functools.lru_cache(maxsize=256)
def product_of(words: str) -> Product:
    """The product that a `Product Type` such as "MICROSOFT 365 APPS FOR ENTERPRISE" names."""
    known = words.upper().split()
    if "VISIO" in known:
        return Product.VISIO
    if "PROJECT" in known:
        return Product.PROJECT
    return Product.APPS if "OFFICE" in known or {"365", "APPS"} <= set(known) else Product.OTHER


class _Table:
    """A CSV file whose columns are found by name.

    Raises:
        UnexpectedAnswer: a column that is needed is absent, a line is cut off, or a date is none.
    """

    def __init__(
        self, lines: Iterable[str], what: str, *, needed: tuple[str, ...] = (), optional: tuple[str, ...] = ()
    ) -> None:
        self._reader = csv.reader(lines)
        self._what = what
        header = [name.strip() for name in next(self._reader, [])]
        for column in (_NAME, _REFRESHED, *needed):
            if column not in header:
                raise UnexpectedAnswer(f"{what}: the file has no column {column!r}")
        self._width = len(header)
        self._places = {name: place for place, name in enumerate(header)}
        self._wanted = (*needed, *optional)
        self.absent = tuple(column for column in optional if column not in header)
        self.days = _Days(what)
        """The date of a cell."""

    def rows(self) -> Iterator[tuple[str, bool, date, Sequence[str]]]:
        """Of each row the name, whether it is deleted, its date, and the wanted cells; empty where absent."""
        # An empty cell at the end of each row stands for all columns that are absent.
        places = [self._places.get(column, -1) for column in (_NAME, _DELETED, _REFRESHED, *self._wanted)]
        pick: Callable[[list[str]], tuple[str, ...]] = itemgetter(*places)
        width, days = self._width, self.days
        for cells in self._reader:
            if not cells:
                continue
            if len(cells) < width:
                raise UnexpectedAnswer(f"{self._what}: line {self._reader.line_num} is cut off")
            cells.append("")
            name, deleted, refreshed, *wanted = pick(cells)
            refreshed_on = days[refreshed]
            if refreshed_on is None:
                raise UnexpectedAnswer(f"{self._what}: line {self._reader.line_num} has no refresh date")
            yield name, deleted.lower() == "true", refreshed_on, wanted


class _Days(dict[str, date | None]):
    """The dates of cells, nothing of an empty one. Few days occur in a report, so all are remembered."""

    def __init__(self, what: str) -> None:
        super().__init__({"": None})
        self._what = what

    def __missing__(self, cell: str) -> date:
        try:
            found = self[cell] = date.fromisoformat(cell)
        except ValueError:
            raise UnexpectedAnswer(f"{self._what}: {cell[:40]!r} is no date") from None
        return found


def _bytes(cell: str, what: str) -> int | None:
    if not cell:
        return None
    if not (cell.isascii() and cell.isdigit() and len(cell) < 20 and int(cell) <= _MOST_BYTES):  # noqa: PLR2004 - digits that 2^63 has, and one more
        raise UnexpectedAnswer(f"{what}: {cell[:40]!r} is no number of bytes")
    return int(cell)
