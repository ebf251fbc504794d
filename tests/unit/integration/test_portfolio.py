from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from core.integration.portfolio import OLD_AFTER, ApplicationTotals, Trouble, read_portfolio
from core.integration.scheduling import change_schedule
from core.integration.sources import SourceName
from core.rights import Actor, Role
from core.store.engine import writing
from core.store.tables import Source, TaskStatus
from tests.support.holdings import E3, VISIO, Holding, Person, keep_people, keep_price
from tests.support.rounds import keep_round

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEYS = {1: "contoso", 2: "fabrikam"}
ADMINISTRATOR = Actor(name="Ada", role=Role.ADMINISTRATOR)


def totals(engine: Engine) -> list[ApplicationTotals]:
    return read_portfolio(engine, KEYS, awake_since=NOW - timedelta(days=1), now=NOW)


def of(engine: Engine, application_id: int) -> ApplicationTotals:
    return next(each for each in totals(engine) if each.application_id == application_id)


def synced(
    engine: Engine, application: int, *, hours_ago: float = 5, access: TaskStatus = TaskStatus.SUCCEEDED
) -> None:
    began = NOW - timedelta(hours=hours_ago)
    keep_round(engine, began, application=application, differing={"access": access})


def keep_sources(engine: Engine, application_id: int, *, missing: SourceName | None = None) -> None:
    with writing(engine) as session:
        for name in SourceName:
            status = "missing" if name is missing else "available"
            session.add(Source(application_id=application_id, name=name.value, status=status, as_of=NOW))


def test_an_application_that_was_never_read_has_no_figures(engine: Engine) -> None:
    found = of(engine, 1)
    assert found.trouble is Trouble.NEVER_READ
    assert (found.people, found.license_types, found.purchased, found.assigned) == (None, 0, 0, 0)
    assert list(found.monthly) == []
    assert found.complete_at is None


def test_seats_and_spend_are_those_of_the_application_alone(engine: Engine) -> None:
    keep_people(
        engine, 1, [Person(name="Anna", holds=(Holding(), Holding(sku_id=VISIO))), Person(name="Ben")]
    )
    keep_price(engine, 1, E3, "36")
    keep_price(engine, 1, VISIO, "10", "EUR")
    synced(engine, 1)
    found = of(engine, 1)
    assert (found.people, found.license_types, found.purchased, found.assigned) == (2500, 2, 200, 3)
    assert sorted((each.currency, int(each.amount)) for each in found.monthly) == [
        ("EUR", 1000),
        ("USD", 3600),
    ]
    assert of(engine, 2).purchased == 0


@pytest.mark.parametrize(
    ("hours_ago", "access", "missing", "trouble"),
    [
        (5, TaskStatus.SUCCEEDED, None, Trouble.NONE),
        (5, TaskStatus.PARTIAL, SourceName.MAILBOXES, Trouble.INCOMPLETE),
        (OLD_AFTER / timedelta(hours=1) + 1, TaskStatus.SUCCEEDED, SourceName.MAILBOXES, Trouble.OLD),
        (5, TaskStatus.FAILED, SourceName.MAILBOXES, Trouble.FAILED),
    ],
)
def test_the_worst_trouble_is_told(
    engine: Engine, hours_ago: float, access: TaskStatus, missing: SourceName | None, trouble: Trouble
) -> None:
    keep_sources(engine, 1, missing=missing)
    synced(engine, 1, hours_ago=hours_ago, access=access)
    found = of(engine, 1)
    assert found.trouble is trouble
    assert list(found.incomplete) == ([] if missing is None else [missing])
    assert list(found.failed) == (["access"] if access is TaskStatus.FAILED else [])


def test_those_in_trouble_come_first_then_by_key(engine: Engine) -> None:
    keep_sources(engine, 1)
    synced(engine, 1)
    assert [each.application_id for each in totals(engine)] == [2, 1]
    keep_sources(engine, 2)
    synced(engine, 2)
    assert [each.application_id for each in totals(engine)] == [1, 2]


def test_the_next_sync_is_the_schedules(engine: Engine) -> None:
    synced(engine, 1)
    found = of(engine, 1).next
    assert found is not None
    assert found.at == datetime(2026, 11, 25, 3, 47, tzinfo=UTC)
    change_schedule(engine, 1, enabled=False, hour=3, actor=ADMINISTRATOR, now=NOW)
    assert of(engine, 1).next is None
