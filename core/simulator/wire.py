"""Requests and answers of the simulated Graph, and its error envelope (contract §2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

import orjson


class Breakage(StrEnum):
    """Where the connection is torn while answering."""

    NEVER = "never"
    BEFORE = "before"  # not a byte of the answer arrives
    WITHIN = "within"  # half of the body arrives


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request, over HTTP or inside a batch. Header names are in lower case; `path` is decoded."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    host: str
    request_id: str
    in_batch: bool = False
    roles: frozenset[str] = frozenset()

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, decoded."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def target(self) -> str:
        """Path and query, as fault rules match them."""
        return f"{self.path}?{self.query_string}" if self.query_string else self.path

    @property
    def root(self) -> str:
        """The address under which the caller reached Graph."""
        return f"https://{self.host}"

    @property
    def eventual(self) -> bool:
        """Whether the caller asked for advanced queries (contract §4.6)."""
        return self.headers.get("consistencylevel", "").lower() == "eventual"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response. `chunks` replaces the body for what is too large to hold."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str | None = "application/json"
    chunks: Iterable[bytes] | None = None
    delay: float = 0.0
    breakage: Breakage = Breakage.NEVER


class GraphProblem(Exception):  # noqa: N818 -- it is an answer that ends a handler, no failure of the simulator
    """An error that Graph answers with."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def json_answer(value: object, status: int = 200, **headers: str) -> Answer:
    """An answer that holds this value as JSON."""
    return Answer(
        status=status,
        body=orjson.dumps(value),
        headers={name.replace("_", "-"): text for name, text in headers.items()},
        content_type="application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
    )


def error_answer(problem: GraphProblem, call: Call, now: datetime) -> Answer:
    """The error envelope (contract §2.1). Dates carry a zone, as Microsoft's own description demands."""
    inner = {
        "date": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "request-id": call.request_id,
        "client-request-id": call.headers.get("client-request-id", call.request_id),
    }
    body = {"error": {"code": problem.code, "message": problem.message, "innerError": inner}}
    return Answer(
        status=problem.status,
        body=orjson.dumps(body),
        headers=dict(problem.headers),
    )


def body_object(call: Call) -> dict[str, Any]:
    """The JSON object in the body. Raises GraphProblem 400 for anything else."""
    try:
        value = orjson.loads(call.body)
    except orjson.JSONDecodeError:
        raise GraphProblem(400, "BadRequest", "Unable to read JSON request payload.") from None
    if not isinstance(value, dict):
        raise GraphProblem(400, "BadRequest", "Unable to read JSON request payload.")
    return value


def not_found(identifier: str) -> GraphProblem:
    """The 404 of an object that isn't there."""
    return GraphProblem(
        404,
        "Request_ResourceNotFound",
        f"Resource '{identifier}' does not exist or one of its queried reference-property objects are not "
        "present.",
    )


def denied() -> GraphProblem:
    """The 403 of a missing permission."""
    return GraphProblem(
        403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
    )
