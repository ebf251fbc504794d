"""Faults on demand: what a network and a busy service do to a client, by rule (contract §13.9)."""

import random
import re
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from typing import Any

from core.simulator.wire import Answer, Breakage, Call, GraphProblem, error_answer


class FaultKind(StrEnum):
    """What goes wrong."""

    THROTTLED = "throttled"  # 429 TooManyRequests
    UNAVAILABLE = "unavailable"  # 503
    HTML_GATEWAY = "html_gateway"  # 502 with a page of HTML
    CONCURRENCY = "concurrency"  # 409 Directory_ConcurrencyViolation
    EXPIRED_TOKEN = "expired_token"  # noqa: S105 -- 401, the token's time is over
    CLAIMS_CHALLENGE = "claims_challenge"  # 401 that asks for a token with more claims (contract §8.4)
    EXPIRED_PAGE = "expired_page"  # 400 Directory_ExpiredPageToken
    ERROR = "error"  # any `status`, `code` and `message`
    RESET = "reset"  # the connection is torn before the answer
    CUT = "cut"  # the connection is torn within the answer
    SLOW = "slow"  # answered after `delay` seconds
    TRUNCATED = "truncated"  # half of the body, under a correct Content-Length
    GARBAGE = "garbage"  # a body that isn't JSON


_CHALLENGE = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ=="'
)
_DISTORTIONS = {FaultKind.CUT, FaultKind.SLOW, FaultKind.TRUNCATED, FaultKind.GARBAGE}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A rule. It strikes calls whose method and target (path and query) match these regular expressions.

    Without any it strikes every call to Graph, but neither the token endpoint nor downloads. The first `skip`
    matching calls pass, then each is struck with `probability`, up to `times` (None: always). `after`: the
    call is carried out first and only its answer is lost. `retry_after` is written as it is into the header;
    `date:N` becomes an HTTP date N seconds ahead; None leaves the header out. `where`: `any`, `direct` (not
    inside a batch) or `batch` (only inside one).
    """

    kind: FaultKind
    method: str = ".*"
    path: str = "^/v1.0/"
    times: int | None = 1
    skip: int = 0
    probability: float = 1.0
    after: bool = False
    retry_after: str | None = "1"
    where: str = "any"
    delay: float = 1.0
    status: int = 500
    code: str = "UnknownError"
    message: str = "An internal server error occurred."

    @property
    def carries_out(self) -> bool:
        """Whether the call takes effect all the same."""
        return self.after or self.kind in _DISTORTIONS


@dataclass
class _Rule:
    id: int
    fault: Fault
    seen: int = 0
    struck: int = 0
    dice: random.Random = field(default_factory=random.Random)


class Faults:
    """The rules in force. Safe to change while the server answers."""

    def __init__(self, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._seed = seed
        self._rules: list[_Rule] = []
        self._next = 1

    def add(self, kind: FaultKind | str, **rule: Any) -> int:  # noqa: ANN401 -- the fields of Fault
        """Puts a rule in force and gives its number. Raises ValueError or TypeError for a bad rule."""
        fault = Fault(kind=FaultKind(kind), **rule)
        for pattern in (fault.method, fault.path):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        with self._lock:
            number, self._next = self._next, self._next + 1
            dice = random.Random(f"{self._seed}/{number}")  # noqa: S311 -- repeatable, no secret
            self._rules.append(_Rule(id=number, fault=fault, dice=dice))
        return number

    def clear(self) -> None:
        """Takes all rules out of force."""
        with self._lock:
            self._rules.clear()

    def struck(self, number: int) -> int:
        """How often a rule has struck. Raises LookupError for a rule that isn't in force."""
        with self._lock:
            for rule in self._rules:
                if rule.id == number:
                    return rule.struck
        raise LookupError(f"no such rule: {number}")

    def in_force(self) -> list[dict[str, Any]]:
        """The rules, each with how often it matched and struck."""
        with self._lock:
            return [
                {"id": rule.id, **vars(rule.fault), "seen": rule.seen, "struck": rule.struck}
                for rule in self._rules
            ]

    def next_for(self, call: Call) -> Fault | None:
        """The fault that strikes this call, if any; counts it."""
        with self._lock:
            for rule in self._rules:
                if _strikes(rule, call):
                    rule.struck += 1
                    return rule.fault
        return None


