"""Scheduled runs at work: whom one would take now, starting one that is due, and what came of those before.

Of each time at which the schedule was due there is one row, written in the same transaction as the run that
it led to. The application's row is locked meanwhile, so that of several workers one starts it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from core.activity.evidence import Confidence
from core.policies.policies import read_pause
from core.policies.reclaiming import read_plan
from core.reclamation.chosen import Seat
from core.reclamation.effect import Effect, effect
from core.reclamation.guards import limits_of, live_seats, purchased_seats, recent_requests, seats_in_vain
from core.reclamation.limits import LimitRefused
from core.reclamation.modes import RunMode
from core.reclamation.opportunities import Scenario
from core.reclamation.requests import NotifyTerms, RunRefused, start_run_in
from core.reclamation.scheduled_choice import (
    AGAIN_AFTER,
    Offer,
    Outcome,
    WhyNot,
    choose,
    objection,
    room_left,
)
from core.reclamation.scheduled_plan import ReclaimPlan, due_at, hindrance, waits_for_data
from core.rights import Actor, Role
from core.store.bulk import table_of
from core.store.engine import writing
from core.store.tables import Application, Opportunity, ReclamationRun, ScheduledRun

SHOWN: Final = 10
"""Of the times that are on record, those that a page shows."""

_OFFERS: Final = table_of(Opportunity).c
_IN_QUESTION: Final = (_OFFERS.confidence == Confidence.HIGH.value) & _OFFERS.reclaimable.is_(True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """Whom a run would take now, what that would do, and how many opportunities it leaves alone, and why."""

    effect: Effect
    left_out: Mapping[WhyNot, int]

    @property
    def seats(self) -> tuple[Seat, ...]:
        """Those that it would ask for."""
        return self.effect.requests


@dataclass(frozen=True, kw_only=True, slots=True)
class Here:
    """What this process knows of an application.

    `synced_at`: when the last complete sync began. `notify`: how to notify, where the plan does.
    """

    key: str
    allow_reclaim: bool
    synced_at: datetime | None
    awake_since: datetime
    notify: NotifyTerms | None = None


def actor_of(key: str) -> Actor:
    """Who asks for the scheduled runs of an application."""
    return Actor(name=f"schedule:{key}", role=Role.OPERATOR)


def propose(session: Session, application_id: int, plan: ReclaimPlan, now: datetime) -> Proposal:
    """Whom a run of this plan would take now, whether it is enabled or not."""
    offers = _offers(session, application_id)
    fitting = [offer.seat for offer in offers if objection(plan, offer) is None]
    choice = choose(
        plan,
        offers,
        requested=live_seats(session, application_id, fitting),
        in_vain=seats_in_vain(session, application_id, fitting, since=now - AGAIN_AFTER),
        room=room_left(
            limits_of(session, application_id),
            recent_requests(session, application_id, now),
            purchased_seats(session, application_id),
        ),
    )
    found = effect(session, application_id, choice.seats, manual=False, now=now)
    if found.owed_names:  # protected since the last assessment: nobody is there to type their names
        owed = {each.user_id for each in found.owed_names}
        unprotected = [seat for seat in found.requests if seat[0] not in owed]
        found = effect(session, application_id, unprotected, manual=False, now=now)
    left_out = Counter(choice.left_out)
    left_out[WhyNot.CHECKED] += len(choice.seats) - len(found.requests)
    for kind, count in _out_of_question(session, application_id):
        why = objection(plan, kind)
        assert why is not None  # noqa: S101 - it is not High, or something stands against it
        left_out[why] += count
    return Proposal(effect=found, left_out={why: left_out[why] for why in WhyNot if left_out[why]})


def last_due(session: Session, application_id: int) -> datetime | None:
    """The latest time of which it is on record what came of it."""
    query = select(func.max(col(ScheduledRun.due_at))).where(
        col(ScheduledRun.application_id) == application_id
    )
    return session.scalars(query).one()


def recent_scheduled(session: Session, application_id: int, *, limit: int = SHOWN) -> list[ScheduledRun]:
    """What came of the latest times, the newest first."""
    query = select(ScheduledRun).where(col(ScheduledRun.application_id) == application_id)
    return list(session.scalars(query.order_by(col(ScheduledRun.due_at).desc()).limit(limit)))


def start_if_due(engine: Engine, application_id: int, here: Here, now: datetime) -> Outcome | None:
    """Start the run that is due and put on record what came of it; None where none is due."""
    with writing(engine) as session:
        # Whoever else finds the same time due waits here, and then finds it on record.
        session.connection().execute(
            select(col(Application.id)).where(col(Application.id) == application_id).with_for_update()
        )
        plan = read_plan(session, application_id)
        last = last_due(session, application_id)
        due = due_at(plan, last=last, now=now)
        if due is None or plan.changed_at is None or plan.changed_by is None:
            return None
        since, synced_at = here.awake_since, here.synced_at
        if waits_for_data(plan, due=due, synced_at=synced_at, awake_since=since, now=now):
            return None
        row = ScheduledRun(
            application_id=application_id,
            due_at=due,
            at=now,
            outcome=Outcome.NOT_STARTED,
            mode=plan.mode,
            set_up_at=plan.changed_at,
            set_up_by=plan.changed_by,
        )
        _decide(session, plan, here, row, now)
        session.add(row)
        return Outcome(row.outcome)


def _decide(session: Session, plan: ReclaimPlan, here: Here, row: ScheduledRun, now: datetime) -> None:
    """Start the run, where nothing stands against it, and write into the row what came of it."""
    paused = read_pause(session, row.application_id)
    row.detail = (
        hindrance(
            plan,
            allow_reclaim=here.allow_reclaim,
            paused=None if paused is None else paused.sentence,
            synced_at=here.synced_at,
            now=now,
        )
        or ""
    )
    if row.detail:
        return
    proposal = propose(session, row.application_id, plan, now)
    row.left_out = {why.value: count for why, count in proposal.left_out.items()}
    if not proposal.seats:
        row.outcome, row.detail = Outcome.NOTHING, "No opportunity fits the schedule."
        return
    try:
        row.run_id = start_run_in(
            session,
            row.application_id,
            chosen=proposal.seats,
            mode=plan.mode,
            manual=False,
            note=f"Scheduled {plan.when}, High confidence only; set up by {row.set_up_by}",
            confirm_count=None,
            actor=actor_of(here.key),
            allow_reclaim=here.allow_reclaim,
            now=now,
            notify=here.notify if plan.mode is RunMode.NOTIFY else None,
            policy=True,
        )
    except (RunRefused, LimitRefused) as refused:
        row.detail = str(refused)
        return
    row.outcome, row.requests = Outcome.STARTED, len(proposal.seats)
    if session.get_one(ReclamationRun, row.run_id).needs_approval:
        row.detail = "It waits for a second person's approval."


def _offers(session: Session, application_id: int) -> list[Offer]:
    """The opportunities that a run could take, as the last assessment saw them, the strongest first."""
    query = (
        select(_OFFERS.user_id, _OFFERS.sku_id, _OFFERS.scenario, _OFFERS.cautions)
        .where(_OFFERS.application_id == application_id, _IN_QUESTION)
        .order_by(_OFFERS.rank, _OFFERS.user_id, _OFFERS.sku_id)
    )
    return [
        Offer(
            user_id=row.user_id,
            sku_id=row.sku_id,
            scenario=Scenario(row.scenario),
            confidence=Confidence.HIGH,
            reclaimable=True,
            cautions=tuple(each["code"] for each in row.cautions),
        )
        for row in session.connection().execute(query)
    ]


def _out_of_question(session: Session, application_id: int) -> Iterator[tuple[Offer, int]]:
    """The other opportunities, counted: as an offer of each kind, and how many there are."""
    kind = (_OFFERS.sku_id, _OFFERS.scenario, _OFFERS.confidence, _OFFERS.reclaimable)
    query = (
        select(*kind, func.count().label("seats"))
        .where(_OFFERS.application_id == application_id, ~_IN_QUESTION)
        .group_by(*kind)
    )
    for row in session.connection().execute(query):
        offer = Offer(
            user_id="",
            sku_id=row.sku_id,
            scenario=Scenario(row.scenario),
            confidence=Confidence(row.confidence),
            reclaimable=row.reclaimable,
        )
        yield offer, row.seats
