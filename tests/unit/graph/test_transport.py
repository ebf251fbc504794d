import traceback

import pytest

from core.graph.answer import SendFailed
from core.graph.errors import (
    Conflict,
    LicenseError,
    LicenseErrorKind,
    OutcomeUnknown,
    PermissionDenied,
    PremiumRequired,
    ServerFailed,
    Stopped,
    Throttled,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
)
from core.graph.licensing import add_license, remove_license
from core.graph.retry import PATIENT
from core.graph.transport import Transport
from tests.support.wire import ROOT, CountedTokens, Reply, ScriptedSender, Wire, answer, error

USER = "11111111-1111-1111-1111-111111111111"
SKU = "22222222-2222-2222-2222-222222222222"
HTML = answer(
    502,
    b"<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<h1>502 Bad Gateway</h1></body></html>",
)
RESET = SendFailed("graph.example.com: the connection broke off", sent=True)
REFUSED = SendFailed("graph.example.com: the connection was refused", sent=False)


def test_a_throttled_read_waits_as_asked_and_goes_on() -> None:
    wire = Wire([error(429, "TooManyRequests", retry_after="7"), answer(200, {"value": 1})])
    assert wire.transport.get("/x", what="Reading x").json() == {"value": 1}
    assert 7 <= wire.waited <= 9
    assert wire.transport.statistics.throttled == 1


@pytest.mark.parametrize("fault", [HTML, error(503, "ServiceUnavailable"), RESET, REFUSED])
def test_a_read_survives_a_fault(fault: Reply) -> None:
    wire = Wire([fault, answer(200, {})])
    assert wire.transport.get("/x", what="Reading x").status == 200


def test_a_host_that_never_answers_is_named() -> None:
    wire = Wire(lambda _: REFUSED)
    with pytest.raises(Unreachable, match=r"Reading x: graph\.example\.com: the connection was refused"):
        wire.transport.get("/x", what="Reading x")
    assert len(wire.urls) == PATIENT.attempts_unheard


def test_html_of_a_gateway_is_told_as_text() -> None:
    with pytest.raises(ServerFailed, match=r"Reading x: Microsoft Graph answered 502: 502 Bad Gateway$"):
        Wire(lambda _: HTML).transport.get("/x", what="Reading x")


def test_an_expired_token_is_replaced_once() -> None:
    wire = Wire([error(401, "InvalidAuthenticationToken"), answer(200, {})])
    wire.transport.get("/x", what="Reading x")
    sent = [request.headers["Authorization"] for request in wire.sender.requests]
    assert sent == ["Bearer token-1", "Bearer token-2"]


def test_a_fresh_token_that_is_refused_too_is_an_error() -> None:
    wire = Wire(lambda _: error(401, "InvalidAuthenticationToken", "expired"))
    with pytest.raises(Unauthorized):
        wire.transport.get("/x", what="Reading x")
    assert len(wire.urls) == 2


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(403, "Authorization_RequestDenied", "Insufficient privileges"), PermissionDenied),
        (error(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"), PremiumRequired),
        (
            error(
                403, "UnknownError", '{"error":{"code":"S2SUnauthorized","message":"Invalid permission."}}'
            ),
            PermissionDenied,
        ),
    ],
)
def test_a_refusal_is_told_apart_and_not_repeated(reply: Reply, kind: type[Exception]) -> None:
    wire = Wire(lambda _: reply)
    with pytest.raises(kind):
        wire.transport.get("/x", what="Reading x")
    assert len(wire.urls) == 1


def test_a_redirect_that_nobody_asked_for_is_not_followed() -> None:
    wire = Wire(lambda _: answer(302, location="https://elsewhere.example.com"))
    with pytest.raises(UnexpectedAnswer):
        wire.transport.get("/x", what="Reading x")
    assert len(wire.urls) == 1


@pytest.mark.parametrize(
    "link",
    [
        "https://graph.example.com.evil.example/v1.0/users",
        "http://graph.example.com/v1.0/users",
        "https://graph.example.com:8443/v1.0/users",
        "https://user@graph.example.com/v1.0/users",
        "https://graph.example.com/beta/users",
        "//elsewhere.example.com/v1.0/users"[1:] + "@",
        "https://[broken/v1.0",
        "https://graph.exam\nple.com/v1.0/users",
        "https://graph.example.com\\@evil.example/v1.0/users",
        "https://graph.example.com/v1.0 /users",
    ],
)
def test_only_addresses_of_the_configured_host_are_asked(link: str) -> None:
    wire = Wire(lambda _: answer(200, {}))
    try:
        wire.transport.get(link, what="Reading x")
    except UnexpectedAnswer:
        assert wire.urls == []
    else:
        assert all(url.startswith(f"{ROOT}/v1.0/") for url in wire.urls)


