"""Runs that notify first, and what writes to people in tests."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine

from core.notification.mailer import Mailer
from core.notification.setup import Notices
from core.notification.tokens import KeepTokens
from core.reclamation.requests import NotifyTerms, RunMode, start_run
from tests.support.seats import OPERATOR

TOKENS = KeepTokens("k" * 32)


class Clock:
    """The time of the product, moved by hand."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


def notices_with(mailer: Mailer, *, sender: str = "licenses@example.com") -> Notices:
    """Everything that it takes to write to people, through this mailer."""
    return Notices(
        organization="Contoso",
        public_url="https://seatwise.example.com",
        sender=sender,
        contact="help@example.com",
        tokens=TOKENS,
        mailer=mailer,
    )


def ask_first(engine: Engine, application_id: int, seats: Sequence[tuple[str, str]], now: datetime) -> int:
    """A run that asks the holders of these seats first."""
    return start_run(
        engine,
        application_id,
        chosen=seats,
        mode=RunMode.NOTIFY,
        manual=False,
        note="",
        confirm_count=None,
        actor=OPERATOR,
        allow_reclaim=True,
        now=now,
        notify=NotifyTerms(),
    )
