"""What a reclamation would do, before anybody clicks: seats, money, cautions, who is left out and why."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlmodel import Session

from core.activity.evidence import ActivityStatus
from core.policies.exempting import groups_of
from core.policies.sparing import read_sparing
from core.reclamation.chosen import Seat, parts, seats_query
from core.reclamation.covering import read_covering
from core.reclamation.data_at_risk import AtRisk, data_at_risk
from core.reclamation.guards import limits_of, live_runs, purchased_seats, recent_requests
from core.reclamation.licenses import HeldLicense, plans_by_type, stored_licenses
from core.reclamation.limits import Exceeded, exceeded_limits
from core.reclamation.opportunities import CautionCode, duplicate_alone
from core.reclamation.prices import seat_prices
from core.reclamation.protecting import OwedName, owed_names
from core.reclamation.worth import CurrencyEffect, TypeEffect, worth_by_currency, worth_by_type
from core.store.tables import Assignment, LicenseType, Opportunity, User


class LeftOut(StrEnum):
    """Why a chosen seat would not be reclaimed."""

    NOT_HELD = "not_held"
    ALREADY_REQUESTED = "already_requested"
    EXEMPT = "exempt"
    INHERITED = "inherited"
    NO_OPPORTUNITY = "no_opportunity"
    UNCOVERED = "uncovered"
    BLOCKED = "blocked"

    @property
    def label(self) -> str:
        """The words that people see."""
        if self is LeftOut.UNCOVERED:
            return "No longer a duplicate"
        return self.value.replace("_", " ").capitalize()


@dataclass(frozen=True, kw_only=True, slots=True)
class Excluded:
    """A seat that would be left alone, with the reason as a sentence."""

    user_id: str
    sku_id: str
    user_principal_name: str
    license_type: str
    why: LeftOut
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Caution:
    """Something to know before deciding, and for how many of the seats it holds."""

    code: str
    text: str
    seats: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What would happen. `unpriced_seats`: freed ones of which no total knows the cost.

    `at_risk`: the data that goes with these licenses. `exceeded`: limits above which the number of `requests`
    has to be typed. `owed_names`: accounts whose user principal name has to be typed.
    """

    requests: tuple[Seat, ...]
    by_type: tuple[TypeEffect, ...]
    by_currency: tuple[CurrencyEffect, ...]
    unpriced_seats: int
    cautions: tuple[Caution, ...]
    at_risk: tuple[AtRisk, ...]
    excluded: tuple[Excluded, ...]
    exceeded: tuple[Exceeded, ...]
    owed_names: tuple[OwedName, ...] = ()

    @property
    def seats(self) -> int:
        """Seats that would be freed."""
        return sum(each.seats for each in self.by_type)

    @property
    def excluded_by_reason(self) -> dict[LeftOut, int]:
        """How many would be left out, and why."""
        return dict(Counter(each.why for each in self.excluded))


