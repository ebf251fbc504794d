"""Which seats of a page another type of the same person covers, and where a cheaper type would do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy
from sqlmodel import Session

from core.activity.evidence import ActivityStatus
from core.integration.overlaps import LASTING, Overlaps
from core.integration.report_evidence import columns_of_reports, evidence_of_reports
from core.reclamation.downgrades import Downgrade, Usage, in_use
from core.reclamation.duplicates import Cover, HeldType, find_duplicates
from core.spend.free_types import free_types, self_service_types
from core.store.bulk import table_of
from core.store.plain import plain
from core.store.tables import Assignment, UserActivity

_IN_FORCE: Final = frozenset({"Enabled", "Warning"})

Key = tuple[str, str]
"""User id and SKU id."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found for a page of seats."""

    covers: Mapping[Key, Cover]
    downgrades: Mapping[Key, Downgrade]


def find_overlaps(
    session: Session, application_id: int, overlaps: Overlaps, candidates: Sequence[Any]
) -> Found:
    """The covered seats among some candidates, and those for which a cheaper type would do.

    `candidates`: rows with `user_id`, `sku_id`, `disabled_plans` (a JSON text), `activity_status` and
    `paired`, which says that `may_be_covered` holds.
    """
    paired = sorted({row.user_id for row in candidates if row.paired})
    covers = _covers(session, application_id, overlaps, paired) if paired else {}
    with_duplicate = {user_id for user_id, _ in covers}  # whose other type is what keeps them going
    used = [
        row
        for row in candidates
        if row.activity_status == ActivityStatus.ACTIVE.value
        and row.sku_id in overlaps.cheaper
        and row.user_id not in with_duplicate
    ]
    return Found(
        covers=covers,
        downgrades=_downgrades(session, application_id, overlaps, used) if used else {},
    )


def _covers(
    session: Session, application_id: int, overlaps: Overlaps, user_ids: Sequence[str]
) -> dict[Key, Cover]:
    held = table_of(Assignment).c
    statement = (
        sqlalchemy.select(
            held.user_id,
            held.sku_id,
            held.direct,
            held.group_count,
            held.state,
            plain(held.disabled_plans).label("disabled_plans"),
        )
        .where(held.application_id == application_id, held.user_id.in_(user_ids))
        .order_by(held.user_id, held.sku_id)
    )
    by_user: dict[str, list[HeldType]] = {}
    for row in session.connection().execute(statement):
        each = _held(row, overlaps)
        if each is not None:
            by_user.setdefault(row.user_id, []).append(each)
    return {
        (user_id, sku_id): cover
        for user_id, types in by_user.items()
        for sku_id, cover in find_duplicates(types).items()
    }


def _held(row: Any, overlaps: Overlaps) -> HeldType | None:  # noqa: ANN401 - a row of `_covers`
    """A type as the person holds it; nothing for one that the tenant does not list any more."""
    known = overlaps.types.get(row.sku_id)
    if known is None:
        return None
    annual = overlaps.prices[row.sku_id].annual
    free, self_service = row.sku_id in free_types(), row.sku_id in self_service_types()
    return HeldType(
        sku_id=row.sku_id,
        name=known.product_name,
        plans=overlaps.switched_on(row.sku_id, row.disabled_plans),
        removable=row.direct and not row.group_count,
        state=row.state,
        usable=known.capability_status in _IN_FORCE,
        lasting=known.capability_status == LASTING and not free and not self_service,
        worthless=free and (annual is None or annual.amount == 0),
        annual=annual,
    )


def _downgrades(
    session: Session, application_id: int, overlaps: Overlaps, seats: Sequence[Any]
) -> dict[Key, Downgrade]:
    user_ids = sorted({row.user_id for row in seats})
    activity = table_of(UserActivity).c
    rows = session.connection().execute(
        sqlalchemy.select(
            activity.user_id, activity.mailbox_bytes, activity.has_archive, *columns_of_reports()
        ).where(activity.application_id == application_id, activity.user_id.in_(user_ids))
    )
    known = {row[0]: row for row in rows}
    found = {}
    for seat in seats:
        said = known.get(seat.user_id)
        if said is None:
            continue
        policy = overlaps.rules.policy_of(seat.sku_id)
        _, mailbox_bytes, has_archive, *reports = said
        usage = Usage(
            reports=evidence_of_reports(reports, overlaps.rules.report_status),
            threshold_days=policy.threshold_days,
            today=overlaps.today,
            report_stale_days=policy.report_stale_days,
            mailbox_bytes=mailbox_bytes,
            has_archive=has_archive,
        )
        downgrade = overlaps.downgrade(seat.sku_id, seat.disabled_plans, in_use(usage))
        if downgrade is not None:
            found[seat.user_id, seat.sku_id] = downgrade
    return found
