"""Licenses that were reclaimed, as finished requests leave them."""

from datetime import datetime

from sqlalchemy import Engine

from core.store.engine import writing
from core.store.tables import ReclamationRequest, ReclamationRun
from tests.support.license_types import E3


def keep_reclaimed(
    engine: Engine,
    count: int = 1,
    *,
    at: datetime,
    state: str = "reclaimed",
    restored_at: datetime | None = None,
) -> None:
    """Requests of one run of the first application, each for a license of its own of Microsoft 365 E3."""
    with writing(engine) as session:
        run = ReclamationRun(application_id=1, mode="immediate", created_at=at, created_by="Otto")
        session.add(run)
        session.flush()
        for number in range(count):
            session.add(
                ReclamationRequest(
                    run_id=run.id or 0,
                    application_id=1,
                    user_id=f"{run.id}-{number}",
                    sku_id=E3,
                    user_principal_name="a@contoso.com",
                    display_name="A",
                    part_number="SPE_E3",
                    product_name="Microsoft 365 E3",
                    dry_run=False,
                    manual=False,
                    state=state,
                    chunk=0,
                    due_at=at,
                    created_at=at,
                    changed_at=at,
                    reclaimed_at=at if state in {"reclaimed", "restored"} else None,
                    restored_at=restored_at,
                )
            )
