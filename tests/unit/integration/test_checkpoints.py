from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from core.graph import BadRequest, Connection, ExpiredPageToken, GraphClient, GraphError, Unreachable
from core.integration.checkpoints import (
    MOST_RESTARTS,
    Checkpoints,
    Listing,
    Place,
    continued,
    read_through,
    still_good,
)
from core.store.engine import reading, writing
from core.store.tables import PageCheckpoint
from tests.support.wire import ROOT, CountedTokens, ScriptedSender, answer

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("began", "saved", "good"),
    [
        (timedelta(0), timedelta(0), True),
        (6 * HOUR, HOUR, True),
        (HOUR, HOUR + timedelta(seconds=1), False),
        (6 * HOUR + timedelta(seconds=1), timedelta(minutes=1), False),
    ],
)
def test_a_checkpoint_is_good_for_an_hour_and_its_listing_for_six(
    began: timedelta, saved: timedelta, *, good: bool
) -> None:
    assert still_good(NOW - began, NOW - saved, NOW) is good


def test_the_log_says_where_a_listing_goes_on() -> None:
    place = Place(marker=1, began_at=NOW)
    assert continued(place, 1240, 2500).startswith("continued at 1,240 of 2,500, ")
    assert continued(place, 1240, None).startswith("continued at 1,240, ")


@dataclass(frozen=True)
class Page:
    items: list[int]
    next_link: str | None


class Reading:
    """Reads a listing of pages into a list, and may be struck by an error before a page is given."""

    def __init__(self, engine: Engine, pages: list[list[int]], *, host: str = ROOT) -> None:
        self.pages = pages
        self.errors: dict[int, list[GraphError]] = {}
        self.stored: list[int] = []
        self.begun: list[str | None] = []
        self.restarts = 0
        self.now = NOW
        self.at_once = 1
        client = GraphClient(
            Connection(
                application_key="contoso", tenant_id="t", client_id="c", client_secret="s", graph_url=host
            ),
            sender=ScriptedSender(lambda _: answer()),
            tokens=CountedTokens(),
        )
        self.checkpoints = Checkpoints(
            engine=engine, client=client, application_id=1, listing=Listing.USERS, clock=lambda: self.now
        )

    def read(self, marker: int = 1) -> Place:
        return read_through(
            self.checkpoints,
            marker=marker,
            fetch=self.fetch,
            begin=self.begin,
            store=self.store,
            after_step=lambda _session, _place: None,
            most=self.at_once,
            expired=self.expired,
        )

    def begin(self, place: Place) -> None:
        self.begun.append(place.link)
        del self.stored[place.counts.get("items", 0) :]

    def fetch(self, place: Place) -> Generator[Page, None, None]:
        start = int(place.link.rpartition("=")[2]) if place.link else 0
        for number in range(start, len(self.pages)):
            if errors := self.errors.get(number):
                raise errors.pop(0)
            following = f"{ROOT}/v1.0/users?page={number + 1}" if number + 1 < len(self.pages) else None
            yield Page(self.pages[number], following)

    def store(self, _session: Session, place: Place, pages: Sequence[Page]) -> None:
        for page in pages:
            self.stored += page.items
            place.count(items=len(page.items))

    def expired(self) -> None:
        self.restarts += 1

    def kept(self) -> PageCheckpoint | None:
        with reading(self.checkpoints.engine) as session:
            return session.exec(select(PageCheckpoint)).one_or_none()


@pytest.fixture
def listing(engine: Engine) -> Reading:
    return Reading(engine, [[1, 2], [3], [], [4, 5]])


def broken_off(listing: Reading, at_page: int) -> None:
    listing.errors[at_page] = [Unreachable("no network")]
    with pytest.raises(Unreachable):
        listing.read()


def test_each_step_keeps_where_the_next_page_is(listing: Reading) -> None:
    broken_off(listing, 2)
    kept = listing.kept()
    assert kept is not None
    assert (kept.listing, kept.marker, kept.counts) == ("users", 1, {"items": 3})
    assert kept.next_link.endswith("page=2")
    assert (kept.began_at, kept.saved_at) == (NOW, NOW)


def test_the_next_run_goes_on_with_the_marker_and_the_beginning_of_the_first(listing: Reading) -> None:
    broken_off(listing, 2)
    listing.now += timedelta(minutes=50)
    place = listing.read(marker=2)
    assert listing.begun == [None, f"{ROOT}/v1.0/users?page=2"]
    assert listing.stored == [1, 2, 3, 4, 5]
    assert (place.marker, place.began_at, place.counts) == (1, NOW, {"items": 5})


def test_a_listing_whose_conclusions_were_never_drawn_ends_once_more(listing: Reading) -> None:
    listing.read()
    assert listing.kept() is not None
    assert listing.read(marker=2).counts == {"items": 5}
    assert listing.stored == [1, 2, 3, 4, 5]


def test_a_checkpoint_is_forgotten_with_the_conclusions(listing: Reading) -> None:
    listing.read()
    with writing(listing.checkpoints.engine) as session:
        listing.checkpoints.forget(session)
    listing.read(marker=2)
    assert listing.begun == [None, None]


def test_a_checkpoint_that_is_too_old_is_not_used(listing: Reading) -> None:
    broken_off(listing, 2)
    listing.now += timedelta(minutes=61)
    place = listing.read(marker=2)
    assert (place.marker, place.began_at, listing.begun) == (2, listing.now, [None, None])
    assert listing.stored == [1, 2, 3, 4, 5]


def test_a_checkpoint_of_another_host_is_not_used(listing: Reading, engine: Engine) -> None:
    broken_off(listing, 2)
    elsewhere = Reading(engine, [[7]], host="https://graph.example.org")
    assert elsewhere.read(marker=2).marker == 2
    assert elsewhere.begun == [None]


def test_an_expired_page_token_begins_the_listing_anew(listing: Reading) -> None:
    listing.errors[2] = [ExpiredPageToken("expired")]
    place = listing.read()
    assert (listing.restarts, listing.begun, place.counts) == (1, [None, None], {"items": 5})
    assert listing.stored == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("refusal", [ExpiredPageToken("expired"), BadRequest("not understood")])
def test_a_kept_link_that_is_refused_begins_the_listing_anew(listing: Reading, refusal: GraphError) -> None:
    broken_off(listing, 2)
    listing.errors[2] = [refusal]
    place = listing.read(marker=2)
    assert (place.marker, listing.begun[2]) == (2, None)
    assert listing.stored == [1, 2, 3, 4, 5]


def test_a_refusal_in_the_middle_is_an_error_as_any_other(listing: Reading) -> None:
    listing.errors[2] = [BadRequest("not understood")]
    with pytest.raises(BadRequest):
        listing.read()
    assert listing.restarts == 0


def test_page_tokens_that_always_expire_end_in_an_error_and_leave_no_checkpoint(listing: Reading) -> None:
    listing.errors[2] = [ExpiredPageToken("expired")] * (MOST_RESTARTS + 1)
    with pytest.raises(ExpiredPageToken):
        listing.read()
    assert listing.restarts == MOST_RESTARTS
    assert listing.kept() is None


def test_a_step_that_is_not_committed_keeps_no_checkpoint(engine: Engine) -> None:
    listing = Reading(engine, [[1], [2]])

    def fails(_session: Session, _place: Place) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        read_through(
            listing.checkpoints,
            marker=1,
            fetch=listing.fetch,
            begin=listing.begin,
            store=listing.store,
            after_step=fails,
            most=1,
            expired=listing.expired,
        )
    assert listing.kept() is None
