"""GET /auditLogs/directoryAudits (contract §10)."""

import re
from collections.abc import Callable

from core.simulator.paging import open_listing
from core.simulator.records import Json
from core.simulator.service import Service
from core.simulator.wire import (
    Answer,
    Call,
    GraphProblem,
    json_answer,
)

_CLAUSE = re.compile(
    r"(activityDisplayName|activityDateTime|category|result)\s+(eq|ge|le)\s+(?:'((?:[^']|'')*)'|([0-9TZ:.+-]+))"
)
_STARTS = re.compile(r"startswith\(\s*activityDisplayName\s*,\s*'((?:[^']|'')*)'\s*\)", re.IGNORECASE)
_MAX_PAGE = 1000
_DEFAULT_PAGE = 100

_Wanted = Callable[[Json], bool]


def list_audits(service: Service, call: Call) -> Answer:
    """GET /auditLogs/directoryAudits: what was done, once the delay of the log is over; newest first."""
    query = call.query
    wanted = _wanted(query.get("$filter", ""))
    entries = [
        entry for entry in service.tenant.state.entries("audit", service.tenant.clock()) if wanted(entry)
    ]
    if not query.get("$orderby", "activityDateTime desc").endswith(" asc"):
        entries.reverse()
    top = query.get("$top", str(_DEFAULT_PAGE))
    if not top.isdigit() or not 1 <= int(top) <= _MAX_PAGE:
        raise GraphProblem(400, "BadRequest", f"Invalid page size specified: '{top}'.")
    listing = open_listing(service, call)
    end = listing.start + int(top)
    found: Json = {
        "@odata.context": f"{call.root}/v1.0/$metadata#auditLogs/directoryAudits",
        "value": entries[listing.start : end],
    }
    if end < len(entries):
        found["@odata.nextLink"] = listing.next_link(end)
    return json_answer(found)


def _wanted(text: str) -> _Wanted:
    if not text.strip():
        return lambda _: True
    clauses = [_clause(part.strip()) for part in re.split(r"\s+and\s+", text.strip())]
    return lambda entry: all(clause(entry) for clause in clauses)


def _clause(text: str) -> _Wanted:
    if found := _STARTS.fullmatch(text):
        start = found[1].replace("''", "'")
        return lambda entry: str(entry["activityDisplayName"]).startswith(start)
    clause = _CLAUSE.fullmatch(text)
    if clause is None:
        # `or` between activities, among others, is not supported.
        raise GraphProblem(400, "BadRequest", f"Invalid filter clause: {text}")
    name, operator = clause[1], clause[2]
    value = (clause[3] if clause[3] is not None else clause[4]).replace("''", "'").removesuffix("Z")

    def matches(entry: Json) -> bool:
        actual = str(entry[name]).removesuffix("Z")
        if operator == "eq":
            return actual == value
        return actual >= value if operator == "ge" else actual <= value

    return matches
