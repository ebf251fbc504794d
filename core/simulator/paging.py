"""Pages of a listing, by opaque tokens in absolute links (contract §2.3)."""

import base64
from dataclasses import dataclass

import orjson

from core.simulator.config import derived_guid
from core.simulator.service import Service
from core.simulator.wire import Call, GraphProblem


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The listing that a call asks for, and where in it the page starts."""

    call: Call
    digest: str
    now: float
    start: int

    def next_link(self, start: int) -> str:
        """The absolute link to the page from `start` on."""
        kept = [part for part in self.call.query_string.split("&") if part and not _is_page_token(part)]
        token = base64.urlsafe_b64encode(orjson.dumps([start, self.digest, self.now])).decode().rstrip("=")
        return f"{self.call.root}{self.call.path}?{'&'.join([*kept, f'$skiptoken={token}'])}"


def open_listing(service: Service, call: Call) -> Listing:
    """The listing of a call. Raises GraphProblem 400 for a page token of another one, or one too old."""
    query = call.query
    options = [f"{key}={value}" for key, value in sorted(query.items()) if key != "$skiptoken"]
    digest = derived_guid(0, call.path, *options)[:8]
    now = service.tenant.clock()
    if "$skiptoken" not in query:
        return Listing(call=call, digest=digest, now=now, start=0)
    start, of, issued = _read(query["$skiptoken"])
    if of != digest:
        raise GraphProblem(400, "Request_BadRequest", "The specified page token value is invalid.")
    if now - issued > service.tenant.conditions.page_token_lifetime:
        raise GraphProblem(400, "Directory_ExpiredPageToken", "The specified page token value has expired.")
    return Listing(call=call, digest=digest, now=now, start=start)


def _read(token: str) -> tuple[int, str, float]:
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(parts[0]), str(parts[1]), float(parts[2])
    except (ValueError, TypeError, IndexError):
        return 0, "", 0.0


def _is_page_token(part: str) -> bool:
    return part.lower().startswith(("$skiptoken=", "%24skiptoken="))
