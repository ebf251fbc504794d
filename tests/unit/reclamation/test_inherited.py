import pytest
from sqlalchemy import Engine

from core.reclamation.inherited import WORK_LIST_COLUMNS, InheritedSeat, inherited_seats, work_list_cells
from core.reclamation.memberships import Obstacle
from core.store.engine import reading, writing
from core.store.tables import Group
from tests.support.seats import E5, VISIO, add_seat, user_id

A = "aaaaaaaa-0000-4000-8000-00000000000a"
B = "bbbbbbbb-0000-4000-8000-00000000000b"


def read(engine: Engine, application_id: int, *seats: tuple[str, str]) -> list[InheritedSeat]:
    with reading(engine) as session:
        return inherited_seats(session, application_id, seats)


def test_a_seat_of_one_group_is_freed_by_leaving_it(engine: Engine, application_id: int) -> None:
    seat = add_seat(engine, application_id, 1, direct=False, groups=(A,))
    (found,) = read(engine, application_id, seat)
    assert (found.group.name, found.user_id, found.sku_id) == ("Group a", user_id(1), E5)
    assert (found.frees_seat, found.loses, found.keeps) == (True, (), ())
    assert found.to_do == "Remove the member from the group."


def test_only_what_the_person_holds_through_the_group_alone_would_be_lost_too(
    engine: Engine, application_id: int
) -> None:
    lost = add_seat(engine, application_id, 1, direct=False, groups=(A,))
    add_seat(engine, application_id, 1, VISIO, direct=False, groups=(A,))
    kept = add_seat(engine, application_id, 2, direct=False, groups=(A,))
    add_seat(engine, application_id, 2, VISIO, direct=True, groups=(A,))
    first, second = read(engine, application_id, lost, kept)
    assert (first.loses, first.keeps) == (("Visio Plan 2",), ())
    assert (second.loses, second.keeps) == ((), ("Visio Plan 2",))


def test_other_people_and_types_of_the_group_are_not_taken_for_ones_own(
    engine: Engine, application_id: int
) -> None:
    seat = add_seat(engine, application_id, 1, direct=False, groups=(A,))
    add_seat(engine, application_id, 1, VISIO, direct=False, groups=(B,))
    add_seat(engine, application_id, 2, VISIO, direct=False, groups=(A,))
    (found,) = read(engine, application_id, seat)
    assert (found.loses, found.keeps) == ((), ())


def test_what_else_must_go_is_said_where_leaving_alone_frees_no_seat(
    engine: Engine, application_id: int
) -> None:
    seat = add_seat(engine, application_id, 1, direct=True, groups=(A, B))
    first, second = read(engine, application_id, seat)
    assert [first.group.group_id, second.group.group_id] == [A, B]
    assert not first.frees_seat
    assert first.to_do == (
        "Remove the member from the group. That alone frees no seat: the group Group b and the direct "
        "assignment must go as well."
    )


def test_a_seat_that_no_group_gives_is_not_listed(engine: Engine, application_id: int) -> None:
    assert read(engine, application_id, add_seat(engine, application_id, 1)) == []


def test_another_application_is_never_read(engine: Engine, application_id: int) -> None:
    seat = add_seat(engine, application_id, 1, direct=False, groups=(A,))
    assert read(engine, application_id + 1, seat) == []


def test_a_group_that_could_not_be_read_goes_by_its_id(engine: Engine, application_id: int) -> None:
    seat = add_seat(engine, application_id, 1, direct=False, groups=(A,))
    with writing(engine) as session:
        session.delete(session.get_one(Group, (application_id, A)))
    (found,) = read(engine, application_id, seat)
    assert (found.group.name, found.advice.obstacle) == (A, Obstacle.NOT_READ)


@pytest.mark.parametrize(
    ("flag", "kind", "to_do"),
    [
        ("dynamic", "security group (dynamic)", "Change the membership rule of the group"),
        ("synced", "security group (synced)", "Remove the member in the local Active Directory"),
        ("unified", "Microsoft 365 group", "Remove the member from the group."),
    ],
)
def test_the_work_list_tells_the_owner_what_to_do(
    engine: Engine, application_id: int, flag: str, kind: str, to_do: str
) -> None:
    seat = add_seat(engine, application_id, 1, direct=False, groups=(A,))
    with writing(engine) as session:
        setattr(session.get_one(Group, (application_id, A)), flag, True)
    (found,) = read(engine, application_id, seat)
    cells = dict(zip([each.name for each in WORK_LIST_COLUMNS], work_list_cells(found), strict=True))
    assert str(cells.pop("what_to_do")).startswith(to_do)
    assert cells == {
        "group": "Group a",
        "group_id": A,
        "group_type": kind,
        "display_name": "Person 1",
        "user_principal_name": "person1@example.com",
        "user_id": user_id(1),
        "license_type": "Microsoft 365 E5",
        "part_number": "SPE_E5",
        "frees_seat": True,
        "also_loses": "",
    }


def test_the_list_is_in_the_order_of_groups_then_people(engine: Engine, application_id: int) -> None:
    seats = [
        add_seat(engine, application_id, 1, direct=False, groups=(B,)),
        add_seat(engine, application_id, 3, direct=False, groups=(A,)),
        add_seat(engine, application_id, 2, direct=False, groups=(A,)),
    ]
    found = read(engine, application_id, *seats)
    assert [(each.group.group_id, each.user_id) for each in found] == [
        (A, user_id(2)),
        (A, user_id(3)),
        (B, user_id(1)),
    ]
