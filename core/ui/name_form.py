"""The field for the names that have to be typed: administrators, and accounts that are no person's own."""

import re
from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.reclamation.protecting import OwedName
from core.reclamation.typed_names import plain_name
from core.spend.formatting import format_count
from core.ui import words

_BETWEEN: Final = re.compile(r"[\s,;]+")
_MOST_SHOWN: Final = 20
_WITHOUT_BOX: Final = 3
_BOX_HEIGHT: Final = 200


def ask_names(owed: Sequence[OwedName], *, key: str, optional: bool = False) -> list[str]:
    """Say whose user principal name has to be typed and why, and ask for them; the names that were typed.

    Args:
        owed: the accounts; without any, nothing is drawn.
        key: of the field.
        optional: a dry run, which tells without a name what would happen without it.
    """
    if not owed:
        return []
    count = format_count(len(owed), "account")
    st.markdown(f":material/shield_person: **{count}** to be confirmed by name")
    with st.container(height=_BOX_HEIGHT if len(owed) > _WITHOUT_BOX else "content", border=False):
        for each in owed[:_MOST_SHOWN]:
            with st.container(gap=None):
                st.text(each.user_principal_name)  # as it is, to be copied
                st.caption(words.plain(f"{each.display_name}. {each.text}"))
        if len(owed) > _MOST_SHOWN:
            st.caption(f"and {len(owed) - _MOST_SHOWN:,} more: rather leave some of them out.")
    label = "Type this name" if len(owed) == 1 else "Type these names, one a line"
    if optional:
        label += " (a dry run skips whose name is missing)"
    if len(owed) == 1:
        typed = st.text_input(label, key=key, max_chars=300)
    else:
        typed = st.text_area(label, key=key, height=100)
    return [name for name in _BETWEEN.split(typed or "") if name]


def all_typed(owed: Sequence[OwedName], typed: Sequence[str]) -> bool:
    """Whether the name of every account was typed."""
    names = {plain_name(name) for name in typed}
    return all(plain_name(each.user_principal_name) in names for each in owed)
