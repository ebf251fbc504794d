"""The bulk sign-in pass: the last sign-ins of everybody, in pages of 500 and nothing else of them."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import sqlalchemy
from sqlalchemy import Engine, case, exists, func
from sqlmodel import Session

from core.activity.evidence import SourceStatus
from core.graph import (
    ExpiredPageToken,
    GraphClient,
    GraphError,
    PermissionDenied,
    PremiumRequired,
    SignInPage,
    Stopped,
)
from core.integration.sources import SourceName, record_source
from core.integration.steps import steps
from core.store.bulk import table_of, upsert_rows
from core.store.engine import writing
from core.store.tables import Assignment, User, UserActivity

MOST_RESTARTS: Final = 3
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
) -> str | None:
    """Read everybody's last sign-ins; a sentence where they are missing, failed or full of holes.

    `after_page` is called in each page's transaction, with the number of people on it. How the source stands
    is on record afterwards. A pass that breaks off leaves what it has read, and the source as failed.

    Raises:
        Stopped: `should_stop` said so.
    """
    try:
        began = _read(engine, client.until(should_stop), application_id, clock, should_stop, after_page)
    except Stopped:
        raise
    except PremiumRequired:
        return _not_read(engine, application_id, SourceStatus.MISSING, NO_PREMIUM)
    except PermissionDenied:
        return _not_read(engine, application_id, SourceStatus.MISSING, NO_PERMISSION)
    except GraphError as error:
        detail = f"Sign-ins could not be read to the end: {error}"
        return _not_read(engine, application_id, SourceStatus.FAILED, detail)
    with writing(engine) as session:
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
    return detail or None


def _read(
    engine: Engine,
    client: GraphClient,
    application_id: int,
    clock: Callable[[], datetime],
    should_stop: Callable[[], bool],
    after_page: Callable[[Session, int], None],
) -> datetime:
    """Read all pages; when the complete pass began."""
    for restart in range(MOST_RESTARTS + 1):
        began = clock()
        try:
            for pages in steps(client.list_sign_ins(), most=_PAGES_AT_ONCE):
                if should_stop():
                    raise Stopped("stopped while reading the last sign-ins")
                with writing(engine) as session:
                    for page in pages:
                        _write(session, application_id, page, clock())
                    after_page(session, sum(len(page.sign_ins) for page in pages))
        except ExpiredPageToken:
            if restart == MOST_RESTARTS:
                raise
            continue
        break
    return began


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
