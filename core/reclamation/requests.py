"""Decides to reclaim: checks who may, what may and how much, and writes a run with its requests.

Nothing here speaks to Microsoft. Workers find the rows and carry them out, also when every tab is closed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from core.policies.policies import read_pause, read_policies
from core.policies.settings import SPECS, Setting
from core.reclamation.approval import needs_approval
from core.reclamation.chosen import Leaving, Seat, UnknownSeats, by_policy, listed, remembered, through_group
from core.reclamation.due import update_progress
from core.reclamation.guards import limits_of, live_runs, purchased_seats, recent_requests
from core.reclamation.ledger import Event, cancel_unbegun
from core.reclamation.limits import require_within_limits
from core.reclamation.modes import RunMode
from core.reclamation.new_runs import write_run
from core.reclamation.protecting import protected_accounts
from core.reclamation.states import Step
from core.reclamation.typed_names import WrongNames, with_typed_names
from core.rights import Actor, Role, require
from core.store.bulk import table_of
from core.store.engine import writing
from core.store.tables import Application, ReclamationRun

__all__ = ["NamesRefused", "NotifyTerms", "RunMode", "RunRefused", "cancel_run", "start_run", "start_run_in"]

_RUNS: Final = table_of(ReclamationRun)


@dataclass(frozen=True, kw_only=True)
class NotifyTerms:
    """How a run notifies.

    `waiting_days`: working days to answer; None for as many as the policies say. `off`: why it can't
    (`core.notification.setup.why_off`), or None where it can.
    """

    waiting_days: int | None = None
    copy_manager: bool = False
    off: str | None = None


class RunRefused(Exception):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """No run was made, nothing was changed. The message says why and what to do."""


class NamesRefused(RunRefused):
    """The name of a protected account was not typed, or one was that is nobody's. The message says whose."""


def start_run(
    engine: Engine,
    application_id: int,
    *,
    chosen: Iterable[Seat],
    mode: RunMode,
    manual: bool,
    note: str,
    confirm_count: int | None,
    actor: Actor,
    allow_reclaim: bool,
    now: datetime,
    notify: NotifyTerms | None = None,
    leaving: Leaving | None = None,
    confirm_names: Iterable[str] = (),
) -> int:
    """Put a run on record; its id. A seat chosen twice counts once. A worker carries it out.

    Above the number of requests that the policies name, nothing of it begins until another operator approves.

    `notify` is needed for a run that notifies, and means nothing for another one. `leaving`: the license goes
    by taking the person out of a group (`core.reclamation.leaving_requests`). `confirm_names`: user principal
    names as they were typed: owed for protected accounts (`core.reclamation.protected`), but in a dry run.

    Raises:
        RightRefused: the actor is no operator.
        RunRefused: the message names the seats or the rule in the way.
        LimitRefused: above the limits `confirm_count` must equal the number of requests.
    """
    try:
        with writing(engine) as session:
            return start_run_in(
                session,
                application_id,
                chosen=chosen,
                mode=mode,
                manual=manual,
                note=note,
                confirm_count=confirm_count,
                actor=actor,
                allow_reclaim=allow_reclaim,
                now=now,
                notify=notify,
                leaving=leaving,
                confirm_names=confirm_names,
            )
    except IntegrityError as error:  # another process was faster between the check and the commit
        raise RunRefused(
            "somebody else has just asked for one of these seats: see the reclamation history, then try again"
        ) from error