@pytest.mark.parametrize(
    "link", [f"{ROOT}:443/v1.0/users?$skiptoken=x", "https://Graph.Example.com/v1.0/users?$skiptoken=x"]
)
def test_the_configured_host_may_be_written_in_other_ways(link: str) -> None:
    wire = Wire([answer(200, {})])
    wire.transport.get(link, what="Reading x")
    assert wire.urls == [link]


def test_waiting_ends_when_the_caller_wants_to_stop() -> None:
    sender = ScriptedSender(lambda _: error(429, "TooManyRequests", retry_after="300"))
    transport = Transport(ROOT, CountedTokens(), sender, sleep=lambda _: None, should_stop=lambda: True)
    with pytest.raises(Stopped):
        transport.get("/x", what="Reading x")


# ---------------------------------------------------------------------------- writes


def test_exactly_one_license_is_removed_in_one_call() -> None:
    wire = Wire([answer(200, {"id": USER}, request_id="r-1", date="Tue, 24 Nov 2026 06:10:00 GMT")])
    call = remove_license(wire.transport, USER, SKU)
    (request,) = wire.sender.requests
    assert request.url == f"{ROOT}/v1.0/users/{USER}/assignLicense"
    assert request.body == f'{{"addLicenses":[],"removeLicenses":["{SKU}"]}}'.encode()
    assert (call.request_id, call.date.isoformat() if call.date else None) == (
        "r-1",
        "2026-11-24T06:10:00+00:00",
    )


def test_a_license_is_given_back_with_the_plans_that_were_off() -> None:
    wire = Wire([answer(200, {})])
    add_license(wire.transport, USER, SKU, ["p-1"])
    body = f'{{"addLicenses":[{{"skuId":"{SKU}","disabledPlans":["p-1"]}}],"removeLicenses":[]}}'
    assert wire.sender.requests[0].body == body.encode()


@pytest.mark.parametrize(
    "fault",
    [
        RESET,
        HTML,
        error(408, "Timeout"),
        error(500, "UnknownError"),
        error(504, "Timeout"),
        answer(202),
        answer(204, b""),
        answer(302, b"", location="https://elsewhere.example.com"),
    ],
)
def test_a_write_without_a_clear_answer_is_never_repeated(fault: Reply) -> None:
    wire = Wire(lambda _: fault)
    with pytest.raises(OutcomeUnknown):
        remove_license(wire.transport, USER, SKU)
    assert len(wire.urls) == 1


def test_a_write_that_was_not_sent_says_so() -> None:
    with pytest.raises(Unreachable):
        remove_license(Wire(lambda _: REFUSED).transport, USER, SKU)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(429, "TooManyRequests", retry_after="11"), Throttled),
        (error(409, "Directory_ConcurrencyViolation", retry_after="11"), Conflict),
    ],
)
def test_a_write_that_was_pushed_back_says_when_to_come_again(reply: Reply, kind: type[Throttled]) -> None:
    wire = Wire(lambda _: reply)
    with pytest.raises(kind) as caught:
        remove_license(wire.transport, USER, SKU)
    assert caught.value.retry_after == 11
    assert len(wire.urls) == 1


def test_a_write_with_an_expired_token_is_sent_again_with_a_fresh_one() -> None:
    wire = Wire([error(401, "InvalidAuthenticationToken"), answer(200, {})])
    remove_license(wire.transport, USER, SKU)
    assert len(wire.urls) == 2


def test_a_refused_write_says_why() -> None:
    message = (
        "User license is inherited from a group membership and it cannot be removed directly from the user."
    )
    wire = Wire([error(400, "Request_BadRequest", message, request_id="r-9")])
    with pytest.raises(LicenseError) as caught:
        remove_license(wire.transport, USER, SKU)
    assert (caught.value.kind, caught.value.request_id) == (LicenseErrorKind.INHERITED, "r-9")


def test_the_token_stands_in_no_error_and_no_repr() -> None:
    wire = Wire(lambda _: error(403, "Authorization_RequestDenied"))
    with pytest.raises(PermissionDenied) as caught:
        wire.transport.get("/x", what="Reading x")
    told = "".join(traceback.format_exception(caught.value)) + repr(wire.sender.requests)
    assert "token-1" not in told


class Slots:
    """A limiter that says what it was asked."""

    def __init__(self, *seconds: float) -> None:
        self.seconds = iter(seconds)
        self.asked: list[str] = []

    def reserve(self) -> float:
        self.asked.append("slot")
        return next(self.seconds)

    def push_back(self, seconds: float) -> None:
        self.asked.append(f"push back {seconds:g}")


