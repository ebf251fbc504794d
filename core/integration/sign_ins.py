"""The bulk sign-in pass: the last sign-ins of everybody, in pages of 500 and nothing else of them."""

from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy
from sqlalchemy import Engine, case, exists, func
from sqlmodel import Session

from core.activity.evidence import SourceStatus
from core.graph import (
    GraphClient,
    GraphError,
    PermissionDenied,
    PremiumRequired,
    SignInPage,
    Stopped,
)
from core.integration.checkpoints import AHEAD, Checkpoints, Listing, Place, continued, read_through
from core.integration.sources import SourceName, as_sentence, record_source
from core.store.bulk import table_of, upsert_rows
from core.store.engine import writing
from core.store.tables import Assignment, User, UserActivity

_PEOPLE: Final = "people"
"""What the checkpoint counts."""
_PAGES_AT_ONCE: Final = 8
DEGRADED_SHARE: Final = 0.2
"""Of the enabled members with a license; more of them without any data make the pass untrustworthy."""

NO_PREMIUM: Final = (
    "Sign-ins can't be read: the tenant has no Microsoft Entra ID P1 or P2. Activity rests on the usage "
    "reports; license types without a report stay Unknown."
)
NO_PERMISSION: Final = (
    "Sign-ins can't be read: AuditLog.Read.All is missing. Activity rests on the usage reports; "
    "license types without a report stay Unknown."
)
_WHAT_WAS_READ: Final = "A sign-in that was read before still proves use, but its absence proves nothing."
_COLUMNS: Final = (
    "user_id",
    "sign_in_successful",
    "sign_in_interactive",
    "sign_in_non_interactive",
)


def refresh_sign_ins(
    engine: Engine,
    client: GraphClient,
    application_id: int,
    *,
    clock: Callable[[], datetime],
    should_stop: Callable[[], bool] = lambda: False,
    after_page: Callable[[Session, int], None] = lambda _session, _read: None,
    expected: int | None = None,
    log: Callable[[str], None] = lambda _message: None,
) -> str | None:
    """Read everybody's last sign-ins; a sentence where they are missing, failed or full of holes.

    How the source stands is on record afterwards. A pass that breaks off leaves what it has read, and the
    source as failed; the next one goes on from there.

    Args:
        engine: the database.
        client: reaches the tenant.
        application_id: whose sign-ins.
        clock: the time.
        should_stop: whether to end soon.
        after_page: is called in each step's transaction, with the number of people that the pass has read.
        expected: people that there will be about.
        log: is told, in a transaction of nobody's, what people should know.

    Raises:
        Stopped: `should_stop` said so.
    """
    checkpoints = Checkpoints(
        engine=engine,
        client=client.until(should_stop).in_background(),
        application_id=application_id,
        listing=Listing.SIGN_INS,
        clock=clock,
    )
    try:
        place = _read(checkpoints, should_stop, after_page, expected, log)
    except Stopped:
        raise
    except PremiumRequired:
        return _not_read(engine, application_id, SourceStatus.MISSING, NO_PREMIUM)
    except PermissionDenied:
        return _not_read(engine, application_id, SourceStatus.MISSING, NO_PERMISSION)
    except GraphError as error:
        broken = as_sentence(f"Sign-ins could not be read to the end: {error}")
        return _not_read(engine, application_id, SourceStatus.FAILED, f"{broken} {_WHAT_WAS_READ}")
    with writing(engine) as session:
        checkpoints.forget(session)
        began = place.began_at
        without, everybody = _without_data(session, application_id, began)
        degraded = without > DEGRADED_SHARE * everybody
        detail = (
            f"{without} of {everybody} enabled members with a license came without sign-in data, so its "
            "absence proves nothing for anybody."
            if degraded
            else ""
        )
        status = SourceStatus.DEGRADED if degraded else SourceStatus.AVAILABLE
        now = clock()
        record_source(session, application_id, SourceName.SIGN_INS, status, detail, as_of=began, read_at=now)
    log(f"Sign-ins: {place.counts[_PEOPLE]:,} people.")
    return detail or None


def _read(
    checkpoints: Checkpoints,
    should_stop: Callable[[], bool],
    after_page: Callable[[Session, int], None],
    expected: int | None,
    log: Callable[[str], None],
) -> Place:
    """Read all pages; how the pass ended."""

    def begin(place: Place) -> None:
        if place.link is not None:
            log(f"Sign-ins: {continued(place, place.counts[_PEOPLE], expected)}.")

    def fetch(place: Place) -> Generator[SignInPage, None, None]:
        return checkpoints.client.list_sign_ins(place.link, ahead=AHEAD)

    def store(session: Session, place: Place, pages: Sequence[SignInPage]) -> None:
        for page in pages:
            _write(session, checkpoints.application_id, page, checkpoints.clock())
            place.count(**{_PEOPLE: len(page.sign_ins)})

    def after_step(session: Session, place: Place) -> None:
        if should_stop():
            raise Stopped("stopped while reading the last sign-ins")
        after_page(session, place.counts[_PEOPLE])

    return read_through(
        checkpoints,
        marker=0,
        fetch=fetch,
        begin=begin,
        store=store,
        after_step=after_step,
        most=_PAGES_AT_ONCE,
        expired=lambda: log("Sign-ins: the page token expired, so the pass begins anew."),
    )


def _write(session: Session, application_id: int, page: SignInPage, now: datetime) -> None:
    upsert_rows(
        session,
        UserActivity,
        _COLUMNS,
        [
            (each.user_id, each.last_successful, each.last_interactive, each.last_non_interactive)
            for each in page.sign_ins
        ],
        same={"application_id": application_id, "sign_in_read_at": now},
    )


def _not_read(engine: Engine, application_id: int, status: SourceStatus, detail: str) -> str:
    with writing(engine) as session:
        record_source(session, application_id, SourceName.SIGN_INS, status, detail)
    return detail


def _without_data(session: Session, application_id: int, began: datetime) -> tuple[int, int]:
    """Enabled members with a license: how many the pass read without any date, and how many it read."""
    user, activity, held = table_of(User).c, table_of(UserActivity).c, table_of(Assignment).c
    empty = (
        activity.sign_in_successful.is_(None)
        & activity.sign_in_interactive.is_(None)
        & activity.sign_in_non_interactive.is_(None)
    )
    statement = (
        sqlalchemy.select(func.coalesce(func.sum(case((empty, 1), else_=0)), 0), func.count())
        .select_from(
            table_of(User).join(
                table_of(UserActivity),
                (activity.application_id == user.application_id) & (activity.user_id == user.user_id),
            )
        )
        .where(
            user.application_id == application_id,
            user.gone_at.is_(None),
            user.account_enabled.is_(True),
            func.coalesce(user.user_type, "Member") == "Member",
            activity.sign_in_read_at >= began,
            exists().where(held.application_id == user.application_id, held.user_id == user.user_id),
        )
    )
    without, everybody = session.connection().execute(statement).one()
    return int(without), int(everybody)
