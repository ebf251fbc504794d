from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import Engine, func, select
from sqlmodel import SQLModel

from core.store.bulk import table_of
from core.store.engine import reading, writing
from core.store.erase import erase_application
from core.store.tables import (
    Application,
    Purchase,
    ReclamationEvent,
    ReclamationRequest,
    ReclamationRun,
    TaskRun,
)

NOW = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)


def add_application_with_history(engine: Engine, key: str) -> int:
    with writing(engine) as session:
        application = Application(key=key, name=key, tenant_id="t", created_at=NOW)
        session.add(application)
        session.flush()
        assert application.id is not None
        of = application.id
        run = ReclamationRun(application_id=of, mode="immediate", created_at=NOW, created_by="a")
        session.add(run)
        session.flush()
        assert run.id is not None
        request = ReclamationRequest(
            run_id=run.id, application_id=of, user_id="u", sku_id="s", user_principal_name="u@example.com",
            display_name="U", part_number="P", product_name="P", dry_run=False, manual=False,
            state="reclaimed",
            chunk=0, due_at=NOW, created_at=NOW, changed_at=NOW,
        )  # fmt: skip
        session.add(request)
        session.flush()
        assert request.id is not None
        session.add(
            ReclamationEvent(
                request_id=request.id, step="requested", attempt=0, state="queued", at=NOW, actor="a"
            )
        )
        session.add(
            TaskRun(application_id=of, task="roster", status="succeeded", queued_at=NOW, started_by="a")
        )
        session.add(
            Purchase(
                application_id=of,
                sku_id="s",
                purchase_identifier="p",
                seats=1,
                cost_per_seat=Decimal(1),
                currency="USD",
                frequency="monthly",
                starts_on=date(2026, 1, 1),
                created_at=NOW,
                created_by="a",
                changed_at=NOW,
                changed_by="a",
            )
        )
        return of


def counts(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        return {
            table.name: session.connection().execute(select(func.count()).select_from(table)).scalar_one()
            for table in SQLModel.metadata.sorted_tables
        }


def test_everything_about_one_application_goes_and_nothing_of_another(engine: Engine) -> None:
    add_application_with_history(engine, "kept")
    alone = counts(engine)
    erased = add_application_with_history(engine, "erased")
    with writing(engine) as session:
        erase_application(session, erased)
    assert counts(engine) == alone | {table_of(Application).name: 2}
    with reading(engine) as session:
        assert session.get_one(Application, erased).tenant_id is None
