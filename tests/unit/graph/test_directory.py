from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from core.graph.answer import Request
from core.graph.client import GraphClient
from core.graph.connection import Connection
from core.graph.directory import (
    NO_MAILBOX,
    Organization,
    count_users,
    get_groups,
    get_organization,
    get_users,
    list_sign_ins,
    list_subscribed_skus,
    list_users,
    mailbox_purposes,
)
from core.graph.errors import (
    GraphError,
    NotFound,
    PermissionDenied,
    PremiumRequired,
    UnexpectedAnswer,
)
from core.graph.users import LEAVE_FIELD
from tests.support.wire import ROOT, CountedTokens, Reply, ScriptedSender, Wire, answer, error

ANNE = "11111111-1111-1111-1111-111111111111"
BOB = "22222222-2222-2222-2222-222222222222"
SKU = "05e9a617-0261-4cee-bb44-138d3ef5d965"
PLAN = "41781fb2-bc02-4b7c-bd55-b576c07bb09d"
DENIED = error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def person(user_id: str, **changes: object) -> dict[str, Any]:
    given = {
        "id": user_id,
        "userPrincipalName": f"{user_id[0]}@contoso.example",
        "displayName": user_id[0],
        "accountEnabled": True,
        "licenseAssignmentStates": [],
    }
    return given | changes


def query_of(request: Request) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request.url).query)


def batches(serve: Callable[[str], tuple[int, Any]]) -> Callable[[Request], Reply]:
    """Answers each item of a batch by its address."""

    def script(request: Request) -> Reply:
        responses = []
        for item in orjson.loads(request.body or b"")["requests"]:
            status, body = serve(item["url"])
            responses.append({"id": item["id"], "status": status, "body": body})
        return answer(200, {"responses": responses})

    return script


def test_people_are_listed_in_the_largest_pages_without_sign_ins_and_without_eventual_consistency() -> None:
    link = f"{ROOT}/v1.0/users?$skiptoken=RFNwdAIAAQ"
    wire = Wire(
        [
            answer(200, {"value": [person(ANNE)], "@odata.nextLink": link}),
            answer(200, {"value": [person(BOB)]}),
        ]
    )
    found = list(list_users(wire.transport))
    assert [[user.id for user in page.users] for page in found] == [[ANNE], [BOB]]
    assert [page.next_link for page in found] == [link, None]
    assert [page.dropped for page in found] == [(), ()]
    query = query_of(wire.sender.requests[0])
    assert query["$top"] == ["999"]
    assert "licenseAssignmentStates" in query["$select"][0]
    assert "signInActivity" not in query["$select"][0]
    assert wire.urls[1] == link
    assert all("ConsistencyLevel" not in request.headers for request in wire.sender.requests)


def test_without_the_permission_for_leave_dates_they_are_left_out_and_named() -> None:
    def serve(request: Request) -> Reply:
        if "employeeLeaveDateTime" in request.url:
            return DENIED
        return answer(200, {"value": [person(ANNE)]})

    (page,) = list_users(Wire(serve).transport)
    assert page.dropped == ("employeeLeaveDateTime",)
    assert page.users[0].leave_at is None


def test_without_any_permission_for_people_the_listing_is_refused() -> None:
    wire = Wire(lambda _: DENIED)
    with pytest.raises(PermissionDenied):
        list(list_users(wire.transport))
    assert len(wire.urls) == 2


def test_a_listing_goes_on_from_a_kept_page() -> None:
    link = f"{ROOT}/v1.0/users?$skiptoken=kept"
    wire = Wire([answer(200, {"value": [person(BOB)]})])
    (page,) = list_users(wire.transport, link)
    assert (wire.urls, page.users[0].id, page.dropped) == ([link], BOB, ())


def test_a_listing_that_goes_on_still_says_what_it_had_to_leave_out() -> None:
    wire = Wire([answer(200, {"value": [person(BOB)]})])
    (page,) = list_users(wire.transport, f"{ROOT}/v1.0/users?$skiptoken=kept", dropped=(LEAVE_FIELD,))
    assert page.dropped == (LEAVE_FIELD,)


def test_somebody_who_cannot_be_read_is_named() -> None:
    wire = Wire([answer(200, {"value": [person(ANNE), person(BOB, accountEnabled="yes")]})])
    (page,) = list_users(wire.transport)
    with pytest.raises(UnexpectedAnswer, match=f"accountEnabled.*{BOB}"):
        _ = page.users


def test_sign_ins_are_listed_in_pages_of_500_with_nothing_else() -> None:
    wire = Wire([answer(200, {"value": [{"id": ANNE}, {"id": BOB, "signInActivity": {}}]})])
    (page,) = list_sign_ins(wire.transport)
    assert [(each.user_id, each.present) for each in page.sign_ins] == [(ANNE, False), (BOB, True)]
    assert query_of(wire.sender.requests[0]) == {"$select": ["id,signInActivity"], "$top": ["500"]}


def test_a_tenant_without_premium_is_told_apart_from_a_missing_permission() -> None:
    code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
    with pytest.raises(PremiumRequired):
        list(list_sign_ins(Wire([error(403, code)]).transport))


def test_people_are_counted_with_the_header_that_counting_needs() -> None:
    wire = Wire([answer(200, b"\xef\xbb\xbf1234")])
    assert count_users(wire.transport) == 1234
    assert wire.sender.requests[0].headers["ConsistencyLevel"] == "eventual"


