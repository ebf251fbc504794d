"""Who and what a listing of the directory has seen, and who and what it has not.

    users.seen_in      the listing that last saw the person
    users.written_in   the listing that last wrote the person with all seats, because something had changed
    seats.seen_in      the listing that wrote the seat

So a seat is still held when its person was seen, and the seat was written with the person the last time.
Whoever is as before costs one number in one row, however many seats they hold.
"""

from datetime import datetime

from sqlalchemy import delete, exists, update
from sqlmodel import Session, SQLModel, col

from core.store.bulk import table_of
from core.store.tables import Assignment, AssignmentGroup, Opportunity, User


def forget_listing(session: Session, application_id: int, marker: int) -> None:
    """Forget what a listing has seen that begins anew: it may have vanished since."""
    user, connection = table_of(User), session.connection()
    own = user.c.application_id == application_id
    connection.execute(update(user).where(own, user.c.written_in == marker).values(digest=None, written_in=0))
    for table in (user, table_of(Assignment), table_of(AssignmentGroup)):
        seen = (table.c.application_id == application_id, table.c.seen_in == marker)
        connection.execute(update(table).where(*seen).values(seen_in=0))


def mark_vanished(session: Session, application_id: int, marker: int, now: datetime) -> tuple[int, int]:
    """After a complete listing: whoever was not in it is gone, and so is every seat that was not in it.

    Returns how many people are gone now, and how many seats have ended.
    """
    connection = session.connection()
    gone = connection.execute(
        update(User)
        .where(
            col(User.application_id) == application_id,
            col(User.seen_in) != marker,
            col(User.gone_at).is_(None),
        )
        .values(gone_at=now, digest=None)  # whoever comes back has lost the seats, and is written anew
    )
    _delete_unseen(session, AssignmentGroup, application_id, marker)
    ended = _delete_unseen(session, Assignment, application_id, marker)
    held = (
        exists()
        .where(col(Assignment.application_id) == Opportunity.application_id)
        .where(col(Assignment.user_id) == Opportunity.user_id, col(Assignment.sku_id) == Opportunity.sku_id)
    )
    connection.execute(delete(Opportunity).where(col(Opportunity.application_id) == application_id, ~held))
    return gone.rowcount, ended


def _delete_unseen(session: Session, model: type[SQLModel], application_id: int, marker: int) -> int:
    seat, user = table_of(model), table_of(User)
    still_held = exists().where(
        user.c.application_id == seat.c.application_id,
        user.c.user_id == seat.c.user_id,
        user.c.seen_in == marker,
        user.c.written_in == seat.c.seen_in,
    )
    unseen = delete(seat).where(
        seat.c.application_id == application_id, seat.c.seen_in != marker, ~still_held
    )
    return session.connection().execute(unseen).rowcount
