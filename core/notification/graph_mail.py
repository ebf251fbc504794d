"""Sends mail through Microsoft Graph, as one mailbox of the tenant."""

from core.graph import (
    GraphClient,
    GraphError,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    SignInFailed,
    Stopped,
    Throttled,
    UnexpectedAnswer,
    Unreachable,
)
from core.notification.mailer import Mail, Outcome, Sent


class GraphMailer:
    """Sends as the sender of each mail, which is a mailbox of the client's tenant."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    def send(self, mail: Mail) -> Sent:
        """Send it, and say what became of it. Only the HTML goes: Microsoft makes a plain text of it."""
        try:
            request_id = self._client.send_mail(
                mail.sender,
                to=mail.to,
                subject=mail.subject,
                html=mail.html,
                copy_to=[mail.copy_to] if mail.copy_to else [],
                reply_to=[mail.reply_to] if mail.reply_to else [],
                attachments=[(each.name, each.media_type, each.content) for each in mail.attachments],
            )
        except GraphError as error:
            outcome, detail = _meaning(error, mail.sender)
            return Sent(
                outcome=outcome, detail=detail, request_id=error.request_id, retry_after=error.retry_after
            )
        return Sent(outcome=Outcome.SENT, request_id=request_id)


def _meaning(error: GraphError, sender: str) -> tuple[Outcome, str]:
    match error:
        case OutcomeUnknown() | UnexpectedAnswer():
            return Outcome.UNKNOWN, error.message
        case Throttled() | Unreachable() | Stopped() | SignInFailed():
            return Outcome.NOT_NOW, error.message
        case PermissionDenied():
            return (
                Outcome.REFUSED,
                (
                    "Microsoft did not allow the mail: grant Mail.Send to the application, for the mailbox "
                    f"{sender} ({error.message})."
                ),
            )
        case NotFound():
            return Outcome.REFUSED, f"The tenant has no mailbox {sender} (mail_sender): {error.message}"
        case _:
            return Outcome.REFUSED, error.message
