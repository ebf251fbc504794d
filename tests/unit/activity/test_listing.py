from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from core.activity.breakdown import largest_groups, read_breakdown
from core.activity.details import read_details
from core.activity.evidence import ActivityStatus, Confidence
from core.activity.listing import (
    EXPORT_COLUMNS,
    NOT_GIVEN,
    ActivityFilter,
    ActivityRow,
    AssignedBy,
    choices,
    count,
    page,
    stream_cells,
    totals,
)
from core.roster.matching import MatchedBy
from core.roster.status import EmployeeStatus
from core.spend.grouping import Grouping
from core.store.engine import reading, writing
from core.store.tables import Assignment, LicenseType, User, UserActivity
from tests.support.applications import database_of_two_applications
from tests.support.holdings import E3, READ_AT, VISIO, Holding, Person, keep_people, person_id
from tests.support.rosters import keep_roster

GROUP = "00000000-0000-4000-8000-0000000000a1"

PEOPLE = (
    Person(name="Zoë Zimmer", holds=(Holding(status="active"), Holding(sku_id=VISIO, status="unknown"))),
    Person(name="Anna Ärger", department="IT", holds=(Holding(status="inactive"),)),
    Person(name="Bob 50%_off", department=None, country=None, holds=(Holding(status="never_active"),)),
    Person(name="anna", enabled=False, holds=(Holding(direct=False, groups=(GROUP,)),)),
    Person(name="Cleo", company=None, holds=(Holding(groups=(GROUP,), status="inactive"),)),
    Person(name="Nobody", holds=()),
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with database_of_two_applications(request.param, tmp_path) as made:
        keep_people(made, 1, PEOPLE)
        keep_people(made, 2, (Person(name="Stranger"),))
        yield made


COLUMN_NAMES = [column.name for column in EXPORT_COLUMNS]


def cells_of(row: ActivityRow) -> tuple[object, ...]:
    """What a file has of a row of the page."""
    shown = {name: getattr(row, name) for name in COLUMN_NAMES} | {"evidence": " ".join(row.evidence)}
    return tuple(shown.values())


def first_cells(engine: Engine, chosen: ActivityFilter) -> dict[str, object]:
    """The first row of a file, by column."""
    return dict(zip(COLUMN_NAMES, next(stream_cells(engine, 1, chosen))[0], strict=True))


def names(engine: Engine, chosen: ActivityFilter) -> list[str]:
    with reading(engine) as session:
        return sorted({row.display_name for row in page(session, 1, chosen)})


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (ActivityFilter(), {"Zoë Zimmer", "Anna Ärger", "Bob 50%_off", "anna", "Cleo"}),
        (ActivityFilter(sku_ids=(VISIO,)), {"Zoë Zimmer"}),
        (ActivityFilter(statuses=(ActivityStatus.INACTIVE,)), {"Anna Ärger", "Cleo"}),
        (
            ActivityFilter(statuses=(ActivityStatus.NEVER_ACTIVE, ActivityStatus.UNKNOWN)),
            {"Bob 50%_off", "Zoë Zimmer"},
        ),
        (ActivityFilter(departments=("IT",)), {"Anna Ärger"}),
        (ActivityFilter(departments=("IT", NOT_GIVEN)), {"Anna Ärger", "Bob 50%_off"}),
        (ActivityFilter(countries=(NOT_GIVEN,)), {"Bob 50%_off"}),
        (ActivityFilter(companies=(NOT_GIVEN,)), {"Cleo"}),
        (ActivityFilter(account_enabled=False), {"anna"}),
        (ActivityFilter(assigned_by=(AssignedBy.GROUP,)), {"anna"}),
        (ActivityFilter(assigned_by=(AssignedBy.BOTH,)), {"Cleo"}),
        (ActivityFilter(assigned_by=(AssignedBy.GROUP, AssignedBy.BOTH)), {"anna", "Cleo"}),
        (ActivityFilter(text="ANNA"), {"Anna Ärger", "anna"}),
        (ActivityFilter(text=" äRGER "), {"Anna Ärger"}),
        (ActivityFilter(text="person3@"), {"Bob 50%_off"}),
        (ActivityFilter(text="50%_off"), {"Bob 50%_off"}),
        (ActivityFilter(text="%"), {"Bob 50%_off"}),
        (ActivityFilter(text="_"), {"Bob 50%_off"}),
        (ActivityFilter(text="' OR 1=1 --"), set()),
        (ActivityFilter(sku_ids=(E3,), statuses=(ActivityStatus.ACTIVE,), text="zoë"), {"Zoë Zimmer"}),
    ],
)
def test_a_filter_lets_through_exactly_what_it_says(
    engine: Engine, chosen: ActivityFilter, expected: set[str]
) -> None:
    assert set(names(engine, chosen)) == expected


