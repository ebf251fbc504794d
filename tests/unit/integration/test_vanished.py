"""A listing on its way into the tables: who is written, who is only seen, and what ends with it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from core.graph import UserPage
from core.graph.users import LEAVE_FIELD
from core.integration.seats import write_pages
from core.integration.vanished import forget_listing, mark_vanished
from core.store.engine import reading, writing
from core.store.tables import Assignment, AssignmentGroup, User

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ADA, BEN = "aaaaaaaa-1111-1111-1111-111111111111", "bbbbbbbb-1111-1111-1111-111111111111"
E3, VISIO = "05e9a617-0261-4cee-bb44-138d3ef5d965", "c5928f49-12ba-48f7-ada3-0d743a3601d5"
GROUP = "dddddddd-1111-1111-1111-111111111111"


def person(user_id: str, *sku_ids: str, group: str | None = None, **more: object) -> dict[str, Any]:
    return {
        "id": user_id,
        "userPrincipalName": f"{user_id[:3]}@contoso.example",
        "displayName": "Somebody",
        "accountEnabled": True,
        "licenseAssignmentStates": [
            {"skuId": sku_id, "assignedByGroup": group, "state": "Active", "error": "None"}
            for sku_id in sku_ids
        ],
        **more,
    }


def page(*people: dict[str, Any], dropped: tuple[str, ...] = ()) -> UserPage:
    return UserPage(items=list(people), next_link=None, dropped=dropped, what="Reading the list of users")


def read(engine: Engine, marker: int, *pages: UserPage) -> int:
    """A listing that does not come to its end; the number of seats."""
    with writing(engine) as session:
        return write_pages(session, 1, marker, pages)


def read_all(engine: Engine, marker: int, *pages: UserPage) -> tuple[int, int]:
    """A complete listing: how many people are gone, and how many seats have ended."""
    read(engine, marker, *pages)
    with writing(engine) as session:
        return mark_vanished(session, 1, marker, NOW)


def user(session: Session, user_id: str) -> User:
    return session.get_one(User, (1, user_id))


def seats(engine: Engine) -> set[tuple[str, str]]:
    with reading(engine) as session:
        return {(seat.user_id, seat.sku_id) for seat in session.exec(select(Assignment))}


def test_who_is_as_before_is_seen_and_not_written_again(engine: Engine) -> None:
    people = (person(ADA, E3, VISIO), person(BEN, E3))
    read_all(engine, 1, page(*people))
    with writing(engine) as session:
        user(session, ADA).display_name = "as it was stored"
    assert read(engine, 2, page(*people)) == 3
    with reading(engine) as session:
        ada = user(session, ADA)
        assert (ada.display_name, ada.seen_in, ada.written_in) == ("as it was stored", 2, 1)


def test_whoever_has_changed_is_written_with_all_seats(engine: Engine) -> None:
    read_all(engine, 1, page(person(ADA, E3), person(BEN, E3)))
    assert read(engine, 2, page(person(ADA, E3, VISIO), person(BEN, E3))) == 3
    with reading(engine) as session:
        assert [user(session, each).written_in for each in (ADA, BEN)] == [2, 1]
        seen = {(seat.user_id, seat.sku_id): seat.seen_in for seat in session.exec(select(Assignment))}
    assert seen == {(ADA, E3): 2, (ADA, VISIO): 2, (BEN, E3): 1}


def test_after_a_complete_listing_only_what_it_did_not_hold_ends(engine: Engine) -> None:
    read_all(engine, 1, page(person(ADA, E3, VISIO), person(BEN, E3, group=GROUP)))
    assert read_all(engine, 2, page(person(ADA, E3), person(BEN, E3, group=GROUP))) == (0, 1)
    assert seats(engine) == {(ADA, E3), (BEN, E3)}
    with reading(engine) as session:
        assert [each.user_id for each in session.exec(select(AssignmentGroup))] == [BEN]
    assert read_all(engine, 3, page(person(ADA, E3), person(BEN, E3))) == (0, 0)
    with reading(engine) as session:
        assert session.exec(select(AssignmentGroup)).all() == []


def test_who_comes_back_just_as_they_were_has_the_seats_again(engine: Engine) -> None:
    people = (person(ADA, E3), person(BEN, VISIO))
    read_all(engine, 1, page(*people))
    assert read_all(engine, 2, page(people[0])) == (1, 1)
    assert seats(engine) == {(ADA, E3)}
    assert read_all(engine, 3, page(*people)) == (0, 0)
    assert seats(engine) == {(ADA, E3), (BEN, VISIO)}
    with reading(engine) as session:
        assert user(session, BEN).gone_at is None


def test_a_seat_that_a_listing_missed_which_broke_off_ends_with_the_next_complete_one(engine: Engine) -> None:
    read_all(engine, 1, page(person(ADA, E3, VISIO)))
    read(engine, 2, page(person(ADA, E3)))
    assert seats(engine) == {(ADA, E3), (ADA, VISIO)}
    assert read_all(engine, 3, page(person(ADA, E3))) == (0, 1)
    assert seats(engine) == {(ADA, E3)}


def test_a_listing_that_begins_anew_keeps_nothing_of_what_it_had_seen(engine: Engine) -> None:
    read_all(engine, 1, page(person(ADA, E3), person(BEN, E3)))
    read(engine, 2, page(person(ADA, E3, VISIO), person(BEN, E3)))
    with writing(engine) as session:
        forget_listing(session, 1, 2)
    assert read_all(engine, 2, page(person(ADA, E3))) == (1, 2)
    assert seats(engine) == {(ADA, E3)}


def test_another_application_is_left_alone(engine: Engine) -> None:
    read_all(engine, 1, page(person(ADA, E3)))
    with writing(engine) as session:
        write_pages(session, 2, 2, [page(person(BEN, E3))])
        forget_listing(session, 2, 2)
        assert mark_vanished(session, 2, 2, NOW) == (1, 1)
    assert seats(engine) == {(ADA, E3)}
    with reading(engine) as session:
        assert user(session, ADA).seen_in == 1


@pytest.mark.parametrize(("dropped", "leaves"), [((), None), ((LEAVE_FIELD,), "2027-01-31")])
def test_a_leave_date_that_could_not_be_read_this_time_stays(
    engine: Engine, dropped: tuple[str, ...], leaves: str | None
) -> None:
    read_all(engine, 1, page(person(ADA, **{LEAVE_FIELD: "2027-01-31T00:00:00Z"})))
    read_all(engine, 2, page(person(ADA), dropped=dropped))
    with reading(engine) as session:
        found = user(session, ADA).leaves_at
    assert (None if found is None else found.date().isoformat()) == leaves


def test_somebody_who_is_listed_twice_is_kept_as_listed_last(engine: Engine) -> None:
    twice = (page(person(ADA, E3, jobTitle="A")), page(person(ADA, E3, jobTitle="B")))
    read_all(engine, 1, *twice)
    with reading(engine) as session:
        assert user(session, ADA).job_title == "B"
    assert seats(engine) == {(ADA, E3)}
