"""The product reclaiming licenses of a tenant that it has just synced: worker, queue and all, on SQLite.

    python -m benchmarks.reclaim_product '<the connection as JSON, with licenses and time_scale>'

The sync, with its bulk pass over the sign-ins, is not measured; what is measured begins with the worker, and
ends when the last license was read back.
"""

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from benchmarks.clock import Measured, clocks, peak_mb, since
from benchmarks.product import KEY, connection_to, new_database, sync
from benchmarks.tenant import Facts, misbehave
from core.graph import GraphClient
from core.jobs.worker import launch
from core.notification.setup import Notices, Post
from core.reclamation.chosen import Seat
from core.reclamation.requests import RunMode, start_run
from core.reclamation.states import RequestState, Step
from core.reclamation.write_limit import SPACING, WriteLimiter
from core.rights import cli_actor
from core.settings import ApplicationSettings
from core.store.engine import reading
from core.store.tables import Assignment, ReclamationEvent, ReclamationRequest, ReclamationRun, User

_LOOK_EVERY: Final = 0.2


class OneTenant:
    """What the worker works with: the benchmark's database and client."""

    def __init__(self, engine: Engine, application_id: int, client: GraphClient) -> None:
        self.engine = engine
        self._application_id = application_id
        self._client = client
        connection = client.connection
        self._settings = ApplicationSettings(
            key=KEY,
            name="Benchmark",
            tenant_id=connection.tenant_id,
            client_id=connection.client_id,
            client_secret=connection.client_secret,  # type: ignore[arg-type]  # becomes a secret
            allow_reclaim=True,
        )

    def key_of(self, application_id: int) -> str | None:
        """The key of the only application."""
        return KEY if application_id == self._application_id else None

    def application(self, _key: str) -> ApplicationSettings:
        """Its configuration."""
        return self._settings

    def client(self, _key: str) -> GraphClient:
        """The way to its tenant."""
        return self._client

    def notices(self, _key: str) -> Notices | None:
        """Nobody is written to."""
        return None

    def post(self, _key: str) -> Post | None:
        """No reports are sent."""
        return None


def reclaim(facts: Facts) -> Measured:
    """Reclaim as many licenses as asked for, under the limit on writes."""
    licenses = int(facts["licenses"])
    with new_database(facts) as (engine, application_id):
        with GraphClient(connection_to(facts)) as client:
            sync(engine, client, application_id)
        run_id = _start(engine, application_id, licenses)
        misbehave(facts, **{name: float(facts[name]) for name in ("time_scale", "latency", "lag")})
        before = peak_mb()
        limiter = WriteLimiter(engine, application_id, spacing=SPACING / float(facts["time_scale"]))
        with GraphClient(connection_to(facts), write_limiter=limiter) as client:
            client.sign_in()
            start = clocks()
            worker = launch(OneTenant(engine, application_id, client))
            try:
                _await_end(engine, run_id)
            finally:
                measured = since(start)
                worker.stop()
            statistics = client.statistics
        with reading(engine) as session:
            reclaimed = _count(session, run_id)
            seconds = _seconds_of_removals(session, run_id)
    return measured | {
        "reclaimed": reclaimed,
        "requests": statistics.requests,
        "refused": statistics.throttled,
        "removing": seconds,
        "peak_before_mb": before,
        "peak_mb": peak_mb(),
    }


def _start(engine: Engine, application_id: int, licenses: int) -> int:
    with reading(engine) as session:
        seats = _seats(session, application_id, licenses)
        holders = {user_id for user_id, _ in seats}
        names = select(col(User.user_id), col(User.user_principal_name))
        typed = [name for user_id, name in session.connection().execute(names) if user_id in holders]
    if len(seats) < licenses:
        raise SystemExit(f"the tenant has {len(seats)} licenses that can be removed, not {licenses}")
    return start_run(
        engine,
        application_id,
        chosen=seats,
        mode=RunMode.IMMEDIATE,
        manual=True,
        note="A benchmark",
        confirm_count=licenses,
        confirm_names=typed,
        actor=cli_actor(),
        allow_reclaim=True,
        now=datetime.now(UTC),
    )


def _seats(session: Session, application_id: int, licenses: int) -> list[Seat]:
    """Licenses that nothing stands against, each the only one of its holder."""
    alone = (
        select(col(Assignment.user_id))
        .where(col(Assignment.application_id) == application_id)
        .group_by(col(Assignment.user_id))
        .having(func.count() == 1)
    )
    query = (
        select(col(Assignment.user_id), col(Assignment.sku_id))
        .join(
            User,
            (col(User.user_id) == col(Assignment.user_id))
            & (col(User.application_id) == col(Assignment.application_id)),
        )
        .where(
            col(Assignment.application_id) == application_id,
            col(Assignment.direct).is_(True),
            col(Assignment.group_count) == 0,
            col(Assignment.user_id).in_(alone),
            col(User.employee_id).is_not(None),  # people, not rooms or shared mailboxes
            col(User.account_enabled).is_(True),
            col(User.management_restricted).is_not(True),
        )
        .order_by(col(Assignment.user_id))
        .limit(licenses)
    )
    return [(user_id, sku_id) for user_id, sku_id in session.connection().execute(query)]


def _await_end(engine: Engine, run_id: int) -> None:
    ended = select(col(ReclamationRun.ended_at)).where(col(ReclamationRun.id) == run_id)
    while True:
        with reading(engine) as session:
            if session.connection().execute(ended).scalar_one() is not None:
                return
        time.sleep(_LOOK_EVERY)


def _count(session: Session, run_id: int) -> int:
    query = select(func.count()).where(
        col(ReclamationRequest.run_id) == run_id,
        col(ReclamationRequest.state) == RequestState.RECLAIMED.value,
    )
    return session.connection().execute(query).scalar_one()


def _seconds_of_removals(session: Session, run_id: int) -> float:
    """From the first intent to the last answer."""
    query = (
        select(func.min(col(ReclamationEvent.at)), func.max(col(ReclamationEvent.at)))
        .join(ReclamationRequest, col(ReclamationRequest.id) == col(ReclamationEvent.request_id))
        .where(
            col(ReclamationRequest.run_id) == run_id,
            col(ReclamationEvent.step).in_((Step.INTENT.value, Step.REMOVAL.value)),
        )
    )
    first, last = session.connection().execute(query).one()
    span: timedelta = last - first
    return span.total_seconds()


if __name__ == "__main__":
    print(json.dumps(reclaim(json.loads(sys.argv[1]))))