@pytest.mark.parametrize(
    "chosen",
    [
        ActivityFilter(),
        ActivityFilter(sku_ids=(E3,)),
        ActivityFilter(departments=("Sales", NOT_GIVEN), statuses=(ActivityStatus.ACTIVE,)),
        ActivityFilter(countries=(NOT_GIVEN,)),
        ActivityFilter(companies=(NOT_GIVEN,)),
    ],
)
def test_counts_from_rollups_and_from_rows_agree(engine: Engine, chosen: ActivityFilter) -> None:
    """A search that fits everybody forces the count over the rows themselves."""
    assert chosen.counted_by_rollups
    from_rows = replace(chosen, text="@")
    assert not from_rows.counted_by_rollups
    with reading(engine) as session:
        assert totals(session, 1, chosen) == totals(session, 1, from_rows)
        assert count(session, 1, chosen) == len(page(session, 1, chosen))


def test_totals_tell_types_and_statuses_apart(engine: Engine) -> None:
    with reading(engine) as session:
        found = totals(session, 1, ActivityFilter())
    assert found.seats == 6
    assert found.held_of_type(E3) == 5
    assert found.held_of_type("no such type") == 0
    assert found.of_status(ActivityStatus.INACTIVE) == 2


def test_pages_follow_each_other_without_gap_or_repeat(engine: Engine) -> None:
    with reading(engine) as session:
        whole = page(session, 1, ActivityFilter())
        parts = [
            row for number in (1, 2, 3) for row in page(session, 1, ActivityFilter(), number=number, rows=2)
        ]
        beyond = page(session, 1, ActivityFilter(), number=4, rows=2)
    assert parts == whole
    assert beyond == []


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7])
def test_a_file_gives_what_the_page_shows_row_by_row_in_the_same_order(engine: Engine, size: int) -> None:
    with reading(engine) as session:
        whole = page(session, 1, ActivityFilter())
    batches = list(stream_cells(engine, 1, ActivityFilter(), size=size))
    assert [row for batch in batches for row in batch] == [cells_of(row) for row in whole]
    assert all(0 < len(batch) <= size for batch in batches)


def test_streaming_tells_apart_people_of_one_name(tmp_path: Path) -> None:
    with database_of_two_applications("sqlite", tmp_path) as engine:
        twins = [Person(name="Kim Lee", holds=(Holding(), Holding(sku_id=VISIO))) for _ in range(3)]
        keep_people(engine, 1, twins)
        rows = [row for batch in stream_cells(engine, 1, ActivityFilter(), size=2) for row in batch]
    user, held = (COLUMN_NAMES.index(name) for name in ("user_id", "sku_id"))
    assert sorted((row[user], row[held]) for row in rows) == sorted(
        (person_id(number), sku_id) for number in (1, 2, 3) for sku_id in (E3, VISIO)
    )


def test_a_row_says_what_is_known_in_words(engine: Engine) -> None:
    with reading(engine) as session:
        row = page(session, 1, ActivityFilter(text="ärger"))[0]
    assert (row.license_type, row.part_number) == ("Microsoft 365 E3", "SPE_E3")
    assert row.activity_status is ActivityStatus.INACTIVE
    assert row.confidence is Confidence.HIGH
    assert row.evidence == (
        "Last successful sign-in on 2026-05-08.",
        "The report of active users is old as of 2026-11-22.",
    )


def test_an_exported_row_has_a_cell_for_each_column_that_scripts_rely_on(engine: Engine) -> None:
    cells = first_cells(engine, ActivityFilter(text="ärger"))
    promised = (
        "user_id, user_principal_name, display_name, account_enabled, department, country, license_type, "
        "part_number, sku_id, assigned_by, activity_status, last_activity, evidence, employee_status, "
        "confidence"
    )
    assert list(cells)[:15] == promised.split(", ")
    assert cells["assigned_by"] == "direct"
    assert cells["activity_status"] == "inactive"
    assert cells["employee_status"] is None
    assert cells["evidence"] == (
        "Last successful sign-in on 2026-05-08. The report of active users is old as of 2026-11-22."
    )


def test_what_can_be_filtered_by_comes_with_its_seats(engine: Engine) -> None:
    with reading(engine) as session:
        found = choices(session, 1)
    assert [(each.label, each.seats) for each in found.license_types] == [
        ("Microsoft 365 E3", 5),
        ("Visio Plan 2", 1),
    ]
    assert [(each.value, each.seats) for each in found.departments] == [("IT", 1), ("Sales", 4), ("", 1)]
    assert found.several_companies