def limited(limiter: Slots, *replies: Reply) -> tuple[Transport, list[float]]:
    waits: list[float] = []
    coming = iter(replies)
    sender = ScriptedSender(lambda _: next(coming))
    return Transport(ROOT, CountedTokens(), sender, sleep=waits.append, limiter=limiter), waits


def test_a_limited_request_waits_for_its_slot() -> None:
    limiter = Slots(0.4)
    transport, waits = limited(limiter, answer(200, {}))
    transport.get("/users", what="Reading sign-ins", limited=True)
    assert (limiter.asked, waits) == (["slot"], [0.4])


def test_other_requests_take_no_slot() -> None:
    limiter = Slots()
    transport, _ = limited(limiter, answer(200, {}))
    transport.get("/users", what="Reading users")
    assert limiter.asked == []


@pytest.mark.parametrize(
    "fault", [error(503, "ServiceUnavailable"), error(401, "InvalidAuthenticationToken"), RESET]
)
def test_a_limited_request_takes_another_slot_for_each_attempt(fault: Reply) -> None:
    limiter = Slots(0.0, 0.0)
    transport, _ = limited(limiter, fault, answer(200, {}))
    transport.get("/users", what="Reading sign-ins", limited=True)
    assert limiter.asked == ["slot", "slot"]


@pytest.mark.parametrize(
    ("refusal", "pushed"),
    [
        (error(429, "TooManyRequests", retry_after="7"), "push back 7"),
        (error(429, "TooManyRequests"), "push back 10"),
    ],
)
def test_a_refusal_holds_everybody_back(refusal: Reply, pushed: str) -> None:
    limiter = Slots(0.0, 0.0)
    transport, _ = limited(limiter, refusal, answer(200, {}))
    transport.get("/users", what="Reading sign-ins", limited=True)
    assert limiter.asked == ["slot", pushed, "slot"]


def test_a_wait_for_a_slot_ends_when_the_caller_stops() -> None:
    transport, waits = limited(Slots(60.0))
    with pytest.raises(Stopped):
        transport.until(lambda: len(waits) > 1).get("/users", what="Reading sign-ins", limited=True)
    assert waits == [0.5, 0.5]


def filling(share: str) -> Reply:
    return answer(200, {}, x_ms_throttle_limit_percentage=share)


def test_a_background_scan_goes_by_low_priority_and_slows_down_before_it_is_refused() -> None:
    wire = Wire([filling("1.0"), answer(200, {}), answer(200, {})])
    scan = wire.transport.in_background()
    for _ in range(3):
        scan.get("/users", what="Reading users")
    assert {request.headers["x-ms-throttle-priority"] for request in wire.sender.requests} == {"low"}
    assert wire.waited == pytest.approx(10, abs=0.1)


def test_what_a_person_waits_for_neither_gives_way_nor_slows_down() -> None:
    wire = Wire([filling("1.0"), answer(200, {})])
    for _ in range(2):
        wire.transport.get("/users", what="Reading users")
    assert not any("x-ms-throttle-priority" in request.headers for request in wire.sender.requests)
    assert wire.waited == 0


@pytest.mark.parametrize(("share", "waited"), [("1.0", 0.0), ("1.2", 10.0)])
def test_a_limit_that_the_limiter_keeps_full_is_heeded_only_beyond(share: str, waited: float) -> None:
    transport, waits = limited(Slots(0.0, 0.0), filling(share), answer(200, {}))
    scan = transport.in_background()
    for _ in range(2):
        scan.get("/users", what="Reading sign-ins", limited=True)
    assert sum(waits) == pytest.approx(waited, abs=0.1)


def test_a_scan_counts_what_it_asked_for_itself() -> None:
    wire = Wire(lambda _: answer(200, {}))
    one, other = wire.transport.in_background(), wire.transport.in_background()
    one.get("/users", what="Reading users")
    other.get("/users", what="Reading users")
    wire.transport.get("/users", what="Reading users")
    counted = [each.statistics.requests for each in (one, other, wire.transport)]
    assert counted == [1, 1, 3]


def test_either_reason_to_stop_ends_a_wait() -> None:
    stops = {"outer": False, "inner": False}
    wire = Wire(lambda _: answer(200, {}))
    view = wire.transport.until(lambda: stops["outer"]).until(lambda: stops["inner"])
    view.pause(0.1)
    for name in stops:
        stops[name] = True
        with pytest.raises(Stopped):
            view.pause(0.1)
        stops[name] = False
