"""Beside the opportunities: which chosen licenses groups give, and what the owners of these have to do."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import streamlit as st

from core.reclamation.chosen import Seat
from core.reclamation.inherited import (
    WORK_LIST_COLUMNS,
    InheritedSeat,
    inherited_seats,
    work_list_cells,
)
from core.spend.formatting import format_count
from core.store.engine import reading
from core.ui import downloads, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.leaving_form import offer_leaving

_BOX_HEIGHT: Final = 260
_MOST_GROUPS: Final = 20
_GROUPS_WITHOUT_BOX: Final = 1


def show_inherited(application: ApplicationContext, seats: Sequence[Seat]) -> None:
    """Those of the chosen seats that groups give, by group, with a work list; nothing without any."""
    with reading(runtime().engine) as session:
        found = inherited_seats(session, application.id, seats)
    if not found:
        return
    by_group = [list(rows) for _, rows in groupby(found, key=lambda each: each.group.group_id)]
    count = len({(each.user_id, each.sku_id) for each in found})
    st.markdown(f"**{format_count(count, 'license')}** inherited from {format_count(len(by_group), 'group')}")
    with st.container(
        height=_BOX_HEIGHT if len(by_group) > _GROUPS_WITHOUT_BOX else "content",
        border=len(by_group) > _GROUPS_WITHOUT_BOX,
    ):
        for rows in by_group[:_MOST_GROUPS]:
            _group(rows)
        if len(by_group) > _MOST_GROUPS:
            st.caption(f"and {len(by_group) - _MOST_GROUPS:,} more groups: see the work list.")
    downloads.offer(
        "Work list for group owners",
        WORK_LIST_COLUMNS,
        lambda: [[work_list_cells(row) for row in found]],
        file_stem=f"inherited-{application.key}-{now().date()}",
        key="inherited-file",
    )
    offer_leaving(application, found)


def _group(rows: Sequence[InheritedSeat]) -> None:
    group, advice = rows[0].group, rows[0].advice
    people = len({row.user_id for row in rows})
    whose = words.plain(rows[0].display_name) if people == 1 else f"{people:,} people"
    lines = [
        f"**{words.plain(group.name)}** · {group.kind} · {whose}",
        f"{advice.why} {advice.to_do}",
        _also_lost(rows, people),
    ]
    if without := len({(row.user_id, row.sku_id) for row in rows if not row.frees_seat}):
        lines.append(_frees_none(rows, without))
    first, *more = (line for line in lines if line)
    st.markdown("  \n".join([first, *(f":small[{line}]" for line in more)]))


def _also_lost(rows: Sequence[InheritedSeat], people: int) -> str:
    names = sorted({name for row in rows for name in row.loses})
    rights = "every other right that the group gives"
    if not names:
        return f"Leaving also takes away {rights}."
    which = words.plain(words.listed(names))
    some = " from some of them" if people > 1 and not all(row.loses for row in rows) else ""
    return f":material/warning: Leaving also takes away {which}{some}, and {rights}."


def _frees_none(rows: Sequence[InheritedSeat], without: int) -> str:
    causes = []
    if any(row.direct for row in rows):
        causes.append("is assigned directly too")
    if any(row.other_groups for row in rows):
        causes.append("comes from another group too")
    of = "" if without == len({(row.user_id, row.sku_id) for row in rows}) else f" of {without:,} of them"
    return f"Removal frees no seat{of}: the license {' or '.join(causes)}."
