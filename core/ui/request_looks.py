"""How the states of a reclamation request look: word, sign and color, the same on every page."""

from typing import Final

from core.reclamation.states import RequestState
from core.ui import theme
from core.ui.theme import Look

_DONE: Final = theme.ACTIVE
_LEFT: Final = theme.UNKNOWN
_WORK: Final = theme.UNASSIGNED

REQUEST_LOOKS: Final = {
    RequestState.QUEUED: Look(word="Queued", sign="…", color=_LEFT),
    RequestState.NOTIFIED: Look(word="Notified", sign="✉", color=_WORK),
    RequestState.CHECKING: Look(word="Checking", sign="▶", color=_WORK),
    RequestState.RECLAIMING: Look(word="Reclaiming", sign="▶", color=_WORK),
    RequestState.VERIFYING: Look(word="Verifying", sign="▶", color=_WORK),
    RequestState.RECLAIMED: Look(word="Reclaimed", sign="✓", color=_DONE),
    RequestState.RESTORING: Look(word="Restoring", sign="▶", color=_WORK),
    RequestState.RESTORED: Look(word="Restored", sign="↩", color=_DONE),
    RequestState.SKIPPED: Look(word="Skipped", sign="–", color=_LEFT),
    RequestState.WOULD_RECLAIM: Look(word="Would reclaim", sign="◇", color=theme.ACCENT),
    RequestState.KEPT: Look(word="Kept", sign="♥", color=_LEFT),
    RequestState.ACTIVE_AGAIN: Look(word="Active again", sign="●", color=_LEFT),
    RequestState.FAILED: Look(word="Failed", sign="✕", color=theme.ERROR),
    RequestState.CANCELLED: Look(word="Cancelled", sign="–", color=_LEFT),
}
"""In the order in which charts and filters list them."""
