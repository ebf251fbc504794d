"""Many reads in one request: `$batch` of 20, each item with its own fate (contract §7.3)."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from core.graph.answer import Answer
from core.graph.easing import HEADER, share_used
from core.graph.errors import UnexpectedAnswer
from core.graph.retry import Outcome, Patience, Wait, decide_retry
from core.graph.transport import LOW_PRIORITY, Transport

SIZE: Final = 20
_UNAUTHORIZED: Final = 401
_THROTTLED: Final = 429
_PLACES: Final = frozenset(map(str, range(SIZE)))


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchAnswer:
    """The answer to one read. `date` is Graph's own time of it, in UTC."""

    answer: Answer
    body: Any
    date: datetime | None

    @property
    def status(self) -> int:
        """The item's own HTTP status."""
        return self.answer.status


def read_batch(
    transport: Transport, paths: Sequence[str], *, what: str, patience: Patience | None = None
) -> list[BatchAnswer]:
    """Read the paths (below the version root); the answers stand in the same order, errors among them.

    Items that were throttled or failed on the way are asked again, only they, after the longest wait that any
    of them asked for; items that came too late for the token are asked again with a fresh one, once. After
    patience their last answer is given.

    Raises:
        GraphError: a batch as a whole failed.
    """
    found: list[BatchAnswer] = []
    for start in range(0, len(paths), SIZE):
        twenty = paths[start : start + SIZE]
        found.extend(_read_twenty(transport, twenty, what, patience or transport.patience))
    return found


def _read_twenty(
    transport: Transport, paths: Sequence[str], what: str, patience: Patience
) -> list[BatchAnswer]:
    answers: dict[int, BatchAnswer] = {}
    open_items = list(range(len(paths)))
    attempt, renewed = 0, False
    while open_items:
        attempt += 1
        token = transport.token()
        answers.update(_send(transport, {place: paths[place] for place in open_items}, what, patience))
        rejected = [place for place in open_items if answers[place].status == _UNAUTHORIZED and not renewed]
        if rejected:
            renewed = True
            transport.fresh_token(token)
        waits = _waits({place: answers[place] for place in open_items}, attempt, patience)
        throttled = sum(answers[place].status == _THROTTLED for place in open_items)
        transport.statistics.count(retries=len(waits), throttled=throttled)
        transport.pause(max(waits.values(), default=0))
        open_items = [*rejected, *waits]
    return [answers[place] for place in range(len(paths))]


def _waits(answers: dict[int, BatchAnswer], attempt: int, patience: Patience) -> dict[int, float]:
    """Seconds until the next batch, for each item that it makes sense to ask for again."""
    jitter = random.random()  # noqa: S311 - jitter
    waits: dict[int, float] = {}
    for place, each in answers.items():
        outcome = Outcome(status=each.status, retry_after=each.answer.retry_after)
        decision = decide_retry(outcome, attempt, patience, jitter=jitter)
        if isinstance(decision, Wait):
            waits[place] = decision.seconds
    return waits


def _send(
    transport: Transport, items: dict[int, str], what: str, patience: Patience
) -> dict[int, BatchAnswer]:
    priority = {"headers": LOW_PRIORITY} if transport.background else {}
    requests = [{"id": str(place), "method": "GET", "url": path} | priority for place, path in items.items()]
    outer = transport.post("/$batch", {"requests": requests}, what=what, patience=patience, harmless=True)
    found = dict(_items(transport.json(outer, what), outer, what))
    if found.keys() != items.keys():
        raise UnexpectedAnswer(
            f"{what}: a batch of {len(items)} was answered for {len(found)}", request_id=outer.request_id
        )
    fullest = max(found.values(), key=lambda each: share_used(each.answer.headers.get(HEADER)))
    transport.heed(fullest.answer.headers)
    return found


def _items(body: dict[str, Any], outer: Answer, what: str) -> Iterator[tuple[int, BatchAnswer]]:
    responses = body.get("responses")
    seen: set[str] = set()
    for item in responses if isinstance(responses, list) else []:
        fields = item if isinstance(item, dict) else {}
        place, status, sent = fields.get("id"), fields.get("status"), fields.get("headers")
        if type(place) is not str or place not in _PLACES or place in seen or type(status) is not int:
            raise UnexpectedAnswer(f"{what}: a batch's answer makes no sense", request_id=outer.request_id)
        seen.add(place)
        headers = {"request-id": outer.request_id or ""}
        if isinstance(sent, dict):
            headers |= {str(name).lower(): str(value) for name, value in sent.items()}
        inner = fields.get("body")
        answer = Answer(status=status, headers=headers, content=_written(inner))
        yield int(place), BatchAnswer(answer=answer, body=inner, date=answer.date or outer.date)


def _written(body: Any) -> bytes:  # noqa: ANN401 - whatever came
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:  # deeper than can be written, though it could be read
        return b""
