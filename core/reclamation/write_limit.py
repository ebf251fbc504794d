"""Keeps all processes of the product together within Microsoft's limit on writes.

Three thousand writes in 150 seconds are carried out, of one application in one tenant (contract §7.2). They
are spread evenly: twenty a second, less a margin.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import Engine

from core.graph.limits import WRITE_SECONDS, WRITES
from core.store.slots import Slots

NAME: Final = "writes"

SPACING: Final = timedelta(seconds=WRITE_SECONDS / WRITES * 1.04)
"""Between two writes. The 4 % are room for 115 writes in any 150 seconds that come later than their slot."""


class WriteLimiter(Slots):
    """Slots for writes to the tenant of one application. Thread-safe."""

    def __init__(self, engine: Engine, application_id: int, *, spacing: timedelta = SPACING) -> None:
        super().__init__(engine, application_id, NAME, spacing)
