"""`/_simulator/…`: how a test in another process looks at the truth, changes it, and makes things go wrong.

Every request needs the header `X-Simulator-Secret` with the client secret.
"""

import dataclasses
import hmac
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.simulator.cases import CASES
from core.simulator.records import Json
from core.simulator.service import Service
from core.simulator.wire import Answer, Call, GraphProblem, body_object, json_answer

PREFIX = "/_simulator/"
_CHANGEABLE = frozenset(
    {"fields", "states", "groups", "dates", "in_reports", "purpose", "roles", "eligible_roles", "deleted"}
)


def control(service: Service, call: Call) -> Answer:
    """The answer to a request below the prefix. Raises GraphProblem."""
    secret = call.headers.get("x-simulator-secret", "")
    if not hmac.compare_digest(secret.encode(), service.tenant.config.client_secret.encode()):
        raise GraphProblem(401, "Unauthorized", "The header X-Simulator-Secret must hold the client secret.")
    service.tenant.refresh()
    for method, path, handler in _ROUTES:
        found = path.fullmatch(call.path.removeprefix(PREFIX))
        if found is not None and method == call.method:
            try:
                return handler(service, call, *found.groups())
            except (ValueError, TypeError) as error:
                raise GraphProblem(400, "BadRequest", str(error)) from error
            except LookupError as error:
                raise GraphProblem(404, "NotFound", str(error).strip("'\"")) from error
    raise GraphProblem(404, "NotFound", f"no such control: {call.method} {call.path}")


def _list_faults(service: Service, _: Call) -> Answer:
    return json_answer({"faults": service.faults.in_force()})


def _add_fault(service: Service, call: Call) -> Answer:
    return json_answer({"id": service.faults.add(**body_object(call))}, 201)


def _clear_faults(service: Service, _: Call) -> Answer:
    service.faults.clear()
    return Answer(status=204, content_type=None)


def _get_conditions(service: Service, _: Call) -> Answer:
    return json_answer(service.tenant.conditions.to_json())


def _set_conditions(service: Service, call: Call) -> Answer:
    service.tenant.conditions = service.tenant.conditions.changed_by(body_object(call))
    return json_answer(service.tenant.conditions.to_json())


def _list_cases(service: Service, _: Call) -> Answer:
    accounts = {case: service.tenant.find_all(case) for case in CASES}
    return json_answer({case: [dataclasses.asdict(one) for one in found] for case, found in accounts.items()})


def _get_user(service: Service, _: Call, user: str) -> Answer:
    return json_answer(_truth(service, user))


def _change_user(service: Service, call: Call, user: str) -> Answer:
    changes = body_object(call)
    unknown = set(changes) - _CHANGEABLE
    if unknown:
        raise ValueError(f"can't change {', '.join(sorted(unknown))}; can: {', '.join(sorted(_CHANGEABLE))}")
    service.tenant.change(user, changes)
    return json_answer(_truth(service, user))


def _truth(service: Service, user: str) -> Json:
    """The account as the last write left it, whatever readers see."""
    index = service.tenant.index_of(user)
    if index is None:
        raise LookupError(f"no such account: {user}")
    record = service.tenant.record(index, latest=True)
    return {
        "index": index,
        "case": record.case,
        "deleted": record.deleted,
        "fields": record.properties,
        "states": record.states,
        "groups": list(record.groups),
        "dates": record.dates,
        "in_reports": record.in_reports,
        "purpose": record.purpose,
        "roles": list(record.roles),
        "eligible_roles": list(record.eligible_roles),
    }


def _get_log(service: Service, _: Call) -> Answer:
    state = service.tenant.state
    log: dict[str, Any] = {
        "calls": dict(service.calls),
        "writes": state.entries("write"),
        "mails": state.entries("mail"),
    }
    return json_answer(log)


def _clear_log(service: Service, _: Call) -> Answer:
    service.calls.clear()
    with service.tenant.state.transaction():
        service.tenant.state.clear_entries("write", "mail")
    return Answer(status=204, content_type=None)


def _reset(service: Service, call: Call) -> Answer:
    moment = body_object(call).get("created_at") if call.body else None
    service.tenant.reset(None if moment is None else datetime.fromisoformat(moment))
    service.faults.clear()
    service.calls.clear()
    return json_answer({"created_at": service.tenant.created_at.isoformat()})


def _get_tenant(service: Service, _: Call) -> Answer:
    tenant = service.tenant
    return json_answer(
        {
            "users": tenant.config.users,
            "seed": tenant.config.seed,
            "created_at": tenant.created_at.isoformat(),
            "as_of": tenant.as_of.isoformat(),
            "groups": {group.key: group_id for group_id, group in tenant.groups.items()},
        }
    )


_ROUTES: tuple[tuple[str, re.Pattern[str], Callable[..., Answer]], ...] = (
    ("GET", re.compile("tenant"), _get_tenant),
    ("GET", re.compile("faults"), _list_faults),
    ("POST", re.compile("faults"), _add_fault),
    ("DELETE", re.compile("faults"), _clear_faults),
    ("GET", re.compile("conditions"), _get_conditions),
    ("PATCH", re.compile("conditions"), _set_conditions),
    ("GET", re.compile("cases"), _list_cases),
    ("GET", re.compile("users/([^/]+)"), _get_user),
    ("PATCH", re.compile("users/([^/]+)"), _change_user),
    ("GET", re.compile("log"), _get_log),
    ("DELETE", re.compile("log"), _clear_log),
    ("POST", re.compile("reset"), _reset),
)