def start_run_in(
    session: Session,
    application_id: int,
    *,
    chosen: Iterable[Seat],
    mode: RunMode,
    manual: bool,
    note: str,
    confirm_count: int | None,
    actor: Actor,
    allow_reclaim: bool,
    now: datetime,
    notify: NotifyTerms | None = None,
    leaving: Leaving | None = None,
    confirm_names: Iterable[str] = (),
    policy: bool = False,
) -> int:
    """As `start_run`, in the transaction of the caller. Where it refuses, nothing was written.

    `policy`: a schedule has chosen, and no person; each request remembers it (`core.reclamation.chosen`).
    """
    require(actor, Role.OPERATOR)
    note = note.strip()
    seats = list(dict.fromkeys(chosen))
    if not seats:
        raise RunRefused("nobody is chosen: choose at least one person and license type")
    if mode is not RunMode.DRY_RUN and not allow_reclaim:
        raise RunRefused(
            "reclaiming is switched off for this application: set allow_reclaim = true in its configuration, "
            "or make a dry run"
        )
    terms = _notify_terms(notify) if mode is RunMode.NOTIFY else None
    if manual and not note:
        raise RunRefused("a manual reclamation needs a reason: say why these people lose their license")
    # Two runs that start at once count one after the other. SQLite's transaction sees to it anyway.
    session.connection().execute(
        select(col(Application.id)).where(col(Application.id) == application_id).with_for_update()
    )
    try:
        rows = with_typed_names(
            remembered(session, application_id, seats),
            protected_accounts(session, application_id, (user_id for user_id, _ in seats)),
            confirm_names,
            owed=mode is not RunMode.DRY_RUN,
        )
    except UnknownSeats as error:
        raise RunRefused(str(error)) from error
    except WrongNames as error:
        raise NamesRefused(str(error)) from error
    if leaving is not None:
        rows = [through_group(row, leaving) for row in rows]
    if policy:
        rows = [by_policy(row) for row in rows]
    if mode is not RunMode.DRY_RUN:
        _refuse_paused(session, application_id)
        _refuse_live(session, application_id, rows)
        _refuse_above_limits(session, application_id, rows, confirm_count, now)
    run = ReclamationRun(
        application_id=application_id,
        mode=mode,
        manual=manual,
        note=note,
        waiting_days=_waiting_days(session, application_id, terms),
        copy_manager=terms.copy_manager if terms else False,
        needs_approval=_needs_approval(session, application_id, mode, len(rows)),
        created_at=now,
        created_by=actor.name,
    )
    return write_run(session, run, rows)


def cancel_run(engine: Engine, run_id: int, *, actor: Actor, now: datetime) -> int:
    """Stop what has not begun; how many requests that was. A removal under way is carried through.

    Raises:
        RightRefused: the actor is no operator.
        RunRefused: there is no such run, or it has ended.
    """
    require(actor, Role.OPERATOR)
    with writing(engine) as session:
        stopped = session.connection().execute(
            update(_RUNS)
            .where(_RUNS.c.id == run_id, _RUNS.c.ended_at.is_(None), _RUNS.c.cancelled_at.is_(None))
            .values(cancelled_at=now, cancelled_by=actor.name)
        )
        if stopped.rowcount != 1:
            raise RunRefused(
                f"reclamation run {run_id} cannot be cancelled: it has ended or was cancelled before"
            )
        said = Event(
            step=Step.ENDED, at=now, actor=actor.name, detail=f"The run was cancelled by {actor.name}."
        )
        cancelled = cancel_unbegun(session, run_id, said, reason=f"cancelled by {actor.name}")
    update_progress(engine, run_id, now)
    return cancelled


def _needs_approval(session: Session, application_id: int, mode: RunMode, requests: int) -> bool:
    above = read_policies(session, application_id).values[Setting.APPROVAL_ABOVE]
    return needs_approval(requests, above=above, dry_run=mode is RunMode.DRY_RUN)


def _refuse_paused(session: Session, application_id: int) -> None:
    paused = read_pause(session, application_id)
    if paused is not None:
        raise RunRefused(f"{paused.sentence} An administrator can resume it; dry runs work meanwhile")


def _notify_terms(notify: NotifyTerms | None) -> NotifyTerms:
    if notify is None or notify.off is not None:
        raise RunRefused(notify.off if notify and notify.off else "Notifying is off: no mail is configured.")
    spec, days = SPECS[Setting.WAITING_DAYS], notify.waiting_days
    if days is not None and not spec.lowest <= days <= spec.highest:
        raise RunRefused(
            f"the waiting period is {days} working days: it must be from {spec.lowest} to {spec.highest}"
        )
    return notify


def _waiting_days(session: Session, application_id: int, terms: NotifyTerms | None) -> int | None:
    if terms is None or terms.waiting_days is not None:
        return terms.waiting_days if terms else None
    return read_policies(session, application_id).values[Setting.WAITING_DAYS]


def _refuse_live(session: Session, application_id: int, rows: Sequence[dict[str, Any]]) -> None:
    """The database's own index would refuse too, but could not say whom."""
    names = {
        (row["user_id"], row["sku_id"]): f"{row['user_principal_name']} ({row['product_name']}"
        for row in rows
    }
    taken = live_runs(session, application_id, list(names))
    if taken:
        people = listed([f"{name}; {taken[seat]})" for seat, name in names.items() if seat in taken])
        raise RunRefused(f"already being reclaimed: {people}. Leave them out, or wait until that has ended")


def _refuse_above_limits(
    session: Session,
    application_id: int,
    rows: Sequence[dict[str, Any]],
    confirmed: int | None,
    now: datetime,
) -> None:
    require_within_limits(
        Counter(row["sku_id"] for row in rows),
        recent_requests(session, application_id, now),
        purchased_seats(session, application_id),
        confirmed=confirmed,
        names={row["sku_id"]: row["product_name"] for row in rows},
        limits=limits_of(session, application_id),
    )
