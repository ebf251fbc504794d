"""What was done is said on the page that is drawn after it: the run that does it ends at once."""

from typing import Final, NoReturn

import streamlit as st

from core.ui import words

_SAVED: Final = "saved"


def saved(message: str) -> NoReturn:
    """Draw the page anew, which then says what was done."""
    st.session_state[_SAVED] = message
    st.rerun()


def show_saved() -> None:
    """Say what was done in the run before."""
    if message := st.session_state.pop(_SAVED, None):
        st.toast(words.plain(message), icon=":material/check:")