def test_an_assignment_that_failed_is_listed_and_found_but_is_no_seat_of_anybody(tmp_path: Path) -> None:
    with database_of_two_applications("sqlite", tmp_path) as engine:
        keep_people(engine, 1, (Person(name="Ada"), Person(name="Ben", holds=(Holding(status="failed"),))))
        with reading(engine) as session:
            everything = totals(session, 1, ActivityFilter())
            failed = page(session, 1, ActivityFilter(statuses=(ActivityStatus.FAILED,)))
            departments = read_breakdown(session, 1, Grouping.DEPARTMENT)
    assert (everything.seats, everything.held_of_type(E3)) == (2, 1)
    assert [(row.display_name, row.activity_status.value) for row in failed] == [("Ben", "failed")]
    assert failed[0].evidence == (
        "Assignment failed: there were not enough licenses. Nobody holds a seat by it.",
    )
    assert departments == {"Sales": {ActivityStatus.ACTIVE: 1}}


def test_types_of_one_name_are_told_apart_in_rows_as_in_the_filter(tmp_path: Path) -> None:
    with database_of_two_applications("sqlite", tmp_path) as engine:
        keep_people(engine, 1, (Person(name="Ada", holds=(Holding(), Holding(sku_id=VISIO))),))
        with writing(engine) as session:
            session.get_one(LicenseType, (1, E3)).product_name = "Visio Plan 2"
        with reading(engine) as session:
            offered = {each.label for each in choices(session, 1).license_types}
            listed = {row.license_type for row in page(session, 1, ActivityFilter())}
    assert listed == offered == {"Visio Plan 2 (SPE_E3)", "Visio Plan 2 (VISIOCLIENT)"}


def test_groups_are_listed_by_seats(engine: Engine) -> None:
    with reading(engine) as session:
        found = read_breakdown(session, 1, Grouping.DEPARTMENT)
    assert list(found) == ["Sales", "", "IT"]
    assert found["IT"] == {ActivityStatus.INACTIVE: 1}


def test_details_name_each_source_with_its_own_date(engine: Engine) -> None:
    with reading(engine) as session:
        details = read_details(session, 1, person_id(1), E3)
    assert details is not None
    dates = {each.source: each.last for each in details.sources}
    assert dates["Teams report"] == date(2026, 11, 20)
    assert dates["OneDrive report"] is None
    assert [other.license_type for other in details.others] == ["Visio Plan 2"]


def test_details_tell_what_the_directory_says_of_the_account(engine: Engine) -> None:
    with writing(engine) as session:
        user = session.get_one(User, (1, person_id(1)))
        user.leaves_at, user.on_premises_sync = READ_AT, True
        session.get_one(Assignment, (1, person_id(1), VISIO)).activity_status = "failed"
    with reading(engine) as session:
        details = read_details(session, 1, person_id(1), E3)
        other = read_details(session, 1, person_id(2), E3)
    assert details is not None
    assert other is not None
    assert (details.leaves_at, details.synced, details.others) == (READ_AT, True, [])
    assert (other.leaves_at, other.synced) == (None, None)


def test_details_tell_what_each_report_knows_and_what_the_mailbox_holds(engine: Engine) -> None:
    with writing(engine) as session:
        activity = session.get_one(UserActivity, (1, person_id(1)))
        activity.mailbox_refreshed_on = activity.copilot_refreshed_on = date(2026, 11, 21)
        activity.activations_refreshed_on = date(2026, 11, 23)
        activity.mailbox_on, activity.visio_activated_on = date(2026, 11, 19), date(2025, 2, 3)
        activity.mailbox_bytes, activity.has_archive = 5 * 1024**3, True
    with reading(engine) as session:
        details = read_details(session, 1, person_id(1), E3)
    assert details is not None
    dates = {each.source: (each.last, each.as_of) for each in details.sources}
    assert dates["Mailbox report"] == (date(2026, 11, 19), date(2026, 11, 21))
    assert dates["Copilot report"] == (None, date(2026, 11, 21))
    assert dates["Visio activation"] == (date(2025, 2, 3), date(2026, 11, 23))
    assert "Project activation" not in dates
    assert "Apps report" not in dates
    assert (details.mailbox_bytes, details.has_archive) == (5 * 1024**3, True)


def test_details_name_the_groups_that_give_the_license(engine: Engine) -> None:
    with reading(engine) as session:
        details = read_details(session, 1, person_id(4), E3)
    assert details is not None
    assert [(group.name, group.dynamic) for group in details.groups] == [("Group 1", False)]


def test_there_are_no_details_of_an_assignment_that_is_gone(engine: Engine) -> None:
    with reading(engine) as session:
        assert read_details(session, 1, person_id(2), VISIO) is None
        assert read_details(session, 1, person_id(99), E3) is None


