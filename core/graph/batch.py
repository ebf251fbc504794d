"""Many reads in one request: `$batch` of 20, each item with its own fate (contract §7.3)."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from core.graph.answer import Answer
from core.graph.errors import UnexpectedAnswer
from core.graph.retry import PATIENT, RETRIED_STATUSES, GiveUp, Outcome, Patience, Wait, decide_retry
from core.graph.transport import Transport

SIZE: Final = 20
_UNAUTHORIZED: Final = 401


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
    transport: Transport, paths: Sequence[str], *, what: str, patience: Patience = PATIENT
) -> list[BatchAnswer]:
    """Read the paths (below the version root); the answers stand in the same order, errors among them.

    Items that were throttled or failed on the way are asked again, only they, after the longest wait that any
    of them asked for. After patience their last answer is given.

    Raises:
        GraphError: a batch as a whole failed.
    """
    found: list[BatchAnswer] = []
    for start in range(0, len(paths), SIZE):
        found.extend(_read_twenty(transport, paths[start : start + SIZE], what, patience))
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
        answers.update(_send(transport, {place: paths[place] for place in open_items}, what))
        if not renewed and any(answers[place].status == _UNAUTHORIZED for place in open_items):
            renewed = True
            transport.fresh_token(token)
            open_items = [p for p in open_items if _again(answers[p], renewed=False)]
            continue
        open_items = [place for place in open_items if _again(answers[place], renewed=True)]
        if not open_items:
            break
        wait = _longest_wait([answers[place] for place in open_items], attempt, patience)
        if wait is None:
            break
        with transport.statistics.lock:
            transport.statistics.retries += len(open_items)
        transport.pause(wait)
    return [answers[place] for place in range(len(paths))]


def _again(answer: BatchAnswer, *, renewed: bool) -> bool:
    return answer.status in RETRIED_STATUSES or (answer.status == _UNAUTHORIZED and not renewed)


def _longest_wait(answers: Sequence[BatchAnswer], attempt: int, patience: Patience) -> float | None:
    """Seconds until the next batch; nothing where no further one makes sense."""
    jitter = random.random()  # noqa: S311 - jitter
    waits: list[float] = []
    for each in answers:
        outcome = Outcome(status=each.status, retry_after=each.answer.retry_after)
        match decide_retry(outcome, attempt, patience, jitter=jitter):
            case Wait(seconds):
                waits.append(seconds)
            case GiveUp():
                return None
    return max(waits)


def _send(transport: Transport, items: dict[int, str], what: str) -> dict[int, BatchAnswer]:
    requests = [{"id": str(place), "method": "GET", "url": path} for place, path in items.items()]
    outer = transport.post("/$batch", {"requests": requests}, what=what, patience=PATIENT, harmless=True)
    found = dict(_items(transport.json(outer, what), outer, what))
    if found.keys() != items.keys():
        raise UnexpectedAnswer(
            f"{what}: a batch of {len(items)} was answered for {len(found)}", request_id=outer.request_id
        )
    return found


def _items(body: dict[str, Any], outer: Answer, what: str) -> Iterator[tuple[int, BatchAnswer]]:
    responses = body.get("responses")
    seen: set[int] = set()
    for item in responses if isinstance(responses, list) else []:
        place, status, sent = _outline(item)
        if place is None or place in seen:
            raise UnexpectedAnswer(f"{what}: a batch's answer makes no sense", request_id=outer.request_id)
        seen.add(place)
        headers = {str(name).lower(): str(value) for name, value in sent.items()}
        headers.setdefault("request-id", outer.request_id or "")
        inner = item.get("body")
        answer = Answer(status=status, headers=headers, content=orjson.dumps(inner))
        yield place, BatchAnswer(answer=answer, body=inner, date=answer.date or outer.date)


def _outline(item: Any) -> tuple[int | None, int, dict[str, Any]]:  # noqa: ANN401 - whatever came
    """The place, status and headers of an item; no place where it is none."""
    if not isinstance(item, dict):
        return None, 0, {}
    place, status, headers = item.get("id"), item.get("status"), item.get("headers") or {}
    if not isinstance(place, str) or not place.isdecimal() or type(status) is not int:
        return None, 0, {}
    return (int(place), status, headers) if isinstance(headers, dict) else (None, 0, {})
