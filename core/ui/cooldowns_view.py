"""The cooldowns of the Exemptions and policies page: what is not offered until when; ending one."""

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from core.policies.cooldowns import CooldownRefused, CooldownRow, end_cooldown
from core.rights import Actor, Role
from core.spend.formatting import format_count
from core.ui import downloads, guard, status, tables, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.saved import saved

_MOST_SHOWN: Final = 12

COOLDOWN_COLUMNS: Final = {
    "name": tables.text("Name", width=170),
    "user_principal_name": tables.text("User principal name", width=250),
    "license_type": tables.text("License type", width=210),
    "until": tables.day("Last day", width=90),
    "reason": tables.text("Why", width=260),
}


def cooldowns_tab(application: ApplicationContext, actor: Actor, rows: Sequence[CooldownRow]) -> None:
    """The cooldowns in force, and ending one before its time."""
    if not rows:
        status.empty_state(
            "No license is on cooldown",
            "A license that its holder kept, or that was restored, is not offered again for a while. It is "
            "listed here, where its cooldown can be ended before its time.",
        )
        return
    frame = pd.DataFrame(
        {
            "name": [each.display_name for each in rows],
            "user_principal_name": [each.user_principal_name for each in rows],
            "license_type": [each.license_type for each in rows],
            "until": [each.until for each in rows],
            "reason": [f"{each.reason[:1].upper()}{each.reason[1:]}" for each in rows],
        }
    )
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(
            f"{format_count(len(rows), 'license')} kept or restored lately, not offered until the last day "
            "is over.",
            width="content",
        )
        downloads.offer_frame(
            "Download",
            frame,
            COOLDOWN_COLUMNS,
            file_stem=f"cooldowns-{application.key}-{now().date()}",
            key="cooldowns-file",
        )
    position = tables.choose_row(
        frame,
        COOLDOWN_COLUMNS,
        key=tables.ids_key("cooldowns", [each.id for each in rows]),
        alt="Cooldowns, those that end first on top",
        height=tables.height_of(len(rows), most=_MOST_SHOWN),
    )
    if position is None or not actor.may(Role.OPERATOR):
        return
    row = rows[position]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"{row.display_name} · {row.license_type}", width="content")
        if st.button("End the cooldown", icon=":material/timer_off:"):
            _end(application, row)


def _end(application: ApplicationContext, row: CooldownRow) -> None:
    try:
        end_cooldown(runtime().engine, application.id, row.id, actor=guard.current_actor(), now=now())
    except CooldownRefused as refused:
        st.error(words.plain(f"{refused}."))
    else:
        saved(f"The cooldown of {row.display_name} has ended")
