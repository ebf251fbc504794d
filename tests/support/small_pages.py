"""Listings in small pages: a checkpoint at the beginning whose link asks for them."""

from datetime import datetime

from sqlalchemy import Engine

from core.graph.users import FIELDS, LEAVE_FIELD, MANAGER, SIGN_IN_FIELDS
from core.store.bulk import upsert
from core.store.engine import writing
from core.store.tables import PageCheckpoint


def sign_ins_link(graph_url: str, page: int) -> str:
    """The beginning of the list of sign-ins, in pages of this size."""
    return f"{graph_url}/v1.0/users?$select={SIGN_IN_FIELDS}&$top={page}"


def users_link(graph_url: str, page: int) -> str:
    """The beginning of the list of users, in pages of this size."""
    return f"{graph_url}/v1.0/users?$select={FIELDS},{LEAVE_FIELD}&{MANAGER}&$top={page}"


def read_in_small_pages(engine: Engine, graph_url: str, page: int, now: datetime) -> None:
    """Have the next listings of application 1 read in pages of this size."""
    rows = [
        _row("users", users_link(graph_url, page), {"users": 0, "assignments": 0}, now),
        _row("sign_ins", sign_ins_link(graph_url, page), {"people": 0}, now),
    ]
    with writing(engine) as session:
        upsert(session, PageCheckpoint, rows)


def _row(listing: str, link: str, counts: dict[str, int], now: datetime) -> dict[str, object]:
    return {
        "application_id": 1,
        "listing": listing,
        "marker": 1_000_000 if listing == "users" else 0,
        "next_link": link,
        "counts": counts,
        "began_at": now,
        "saved_at": now,
    }