def effect(
    session: Session, application_id: int, chosen: Iterable[Seat], *, manual: bool, now: datetime
) -> Effect:
    """What reclaiming these seats would do, by what is stored now; every seat is checked again before.

    Args:
        session: for reading.
        application_id: the application.
        chosen: the seats; one that is named twice counts once.
        manual: chosen by a person with a reason, whatever the activity.
        now: the moment of asking.
    """
    seats = list(dict.fromkeys(chosen))
    found = _held(session, application_id, seats)
    live = live_runs(session, application_id, seats)
    exempt = _exempt(session, application_id, found, now.date())
    taken: list[_Held] = []
    excluded: list[Excluded] = []
    for seat in seats:
        held = found.get(seat)
        if held is None:
            excluded.append(_unknown(seat))
        elif seat in live:
            excluded.append(
                held.left_out(LeftOut.ALREADY_REQUESTED, f"It is already being reclaimed: {live[seat]}.")
            )
        elif seat in exempt:
            excluded.append(held.left_out(LeftOut.EXEMPT, exempt[seat]))
        elif left_out := _left_out(held, manual=manual):
            excluded.append(left_out)
        else:
            taken.append(held)
    licenses = stored_licenses(session, application_id, (held.user.user_id for held in taken))
    if not manual:
        taken, uncovered = _without_uncovered(session, application_id, taken, licenses, now)
        excluded += uncovered
    by_type = worth_by_type(
        (held.license_type for held in taken), seat_prices(session, application_id, now.date())
    )
    return Effect(
        requests=tuple(held.seat for held in taken),
        by_type=by_type,
        by_currency=worth_by_currency(by_type),
        unpriced_seats=sum(each.seats for each in by_type if each.annual is None),
        cautions=_cautions(taken),
        at_risk=data_at_risk((held.seat for held in taken), licenses, plans_by_type(session, application_id)),
        excluded=tuple(excluded),
        exceeded=exceeded_limits(
            {each.sku_id: each.seats for each in by_type},
            recent_requests(session, application_id, now),
            purchased_seats(session, application_id),
            limits_of(session, application_id),
        ),
        owed_names=owed_names(session, application_id, (held.user.user_id for held in taken)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    assignment: Assignment
    user: User
    license_type: LicenseType
    opportunity: Opportunity | None

    @property
    def seat(self) -> Seat:
        return self.assignment.user_id, self.assignment.sku_id

    def left_out(self, why: LeftOut, text: str) -> Excluded:
        return Excluded(
            user_id=self.user.user_id,
            sku_id=self.license_type.sku_id,
            user_principal_name=self.user.user_principal_name,
            license_type=self.license_type.product_name,
            why=why,
            text=text,
        )


def _held(session: Session, application_id: int, seats: Sequence[Seat]) -> dict[Seat, _Held]:
    found = (
        _Held(assignment=assignment, user=user, license_type=license_type, opportunity=opportunity)
        for part in parts(seats)
        for assignment, user, license_type, opportunity in session.execute(seats_query(application_id, part))
    )
    return {held.seat: held for held in found}


def _unknown(seat: Seat) -> Excluded:
    user_id, sku_id = seat
    return Excluded(
        user_id=user_id,
        sku_id=sku_id,
        user_principal_name=user_id,
        license_type=sku_id,
        why=LeftOut.NOT_HELD,
        text="The user does not hold the license, as far as the last sync shows.",
    )


def _exempt(
    session: Session, application_id: int, found: Mapping[Seat, _Held], today: date
) -> dict[Seat, str]:
    """Why an exemption spares a seat, for those that one spares."""
    sparing = read_sparing(session, application_id, today)
    groups: dict[str, frozenset[str]] = {}
    for part in parts(sorted({user_id for user_id, _ in found})):
        groups |= groups_of(session, application_id, part)
    sentences = {}
    for (user_id, sku_id), held in found.items():
        member_of = groups.get(user_id, frozenset())
        sentence = sparing.exempt(user_id, sku_id, department=held.user.department, group_ids=member_of)
        if sentence is not None:
            sentences[user_id, sku_id] = sentence
    return sentences


def _left_out(held: _Held, *, manual: bool) -> Excluded | None:
    if not ActivityStatus(held.assignment.activity_status).is_seat:
        return held.left_out(LeftOut.NOT_HELD, "Microsoft could not assign it: there is no seat to free.")
    if held.assignment.group_count:
        text = (
            "It is also inherited from a group: no seat would be freed."
            if held.assignment.direct
            else "It is inherited from a group and can't be taken from the user directly."
        )
        return held.left_out(LeftOut.INHERITED, text)
    if manual:
        return None
    if held.opportunity is None:
        text = "Nothing shows that it is unused; choose manual and give a reason to reclaim it all the same."
        return held.left_out(LeftOut.NO_OPPORTUNITY, text)
    if not held.opportunity.reclaimable:
        return held.left_out(LeftOut.BLOCKED, held.opportunity.blockers[0]["text"])
    return None


def _without_uncovered(
    session: Session,
    application_id: int,
    taken: Sequence[_Held],
    licenses: Mapping[str, tuple[HeldLicense, ...]],
    now: datetime,
) -> tuple[list[_Held], list[Excluded]]:
    """Leave out the duplicates whose covering license is chosen too, or is being taken back already."""
    chosen = {held.seat for held in taken}
    duplicates = [held for held in taken if held.opportunity and duplicate_alone(held.opportunity.scenarios)]
    if not duplicates:
        return list(taken), []
    covering = read_covering(session, application_id, (held.user.user_id for held in duplicates), now)
    excluded = {}
    for held in duplicates:
        user_id, _ = held.seat
        stays = [each for each in licenses.get(user_id, ()) if (user_id, each.sku_id) not in chosen]
        if not covering.of(held.seat, held.assignment.disabled_plans, stays):
            text = "Of this license and the one that covers it only one can go: the other one is chosen too."
            excluded[held.seat] = held.left_out(LeftOut.UNCOVERED, text)
    return [held for held in taken if held.seat not in excluded], list(excluded.values())


def _cautions(taken: Sequence[_Held]) -> tuple[Caution, ...]:
    """By kind, the most frequent first; with a general sentence where those of the seats differ."""
    counts: Counter[str] = Counter()
    texts: dict[str, set[str]] = {}
    for held in taken:
        for caution in held.opportunity.cautions if held.opportunity else []:
            counts[caution["code"]] += 1
            texts.setdefault(caution["code"], set()).add(caution["text"])
    return tuple(
        Caution(code=code, text=_common_text(code, texts[code]), seats=seats)
        for code, seats in counts.most_common()
    )


def _common_text(code: str, texts: set[str]) -> str:
    return min(texts) if len(texts) == 1 or code not in _GENERAL_TEXTS else _GENERAL_TEXTS[code]


_GENERAL_TEXTS: Final[Mapping[str, str]] = {
    CautionCode.NO_PRICE: "No price is entered: what this saves is not known.",
    CautionCode.USED_AFTER_LEAVING: "The account was used after the employee left.",
    CautionCode.ADMIN_ROLE: "The account holds an admin role.",
    CautionCode.RESOURCE_ACCOUNT: "The account belongs to a room, phone or device.",
    CautionCode.REASSIGNMENT: (
        "Assigned or changed within 90 days: by Microsoft's terms the freed seat may not go to another "
        "person until these are over, except to cover an absence, or where the person's employment or "
        "contract has ended."
    ),
    CautionCode.LICENSE_WARNING: "The license is assigned, but not without problems.",
}
"""Of the cautions whose sentence names the license type, the error or a day."""
