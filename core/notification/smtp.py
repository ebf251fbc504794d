"""Sends mail over SMTP. What is not refused and not answered counts as unknown, never as unsent."""

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Final

from core.notification.mailer import Mail, Outcome, Sent
from core.settings import SmtpSettings

_SECONDS: Final = 30.0
_IMPLICIT_TLS_PORT: Final = 465
_FIRST_FAILURE: Final = 400
_FIRST_LASTING: Final = 500
_BREAKS: Final = (smtplib.SMTPException, OSError)


class _Failed(Exception):  # noqa: N818 - an outcome on its way to the caller
    """What became of the mail, found on the way."""

    def __init__(self, sent: Sent) -> None:
        super().__init__(sent.detail)
        self.sent = sent


class SmtpMailer:
    """Sends through one mail server, one connection for each mail.

    Args:
        settings: the server. With `starttls`, or on port 465, the connection is encrypted and the server's
            certificate is checked; a password is sent over no other.
        ca_bundle: file or folder of certificates to trust beside the system's own.
    """

    def __init__(self, settings: SmtpSettings, *, ca_bundle: Path | None = None) -> None:
        self._settings = settings
        self._ca_bundle = ca_bundle
        self._name = f"the mail server {settings.host}:{settings.port}"

    def send(self, mail: Mail) -> Sent:
        """Send it, and say what became of it."""
        try:
            content = _content(mail)
            with self._connect(mail.sender.rpartition("@")[2]) as server:
                return self._hand_over(server, mail, content)
        except ValueError as error:  # a header that cannot be written
            return Sent(outcome=Outcome.REFUSED, detail=f"The mail could not be written: {error}.")
        except _Failed as failed:
            return failed.sent

    def _connect(self, own_name: str) -> "_Connection":
        try:
            return _Connection(self._signed_in(own_name))
        except smtplib.SMTPAuthenticationError as error:
            raise _refused(
                f"The user and password were not accepted by {self._name} ({_said(error)})."
            ) from None
        except smtplib.SMTPResponseException as error:
            raise _by_code(error.smtp_code, f"{self._name} answered {_said(error)}.") from None
        except ssl.SSLCertVerificationError as error:
            raise _refused(
                f"The certificate of {self._name} is not trusted: {error.verify_message}."
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise _refused(
                f"No encryption, or no sign-in, is offered by {self._name}: see [smtp] in the configuration."
            ) from None
        except _BREAKS:
            raise _not_now(f"There was no connection to {self._name}.") from None

    def _signed_in(self, own_name: str) -> smtplib.SMTP:
        """A connection that greets with the sender's domain: this machine's name is nobody's business."""
        settings = self._settings
        context = ssl.create_default_context()
        if self._ca_bundle is not None and self._ca_bundle.is_dir():
            context.load_verify_locations(capath=self._ca_bundle)
        elif self._ca_bundle is not None:
            context.load_verify_locations(cafile=self._ca_bundle)
        encrypted = settings.starttls or settings.port == _IMPLICIT_TLS_PORT
        if settings.password is not None and not encrypted:
            raise _refused(f"No password is sent to {self._name} without encryption: set starttls = true.")
        if settings.port == _IMPLICIT_TLS_PORT:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, own_name, timeout=_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, own_name, timeout=_SECONDS)
        try:
            if encrypted and settings.port != _IMPLICIT_TLS_PORT:
                server.starttls(context=context)
            if settings.user is not None and settings.password is not None:
                server.login(settings.user, settings.password.get_secret_value())
            server.ehlo_or_helo_if_needed()
        except BaseException:
            _leave(server)
            raise
        return server

    def _hand_over(self, server: smtplib.SMTP, mail: Mail, content: bytes) -> Sent:
        """Name sender and recipients, then send the content: from there on a broken connection is unknown."""
        try:
            self._accepted(server.mail(mail.sender), f"does not take mail from {mail.sender}")
            self._accepted(server.rcpt(mail.to), f"does not take mail for {mail.to}")
            copied = server.rcpt(mail.copy_to) if mail.copy_to is not None else None
        except _BREAKS:
            raise _not_now(f"The connection to {self._name} broke off before the mail was sent.") from None
        try:
            answer = server.data(content)
        except smtplib.SMTPDataError as error:  # it did not want to begin
            answer = (error.smtp_code, _bytes(error.smtp_error))
        except _BREAKS:
            detail = f"The connection to {self._name} broke off while the mail was sent."
            return Sent(outcome=Outcome.UNKNOWN, detail=detail)
        self._accepted(answer, "did not take the mail")
        if copied is not None and copied[0] >= _FIRST_FAILURE:
            return Sent(outcome=Outcome.SENT, detail=f"No copy went to {mail.copy_to} ({_words(copied[1])}).")
        return Sent(outcome=Outcome.SENT)

    def _accepted(self, answer: tuple[int, bytes], otherwise: str) -> None:
        code, text = answer
        if code >= _FIRST_FAILURE:
            raise _by_code(code, f"{self._name} {otherwise} ({code} {_words(text)}).")


class _Connection:
    """A connection that says goodbye in the end, where somebody still listens."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server

    def __enter__(self) -> smtplib.SMTP:
        return self._server

    def __exit__(self, *_: object) -> None:
        _leave(self._server)


def _leave(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except _BREAKS:
        server.close()


def _content(mail: Mail) -> bytes:
    """The mail as bytes. Raises ValueError."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = mail.sender
    message["To"] = mail.to
    if mail.copy_to is not None:
        message["Cc"] = mail.copy_to
    if mail.reply_to is not None:
        message["Reply-To"] = mail.reply_to
    message["Subject"] = mail.subject
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=mail.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for each in mail.attachments:
        kind, _, subtype = each.media_type.partition("/")
        message.add_attachment(each.content, maintype=kind, subtype=subtype, filename=each.name)
    return message.as_bytes()


def _by_code(code: int, detail: str) -> _Failed:
    outcome = Outcome.REFUSED if code >= _FIRST_LASTING else Outcome.NOT_NOW
    return _Failed(Sent(outcome=outcome, detail=detail[:1].upper() + detail[1:]))


def _refused(detail: str) -> _Failed:
    return _Failed(Sent(outcome=Outcome.REFUSED, detail=detail[:1].upper() + detail[1:]))


def _not_now(detail: str) -> _Failed:
    return _Failed(Sent(outcome=Outcome.NOT_NOW, detail=detail))


def _said(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_words(_bytes(error.smtp_error))}"


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _words(text: bytes) -> str:
    """A server's own words, in one line and not endless."""
    return " ".join(text.decode("utf-8", "replace").split())[:200]
