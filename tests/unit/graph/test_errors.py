import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import core.graph
from core.graph import errors
from core.graph.errors import (
    BadRequest,
    Conflict,
    ExpiredPageToken,
    GraphError,
    LicenseError,
    LicenseErrorKind,
    MailboxMissing,
    NotFound,
    PermissionDenied,
    PremiumRequired,
    Refused,
    ServerFailed,
    Throttled,
    classify_license_error,
    code_and_message,
    error_of,
    license_error_of,
)
from tests.support.wire import answer, error

KIND = LicenseErrorKind


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (
            400,
            "User license is inherited from a group membership and it cannot be removed directly.",
            KIND.INHERITED,
        ),
        (400, "User does not have a corresponding license.", KIND.NOT_ASSIGNED),
        (
            400,
            "License assignment cannot be done for user with invalid usage location.",
            KIND.USAGE_LOCATION,
        ),
        (400, "License 1 does not correspond to a valid company License.", KIND.UNKNOWN_SKU),
        (400, "Subscription with SKU 1 does not have any available licenses.", KIND.NO_SEATS),
        (
            400,
            "License assignment failed because service plan a depends on the service plan(s) b",
            KIND.DEPENDENCY,
        ),
        (
            400,
            "License assignment failed because service plans a, b are mutually exclusive",
            KIND.CONFLICT,
        ),
        (
            400,
            "Another object with the same value for property proxyAddresses already exists.",
            KIND.PROXY_CONFLICT,
        ),
        (400, "Something new", KIND.UNKNOWN),
        (403, "Insufficient privileges to complete the operation.", KIND.PERMISSION),
        (404, "Resource '1' does not exist", KIND.GONE),
        (408, "Request timeout", None),
        (401, "Lifetime validation failed", None),
        (409, "concurrent requests", None),
        (429, "Please retry again later.", None),
        (500, "", None),
        (503, "User does not have a corresponding license.", None),
    ],
)
def test_a_refusal_of_assign_license_is_told_by_its_message(
    status: int, message: str, kind: LicenseErrorKind | None
) -> None:
    assert classify_license_error(status, "Request_BadRequest", message) is kind
    assert classify_license_error(status, "Request_BadRequest", message.upper()) is kind


def test_mutually_exclusive_plans_are_told_by_the_code_of_the_details_too() -> None:
    body = {
        "error": {
            "code": "Request_BadRequest",
            "message": "no",
            "details": [{"code": "MutuallyExclusiveViolation"}],
        }
    }
    code, message = code_and_message(answer(400, body).content)
    assert classify_license_error(400, code, message) is KIND.CONFLICT


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "Request_BadRequest", BadRequest),
        (400, "Directory_ExpiredPageToken", ExpiredPageToken),
        (403, "Authorization_RequestDenied", PermissionDenied),
        (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", PremiumRequired),
        (404, "Request_ResourceNotFound", NotFound),
        (404, "MailboxNotEnabledForRESTAPI", MailboxMissing),
        (409, "Directory_ConcurrencyViolation", Conflict),
        (410, "Gone", Refused),
        (429, "TooManyRequests", Throttled),
        (500, "UnknownError", ServerFailed),
        (599, "", ServerFailed),
    ],
)
def test_an_answer_becomes_the_error_that_it_stands_for(
    status: int, code: str, kind: type[GraphError]
) -> None:
    found = error_of(error(status, code, "why", request_id="r-1"), "Reading x")
    assert type(found) is kind
    assert (found.status, found.code, found.request_id) == (status, code, "r-1")
    assert str(found).startswith(f"Reading x: Microsoft Graph answered {status}")


def test_the_reason_that_the_reports_service_hides_inside_the_message_is_found() -> None:
    inner = '{"error":{"code":"S2SUnauthorized","message":"Invalid permission."}}'
    assert code_and_message(error(403, "UnknownError", inner).content) == (
        "S2SUnauthorized",
        "Invalid permission.",
    )


def test_a_reason_that_is_no_envelope_is_told_as_it_came() -> None:
    assert code_and_message(error(403, "UnknownError", '{"why":"x"}').content) == (
        "UnknownError",
        '{"why":"x"}',
    )


def test_a_detail_that_is_no_violation_does_not_replace_the_code() -> None:
    body = {
        "error": {
            "code": "Request_BadRequest",
            "message": "no",
            "details": [{"code": "Other", "message": "Violation"}],
        }
    }
    assert code_and_message(answer(400, body).content)[0] == "Request_BadRequest"


@pytest.mark.parametrize("status", [403, 404])
def test_a_gateway_that_refuses_says_nothing_about_the_user(status: int) -> None:
    found = license_error_of(answer(status, b"<html>Blocked by policy</html>"), "Removing x")
    assert isinstance(found, LicenseError)
    assert found.kind is KIND.UNKNOWN


@pytest.mark.parametrize(
    "found",
    [
        LicenseError("no", kind=KIND.GONE, status=404, code="x", request_id="r"),
        Throttled("later", status=429, retry_after=11.0),
        GraphError("x"),
    ],
)
def test_an_error_survives_a_pickle_with_all_it_knows(found: GraphError) -> None:
    again = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own bytes
    assert type(again) is type(found)
    assert str(again) == str(found)
    assert vars(again) == vars(found)


@given(st.binary(max_size=300))
def test_any_body_of_an_error_is_taken(content: bytes) -> None:
    code, message = code_and_message(content)
    assert isinstance(code, str)
    assert len(message) <= 501


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    drawn = set(re.findall(r"── (\w+)", errors.__doc__ or "")) | {"GraphError"}
    made = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, GraphError)
    }
    assert drawn == made


def test_everything_that_is_offered_is_there() -> None:
    assert [name for name in core.graph.__all__ if not hasattr(core.graph, name)] == []
    assert len(set(core.graph.__all__)) == len(core.graph.__all__)
