"""Whether a reclaimed license can be given back, and until when that also saves its data. Rules only, no I/O.

A restore assigns the license type again with the service plans switched off that were off before. It is
repeated only after the user was read again; assigning the same license twice does no harm (contract §5.1).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from core.reclamation.consequences import Consequence, losses

_SAVED: Final = (Consequence.MAILBOX, Consequence.ONEDRIVE, Consequence.CLOUD_PC)
"""What giving the license back in time saves; an archive goes with its mailbox."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadBefore:
    """What reading the user has shown before the license is given back.

    `exists`: False where Graph knows no such user; the rest then says nothing. `direct`: the type is assigned
    directly. `tried`: a call of this restore was sent before. `free_seats`: of the type; None where the
    license types could not be read.
    """

    exists: bool
    direct: bool
    tried: bool
    usage_location: str | None
    free_seats: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class GiveBack:
    """Assign the license now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IsBack:
    """The user holds the license."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Impossible:
    """The license can't be given back as things stand; `text` says why and what to do."""

    text: str


def may_be_given_back(read: ReadBefore) -> GiveBack | IsBack | Impossible:
    """What to do for a person who is to get a license back."""
    if not read.exists:
        return Impossible(
            text="The user does not exist any more. A deleted user can be restored for 30 days in the "
            "Microsoft Entra admin center; restore the license after that."
        )
    if read.direct:
        return IsBack(
            text="Restored: the license is assigned again."
            if read.tried
            else "The license is assigned again already; nothing was changed."
        )
    if not read.usage_location:
        return Impossible(
            text="The user has no usage location, without which Microsoft assigns no license: set it in the "
            "Microsoft 365 admin center, then restore again."
        )
    if read.free_seats is not None and read.free_seats <= 0:
        return Impossible(
            text="No seat of this license type is free: buy one or free one, then restore again."
        )
    return GiveBack()


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """Until which day giving a license back also brings its data back."""

    what: str
    until: date
    days_left: int
    """Whole days from today; negative when it has passed."""


def deadlines(plan_ids: Iterable[str], reclaimed_at: datetime, now: datetime) -> tuple[Deadline, ...]:
    """What the removal of a license put at risk, and until when a restore still saves it.

    Args:
        plan_ids: service plans that were switched on in the license.
        reclaimed_at: when the license was found to be gone.
        now: the moment of asking.
    """
    return tuple(
        _deadline(loss.consequence.label, (reclaimed_at + timedelta(days=loss.days)).date(), now.date())
        for loss in losses(plan_ids)
        if loss.consequence in _SAVED and loss.days is not None
    )


def _deadline(what: str, until: date, today: date) -> Deadline:
    return Deadline(what=what, until=until, days_left=(until - today).days)
