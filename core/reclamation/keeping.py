"""What the holder of a keep link sees and may do: keep single licenses, or all, until the deadline."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Engine, Row, select
from sqlmodel import Session

from core.notification.deadlines import last_day
from core.policies.cooldowns import cooldown_until, start_cooldown
from core.reclamation.ledger import Event, Request, move, read_requests
from core.reclamation.states import Cause, RequestState, Step
from core.store.bulk import table_of
from core.store.engine import reading, writing
from core.store.tables import Notice, ReclamationRequest

HOLDER: Final = "holder"
"""The actor of whoever has the keep link: nobody signed in."""

_REQUESTS: Final = table_of(ReclamationRequest).c
_TRIES: Final = 5


class Standing(StrEnum):
    """How it stands with one license, for its holder."""

    OPEN = "open"  # can be kept now
    SOON = "soon"  # the mail has only just gone out
    KEPT = "kept"  # the holder has said so
    STAYS = "stays"  # is not taken back, for another reason
    OVER = "over"  # too late to answer


_STANDINGS: Final[Mapping[RequestState, Standing]] = {
    RequestState.QUEUED: Standing.SOON,
    RequestState.NOTIFIED: Standing.OPEN,
    RequestState.KEPT: Standing.KEPT,
    RequestState.SKIPPED: Standing.STAYS,
    RequestState.ACTIVE_AGAIN: Standing.STAYS,
    RequestState.CANCELLED: Standing.STAYS,
    RequestState.RESTORED: Standing.STAYS,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class KeepLine:
    """One license that the mail was about."""

    request_id: int
    license_type: str
    standing: Standing


@dataclass(frozen=True, kw_only=True, slots=True)
class KeepView:
    """What the page behind a keep link shows."""

    person: str
    last_day: date
    lines: tuple[KeepLine, ...]

    @property
    def can_answer(self) -> bool:
        """Whether there is still something to keep."""
        return any(line.standing is Standing.OPEN for line in self.lines)


def keep_view(session: Session, notice_id: int, now: datetime) -> KeepView | None:
    """What the holder of the link to this notice sees; None where there is no such notice any more."""
    notice = session.get(Notice, notice_id)
    rows = _rows(session, notice) if notice is not None else []
    if notice is None or not rows:
        return None
    return KeepView(
        person=rows[0].display_name,
        last_day=last_day(notice.deadline_at),
        lines=tuple(
            KeepLine(
                request_id=row.id,
                license_type=row.product_name,
                standing=_standing(RequestState(row.state), notice, now),
            )
            for row in rows
        ),
    )


def keep(engine: Engine, notice_id: int, request_ids: Collection[int], now: datetime) -> None:
    """Keep these licenses of the person who was notified. Saying it again does no harm.

    What can't be kept any more, or is not of this notice, is left as it is. Where nothing of the run is live
    any more, a worker ends it.
    """
    with reading(engine) as session:
        view = keep_view(session, notice_id, now)
        notice = session.get(Notice, notice_id)
    if view is None or notice is None:
        return
    for line in view.lines:
        if line.standing is Standing.OPEN and line.request_id in request_ids:
            _keep_one(engine, notice, line.request_id, now)


def _keep_one(engine: Engine, notice: Notice, request_id: int, now: datetime) -> None:
    """A worker may have it in hand for a moment, to remind: then once more."""
    for _ in range(_TRIES):
        with writing(engine) as session:
            (request,) = read_requests(session, notice.application_id, [request_id])
            if request.state is not RequestState.NOTIFIED or _kept(session, request, now):
                return


def _kept(session: Session, request: Request, now: datetime) -> bool:
    reason = f"Kept by the holder on {now.date().isoformat()}."
    event = Event(step=Step.KEPT, at=now, actor=HOLDER, detail="Asked to keep the license, by the keep link.")
    moved = move(session, request, RequestState.KEPT, event, due_at=now, cause=Cause.HOLDER, reason=reason)
    if moved is None:
        return False
    until = cooldown_until(session, request.application_id, now)
    start_cooldown(
        session, request.application_id, request.user_id, request.sku_id, until, reason, request.id
    )
    return True


def _rows(session: Session, notice: Notice) -> list[Row[Any]]:
    query = (
        select(_REQUESTS.id, _REQUESTS.product_name, _REQUESTS.display_name, _REQUESTS.state)
        .where(_REQUESTS.run_id == notice.run_id, _REQUESTS.user_id == notice.user_id)
        .order_by(_REQUESTS.id)
    )
    return list(session.connection().execute(query))


def _standing(state: RequestState, notice: Notice, now: datetime) -> Standing:
    standing = _STANDINGS.get(state, Standing.OVER)
    late = now >= notice.deadline_at
    return Standing.OVER if late and standing in {Standing.OPEN, Standing.SOON} else standing
