"""POST /users/{id}/sendMail: mails are recorded, not sent."""

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
        "at": written(tenant.now()),
    }
    with tenant.state.transaction():
        tenant.state.add_entry("mail", mail, tenant.clock())
    return Answer(status=202, content_type=None)
