"""How far a listing has come, on record with the rows of its pages: where a sync that is cut off goes on.

    no checkpoint -> the listing begins -> each step stores its rows and where the next page is, at one stroke
        -> cut off by a crash, the network, a cancellation: the next run goes on from there
        -> the page token is no longer accepted: forgotten, and the listing begins anew (contract §2.3)
        -> complete: forgotten by whoever draws the conclusions, in the same transaction

A step that was not committed is read again. So every page is stored once or, after a crash, twice the same.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from sqlalchemy import Engine, delete
from sqlmodel import Session, col

from core.graph import BadRequest, ExpiredPageToken, GraphClient
from core.integration.steps import steps
from core.store.bulk import upsert
from core.store.engine import reading, writing
from core.store.tables import PageCheckpoint

MOST_RESTARTS: Final = 3
"""How often a listing begins anew because its page token is no longer accepted."""

TOKEN_TRUSTED_FOR: Final = timedelta(hours=1)
"""Microsoft does not say how long a page token lives. A worker that was restarted is back within minutes; a
person who syncs again an hour later expects to see everything as it is now."""

STALE_AFTER: Final = timedelta(hours=6)
"""From the listing's beginning, however often it went on: what is older is not fit to remove a license by."""

AHEAD: Final = 2
"""Pages that are fetched while those before are stored: as many as a step has over a network."""


class Listing(StrEnum):
    """A listing that can go on where it was cut off."""

    USERS = "users"
    SIGN_INS = "sign_ins"


class _Page(Protocol):
    @property
    def next_link(self) -> str | None: ...


P = TypeVar("P", bound=_Page)


@dataclass(kw_only=True)
class Place:
    """Where a listing stands. `counts` of what was stored so far may be changed by whoever stores."""

    marker: int
    """Rows of its pages carry it; 0 where they need none."""
    began_at: datetime
    link: str | None = None
    """The next page; without it, the listing is at its beginning."""
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, **added: int) -> None:
        """Add to counts."""
        for name, number in added.items():
            self.counts[name] = self.counts.get(name, 0) + number


@dataclass(frozen=True, kw_only=True)
class Checkpoints:
    """The checkpoint of one listing of one application."""

    engine: Engine
    client: GraphClient
    application_id: int
    listing: Listing
    clock: Callable[[], datetime]

    def place(self, marker: int) -> Place:
        """Where the listing goes on; its beginning, with this marker, where there is no good checkpoint."""
        now = self.clock()
        with reading(self.engine) as session:
            row = session.get(PageCheckpoint, (self.application_id, self.listing.value))
        if row is None or not still_good(row.began_at, row.saved_at, now):
            return Place(marker=marker, began_at=now)
        if not self.client.leads_to(row.next_link):  # the configuration has changed since
            return Place(marker=marker, began_at=now)
        return Place(marker=row.marker, began_at=row.began_at, link=row.next_link, counts=dict(row.counts))

    def save(self, session: Session, place: Place, link: str) -> None:
        """Keep where the next page is, in the transaction of the rows before it."""
        upsert(
            session,
            PageCheckpoint,
            [
                {
                    "application_id": self.application_id,
                    "listing": self.listing.value,
                    "marker": place.marker,
                    "next_link": link,
                    "counts": dict(place.counts),
                    "began_at": place.began_at,
                    "saved_at": self.clock(),
                }
            ],
        )

    def forget(self, session: Session) -> None:
        """The listing is complete, or begins anew."""
        session.connection().execute(
            delete(PageCheckpoint).where(
                col(PageCheckpoint.application_id) == self.application_id,
                col(PageCheckpoint.listing) == self.listing.value,
            )
        )


def still_good(began_at: datetime, saved_at: datetime, now: datetime) -> bool:
    """Whether a listing may go on from a checkpoint."""
    return now - saved_at <= TOKEN_TRUSTED_FOR and now - began_at <= STALE_AFTER


def read_through(
    checkpoints: Checkpoints,
    *,
    marker: int,
    fetch: Callable[[Place], Generator[P, None, None]],
    begin: Callable[[Place], None],
    store: Callable[[Session, Place, Sequence[P]], None],
    after_step: Callable[[Session, Place], None],
    most: int,
    expired: Callable[[], None],
) -> Place:
    """Read a listing to its end, from its checkpoint if there is one; how it ended. Forget it then.

    Args:
        checkpoints: of this listing.
        marker: of a listing that begins now.
        fetch: the pages from a place on.
        begin: is called when the listing begins or goes on, also when it does so again.
        store: the pages of a step, in its transaction; counts in the place what it stored.
        after_step: the last thing in each step's transaction.
        most: pages in one step.
        expired: the page token was no longer accepted, and the listing begins anew.

    Raises:
        GraphError: the listing broke off; what was stored stays, and so does the checkpoint.
    """
    for restart in range(MOST_RESTARTS + 1):
        place = checkpoints.place(marker)
        begin(place)
        resumed_at = place.link
        try:
            with closing(fetch(place)) as pages:
                for step in steps(pages, most=most):
                    with writing(checkpoints.engine) as session:
                        store(session, place, step)
                        place.link = step[-1].next_link
                        if place.link is not None:
                            checkpoints.save(session, place, place.link)
                        after_step(session, place)
        except BadRequest as error:
            # A kept link that is not understood at once is as good as expired.
            refused_at_once = resumed_at is not None and place.link == resumed_at
            if not isinstance(error, ExpiredPageToken) and not refused_at_once:
                raise
            with writing(checkpoints.engine) as session:
                checkpoints.forget(session)
            if restart == MOST_RESTARTS:
                raise
            expired()
            continue
        break
    return place


def continued(place: Place, read: int, expected: int | None) -> str:
    """For the log: `continued at 1,240 of 2,500`."""
    of = f" of {expected:,}" if expected else ""
    return f"continued at {read:,}{of}, where the sync of {place.began_at:%H:%M} UTC was cut off"
