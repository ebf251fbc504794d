"""Sending mail as one mailbox of the tenant (permission Mail.Send)."""

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from core.graph.retry import ONCE
from core.graph.transport import Transport


def send_mail(
    transport: Transport,
    sender: str,
    *,
    to: str,
    subject: str,
    html: str,
    copy_to: Sequence[str] = (),
    reply_to: Sequence[str] = (),
    attachments: Sequence[tuple[str, str, bytes]] = (),
) -> str | None:
    """Send one mail as `sender`, without a copy among its sent items; Graph's own id of the request.

    Tried once: Microsoft has no way to recognize a mail that is sent again. It answers 202 as soon as the
    mail is queued, and says nothing of its delivery. `attachments` are names, media types and contents,
    of a few MB together: a request takes no more.

    Raises:
        Throttled, Unreachable: not sent.
        OutcomeUnknown: handed over, and the answer is lost, a server's error or none that was expected.
        Refused: not sent; such as PermissionDenied without Mail.Send, NotFound where `sender` is no mailbox.
    """
    message: dict[str, Any] = {
        "subject": subject,
        "body": {"contentType": "HTML", "content": html},
        "toRecipients": _recipients([to]),
    }
    if copy_to:
        message["ccRecipients"] = _recipients(copy_to)
    if reply_to:
        message["replyTo"] = _recipients(reply_to)
    if attachments:
        message["attachments"] = [_attachment(*each) for each in attachments]
    answer = transport.post(
        f"/users/{quote(sender, safe='')}/sendMail",
        {"message": message, "saveToSentItems": False},
        what=f"Sending a mail as {sender}",
        accept=(202,),
        patience=ONCE,
        harmless=False,
    )
    return answer.request_id


def _recipients(addresses: Sequence[str]) -> list[dict[str, dict[str, str]]]:
    return [{"emailAddress": {"address": address}} for address in addresses]


def _attachment(name: str, media_type: str, content: bytes) -> dict[str, str]:
    return {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": name,
        "contentType": media_type,
        "contentBytes": base64.b64encode(content).decode(),
    }
