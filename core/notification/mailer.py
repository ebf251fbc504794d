"""A mail as a value, what can become of sending it, and the seam to whoever sends it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What became of a mail."""

    SENDING = "sending"  # intended, and the outcome is not on record: found so, nobody knows it
    SENT = "sent"  # the server has taken it
    NOT_NOW = "not_now"  # certainly not sent; it can be tried again
    REFUSED = "refused"  # certainly not sent, and never will be as things stand
    UNKNOWN = "unknown"  # handed over without a clear answer: it may have been sent


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail to one person. Addresses are bare ones, without names."""

    sender: str
    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    copy_to: str | None = None
    reply_to: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sent:
    """The outcome; `detail` is a sentence for people, empty where all went well."""

    outcome: Outcome
    detail: str = ""
    request_id: str | None = None
    retry_after: float | None = None


class Mailer(Protocol):
    """Sends one mail, once. Never raises for what a mail server or Microsoft may answer."""

    def send(self, mail: Mail) -> Sent:
        """Send it, and say what became of it."""
        ...
