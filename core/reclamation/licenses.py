"""What people hold, as the last sync saw it, and the service plans of the types."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from core.reclamation.chosen import parts
from core.store.tables import Assignment, ServicePlan


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldLicense:
    """A license of one user, or one way in which the user holds it. `state`: Graph's word."""

    sku_id: str
    state: str
    disabled_plans: tuple[str, ...]


def plans_by_type(session: Session, application_id: int) -> dict[str, frozenset[str]]:
    """Service plan ids of each license type, by SKU id."""
    found: dict[str, set[str]] = {}
    query = select(col(ServicePlan.sku_id), col(ServicePlan.service_plan_id)).where(
        col(ServicePlan.application_id) == application_id
    )
    for sku_id, plan_id in session.connection().execute(query):
        found.setdefault(sku_id, set()).add(plan_id)
    return {sku_id: frozenset(plans) for sku_id, plans in found.items()}


def stored_licenses(
    session: Session, application_id: int, user_ids: Iterable[str]
) -> dict[str, tuple[HeldLicense, ...]]:
    """All licenses of these users, by user id."""
    found: dict[str, list[HeldLicense]] = {}
    for part in parts(sorted(set(user_ids))):
        query = select(
            col(Assignment.user_id),
            col(Assignment.sku_id),
            col(Assignment.state),
            col(Assignment.disabled_plans),
        ).where(col(Assignment.application_id) == application_id, col(Assignment.user_id).in_(part))
        for user_id, sku_id, state, off in session.connection().execute(query):
            license_held = HeldLicense(sku_id=sku_id, state=state, disabled_plans=tuple(off))
            found.setdefault(user_id, []).append(license_held)
    return {user_id: tuple(held) for user_id, held in found.items()}
