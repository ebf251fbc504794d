"""Who was chosen on the Reclamation page: identities, never positions, kept over filters and pages.

A table's selection is by position. The table of opportunities therefore carries in its key who its rows are
(`key_of`) and a generation: with other rows, or after the basket was changed elsewhere, it is a new table
that begins with the rows that are in the basket.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import streamlit as st

from core.reclamation.chosen import Seat
from core.ui.tables import ids_key

_SEATS: Final = "reclamation-basket"
_GENERATION: Final = "reclamation-basket-generation"


def seats(application_id: int) -> list[Seat]:
    """The chosen seats (user id, SKU id), in the order in which they were chosen."""
    return list(_basket(application_id))


def choose(application_id: int, shown: Sequence[Seat], chosen: Iterable[Seat]) -> None:
    """Take over what is chosen among the shown seats; seats that are not shown stay as they are."""
    basket, wanted = _basket(application_id), set(chosen)
    for seat in shown:
        if seat in wanted:
            basket.setdefault(seat)
        else:
            basket.pop(seat, None)


def add(application_id: int, more: Iterable[Seat]) -> None:
    """Add seats, whether they are shown or not."""
    _basket(application_id).update(dict.fromkeys(more))
    _changed()


def remove(application_id: int, gone: Iterable[Seat]) -> None:
    """Take seats out."""
    basket = _basket(application_id)
    for seat in gone:
        basket.pop(seat, None)
    _changed()


def clear(application_id: int) -> None:
    """Empty the basket."""
    _basket(application_id).clear()
    _changed()


def key_of(shown: Sequence[Seat]) -> str:
    """The key of the table that shows these seats."""
    generation = st.session_state.get(_GENERATION, 0)
    return ids_key(f"opportunities-{generation}", (f"{user_id} {sku_id}" for user_id, sku_id in shown))


def _basket(application_id: int) -> dict[Seat, None]:
    baskets: dict[int, dict[Seat, None]] = st.session_state.setdefault(_SEATS, {})
    return baskets.setdefault(application_id, {})


def _changed() -> None:
    st.session_state[_GENERATION] = st.session_state.get(_GENERATION, 0) + 1
