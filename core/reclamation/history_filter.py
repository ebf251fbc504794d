"""Which requests and events are meant: the filter of page and command, and its SQL."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy import ColumnElement

from core.reclamation.states import RequestState
from core.store.bulk import table_of
from core.store.search import contains
from core.store.tables import ReclamationRequest

_REQUESTS: Final = table_of(ReclamationRequest).c


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryFilter:
    """Which requests, and so which events; an empty field asks for nothing.

    `states`: of the request as it stands now. `text` is looked for in names and addresses. `first_day` and
    `last_day`: when it was requested, as days in UTC, both included.
    """

    run_id: int | None = None
    request_id: int | None = None
    user_ids: tuple[str, ...] = ()
    sku_ids: tuple[str, ...] = ()
    states: tuple[RequestState, ...] = ()
    text: str = ""
    first_day: date | None = None
    last_day: date | None = None


def conditions(application_id: int, chosen: HistoryFilter) -> list[ColumnElement[bool]]:
    """The filter over requests."""
    found: list[ColumnElement[bool]] = [_REQUESTS.application_id == application_id]
    if chosen.run_id is not None:
        found.append(_REQUESTS.run_id == chosen.run_id)
    if chosen.request_id is not None:
        found.append(_REQUESTS.id == chosen.request_id)
    if chosen.user_ids:
        found.append(_REQUESTS.user_id.in_(chosen.user_ids))
    if chosen.sku_ids:
        found.append(_REQUESTS.sku_id.in_(chosen.sku_ids))
    if chosen.states:
        found.append(_REQUESTS.state.in_(chosen.states))
    if chosen.first_day is not None:
        found.append(_REQUESTS.created_at >= _begin_of(chosen.first_day))
    if chosen.last_day is not None:
        found.append(_REQUESTS.created_at < _begin_of(chosen.last_day + timedelta(days=1)))
    if text := chosen.text.strip():
        names = (_REQUESTS.display_name, _REQUESTS.user_principal_name)
        found.append(contains(text, names))
    return found


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
