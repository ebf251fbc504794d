"""Sends requests to Graph: token, request ids, patience with throttling and faults, errors as exceptions."""

import copy
import random
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import orjson

from core.graph.addresses import VERSION, is_membership, leads_below, origin
from core.graph.answer import Answer, Request, Sender, SendFailed
from core.graph.easing import FULL, HEADER, Easing, share_used
from core.graph.errors import GraphError, OutcomeUnknown, Stopped, UnexpectedAnswer, Unreachable, error_of
from core.graph.limits import SIGN_IN_SECONDS, Limiter
from core.graph.retry import PATIENT, GiveUp, Outcome, Patience, decide_retry
from core.graph.statistics import Statistics

LOW_PRIORITY: Final = {"x-ms-throttle-priority": "low"}
"""Background scans give way to the tenant's other work (contract §2.2)."""

_UNAUTHORIZED: Final = 401
_THROTTLED: Final = 429
_FIRST_ERROR: Final = 400
_SLICE: Final = 0.5

ErrorOf = Callable[[Answer, str], GraphError]
ShouldStop = Callable[[], bool]
InTime = Callable[[], bool]


class Tokens(Protocol):
    """Where access tokens come from."""

    def token(self) -> str:
        """A good one."""
        ...

    def replace(self, rejected: str) -> str:
        """Another one than the rejected."""
        ...


