import statistics
from collections import Counter

import pytest

from core.simulator.cases import CASES, case_of, number_of
from core.simulator.organization import COUNTRIES
from core.simulator.people import ascii_local, make_people
from core.simulator.person import Purpose, RosterStatus


def test_the_same_seed_makes_the_same_people() -> None:
    assert make_people(7, 300) == make_people(7, 300)
    assert make_people(7, 300) != make_people(8, 300)


def test_a_person_does_not_depend_on_how_many_follow() -> None:
    few, many = make_people(7, 100), make_people(7, 300)
    assert [one.local for one in few] == [one.local for one in many[:100]]
    assert [one.direct for one in few] == [one.direct for one in many[:100]]


def test_addresses_are_unique() -> None:
    locals_ = [person.local for person in make_people(1, 2_500)]
    assert len(set(locals_)) == len(locals_)
    assert all(local.isascii() and local == local.lower() for local in locals_)


@pytest.mark.parametrize(
    ("name", "local"),
    [("Jürgen Groß", "jurgengross"), ("Łukasz Wójcik", "lukaszwojcik"), ("Niamh.O'Brien", "niamh.o'brien")],
)
def test_an_address_has_no_accents(name: str, local: str) -> None:
    assert ascii_local(name) == local


def test_most_people_are_active_and_a_tail_is_not() -> None:
    people = [person for person in make_people(1, 2_500) if person.employee]
    seen = [person.activity.last for person in people]
    active = sum(day is not None and day <= 60 for day in seen) / len(seen)
    never = sum(day is None for day in seen) / len(seen)
    assert 0.75 < active < 0.9
    assert 0.01 < never < 0.1


def test_every_country_is_staffed_by_its_weight() -> None:
    counts = Counter(person.country.code for person in make_people(1, 2_500))
    total = sum(country.weight for country in COUNTRIES)
    for country in COUNTRIES:
        assert counts[country.code] / 2_500 == pytest.approx(country.weight / total, abs=0.03)


def test_reporting_lines_end_at_the_top() -> None:
    people = make_people(1, 1_000)
    for person in people:
        line = [person]
        while (boss := line[-1].manager) is not None:
            assert people[boss].case is None
            line.append(people[boss])
            assert len(line) < 10
        assert line[-1].number == 0 or not person.employee


def test_a_manager_has_a_handful_of_reports() -> None:
    reports = Counter(person.manager for person in make_people(1, 2_500) if person.manager is not None)
    assert 5 < statistics.median(reports.values()) < 15


def test_each_case_stands_at_its_place() -> None:
    people = make_people(1, 400)
    assert [people[number_of(case)].case for case in CASES] == list(CASES)
    assert sum(person.case is not None for person in people) == len(CASES)


def test_most_people_stand_for_no_case() -> None:
    assert case_of(0) is None
    assert case_of(5 * len(CASES) + 3) is None
    with pytest.raises(KeyError, match="no such case: unicorn"):
        number_of("unicorn")


@pytest.mark.parametrize("purpose", [Purpose.SHARED, Purpose.ROOM])
def test_mailboxes_of_nobody_are_in_no_roster(purpose: Purpose) -> None:
    found = [person for person in make_people(1, 2_500) if person.purpose is purpose]
    assert len(found) > 3
    assert {person.roster.status for person in found} == {RosterStatus.ABSENT}
