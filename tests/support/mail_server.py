"""A real SMTP server on a loopback port, which keeps what it takes."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from core.settings import SmtpSettings
from tests.support.running_app import free_port


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """One mail as it was taken: who was named on the way, and the mail itself."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    encrypted: bool

    def part(self, kind: str) -> str:
        """The text of the plain or the html part."""
        body = self.message.get_body((kind,))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n")


@dataclass
class MailServer:
    """The running server. `answers`: what it says to recipients, or to content as `DATA`, instead of 250."""

    port: int
    taken: list[Envelope] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    breaks_off: bool = False
    """True: it takes the mail, and the connection breaks before it says so."""

    def settings(self, **changed: Any) -> SmtpSettings:  # noqa: ANN401 - fields of the settings
        """How to reach it, without encryption unless told otherwise."""
        fields: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "starttls": False}
        return SmtpSettings(**fields | changed)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own name
        self,
        _server: object,
        _session: object,
        envelope: Any,  # noqa: ANN401 - ships no types
        address: str,
        _options: list[str],
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ANN401, N802 - aiosmtpd's own
        if "DATA" in self.answers:
            return self.answers["DATA"]
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append(
            Envelope(
                sender=envelope.mail_from,
                recipients=list(envelope.rcpt_tos),
                message=message,
                encrypted=session.ssl is not None,
            )
        )
        if self.breaks_off:
            server.transport.abort()
        return "250 OK"


@contextmanager
def mail_server(
    *, tls: ssl.SSLContext | None = None, accounts: dict[str, str] | None = None
) -> Iterator[MailServer]:
    """Start it; with `tls` it offers STARTTLS and wants it, with `accounts` it wants a sign-in."""
    server = MailServer(port=free_port())

    def known(_server: object, _session: object, _envelope: object, _kind: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        expected = (accounts or {}).get(data.login.decode())
        return AuthResult(success=data.password.decode() == expected, handled=False)

    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=server.port,
        tls_context=tls,
        require_starttls=tls is not None,
        authenticator=known if accounts else None,
        auth_required=accounts is not None,
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