def test_the_hr_roster_is_filtered_by_exported_and_detailed(engine: Engine) -> None:
    keep_roster(
        engine,
        1,
        {"email": "person1@example.com", "status": "left", "inactive_date": "2026-11-20"},
        {"email": "person2@example.com", "status": "leave", "cost_center": "CC7"},
        full=True,
    )
    by_status = {
        status: names(engine, ActivityFilter(employee_statuses=(status,))) for status in EmployeeStatus
    }
    assert by_status == {
        EmployeeStatus.ACTIVE: [],
        EmployeeStatus.INACTIVE: ["Zoë Zimmer"],
        EmployeeStatus.ON_LEAVE: ["Anna Ärger"],
        EmployeeStatus.NOT_IN_ROSTER: ["Bob 50%_off", "Cleo", "anna"],
    }
    several = ActivityFilter(employee_statuses=(EmployeeStatus.INACTIVE, EmployeeStatus.ON_LEAVE))
    with reading(engine) as session:
        assert count(session, 1, several) == 3
        assert choices(session, 1).employee_statuses == tuple(EmployeeStatus)
        left = read_details(session, 1, person_id(1), E3)
        missing = read_details(session, 1, person_id(3), E3)
    cells = first_cells(engine, replace(several, text="Anna Ärger"))
    assert (cells["employee_status"], cells["cost_center"]) == ("on_leave", "CC7")
    assert left is not None
    assert left.hr is not None
    assert (left.hr.inactive_date, left.hr.departed_on) == (date(2026, 11, 20), None)
    assert (left.hr.matched_by, left.hr.conflict) == (MatchedBy.USER_PRINCIPAL_NAME, None)
    assert missing is not None
    assert missing.hr is None


def test_before_a_full_roster_nobody_can_be_looked_for_who_is_in_none(tmp_path: Path) -> None:
    with database_of_two_applications("sqlite", tmp_path) as engine:
        keep_people(engine, 1, PEOPLE)
        keep_roster(engine, 1, {"email": "person2@example.com"})
        with reading(engine) as session:
            offered = choices(session, 1).employee_statuses
            rows = page(session, 1, ActivityFilter())
    assert EmployeeStatus.NOT_IN_ROSTER not in offered
    assert {row.employee_status for row in rows} == {EmployeeStatus.ACTIVE, None}


def test_without_an_hr_roster_there_is_nothing_to_filter_by(engine: Engine) -> None:
    with reading(engine) as session:
        assert choices(session, 1).employee_statuses == ()
        assert {row.employee_status for row in page(session, 1, ActivityFilter())} == {None}


@pytest.fixture
def employed(engine: Engine) -> Engine:
    """Of Zoë cost center and manager are known, of Anna the manager alone, of the others nothing."""
    keep_roster(
        engine,
        1,
        {"email": "person1@example.com", "cost_center": "CC7", "manager_email": "mary@example.com"},
        {"email": "person2@example.com", "manager_email": "mary@example.com"},
        {"email": "person3@example.com"},
    )
    return engine


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (ActivityFilter(cost_centers=("CC7",)), {"Zoë Zimmer"}),
        (ActivityFilter(cost_centers=(NOT_GIVEN,)), {"Anna Ärger", "Bob 50%_off", "anna", "Cleo"}),
        (ActivityFilter(managers=("mary@example.com",)), {"Zoë Zimmer", "Anna Ärger"}),
        (ActivityFilter(managers=(NOT_GIVEN,)), {"Bob 50%_off", "anna", "Cleo"}),
        (
            ActivityFilter(managers=("mary@example.com", NOT_GIVEN)),
            {"Zoë Zimmer", "Anna Ärger", "Bob 50%_off", "anna", "Cleo"},
        ),
        (ActivityFilter(managers=("mary@example.com",), departments=("IT",)), {"Anna Ärger"}),
    ],
)
def test_what_the_roster_groups_by_can_be_filtered_by_and_is_counted(
    employed: Engine, chosen: ActivityFilter, expected: set[str]
) -> None:
    assert set(names(employed, chosen)) == expected
    assert chosen.counted_by_rollups is (not chosen.departments)
    with reading(employed) as session:
        assert totals(session, 1, chosen) == totals(session, 1, replace(chosen, text="@"))


def test_cost_centers_are_offered_with_their_seats_and_managers_only_named(employed: Engine) -> None:
    with reading(employed) as session:
        found, elsewhere = choices(session, 1), choices(session, 2)
    assert [(each.value, each.seats) for each in found.cost_centers] == [("CC7", 2), ("", 4)]
    assert (found.managers_known, elsewhere.managers_known) == (True, False)


def test_the_largest_groups_come_first(employed: Engine) -> None:
    with reading(employed) as session:
        assert largest_groups(session, 1, Grouping.DEPARTMENT, 2) == ["Sales", ""]
        assert largest_groups(session, 1, Grouping.MANAGER, 9) == ["", "mary@example.com"]
