"""POST /users/{id}/sendMail: mails are recorded, not sent."""

import base64
import binascii
from typing import Any

from core.simulator.records import written
from core.simulator.service import Service
from core.simulator.wire import Answer, Call, GraphProblem, body_object


def send_mail(service: Service, call: Call, user: str) -> Answer:
    """POST /users/{id}/sendMail: 202, without a body."""
    _, record = service.existing(user)
    message = body_object(call).get("message")
    if not isinstance(message, dict) or not message.get("toRecipients"):
        raise GraphProblem(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.")
    tenant = service.tenant
    mail = {
        "from": record.properties["userPrincipalName"],
        "to": [one["emailAddress"]["address"] for one in message["toRecipients"]],
        "subject": message.get("subject", ""),
        "body": message.get("body", {}).get("content", ""),
        "content_type": message.get("body", {}).get("contentType", "text"),
        "attachments": _attachments(message.get("attachments")),
        "at": written(tenant.now()),
    }
    with tenant.state.transaction():
        tenant.state.add_entry("mail", mail, tenant.clock())
    return Answer(status=202, content_type=None)


def _attachments(listed: Any) -> list[dict[str, str]]:  # noqa: ANN401 - whatever a caller sent
    """Files with their contents in base64, as they came; anything else is refused."""
    kept = []
    for each in listed or ():
        content, name = each.get("contentBytes"), each.get("name")
        if each.get("@odata.type") != "#microsoft.graph.fileAttachment" or not name or content is None:
            raise GraphProblem(400, "ErrorInvalidRequest", "The attachment is not valid.")
        try:
            base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            raise GraphProblem(400, "ErrorInvalidRequest", "contentBytes is not base64.") from None
        kept.append({"name": name, "content_type": each.get("contentType", ""), "content_bytes": content})
    return kept
