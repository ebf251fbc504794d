"""Which entry of the directory's audit log tells of which removal. Rules only, no I/O."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

CLOCKS: Final = timedelta(minutes=5)
"""By so much the times of the log, of Graph's answers and of this machine may differ."""


class Entry(Protocol):
    """A change of licenses as the log tells it (`core.graph.audit_log.LicenseChange`)."""

    @property
    def id(self) -> str:
        """The log's own."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def user_id(self) -> str:
        """Whose licenses."""

    @property
    def removed(self) -> frozenset[str] | None:
        """SKU ids; None where the entry does not say."""

    @property
    def initiated_by(self) -> str:
        """Who did it; empty where the entry does not say."""


E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, kw_only=True, slots=True)
class Removal:
    """A removal to look for: intended at one moment, and seen to be gone at a later one."""

    request_id: int
    user_id: str
    sku_id: str
    intent_at: datetime
    gone_at: datetime


def span(removals: Sequence[Removal]) -> tuple[datetime, datetime]:
    """From when to when the log is to be read for these removals, of which there is at least one."""
    since = min(each.intent_at for each in removals) - CLOCKS
    return since, max(each.gone_at for each in removals) + CLOCKS


def match(removals: Iterable[Removal], entries: Iterable[E]) -> dict[int, E]:
    """The entry of each removal that has one, by request id: the first in its time that names the license.

    An entry that names no licenses stands for any of its user's, where none names the one that was removed.
    """
    of_user: dict[str, list[E]] = defaultdict(list)
    for entry in sorted(entries, key=lambda each: each.at):
        of_user[entry.user_id].append(entry)
    found: dict[int, E] = {}
    for removal in removals:
        in_time = [
            entry
            for entry in of_user[removal.user_id]
            if removal.intent_at - CLOCKS <= entry.at <= removal.gone_at + CLOCKS
        ]
        naming = [entry for entry in in_time if entry.removed and removal.sku_id in entry.removed]
        silent = [entry for entry in in_time if entry.removed is None]
        if naming or silent:
            found[removal.request_id] = (naming or silent)[0]
    return found


def said(entry: Entry | None) -> str:
    """What stands in the history."""
    if entry is None:
        return (
            "Not found in Microsoft's audit log, which can take an hour or longer to tell of a change. "
            "The removal itself was seen at the user."
        )
    by = f", by {entry.initiated_by}" if entry.initiated_by else ""
    names = "" if entry.removed else "; the entry names no license type"
    return f"In Microsoft's audit log: changed {entry.at:%Y-%m-%d %H:%M:%S} UTC{by}{names}. Entry {entry.id}."
