import base64
import json
import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
import requests

from core.simulator import catalog
from core.simulator.server import RunningSimulator
from tests.support.simulated import Caller, error_of


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("throttled", 429, "TooManyRequests"),
        ("unavailable", 503, "ServiceUnavailable"),
        ("concurrency", 409, "Directory_ConcurrencyViolation"),
        ("expired_token", 401, "InvalidAuthenticationToken"),
        ("expired_page", 400, "Directory_ExpiredPageToken"),
    ],
)
def test_a_fault_answers_in_the_shape_of_graph_once(
    simulator: RunningSimulator, caller: Caller, kind: str, status: int, code: str
) -> None:
    simulator.faults.add(kind)
    assert error_of(caller.get("/organization"))[:2] == (status, code)
    assert caller.get("/organization").status_code == 200


@pytest.mark.parametrize("text", ["10", "2.128"])
def test_the_wait_is_written_as_the_rule_says(simulator: RunningSimulator, caller: Caller, text: str) -> None:
    simulator.faults.add("throttled", retry_after=text)
    assert caller.get("/organization").headers["Retry-After"] == text


def test_the_wait_may_be_missing(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.faults.add("throttled", retry_after=None)
    assert "Retry-After" not in caller.get("/organization").headers


def test_the_wait_may_be_a_date(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.faults.add("unavailable", retry_after="date:30")
    moment = parsedate_to_datetime(caller.get("/organization").headers["Retry-After"])
    assert 25 < (moment - datetime.now(UTC)).total_seconds() <= 30


def test_a_claims_challenge_says_which_claims(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.faults.add("claims_challenge")
    answer = caller.get("/organization")
    assert answer.status_code == 401
    claims = re.search('claims="([^"]+)"', answer.headers["WWW-Authenticate"])
    assert claims is not None
    assert json.loads(base64.b64decode(claims[1])) == {"access_token": {"nbf": {"essential": True}}}


def test_a_gateway_answers_with_a_page(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.faults.add("html_gateway")
    answer = caller.get("/organization")
    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_rule_strikes_only_what_it_names(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.faults.add("unavailable", method="POST", path="assignLicense$")
    assert caller.get("/organization").status_code == 200
    user = simulator.tenant.find("inactive").id
    assert caller.assign(user, remove=[catalog.E3]).status_code == 503
    assert caller.licenses(user) == {catalog.E3}


def test_a_rule_may_let_some_pass_first_and_strike_several_times(
    simulator: RunningSimulator, caller: Caller
) -> None:
    number = simulator.faults.add("unavailable", skip=1, times=2)
    statuses = [caller.get("/organization").status_code for _ in range(4)]
    assert statuses == [200, 503, 503, 200]
    assert simulator.faults.struck(number) == 2


def test_chance_is_repeatable(simulator: RunningSimulator, caller: Caller) -> None:
    def statuses() -> list[int]:
        return [caller.get("/organization").status_code for _ in range(20)]

    simulator.faults.add("unavailable", times=None, probability=0.5)
    found = statuses()
    assert set(found) == {200, 503}


def test_a_connection_is_torn_before_the_call_is_carried_out(
    simulator: RunningSimulator, caller: Caller
) -> None:
    caller.sign_in()
    user = simulator.tenant.find("inactive").id
    simulator.faults.add("reset", path="assignLicense")
    with pytest.raises(requests.ConnectionError):
        caller.assign(user, remove=[catalog.E3])
    assert caller.licenses(user) == {catalog.E3}


def test_a_connection_is_torn_after_the_call_was_carried_out(
    simulator: RunningSimulator, caller: Caller
) -> None:
    caller.sign_in()
    user = simulator.tenant.find("inactive").id
    simulator.faults.add("reset", path="assignLicense", after=True)
    with pytest.raises(requests.ConnectionError):
        caller.assign(user, remove=[catalog.E3])
    assert caller.licenses(user) == set()


def test_an_error_may_hide_a_write_that_was_carried_out(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("inactive").id
    simulator.faults.add("unavailable", path="assignLicense", after=True)
    assert caller.assign(user, remove=[catalog.E3]).status_code == 503
    assert caller.licenses(user) == set()


def test_an_answer_breaks_off_in_the_middle(simulator: RunningSimulator, caller: Caller) -> None:
    caller.sign_in()
    simulator.faults.add("cut", path="/users")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        caller.get("/users?$top=400")
    assert caller.get("/users").status_code == 200


@pytest.mark.parametrize("kind", ["truncated", "garbage"])
def test_an_answer_is_no_json(simulator: RunningSimulator, caller: Caller, kind: str) -> None:
    simulator.faults.add(kind, path="/organization")
    answer = caller.get("/organization")
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_an_answer_is_slow(simulator: RunningSimulator, caller: Caller) -> None:
    caller.sign_in()
    simulator.faults.add("slow", delay=0.3)
    start = time.monotonic()
    assert caller.get("/organization").status_code == 200
    assert time.monotonic() - start > 0.3


def test_the_token_endpoint_and_downloads_can_fail_as_well(
    simulator: RunningSimulator, caller: Caller
) -> None:
    simulator.faults.add("unavailable", path="/oauth2/v2.0/token")
    assert caller.request_token().status_code == 503
    location = caller.get("/reports/getOffice365ActivationsUserDetail").headers["Location"]
    simulator.faults.add("truncated", path="/data/download/")
    short = caller.session.get(location, timeout=10).content
    assert 0 < len(short) < len(caller.session.get(location, timeout=10).content)


@pytest.mark.parametrize(
    "rule", [{"kind": "nonsense"}, {"kind": "reset", "path": "("}, {"kind": "reset", "x": 1}]
)
def test_a_rule_that_makes_no_sense_is_refused(caller: Caller, rule: dict[str, object]) -> None:
    assert caller.control("POST", "faults", rule).status_code == 400
    assert caller.control("GET", "faults").json() == {"faults": []}


def test_sign_ins_are_limited_to_five_in_ten_seconds(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.set_conditions(sign_in_limit=True, limit_time_scale=20)
    query = "/users?$select=id,signInActivity&$top=1"
    answers = [caller.get(query) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [answer.headers.get("x-ms-throttle-limit-percentage") for answer in answers[2:5]] == [
        None,
        "0.8",
        "1.0",
    ]
    assert caller.get("/users?$select=id&$top=1").status_code == 200
    time.sleep(float(answers[5].headers["Retry-After"]))
    assert caller.get(query).status_code == 200