def test_a_count_that_is_no_number_is_refused() -> None:
    with pytest.raises(UnexpectedAnswer, match="no number"):
        count_users(Wire([answer(200, b"<html>")]).transport)


def test_people_are_read_by_id_and_each_has_an_own_outcome() -> None:
    def serve(url: str) -> tuple[int, Any]:
        if ANNE in url:
            return 200, person(ANNE)
        return 404, {"error": {"code": "Request_ResourceNotFound", "message": "Resource does not exist"}}

    found = get_users(Wire(batches(serve)).transport, [ANNE, BOB])
    anne = found[ANNE].value
    assert anne is not None
    assert anne.id == ANNE
    assert isinstance(found[BOB].error, NotFound)
    assert found[BOB].value is None


def test_an_id_cannot_lead_to_another_address() -> None:
    asked: list[str] = []

    def serve(url: str) -> tuple[int, Any]:
        asked.append(url)
        return 404, {}

    get_users(Wire(batches(serve)).transport, ["../groups/x?y"])
    assert asked[0].startswith("/users/..%2Fgroups%2Fx%3Fy?$select=")


@pytest.mark.parametrize(
    ("status", "body", "purpose"),
    [
        (200, {"value": "user"}, "user"),
        (200, {"value": "shared"}, "shared"),
        (404, {"error": {"code": "MailboxNotEnabledForRESTAPI"}}, NO_MAILBOX),
    ],
)
def test_the_purpose_of_a_mailbox_is_read(status: int, body: object, purpose: str) -> None:
    found = mailbox_purposes(Wire(batches(lambda _: (status, body))).transport, [ANNE])
    assert (found[ANNE].value, found[ANNE].error) == (purpose, None)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, {"error": {"code": "ErrorAccessDenied"}}, PermissionDenied),
        (404, {"error": {"code": "Request_ResourceNotFound"}}, NotFound),
        (200, {"value": 5}, UnexpectedAnswer),
        (200, "shared", UnexpectedAnswer),
    ],
)
def test_a_purpose_that_could_not_be_read_is_not_guessed(
    status: int, body: object, kind: type[GraphError]
) -> None:
    found = mailbox_purposes(Wire(batches(lambda _: (status, body))).transport, [ANNE])
    assert found[ANNE].value is None
    assert isinstance(found[ANNE].error, kind)


def test_a_group_is_read_with_what_decides_about_removal() -> None:
    body = {
        "id": ANNE,
        "displayName": "Sales licenses",
        "groupTypes": ["DynamicMembership"],
        "membershipRule": 'user.department -eq "Sales"',
        "onPremisesSyncEnabled": None,
        "securityEnabled": True,
        "assignedLicenses": [{"skuId": SKU.upper(), "disabledPlans": []}],
    }
    group = get_groups(Wire(batches(lambda _: (200, body))).transport, [ANNE])[ANNE].value
    assert group is not None
    assert (group.dynamic, group.synced, group.security_enabled, group.mail_enabled) == (
        True,
        False,
        True,
        False,
    )
    assert group.sku_ids == (SKU,)


def test_license_types_are_read_with_seats_and_plans() -> None:
    item = {
        "skuId": SKU.upper(),
        "skuPartNumber": "SPE_E3",
        "appliesTo": "User",
        "capabilityStatus": "Warning",
        "consumedUnits": 14,
        "prepaidUnits": {"enabled": 10, "suspended": 1, "warning": 3, "lockedOut": 2},
        "subscriptionIds": [ANNE],
        "servicePlans": [
            {
                "servicePlanId": PLAN,
                "servicePlanName": "AAD_PREMIUM",
                "appliesTo": "User",
                "provisioningStatus": "Success",
            }
        ],
    }
    (sku,) = list_subscribed_skus(Wire([answer(200, {"value": [item]})]).transport)
    assert (sku.sku_id, sku.part_number, sku.capability_status) == (SKU, "SPE_E3", "Warning")
    assert (sku.consumed, sku.enabled, sku.suspended, sku.warning, sku.locked_out) == (14, 10, 1, 3, 2)
    assert [plan.service_plan_id for plan in sku.service_plans] == [PLAN]
    assert sku.subscription_ids == (ANNE,)


def test_the_tenant_says_who_it_is() -> None:
    wire = Wire([answer(200, {"value": [{"id": ANNE, "displayName": "Contoso"}]})])
    assert get_organization(wire.transport) == Organization(id=ANNE, display_name="Contoso")


def test_a_tenant_that_does_not_say_who_it_is_is_refused() -> None:
    with pytest.raises(UnexpectedAnswer):
        get_organization(Wire([answer(200, {"value": []})]).transport)


def client_over(script: Callable[[Request], Reply]) -> GraphClient:
    connection = Connection(
        application_key="contoso", tenant_id="t", client_id="c", client_secret="s", graph_url=ROOT
    )
    return GraphClient(
        connection, sender=ScriptedSender(script), tokens=CountedTokens(), sleep=lambda _: None
    )


def test_one_person_who_is_gone_is_an_error_for_whoever_asked_for_one() -> None:
    with client_over(batches(lambda _: (404, {}))) as client, pytest.raises(NotFound):
        client.get_user(ANNE)


def test_a_client_that_stops_earlier_counts_on_the_same_statistics() -> None:
    with client_over(lambda _: answer(200, b"7")) as client:
        assert client.until(lambda: True).count_users() == 7
        assert client.statistics.requests == 1


def test_a_token_without_claims_grants_nothing() -> None:
    with client_over(lambda _: answer(500)) as client:
        assert client.sign_in() == frozenset()
