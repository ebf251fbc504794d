"""Keeps all processes of the product together within Microsoft's limit on reading sign-ins.

Five requests in ten seconds are answered, of one application in one tenant (contract §7.2). They are spread
evenly, not sent in bursts of five: so any ten seconds hold five of them at most, whatever way Microsoft
counts. A burst would end a pass eight seconds earlier at best, however long the pass.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import Engine

from core.graph import SIGN_IN_REQUESTS, SIGN_IN_SECONDS
from core.store.slots import Slots

NAME: Final = "sign_ins"

SPACING: Final = timedelta(seconds=SIGN_IN_SECONDS / SIGN_IN_REQUESTS * 1.04)
"""Between two requests. The 4 % are for the network: a request may arrive 0.4 s late, and the fifth after it
on time, without the two falling into one window."""


class SignInLimiter(Slots):
    """Slots for requests with `signInActivity` of one application. Thread-safe."""

    def __init__(self, engine: Engine, application_id: int, *, spacing: timedelta = SPACING) -> None:
        super().__init__(engine, application_id, NAME, spacing)