def _strikes(rule: _Rule, call: Call) -> bool:
    fault = rule.fault
    if fault.where == ("direct" if call.in_batch else "batch"):
        return False
    if not re.fullmatch(fault.method, call.method) or not re.search(fault.path, call.target):
        return False
    rule.seen += 1
    if rule.seen <= fault.skip or (fault.times is not None and rule.struck >= fault.times):
        return False
    return rule.dice.random() < fault.probability


def struck_answer(fault: Fault, call: Call, now: datetime, answer: Answer | None) -> Answer:
    """What the caller gets in place of the answer (None: the call was not carried out)."""
    if answer is not None and fault.kind in _DISTORTIONS:
        return _distorted(fault, answer)
    match fault.kind:
        case FaultKind.RESET:
            return Answer(status=503, breakage=Breakage.BEFORE)
        case FaultKind.HTML_GATEWAY:
            page = (
                b"<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
            )
            return Answer(status=502, body=page, content_type="text/html")
        case _:
            return error_answer(_problem(fault, now), call, now)


_PROBLEMS = {
    FaultKind.THROTTLED: (429, "TooManyRequests", "Please retry again later."),
    FaultKind.UNAVAILABLE: (503, "ServiceUnavailable", "The service is unavailable."),
    FaultKind.CONCURRENCY: (
        409,
        "Directory_ConcurrencyViolation",
        "Error due to concurrent requests being made to the tenant. Please wait briefly and retry.",
    ),
    FaultKind.EXPIRED_TOKEN: (
        401,
        "InvalidAuthenticationToken",
        "Lifetime validation failed, the token is expired.",
    ),
    FaultKind.CLAIMS_CHALLENGE: (
        401,
        "InvalidAuthenticationToken",
        "Continuous access evaluation resulted in challenge.",
    ),
    FaultKind.EXPIRED_PAGE: (
        400,
        "Directory_ExpiredPageToken",
        "The specified page token value has expired.",
    ),
}
_MAY_NAME_A_WAIT = {FaultKind.THROTTLED, FaultKind.UNAVAILABLE, FaultKind.CONCURRENCY}


def _problem(fault: Fault, now: datetime) -> GraphProblem:
    status, code, message = _PROBLEMS.get(fault.kind, (fault.status, fault.code, fault.message))
    headers = {}
    if fault.kind in _MAY_NAME_A_WAIT and fault.retry_after is not None:
        headers["Retry_After"] = _retry_after(fault.retry_after, now)
    if fault.kind is FaultKind.CLAIMS_CHALLENGE:
        headers["WWW_Authenticate"] = _CHALLENGE
    return GraphProblem(status, code, message, **headers)


def _retry_after(text: str, now: datetime) -> str:
    if not text.startswith("date:"):
        return text
    moment = now.astimezone(UTC) + timedelta(seconds=float(text.removeprefix("date:")))
    return format_datetime(moment, usegmt=True)


def _distorted(fault: Fault, answer: Answer) -> Answer:
    body = answer.body if answer.chunks is None else b"".join(answer.chunks)
    whole = replace(answer, body=body, chunks=None)
    match fault.kind:
        case FaultKind.SLOW:
            return replace(whole, delay=fault.delay)
        case FaultKind.CUT:
            return replace(whole, breakage=Breakage.WITHIN)
        case FaultKind.TRUNCATED:
            return replace(whole, body=body[: len(body) // 2])
        case _:
            return replace(whole, body=b"\x00\xff<garbage>" + body[:10][::-1])
