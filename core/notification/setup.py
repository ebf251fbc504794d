"""Whether and how people can be notified, by what is configured."""

import os
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from core.graph import GraphClient
from core.notification.addresses import usable_address
from core.notification.graph_mail import GraphMailer
from core.notification.mailer import Mailer
from core.notification.smtp import SmtpMailer
from core.notification.tokens import KeepTokens
from core.settings import Settings

LINK_OUTLIVES: Final = timedelta(days=30)
"""For so long after the deadline a link still tells its holder how things ended."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What stands on every mail about one application's licenses."""

    organization: str
    public_url: str
    sender: str
    contact: str
    """The address for questions, which is also where answers to the mail go."""


@dataclass(frozen=True, kw_only=True)
class Post:
    """Who sends mails that need no answer, and as whom."""

    sender: str
    contact: str
    mailer: Mailer


@dataclass(frozen=True, kw_only=True)
class Notices(Envelope):
    """Everything that it takes to write to the holders of one application's licenses."""

    tokens: KeepTokens
    mailer: Mailer

    def keep_url(self, notice_id: int, deadline_at: datetime) -> str:
        """The keep link of a notice."""
        return f"{self.public_url}/keep/{self.tokens.make(notice_id, deadline_at + LINK_OUTLIVES)}"


def why_off(settings: Settings) -> str | None:
    """Why nobody can be notified, and what to do; None where it is all there."""
    missing = [name for name in ("public_url", "secret_key") if getattr(settings, name) is None]
    if missing:
        return f"Notifying is off: {' and '.join(missing)} must be configured, for the link in the mail."
    if sender_of(settings) is None:
        return "Notifying is off: mail_sender must be configured, the address that the mails come from" + (
            ", or an address as user in [smtp]." if settings.smtp else " (or a mail server in [smtp])."
        )
    return None


def sender_of(settings: Settings) -> str | None:
    """The address that mails come from; None where there is none."""
    if settings.mail_sender is not None:
        return settings.mail_sender
    return usable_address(settings.smtp.user) if settings.smtp else None


def contact_of(settings: Settings) -> str | None:
    """The address for questions; None where none is configured."""
    return settings.mail_reply_to or sender_of(settings)


def envelope_of(settings: Settings, organization: str) -> Envelope | None:
    """What stands on every mail; None where `why_off` says why there is none."""
    sender = sender_of(settings)
    if settings.public_url is None or settings.secret_key is None or sender is None:
        return None
    return Envelope(
        organization=organization,
        public_url=settings.public_url,
        sender=sender,
        contact=settings.mail_reply_to or sender,
    )


def notices_of(settings: Settings, client: GraphClient, organization: str) -> Notices | None:
    """How to notify the holders of an application's licenses; None where `why_off` says why not.

    A mail server that is configured sends, else Microsoft Graph does.
    """
    envelope = envelope_of(settings, organization)
    if envelope is None or settings.secret_key is None:
        return None
    return Notices(
        **asdict(envelope),
        tokens=KeepTokens(settings.secret_key.get_secret_value()),
        mailer=_mailer(settings, client),
    )


def post_of(settings: Settings, client: GraphClient) -> Post | None:
    """How to send reports; None where no address is configured that mails come from."""
    sender = sender_of(settings)
    if sender is None:
        return None
    return Post(sender=sender, contact=settings.mail_reply_to or sender, mailer=_mailer(settings, client))


def _mailer(settings: Settings, client: GraphClient) -> Mailer:
    if settings.smtp is None:
        return GraphMailer(client)
    bundle = os.environ.get("REQUESTS_CA_BUNDLE")
    return SmtpMailer(settings.smtp, ca_bundle=Path(bundle) if bundle else None)
