import pytest
from sqlalchemy import Engine

from core.reclamation.blocked import BLOCKER_WORDS, blocked_by
from core.reclamation.listing import OpportunityFilter
from core.reclamation.opportunities import BlockerCode
from core.store.engine import reading
from tests.support.seats import VISIO, add_seat


@pytest.fixture(autouse=True)
def _seats(engine: Engine, application_id: int) -> None:
    add_seat(engine, application_id, 1)
    add_seat(engine, application_id, 2, blocker="The account is young.")
    add_seat(engine, application_id, 3, blocker="Inherited.", blocker_code="inherited", department="Finance")
    add_seat(engine, application_id, 4, VISIO, blocker="Also inherited.", blocker_code="inherited")


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (OpportunityFilter(), [(BlockerCode.INHERITED, 2), (BlockerCode.YOUNG_ACCOUNT, 1)]),
        (OpportunityFilter(reclaimable=True, sku_ids=(VISIO,)), [(BlockerCode.INHERITED, 1)]),
        (OpportunityFilter(departments=("Finance",)), [(BlockerCode.INHERITED, 1)]),
        (OpportunityFilter(text="person1@"), []),
    ],
)
def test_what_is_blocked_is_counted_by_its_reason_the_most_frequent_first(
    engine: Engine, application_id: int, chosen: OpportunityFilter, expected: list[tuple[BlockerCode, int]]
) -> None:
    with reading(engine) as session:
        assert list(blocked_by(session, application_id, chosen).items()) == expected


def test_every_blocker_has_its_words() -> None:
    assert set(BLOCKER_WORDS) == set(BlockerCode)
