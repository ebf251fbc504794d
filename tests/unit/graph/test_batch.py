import random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.graph.answer import Request
from core.graph.batch import SIZE, read_batch
from core.graph.errors import UnexpectedAnswer
from core.graph.retry import ONCE
from tests.support.wire import Reply, Wire, answer

Item = dict[str, Any]


def batch(responses: list[Item]) -> Reply:
    return answer(200, {"responses": responses}, date="Tue, 24 Nov 2026 06:10:00 GMT", request_id="outer")


def items_of(request: Request) -> list[Item]:
    assert request.url.endswith("/$batch")
    assert request.body is not None
    found: list[Item] = orjson.loads(request.body)["requests"]
    assert len(found) <= SIZE
    return found


@settings(max_examples=40)
@given(count=st.integers(0, 65), seed=st.integers(0, 1000))
def test_every_read_is_answered_whatever_fails_on_the_way(count: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a fault that can be repeated

    def serve(request: Request) -> Reply:
        responses = []
        for item in items_of(request):
            status = chance.choice([200, 200, 200, 429, 503])
            responses.append(
                {"id": item["id"], "status": status, "headers": {}, "body": {"url": item["url"]}}
            )
        chance.shuffle(responses)
        return batch(responses)

    paths = [f"/users/{number}" for number in range(count)]
    wire = Wire(serve)
    found = read_batch(wire.transport, paths, what="Reading users")
    assert [each.body["url"] for each in found] == paths
    assert all(each.status == 200 for each in found) or wire.waited > 60


def test_only_the_throttled_item_is_asked_again_after_its_wait() -> None:
    asked: list[list[str]] = []

    def serve(request: Request) -> Reply:
        items = items_of(request)
        asked.append([item["url"] for item in items])
        first = len(asked) == 1
        return batch(
            [
                {"id": item["id"], "status": 429, "headers": {"Retry-After": "9"}, "body": {}}
                if first and item["url"] == "/users/1"
                else {"id": item["id"], "status": 200, "body": {}}
                for item in items
            ]
        )

    wire = Wire(serve)
    assert [each.status for each in read_batch(wire.transport, ["/users/0", "/users/1"], what="Reading")] == [
        200,
        200,
    ]
    assert asked == [["/users/0", "/users/1"], ["/users/1"]]
    assert 9 <= wire.waited <= 11


def test_items_with_an_expired_token_are_asked_again_with_a_fresh_one() -> None:
    def serve(request: Request) -> Reply:
        status = 401 if request.headers["Authorization"] == "Bearer token-1" else 200
        return batch([{"id": item["id"], "status": status, "body": {}} for item in items_of(request)])

    wire = Wire(serve)
    assert [each.status for each in read_batch(wire.transport, ["/a", "/b"], what="Reading")] == [200, 200]
    assert len(wire.urls) == 2


def test_a_throttled_item_is_not_asked_for_early_because_another_came_too_late_for_the_token() -> None:
    waited: list[float] = []

    def serve(request: Request) -> Reply:
        waited.append(wire.waited)
        fates = [(401, {}), (429, {"Retry-After": "9"})] if len(waited) == 1 else [(200, {}), (200, {})]
        return batch(
            [
                {"id": item["id"], "status": status, "headers": headers, "body": {}}
                for item, (status, headers) in zip(items_of(request), fates, strict=True)
            ]
        )

    wire = Wire(serve)
    assert [each.status for each in read_batch(wire.transport, ["/a", "/b"], what="Reading")] == [200, 200]
    assert len(waited) == 2
    assert waited[1] >= 9
    assert wire.tokens.number == 2


def test_an_item_that_asks_for_too_much_patience_does_not_hold_up_the_others() -> None:
    rounds: list[int] = []

    def serve(request: Request) -> Reply:
        items = items_of(request)
        rounds.append(len(items))
        answers = {"/long": (429, "9999"), "/short": (429, "2") if len(rounds) == 1 else (200, "")}
        return batch(
            [
                {
                    "id": item["id"],
                    "status": answers[item["url"]][0],
                    "headers": {"Retry-After": answers[item["url"]][1]},
                    "body": {},
                }
                for item in items
            ]
        )

    wire = Wire(serve)
    found = read_batch(wire.transport, ["/long", "/short"], what="Reading")
    assert [each.status for each in found] == [429, 200]
    assert rounds == [2, 1]
    assert wire.waited < 5


def test_whoever_has_no_patience_waits_for_no_item() -> None:
    def serve(request: Request) -> Reply:
        return batch([{"id": item["id"], "status": 429, "body": {}} for item in items_of(request)])

    wire = Wire(serve)
    wire.transport.patience = ONCE
    (found,) = read_batch(wire.transport, ["/a"], what="Reading")
    assert (found.status, wire.waited) == (429, 0)
    assert wire.transport.statistics.throttled == 1


def test_each_item_of_a_background_scan_goes_by_low_priority_and_the_fullest_limit_slows_it_down() -> None:
    seen: list[Item] = []

    def serve(request: Request) -> Reply:
        seen.extend(items_of(request))
        shares = {"0": "0.9", "1": "1.0"}
        return batch(
            [
                {
                    "id": item["id"],
                    "status": 200,
                    "headers": {"x-ms-throttle-limit-percentage": shares[item["id"]]},
                    "body": {},
                }
                for item in items_of(request)
            ]
        )

    wire = Wire(serve)
    for _ in range(2):
        read_batch(wire.transport.in_background(), ["/a", "/b"], what="Reading")
    assert {item["headers"]["x-ms-throttle-priority"] for item in seen} == {"low"}
    assert wire.waited == pytest.approx(10, abs=0.1)
    read_batch(wire.transport, ["/a"], what="Reading")
    assert "headers" not in seen[-1]


def test_an_answer_that_is_nested_too_deep_is_still_an_answer() -> None:
    deep = b'{"responses":[{"id":"0","status":400,"body":' + b"[" * 300 + b"]" * 300 + b"}]}"
    (found,) = read_batch(Wire([answer(200, deep)]).transport, ["/a"], what="Reading")
    assert found.status == 400


@pytest.mark.parametrize("status", [401, 403, 404, 424])
def test_an_item_that_is_refused_keeps_its_own_answer(status: int) -> None:
    def serve(request: Request) -> Reply:
        return batch([{"id": item["id"], "status": status, "body": {}} for item in items_of(request)])

    (found,) = read_batch(Wire(serve).transport, ["/a"], what="Reading")
    assert found.status == status


def test_the_time_of_an_item_is_graphs_own() -> None:
    wire = Wire(lambda request: batch([{"id": items_of(request)[0]["id"], "status": 200, "body": {}}]))
    (found,) = read_batch(wire.transport, ["/a"], what="Reading")
    assert found.date is not None
    assert found.date.isoformat() == "2026-11-24T06:10:00+00:00"


@pytest.mark.parametrize(
    "responses",
    [
        [],
        [{"id": "0", "status": 200}, {"id": "0", "status": 200}],
        [{"id": "7", "status": 200}],
        [{"id": 0, "status": 200}],
        [{"id": "0", "status": "200"}],
        ["x"],
    ],
)
def test_a_batch_that_makes_no_sense_is_refused(responses: list[Any]) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_batch(Wire([batch(responses)]).transport, ["/a"], what="Reading")
