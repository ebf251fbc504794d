"""A request and its answer as values, and the seam to the network, where tests put their own."""

import functools
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import orjson


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One HTTP request. `headers` holds the token, so it stays out of the repr."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One HTTP answer. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def request_id(self) -> str | None:
        """Graph's own id of the request (contract §2.2)."""
        return self.headers.get("request-id")

    @property
    def date(self) -> datetime | None:
        """Graph's own time of the answer, in UTC."""
        return parse_http_date(self.headers.get("date"))

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, as the answer asks: whole, fractional or as a date (contract §7.1)."""
        return parse_retry_after(self.headers.get("retry-after"), self.date or datetime.now(UTC))

    def json(self) -> Any:  # noqa: ANN401 - validated by whoever reads it
        """The body. Raises ValueError where it is no JSON."""
        return orjson.loads(self.content)


class SendFailed(Exception):  # noqa: N818 - what happened
    """No answer. `sent` says whether the request may have been carried out."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


class Sender(Protocol):
    """The one seam to the network. Raises SendFailed; follows no redirect; retries nothing."""

    def send(self, request: Request) -> Answer:
        """Send and wait for the whole answer."""
        ...

    def stream(self, url: str) -> AbstractContextManager[tuple[int, Iterator[bytes]]]:
        """Fetch a pre-authenticated address without any token: status and content, piece by piece."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


@functools.lru_cache(maxsize=16)  # the answers of a batch share theirs
def parse_http_date(value: str | None) -> datetime | None:
    """An HTTP date in UTC; nothing where there is none or it makes no sense."""
    if not value:
        return None
    try:
        parsed = parsedate_to_datetime(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait from `now`, at least 0; nothing where the header is missing or makes no sense."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        until = parse_http_date(value)
        return None if until is None else max(0.0, (until - now).total_seconds())
    return seconds if 0 <= seconds < float("inf") else None
