from decimal import Decimal

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from core.activity.evidence import Confidence
from core.reclamation.listing import (
    EXPORT_COLUMNS,
    OpportunityFilter,
    as_json,
    count,
    export_cells,
    page,
    rows_of,
    stream_batches,
)
from core.reclamation.opportunities import Scenario
from core.reclamation.requests import RunMode, start_run
from core.spend.list_prices import list_prices
from core.store.engine import reading, writing
from core.store.tables import Opportunity, Purchase
from tests.support.seats import E5, NOW, OPERATOR, VISIO, add_seat, user_id

TODAY = NOW.date()
E3 = "05e9a617-0261-4cee-bb44-138d3ef5d965"


@pytest.fixture
def seats(engine: Engine, application_id: int) -> list[tuple[str, str]]:
    """Four opportunities, the strongest last."""
    return [
        add_seat(engine, application_id, 1, rank=4, scenario="hr_inactive", confidence="probable"),
        add_seat(engine, application_id, 2, rank=3, department="Finance"),
        add_seat(engine, application_id, 3, VISIO, rank=2, blocker="The account is young."),
        add_seat(engine, application_id, 4, rank=1, scenario="never_active"),
    ]


def shown(engine: Engine, application_id: int, chosen: OpportunityFilter) -> list[int]:
    with reading(engine) as session:
        rows = page(session, application_id, chosen, on=TODAY)
        assert count(session, application_id, chosen) == len(rows)
    return [int(row.user_id[-1]) for row in rows]


@pytest.mark.usefixtures("seats")
@pytest.mark.parametrize(
    ("chosen", "people"),
    [
        (OpportunityFilter(), [4, 3, 2, 1]),
        (OpportunityFilter(scenarios=(Scenario.INACTIVE,)), [3, 2]),
        (OpportunityFilter(scenarios=(Scenario.HR_INACTIVE, Scenario.NEVER_ACTIVE)), [4, 1]),
        (OpportunityFilter(sku_ids=(VISIO,)), [3]),
        (OpportunityFilter(confidences=(Confidence.PROBABLE,)), [1]),
        (OpportunityFilter(reclaimable=True), [4, 2, 1]),
        (OpportunityFilter(reclaimable=False), [3]),
        (OpportunityFilter(departments=("Finance",)), [2]),
        (OpportunityFilter(text="PERSON2@"), [2]),
    ],
)
def test_the_filter_lets_through_what_it_asks_for_the_strongest_first(
    engine: Engine, application_id: int, chosen: OpportunityFilter, people: list[int]
) -> None:
    assert shown(engine, application_id, chosen) == people


@pytest.mark.usefixtures("seats")
def test_pages_and_batches_hold_every_opportunity_once(engine: Engine, application_id: int) -> None:
    chosen = OpportunityFilter()
    with reading(engine) as session:
        pages = [
            row.user_id
            for number in (1, 2)
            for row in page(session, application_id, chosen, on=TODAY, number=number, rows=3)
        ]
    batches = list(stream_batches(engine, application_id, chosen, on=TODAY, size=3))
    assert pages == [row.user_id for batch in batches for row in batch]
    assert [len(batch) for batch in batches] == [3, 1]


def test_a_row_says_what_the_seat_costs_in_a_year_and_until_when_it_is_paid(
    engine: Engine, application_id: int, seats: list[tuple[str, str]]
) -> None:
    with reading(engine) as session:
        (priced,) = rows_of(session, application_id, [seats[1]], on=TODAY)
        (unpriced,) = rows_of(session, application_id, [seats[2]], on=TODAY)
    assert priced.cost is not None
    assert (str(priced.cost.amount), priced.cost.currency) == ("684.000000", "USD")
    assert priced.paid_until is not None
    assert priced.paid_until.isoformat() == "2026-12-31"
    assert unpriced.cost is None


def test_a_type_of_two_currencies_costs_one_amount_or_the_other_and_never_their_sum(
    engine: Engine, application_id: int, seats: list[tuple[str, str]]
) -> None:
    with writing(engine) as session:
        bought = session.exec(select(Purchase).where(Purchase.sku_id == E5)).one()
        session.add(
            Purchase(
                **bought.model_dump(exclude={"id", "currency", "cost_per_seat", "purchase_identifier"}),
                currency="EUR",
                cost_per_seat=Decimal(50),
                purchase_identifier="EA-EUR",
            )
        )
    with reading(engine) as session:
        (row,) = rows_of(session, application_id, [seats[0]], on=TODAY)
    assert (row.cost, as_json(row)["annual_cost"]) == (None, None)
    assert as_json(row)["annual_costs"] == {"EUR": "600.00", "USD": "684.00"}
    assert export_cells(row)[-1] == "EUR 600.00 or USD 684.00"


def test_the_json_of_a_row_is_what_scripts_rely_on(
    engine: Engine, application_id: int, seats: list[tuple[str, str]]
) -> None:
    with reading(engine) as session:
        (row,) = rows_of(session, application_id, [seats[0]], on=TODAY)
    assert as_json(row) == {
        "user_id": user_id(1),
        "user_principal_name": "person1@example.com",
        "part_number": "SPE_E5",
        "sku_id": E5,
        "scenarios": ["hr_inactive"],
        "confidence": "probable",
        "reasons": ["The last successful sign-in was 200 days ago."],
        "blockers": [],
        "cautions": [],
        "annual_cost": "684.00",
        "currency": "USD",
        "annual_costs": {"USD": "684.00"},
    }
    assert len(export_cells(row)) == len(EXPORT_COLUMNS)


def test_a_seat_that_is_being_reclaimed_says_so(
    engine: Engine, application_id: int, seats: list[tuple[str, str]]
) -> None:
    start_run(
        engine,
        application_id,
        chosen=[seats[3]],
        mode=RunMode.IMMEDIATE,
        manual=False,
        note="",
        confirm_count=None,
        actor=OPERATOR,
        allow_reclaim=True,
        now=NOW,
    )
    with reading(engine) as session:
        rows = page(session, application_id, OpportunityFilter(), on=TODAY)
    assert [row.requested for row in rows] == [True, False, False, False]


def test_advice_says_what_would_be_saved_by_which_type_and_by_which_prices(
    engine: Engine, application_id: int
) -> None:
    seat = add_seat(engine, application_id, 1, scenario="downgrade")
    with writing(engine) as session:
        session.get_one(Opportunity, (application_id, *seat)).cheaper_sku_id = E3
    with reading(engine) as session:
        (row,) = rows_of(session, application_id, [seat], on=TODAY)
    cells = dict(zip((column.name for column in EXPORT_COLUMNS), export_cells(row), strict=True))
    listed = {each: list_prices()[each].amount * 12 for each in (E5, E3)}
    assert cells["cheaper_license_type"] == E3  # a type goes by its id where the tenant does not list it
    assert cells["annual_saving"] == listed[E5] - listed[E3]
    assert (cells["saving_currency"], cells["saving_is_estimate"]) == ("USD", "yes")
    assert str(cells["annual_cost"]) == "684.000000"


def test_without_advice_nothing_is_said_of_another_type(engine: Engine, application_id: int) -> None:
    seat = add_seat(engine, application_id, 1)
    with reading(engine) as session:
        (row,) = rows_of(session, application_id, [seat], on=TODAY)
    assert (row.cheaper_type, row.saving, row.saving_estimated) == (None, None, False)
