"""Licenses reclaimed by the plainest careful loop: one at a time with `requests`, read, removed, read again.

    python -m benchmarks.reclaim_loop '<the connection as JSON, with licenses>'

It keeps no record, asks for no mailbox and no role, and learns nothing from one person for the next. Where
Microsoft asks to wait it waits.
"""

import json
import sys
import time
from typing import Any, Final

import requests

from benchmarks.clock import Measured, clocks, peak_mb, since
from benchmarks.loop import signed_in
from benchmarks.tenant import Facts

_TIMEOUT: Final = 60
_FIELDS: Final = "id,accountEnabled,licenseAssignmentStates"
_TO_CHOOSE: Final = f"{_FIELDS},employeeId,isManagementRestricted"
_LOOK_AFTER: Final = 0.5
_THROTTLED: Final = (409, 429, 503)


class Caller:
    """Sends until Microsoft takes it, and counts."""

    def __init__(self, session: requests.Session, root: str) -> None:
        self.sent = 0
        self.refused = 0
        self._session = session
        self._root = root

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:  # noqa: ANN401 - whatever is JSON
        """The answer's body."""
        while True:
            self.sent += 1
            answer = self._session.request(method, f"{self._root}{path}", json=body, timeout=_TIMEOUT)
            if answer.status_code not in _THROTTLED:
                answer.raise_for_status()
                found: dict[str, Any] = answer.json()
                return found
            self.refused += 1
            time.sleep(float(answer.headers.get("Retry-After", 1)))


def reclaim(facts: Facts) -> Measured:
    """Reclaim as many licenses as asked for."""
    with signed_in(facts) as session:
        caller = Caller(session, f"{facts['graph_url']}/v1.0")
        seats = _choose(caller, int(facts["licenses"]))
        listed, refused = caller.sent, caller.refused
        start = clocks()
        for user_id, sku_id in seats:
            _reclaim(caller, user_id, sku_id)
        return since(start) | {
            "reclaimed": len(seats),
            "requests": caller.sent - listed,
            "refused": caller.refused - refused,
            "peak_mb": peak_mb(),
        }


def choose(facts: Facts, licenses: int) -> list[tuple[str, str]]:
    """Licenses that are assigned directly, each the only one of its holder; as many as asked for."""
    with signed_in(facts) as session:
        return _choose(Caller(session, f"{facts['graph_url']}/v1.0"), licenses)


def _choose(caller: Caller, licenses: int) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    path = f"/users?$select={_TO_CHOOSE}&$top=999"
    while path and len(found) < licenses:
        page = caller.call("GET", path)
        for user in page["value"]:
            states = user["licenseAssignmentStates"]
            person = user.get("employeeId") and not user.get("isManagementRestricted")
            if person and len(states) == 1 and states[0]["assignedByGroup"] is None:
                found.append((user["id"], states[0]["skuId"]))
        path = page.get("@odata.nextLink", "").partition("/v1.0")[2]
    return found[:licenses]


def _reclaim(caller: Caller, user_id: str, sku_id: str) -> None:
    if not _holds(caller, user_id, sku_id):
        return
    body = {"addLicenses": [], "removeLicenses": [sku_id]}
    caller.call("POST", f"/users/{user_id}/assignLicense", body)
    while _holds(caller, user_id, sku_id):
        time.sleep(_LOOK_AFTER)


def _holds(caller: Caller, user_id: str, sku_id: str) -> bool:
    user = caller.call("GET", f"/users/{user_id}?$select={_FIELDS}")
    return any(
        state["skuId"] == sku_id and state["assignedByGroup"] is None
        for state in user["licenseAssignmentStates"]
    )


if __name__ == "__main__":
    print(json.dumps(reclaim(json.loads(sys.argv[1]))))
