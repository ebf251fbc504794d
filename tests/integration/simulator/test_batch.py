from typing import Any

import pytest

from core.simulator import catalog
from core.simulator.server import RunningSimulator
from tests.support.simulated import Caller, error_of

Json = dict[str, Any]


def get(number: int, url: str = "/organization", **more: object) -> Json:
    return {"id": str(number), "method": "GET", "url": url, **more}


def send(caller: Caller, *items: Json) -> list[Json]:
    answer = caller.call("POST", "/$batch", body={"requests": list(items)})
    assert answer.status_code == 200
    responses: list[Json] = answer.json()["responses"]
    return responses


def by_id(responses: list[Json]) -> dict[str, Json]:
    return {one["id"]: one for one in responses}


def test_twenty_items_are_answered_in_another_order(caller: Caller) -> None:
    responses = send(caller, *(get(number) for number in range(20)))
    ids = [one["id"] for one in responses]
    assert sorted(ids, key=int) == [str(number) for number in range(20)]
    assert ids != sorted(ids, key=int)


@pytest.mark.parametrize(
    "items",
    [
        [get(number) for number in range(21)],
        [],
        [get(1), get(1)],
        [{"id": "a", "method": "GET", "url": "/x"}, {"id": "A", "method": "GET", "url": "/x"}],
        [{"method": "GET", "url": "/organization"}],
        [{"id": "1", "method": "POST", "url": "/users/x/assignLicense", "body": {}}],
        [get(1, "/$batch")],
    ],
    ids=[
        "21 items",
        "none",
        "same id",
        "same id in another case",
        "no id",
        "no content type",
        "batch in batch",
    ],
)
def test_a_bad_batch_is_refused_as_a_whole(caller: Caller, items: list[Json]) -> None:
    answer = caller.call("POST", "/$batch", body={"requests": items})
    assert error_of(answer)[:2] == (400, "BadRequest")


def test_items_succeed_and_fail_on_their_own(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("room_mailbox").id
    found = by_id(send(caller, get(1, f"/users/{user}/mailboxSettings/userPurpose"), get(2, "/users/nobody")))
    assert (found["1"]["status"], found["1"]["body"]["value"]) == (200, "room")
    assert (found["2"]["status"], found["2"]["body"]["error"]["code"]) == (404, "Request_ResourceNotFound")


def test_what_depends_on_a_failed_item_fails(caller: Caller) -> None:
    found = by_id(send(caller, get(1, "/users/nobody"), get(2, dependsOn=["1"]), get(3)))
    assert (found["2"]["status"], found["2"]["body"]["error"]["code"]) == (424, "FailedDependency")
    assert found["3"]["status"] == 200


def test_a_write_in_a_batch_is_carried_out(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("inactive").id
    order = {"addLicenses": [], "removeLicenses": [catalog.E3]}
    item = {
        "id": "1",
        "method": "POST",
        "url": f"/users/{user}/assignLicense",
        "headers": {"Content-Type": "application/json"},
        "body": order,
    }
    found = by_id(send(caller, item, get(2, f"/users/{user}?$select=assignedLicenses", dependsOn=["1"])))
    assert found["1"]["status"] == 200
    assert found["2"]["body"]["assignedLicenses"] == []


def test_only_the_struck_item_is_throttled(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.faults.add("throttled", path="/organization", retry_after="7", where="batch")
    responses = send(caller, get(1), get(2), get(3))
    throttled = [one for one in responses if one["status"] == 429]
    assert len(throttled) == 1
    assert throttled[0]["headers"]["Retry-After"] == "7"


def test_the_header_for_advanced_queries_goes_into_the_item(caller: Caller) -> None:
    item = get(1, "/users/$count", headers={"ConsistencyLevel": "eventual"})
    assert by_id(send(caller, item, get(2, "/users/$count")))["1"]["body"] == 400
    assert by_id(send(caller, item, get(2, "/users/$count")))["2"]["status"] == 400


def test_an_expired_token_fails_each_item(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.set_conditions(token_lifetime=-1)
    caller.sign_in()
    assert [one["status"] for one in send(caller, get(1), get(2))] == [401, 401]
