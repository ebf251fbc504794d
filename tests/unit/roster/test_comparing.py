"""What a file changes: added, updated, unchanged, departed."""

from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.roster.columns import COLUMNS
from core.roster.comparing import Change, Comparison, compare
from core.roster.employee import EmployeeFacts
from core.roster.roster_file import RosterRow
from core.roster.status import RosterStatus

TODAY = date(2026, 11, 24)


def facts(email: str | None = None, employee_id: str | None = None, **changes: object) -> EmployeeFacts:
    plain = EmployeeFacts(
        email=email,
        employee_id=employee_id,
        first_name="Ada",
        last_name="Byron",
        status=RosterStatus.ACTIVE,
        inactive_date=None,
        department="Sales",
        cost_center=None,
        location=None,
        manager_email=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # facts by their names


def rows(*people: EmployeeFacts) -> list[RosterRow]:
    return [RosterRow(line=line, facts=each) for line, each in enumerate(people, start=2)]


def compared(
    known: list[EmployeeFacts],
    listed: list[EmployeeFacts],
    columns: tuple[str, ...] = COLUMNS,
    *,
    full: bool = False,
) -> Comparison:
    return compare(dict(enumerate(known, start=1)), rows(*listed), columns, full=full, today=TODAY)


@pytest.mark.parametrize(
    ("known", "listed", "change"),
    [
        ([], facts("a@x.org", "1"), Change.ADDED),
        ([facts("a@x.org", "1")], facts("a@x.org", "1"), Change.UNCHANGED),
        ([facts("a@x.org", "1")], facts("new@x.org", "1"), Change.UPDATED),
        ([facts("a@x.org")], facts("A@x.org", "1"), Change.UPDATED),
        ([facts("a@x.org", "1")], facts("a@x.org"), Change.UNCHANGED),
        ([facts("a@x.org", "1")], facts("a@x.org", "2"), Change.ADDED),
        ([facts("a@x.org", "1", departed_on=TODAY)], facts("a@x.org", "1"), Change.UPDATED),
        ([facts("a@x.org", "1")], facts("a@x.org", "1", status=RosterStatus.ON_LEAVE), Change.UPDATED),
    ],
)
def test_a_line_is_somebody_new_or_known(
    known: list[EmployeeFacts], listed: EmployeeFacts, change: Change
) -> None:
    (line,) = compared(known, [listed]).lines
    assert line.change is change
    assert line.after.departed_on is None


def test_what_changes_is_named() -> None:
    (line,) = compared([facts("a@x.org")], [facts("a@x.org", department="IT", last_name=None)]).lines
    assert line.changed == ("last_name", "department")


def test_a_column_that_the_file_does_not_have_stays_as_it_was() -> None:
    listed = facts("a@x.org", department=None, first_name=None)
    (line,) = compared([facts("a@x.org", "1")], [listed], ("email", "status")).lines
    assert line.change is Change.UNCHANGED
    assert line.after == facts("a@x.org", "1")


@pytest.mark.parametrize(
    ("last_day", "listed_as", "kept"),
    [
        (date(2026, 11, 23), RosterStatus.ACTIVE, None),  # hired again
        (TODAY, RosterStatus.ACTIVE, TODAY),
        (date(2026, 11, 30), RosterStatus.ACTIVE, date(2026, 11, 30)),
        (date(2026, 11, 23), RosterStatus.INACTIVE, date(2026, 11, 23)),
        (date(2026, 11, 23), RosterStatus.ON_LEAVE, date(2026, 11, 23)),
    ],
)
def test_a_file_without_leave_dates_brings_back_whom_it_calls_active_after_the_last_day(
    last_day: date, listed_as: RosterStatus, kept: date | None
) -> None:
    known = facts("a@x.org", status=RosterStatus.INACTIVE, inactive_date=last_day)
    (line,) = compared([known], [facts("a@x.org", status=listed_as)], ("email", "status")).lines
    assert line.after.inactive_date == kept


def test_of_two_with_one_address_the_one_who_is_there_is_meant() -> None:
    known = [facts("a@x.org", "1", departed_on=TODAY), facts("a@x.org", "2")]
    (line,) = compared(known, [facts("a@x.org")]).lines
    assert line.known_id == 2


def test_an_address_of_several_people_is_an_error_without_an_employee_id() -> None:
    known = [facts("a@x.org", "1"), facts("a@x.org", "2")]
    result = compared(known, [facts("a@x.org")])
    assert result.lines == ()
    assert "several people on record have this e-mail" in str(result.errors[0])


def test_two_lines_for_one_person_on_record_are_an_error() -> None:
    result = compared([facts("a@x.org", "1")], [facts(None, "1"), facts("a@x.org")])
    assert [str(error) for error in result.errors] == [
        "line 3, email: found 'a@x.org', expected each person once: line 2 is the same person on record"
    ]


def test_a_full_file_departs_who_is_not_in_it() -> None:
    known = [facts("a@x.org"), facts("b@x.org"), facts("c@x.org", departed_on=date(2026, 1, 1))]
    assert compared(known, [facts("a@x.org")], full=True).departed == (2,)
    assert compared(known, [facts("a@x.org")]).departed == ()


@pytest.mark.parametrize(("lost", "must_confirm"), [(0, False), (5, False), (6, True)])
def test_losing_more_than_five_percent_must_be_confirmed(lost: int, *, must_confirm: bool) -> None:
    known = [facts(f"p{number}@x.org") for number in range(100)]
    result = compared(known, known[lost:], full=True)
    assert (result.employed, result.lost, len(result.departed)) == (100, lost, lost)
    assert result.must_confirm is must_confirm


def test_people_who_were_inactive_already_are_no_loss() -> None:
    known = [facts("a@x.org"), facts("b@x.org", status=RosterStatus.INACTIVE)]
    result = compared(known, [facts("a@x.org")], full=True)
    assert (result.departed, result.employed, result.lost) == ((2,), 1, 0)
    assert not result.must_confirm


WHO = st.sampled_from(["1", "2", "3", "4", "5"])
FACTS_OF = st.builds(
    lambda who, status, day: facts(f"p{who}@x.org", who, status=status, inactive_date=day),
    WHO,
    st.sampled_from(RosterStatus),
    st.sampled_from([None, date(2026, 1, 1), date(2027, 1, 1)]),
)
LISTS = st.lists(FACTS_OF, unique_by=lambda each: each.employee_id)


def applied(known: list[EmployeeFacts], result: Comparison) -> list[EmployeeFacts]:
    """What is on record after the import, by e-mail."""
    people = dict(enumerate(known, start=1))
    for number, line in enumerate(result.lines, start=100):
        people[line.known_id or number] = line.after
    for key in result.departed:
        people[key] = replace(people[key], departed_on=TODAY)
    return sorted(people.values(), key=lambda each: each.email or "")


@given(LISTS, LISTS)
def test_a_partial_file_departs_nobody(known: list[EmployeeFacts], listed: list[EmployeeFacts]) -> None:
    result = compared(known, listed)
    assert result.departed == ()
    assert all(each.departed_on is None for each in applied(known, result))


@given(LISTS, LISTS, st.booleans())
def test_the_same_file_again_changes_nothing(
    known: list[EmployeeFacts],
    listed: list[EmployeeFacts],
    full: bool,
) -> None:
    after = applied(known, compared(known, listed, full=full))
    again = compared(after, listed, full=full)
    assert {line.change for line in again.lines} <= {Change.UNCHANGED}
    assert again.departed == ()


@given(LISTS, LISTS, st.randoms(), st.booleans())
def test_the_order_of_the_rows_does_not_matter(
    known: list[EmployeeFacts],
    listed: list[EmployeeFacts],
    dice: Random,
    full: bool,
) -> None:
    expected = applied(known, compared(known, listed, full=full))
    dice.shuffle(listed)
    assert applied(known, compared(known, listed, full=full)) == expected