class Transport:
    """One tenant's way to Graph. Thread-safe.

    `until`, `sending_while` and `in_background` give it other manners.
    """

    def __init__(
        self,
        root: str,
        tokens: Tokens,
        sender: Sender,
        *,
        sleep: Callable[[float], None] = time.sleep,
        should_stop: ShouldStop = lambda: False,
        patience: Patience = PATIENT,
        limiter: Limiter | None = None,
    ) -> None:
        self.root = root + VERSION
        self.statistics = Statistics()
        self.sender = sender
        self._host = origin(root)
        self._tokens = tokens
        self._sleep = sleep
        self._should_stop = should_stop
        self.patience = patience
        self._limiter = limiter
        self._easing = Easing()
        self._in_time: InTime = lambda: True
        self.background = False

    def until(self, should_stop: ShouldStop) -> "Transport":
        """The same, but its waits also end as soon as `should_stop` says so."""
        before = self._should_stop
        return self._with(_should_stop=lambda: should_stop() or before())

    def sending_while(self, in_time: InTime) -> "Transport":
        """The same, but nothing is sent any more as soon as `in_time` says no: that is Unreachable.

        It is asked last of all: a token may have been waited for, or a rejected one replaced.
        """
        return self._with(_in_time=in_time)

    def in_background(self) -> "Transport":
        """The same for a scan that nobody waits for: it goes by low priority, and slows down in time.

        Its statistics are its own, and part of those of all.
        """
        return self._with(background=True, statistics=Statistics(whole=self.statistics))

    def get(
        self,
        path: str,
        *,
        what: str,
        headers: dict[str, str] | None = None,
        accept: tuple[int, ...] = (200,),
        patience: Patience | None = None,
        limited: bool = False,
    ) -> Answer:
        """Read `path` (below the version, or an absolute address of the configured host).

        Args:
            path: begins with a slash, or is an absolute nextLink.
            what: names the request for people, such as "Reading the list of users".
            headers: further ones.
            accept: statuses that are no error.
            patience: other than the client's own.
            limited: it asks for `signInActivity`, so every attempt takes a slot of the limiter.

        Raises:
            GraphError: see `core.graph.errors`.
        """
        return self._call(
            "GET", path, None, what, headers, accept, patience or self.patience, error_of, limited=limited
        )

    def post(
        self,
        path: str,
        body: Any,  # noqa: ANN401 - whatever is JSON
        *,
        what: str,
        accept: tuple[int, ...] = (200,),
        patience: Patience,
        harmless: bool,
        error_of: ErrorOf = error_of,
    ) -> Answer:
        """Send a body. Where repeating it would do harm (`harmless` False), a lost answer is OutcomeUnknown.

        Raises:
            OutcomeUnknown: it was sent, the answer is lost, a server's error or none that was expected.
            GraphError: see `core.graph.errors`.
        """
        content = orjson.dumps(body)
        headers = {"Content-Type": "application/json"}
        try:
            return self._call(
                "POST", path, content, what, headers, accept, patience, error_of, harmless=harmless
            )
        except GraphError as error:
            raise (error if harmless else _honest(error)) from None

    def delete(
        self, path: str, *, what: str, accept: tuple[int, ...], patience: Patience, error_of: ErrorOf
    ) -> Answer:
        """Delete a membership of a group; a lost answer is OutcomeUnknown, as for `post`.

        Raises:
            ValueError: the path is anything else than a membership; nothing was sent.
            GraphError: see `core.graph.errors`.
        """
        try:
            return self._call("DELETE", path, None, what, None, accept, patience, error_of, harmless=False)
        except GraphError as error:
            raise _honest(error) from None

    def json(self, answer: Answer, what: str) -> dict[str, Any]:
        """The answer's body as an object. Raises UnexpectedAnswer."""
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise UnexpectedAnswer(
                f"{what}: the answer is no JSON object; a proxy or gateway may have replaced it",
                status=answer.status,
                request_id=answer.request_id,
            )
        return body

    def check(self) -> None:
        """Raises Stopped as soon as the caller wants to go on no longer; for long downloads."""
        if self._should_stop():
            raise Stopped("stopped while waiting for Microsoft Graph")

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than the caller wants to go on. Raises Stopped."""
        left = seconds
        while left > 0:
            self.check()
            self._sleep(min(left, _SLICE))
            left -= _SLICE

    def heed(self, headers: Mapping[str, str], *, limited: bool = False) -> None:
        """Slow this scan down where the headers of an answer say that a limit fills.

        The limiter keeps its limit just full, on purpose: only beyond that there is something to heed.
        """
        share = share_used(headers.get(HEADER))
        if self.background and not (limited and share <= FULL):
            self._easing.heed(share)

    def fresh_token(self, rejected: str) -> str:
        """A new token in place of one that was rejected."""
        return self._tokens.replace(rejected)

    def token(self) -> str:
        """The access token in use."""
        return self._tokens.token()

    def address(self, path: str) -> str:
        """The absolute address. Raises UnexpectedAnswer for one that leads to another host."""
        if path.startswith("/"):
            return self.root + path
        if not leads_below(path, self._host):
            raise UnexpectedAnswer(
                f"Microsoft Graph named a next page outside of {self._host}; it was not followed"
            )
        return path

    def _call(
        self,
        method: str,
        path: str,
        body: bytes | None,
        what: str,
        headers: dict[str, str] | None,
        accept: tuple[int, ...],
        patience: Patience,
        error_of: ErrorOf,
        *,
        harmless: bool = True,
        limited: bool = False,
    ) -> Answer:
        limiter = self._limiter if limited else None
        url = self.address(path)
        token = self._tokens.token()
        renewed = False
        attempt = 0
        while True:
            attempt += 1
            answer: Answer | None = None
            failure: SendFailed | None = None
            self._wait_turn(limiter)
            try:
                answer = self._send(method, url, body, token, headers)
            except SendFailed as error:
                if error.sent and not harmless:
                    raise OutcomeUnknown(f"{what}: {error.reason}") from None
                failure = error
            if answer is not None:
                self._heed_limits(answer, limiter)
                if answer.status in accept:
                    return answer
                if answer.status == _UNAUTHORIZED and not renewed:
                    renewed, token = True, self._tokens.replace(token)
                    attempt -= 1
                    continue
                if answer.status < _FIRST_ERROR:  # a success or redirect that was not asked for
                    raise UnexpectedAnswer(
                        f"{what}: the answer {answer.status} was not expected", status=answer.status
                    )
            outcome = Outcome(
                status=answer.status if answer else None, retry_after=answer.retry_after if answer else None
            )
            decision = decide_retry(outcome, attempt, patience, jitter=random.random())  # noqa: S311 - jitter
            if isinstance(decision, GiveUp):
                if answer is not None:
                    raise error_of(answer, what)
                raise Unreachable(f"{what}: {failure.reason if failure else 'no answer'}")
            self.statistics.count(retries=1)
            self.pause(decision.seconds)

    def _with(self, **changes: Any) -> "Transport":  # noqa: ANN401 - whatever attributes it has
        other = copy.copy(self)
        other.__dict__.update(changes)
        return other

    def _heed_limits(self, answer: Answer, limiter: Limiter | None) -> None:
        self.heed(answer.headers, limited=limiter is not None)
        if limiter is not None and answer.status == _THROTTLED:
            limiter.push_back(answer.retry_after or SIGN_IN_SECONDS)

    def _wait_turn(self, limiter: Limiter | None) -> None:
        if self.background:
            self.pause(self._easing.left())
        if limiter is not None:
            self.pause(limiter.reserve())

    def _send(
        self, method: str, url: str, body: bytes | None, token: str, headers: dict[str, str] | None
    ) -> Answer:
        if method == "DELETE" and not is_membership(url.removeprefix(self.root)):
            raise ValueError("only a membership of a group may be deleted; nothing was sent")
        if not self._in_time():
            raise SendFailed("its time was over before it could be sent", sent=False)
        answer = self.sender.send(
            Request(
                method=method,
                url=url,
                headers={
                    "Authorization": f"Bearer {token}",
                    "Accept": "application/json",
                    "client-request-id": str(uuid.uuid4()),
                    **(LOW_PRIORITY if self.background else {}),
                    **(headers or {}),
                },
                body=body,
            )
        )
        self.statistics.count(
            requests=1, received=len(answer.content), throttled=int(answer.status == _THROTTLED)
        )
        return answer


def _honest(error: GraphError) -> GraphError:
    """The error of a write, which says that its outcome is unknown where it may have been carried out."""
    if error.status is None or not _leaves_open(error.status):
        return error
    return OutcomeUnknown(
        error.message,
        status=error.status,
        code=error.code,
        request_id=error.request_id,
        retry_after=error.retry_after,
    )


def _leaves_open(status: int) -> bool:
    """Whether a write that was answered so may have been carried out: a fault, a gateway, an odd success."""
    return status < _FIRST_ERROR or status == 408 or status >= 500  # noqa: PLR2004 - an HTTP status is its own name
