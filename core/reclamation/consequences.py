"""What taking a license away destroys, and when (`data/plan_consequences.csv`). Rules only.

The data of a service goes with the *last* plan that carries it: somebody who loses Exchange Online (Plan 2)
and keeps a suite with Plan 1 keeps the mailbox, and loses the archive and the holds.
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.reference import read_table


class Consequence(StrEnum):
    """What goes with a service plan."""

    MAILBOX = "mailbox"
    ARCHIVE = "archive"
    HOLDS = "holds"
    ONEDRIVE = "onedrive"
    CLOUD_PC = "cloud_pc"
    PHONE_NUMBER = "phone_number"
    DEVICE_MANAGEMENT = "device_management"

    @property
    def label(self) -> str:
        """The name within a sentence."""
        return _LABELS[self]


_LABELS: Final = {
    Consequence.MAILBOX: "mailbox",
    Consequence.ARCHIVE: "archive mailbox",
    Consequence.HOLDS: "holds",
    Consequence.ONEDRIVE: "OneDrive",
    Consequence.CLOUD_PC: "Cloud PC",
    Consequence.PHONE_NUMBER: "phone number",
    Consequence.DEVICE_MANAGEMENT: "device management",
}
_SENTENCES: Final = {
    Consequence.MAILBOX: (
        "The mailbox is kept for {days} days without being searchable, then deleted for good, unless a hold "
        "or a retention policy keeps it."
    ),
    Consequence.ARCHIVE: "The archive mailbox is kept for {days} days, then deleted for good.",
    Consequence.HOLDS: "A litigation hold needs this license: without it the mailbox can't stay on hold.",
    Consequence.ONEDRIVE: (
        "The OneDrive becomes read-only and is archived after {days} days; bringing it back then costs money."
    ),
    Consequence.CLOUD_PC: "The Cloud PC with all that is stored on it is deleted after {days} days.",
    Consequence.PHONE_NUMBER: (
        "A phone number in Teams stops working; restoring the license does not always bring it back."
    ),
    Consequence.DEVICE_MANAGEMENT: (
        "Devices that Intune manages for this person may lose their management and compliance."
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """What goes, and when: `days` after the license, or None where nothing is said of days."""

    consequence: Consequence
    days: int | None

    @property
    def text(self) -> str:
        """The sentence that people read."""
        return _SENTENCES[self.consequence].format(days=self.days)


def losses(plan_ids: Iterable[str], remaining: Iterable[str] = ()) -> tuple[Loss, ...]:
    """What goes when these service plans go, the most irrevocable first.

    Args:
        plan_ids: the plans that are switched on in the license, lower-case GUIDs.
        remaining: the plans that other licenses of the person still provide.
    """
    table = _table()
    gone = {each for plan_id in plan_ids for each in table.get(plan_id, ())}
    kept = {each for plan_id in remaining for each in table.get(plan_id, ())}
    return tuple(
        Loss(consequence=each, days=days_of().get(each)) for each in Consequence if each in gone - kept
    )


@functools.lru_cache(maxsize=1)
def days_of() -> Mapping[Consequence, int]:
    """How long after a license its data is kept, of what has such a term."""
    return {
        Consequence(row["consequence"]): int(row["days"])
        for row in read_table("plan_consequences")
        if row["days"]
    }


@functools.lru_cache(maxsize=1)
def _table() -> Mapping[str, frozenset[Consequence]]:
    found: dict[str, set[Consequence]] = {}
    for row in read_table("plan_consequences"):
        found.setdefault(row["service_plan_id"], set()).add(Consequence(row["consequence"]))
    return {plan_id: frozenset(each) for plan_id, each in found.items()}
