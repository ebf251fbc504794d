"""Whom a scheduled run chooses, and why it leaves the others alone. Rules only, no I/O.

Nobody looks before it acts, so it takes only what needs no person's choice: High confidence, nothing that
stands against it, no caution that a person would have to weigh, and never more than may be asked for in a day
without typing the number.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from core.activity.evidence import Confidence
from core.reclamation.candidates import CautionCode
from core.reclamation.limits import DEFAULT, Limits, limit_of
from core.reclamation.opportunities import Scenario
from core.reclamation.scheduled_plan import ReclaimPlan

Seat = tuple[str, str]

WITHOUT_A_CHOICE: Final = frozenset(
    {CautionCode.NO_PRICE, CautionCode.REASSIGNMENT, CautionCode.MANAGEMENT_RESTRICTION_UNKNOWN}
)
"""Cautions that ask nobody to choose: two are about what a seat is worth, and where the third one is true
Microsoft refuses by itself. Every other caution, also one that is added later, leaves the seat out."""


AGAIN_AFTER: Final = timedelta(days=14)
"""So long a seat is left alone of which a request came to nothing: what failed may fail again, and what
somebody cancelled is not to begin anew the next morning. Meanwhile others have their turn."""


class Outcome(StrEnum):
    """What came of one time at which the schedule was due."""

    STARTED = "started"  # a run is on record
    NOTHING = "nothing"  # there was nobody to choose
    NOT_STARTED = "not_started"  # something stood against it; the detail says what

    @property
    def label(self) -> str:
        """The words that people see."""
        return {"started": "Started", "nothing": "Nothing to do", "not_started": "Not started"}[self.value]


class WhyNot(StrEnum):
    """Why a scheduled run leaves an opportunity alone, in the order in which it is asked."""

    CONFIDENCE = "confidence"
    SCENARIO = "scenario"
    LICENSE_TYPE = "license_type"
    BLOCKED = "blocked"
    CAUTION = "caution"
    REQUESTED = "requested"
    IN_VAIN = "in_vain"
    CHECKED = "checked"
    TYPE_LIMIT = "type_limit"
    DAY_LIMIT = "day_limit"
    AT_MOST = "at_most"

    @property
    def sentence(self) -> str:
        """The words that people see."""
        return _SENTENCES[self]


_SENTENCES: Final = {
    WhyNot.CONFIDENCE: "Confidence below High: a person has to choose.",
    WhyNot.SCENARIO: "The scenario is not among those of the schedule.",
    WhyNot.LICENSE_TYPE: "The license type is not among those of the schedule.",
    WhyNot.BLOCKED: "Something stands against it: an exemption, a cooldown, a group, or another blocker.",
    WhyNot.CAUTION: "It carries a caution that a person has to weigh.",
    WhyNot.REQUESTED: "It is already being reclaimed.",
    WhyNot.IN_VAIN: (
        f"A request of the last {AGAIN_AFTER.days} days failed, was skipped or was cancelled: see the "
        "Reclamation History."
    ),
    WhyNot.CHECKED: "What has come up since the last assessment stands against it.",
    WhyNot.TYPE_LIMIT: "The limit of the license type in 24 hours is reached.",
    WhyNot.DAY_LIMIT: "The limit of all requests in 24 hours is reached.",
    WhyNot.AT_MOST: "The run is full: it is for a later one.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What decides of an opportunity whether a scheduled run takes it. `scenario`: the strongest."""

    user_id: str
    sku_id: str
    scenario: Scenario
    confidence: Confidence
    reclaimable: bool
    cautions: tuple[str, ...] = ()

    @property
    def seat(self) -> Seat:
        """Whose license, and of which type."""
        return self.user_id, self.sku_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """How many requests the last 24 hours leave. `together`: of all types; `by_type`: by SKU id, else 0."""

    together: int
    by_type: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The seats that a run would ask for, the strongest first, and how many are left out, and why."""

    seats: tuple[Seat, ...]
    left_out: Mapping[WhyNot, int]


def objection(plan: ReclaimPlan, offer: Offer) -> WhyNot | None:
    """What keeps a plan from taking an opportunity, whatever else was asked for; None where nothing does."""
    if offer.confidence is not Confidence.HIGH:
        return WhyNot.CONFIDENCE
    if offer.scenario not in plan.scenarios:
        return WhyNot.SCENARIO
    if not plan.takes_type(offer.sku_id):
        return WhyNot.LICENSE_TYPE
    if not offer.reclaimable:
        return WhyNot.BLOCKED
    return WhyNot.CAUTION if needs_choice(offer.cautions) else None


def needs_choice(cautions: Iterable[str]) -> bool:
    """Whether one of the cautions, by code, is for a person to weigh."""
    return any(code not in WITHOUT_A_CHOICE for code in cautions)


def unsure(confidence: Confidence, cautions: Iterable[str]) -> str | None:
    """Why a seat that a schedule has chosen now needs a person's choice, as a sentence; None where not."""
    if confidence is not Confidence.HIGH:
        return (
            f"The confidence is now {confidence.value.capitalize()}: a scheduled run takes only what is High."
        )
    if needs_choice(cautions):
        return "It now carries a caution that a person has to weigh: a scheduled run leaves it alone."
    return None


def choose(
    plan: ReclaimPlan,
    offers: Iterable[Offer],
    *,
    requested: Collection[Seat],
    room: Room,
    in_vain: Collection[Seat] = (),
) -> Choice:
    """Whom a run takes.

    Args:
        plan: of the application.
        offers: the opportunities, the strongest first.
        requested: seats that a live request wants already.
        room: what the limits leave.
        in_vain: seats of which a request came to nothing within `AGAIN_AFTER`.
    """
    seats: list[Seat] = []
    of_type: Counter[str] = Counter()
    left_out: Counter[WhyNot] = Counter()
    for offer in offers:
        why = objection(plan, offer)
        if why is None and offer.seat in requested:
            why = WhyNot.REQUESTED
        if why is None and offer.seat in in_vain:
            why = WhyNot.IN_VAIN
        why = why or _full(plan, room, offer.sku_id, len(seats), of_type)
        if why is None:
            seats.append(offer.seat)
            of_type[offer.sku_id] += 1
        else:
            left_out[why] += 1
    return Choice(seats=tuple(seats), left_out={why: left_out[why] for why in WhyNot if left_out[why]})


def _full(
    plan: ReclaimPlan, room: Room, sku_id: str, chosen: int, of_type: Mapping[str, int]
) -> WhyNot | None:
    if of_type.get(sku_id, 0) >= room.by_type.get(sku_id, 0):
        return WhyNot.TYPE_LIMIT
    if chosen >= room.together:
        return WhyNot.DAY_LIMIT
    return WhyNot.AT_MOST if chosen >= plan.at_most else None


def room_left(limits: Limits, recent: Mapping[str, int], seats: Mapping[str, int]) -> Room:
    """What the limits leave to a run that nobody confirms with its number.

    An application's limits can be raised for people, who see what they confirm; a schedule stays within those
    that the product comes with, or lower ones.

    Args:
        limits: the application's.
        recent: requests of the last 24 hours, by SKU id.
        seats: purchased seats by SKU id.
    """
    strict = Limits(
        requests=min(limits.requests, DEFAULT.requests),
        percent=min(limits.percent, DEFAULT.percent),
        smallest=min(limits.smallest, DEFAULT.smallest),
    )
    by_type = {
        sku_id: max(0, limit_of(count, strict) - recent.get(sku_id, 0)) for sku_id, count in seats.items()
    }
    return Room(together=max(0, strict.requests - sum(recent.values())), by_type=by_type)
