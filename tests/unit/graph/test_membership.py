import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.graph.answer import SendFailed
from core.graph.errors import Conflict, GraphError, OutcomeUnknown, Throttled, UnexpectedAnswer, Unreachable
from core.graph.membership import MembershipError, MembershipErrorKind, membership_path, remove_member
from core.graph.permissions import why_groups_stay
from core.graph.retry import ONCE
from tests.support.wire import ROOT, Reply, Wire, answer, error

GROUP = "11111111-1111-1111-1111-111111111111"
USER = "22222222-2222-2222-2222-222222222222"
GUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
ONLY = re.compile(rf"/groups/{GUID}/members/{GUID}/\$ref")
IDS = st.one_of(
    st.uuids().map(str),
    st.text(),
    st.sampled_from(["", "..", "/", "$ref", f"{USER}/..", f"{USER}?", f"{USER}#", f"{USER}\n", f" {USER}"]),
    st.tuples(st.uuids().map(str), st.text(min_size=1)).map("".join),
)


@given(group_id=IDS, user_id=IDS)
def test_whatever_ids_come_in_nothing_but_a_membership_is_ever_sent(group_id: str, user_id: str) -> None:
    wire = Wire(lambda _: answer(204, b""))
    try:
        remove_member(wire.transport, group_id, user_id)
    except UnexpectedAnswer:
        assert wire.urls == []
    else:
        (request,) = wire.sender.requests
        assert request.method == "DELETE"
        assert ONLY.fullmatch(request.url.removeprefix(f"{ROOT}/v1.0"))


@pytest.mark.parametrize(
    "path",
    [
        f"/groups/{GROUP}/members/{USER}",
        f"/groups/{GROUP}/members/{USER}/",
        f"/groups/{GROUP}/members/{USER}/$ref/",
        f"/groups/{GROUP}/members/{USER}/$ref?x=1",
        f"/groups/{GROUP}/members/{USER}#/$ref",
        f"/groups/{GROUP}/members/{USER}/$ref\n",
        f"/groups/{GROUP}/members//$ref",
        f"/users/{USER}",
        f"/users/{USER}/$ref",
        f"{ROOT}/v1.0/groups/{GROUP}/members/{USER}",
    ],
)
def test_the_transport_refuses_to_delete_anything_else(path: str) -> None:
    wire = Wire(lambda _: answer(204, b""))
    with pytest.raises(ValueError, match="only a membership of a group may be deleted"):
        wire.transport.delete(
            path, what="Deleting", accept=(204,), patience=ONCE, error_of=lambda *_: GraphError("x")
        )
    assert wire.urls == []


def test_a_membership_is_deleted_in_one_call_without_a_body() -> None:
    wire = Wire([answer(204, b"", request_id="r-1")])
    assert remove_member(wire.transport, GROUP, USER) == "r-1"
    (request,) = wire.sender.requests
    assert request.url == f"{ROOT}/v1.0/groups/{GROUP}/members/{USER}/$ref"
    assert request.body is None


def test_ids_in_capitals_are_the_same_ids() -> None:
    upper = "ABCDEFAB-1111-1111-1111-111111111111"
    assert membership_path(upper, USER) == f"/groups/{upper.lower()}/members/{USER}/$ref"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(404, "Request_ResourceNotFound", "does not exist"), MembershipErrorKind.NOT_MEMBER),
        (error(403, "Authorization_RequestDenied", "Insufficient"), MembershipErrorKind.PERMISSION),
        (
            error(
                400,
                "Request_BadRequest",
                "Unable to update the specified properties for on-premises mastered Directory Sync objects "
                "or objects currently undergoing migration.",
            ),
            MembershipErrorKind.SYNCED,
        ),
        (
            error(
                400,
                "Request_BadRequest",
                "Cannot Update a mail-enabled security groups and or distribution list.",
            ),
            MembershipErrorKind.MAIL_ENABLED,
        ),
        (error(400, "Request_BadRequest", "Something else."), MembershipErrorKind.UNKNOWN),
        (answer(403, b"<html>Forbidden</html>"), MembershipErrorKind.UNKNOWN),
        (answer(404, b"<html>Not found</html>"), MembershipErrorKind.UNKNOWN),
    ],
)
def test_a_refusal_says_why(reply: Reply, kind: MembershipErrorKind) -> None:
    wire = Wire(lambda _: reply)
    with pytest.raises(MembershipError) as caught:
        remove_member(wire.transport, GROUP, USER)
    assert caught.value.kind is kind
    assert len(wire.urls) == 1


@pytest.mark.parametrize(
    ("reply", "raised"),
    [
        (error(429, "TooManyRequests", retry_after="7"), Throttled),
        (error(409, "Conflict"), Conflict),
        (error(503, "ServiceUnavailable"), OutcomeUnknown),
        (answer(200, {}), OutcomeUnknown),
        (SendFailed("the connection broke off", sent=True), OutcomeUnknown),
        (SendFailed("the connection was refused", sent=False), Unreachable),
    ],
)
def test_it_is_sent_once_whatever_comes_back(reply: Reply, raised: type[GraphError]) -> None:
    wire = Wire(lambda _: reply)
    with pytest.raises(raised):
        remove_member(wire.transport, GROUP, USER)
    assert len(wire.urls) == 1


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ({"GroupMember.ReadWrite.All", "LicenseAssignment.ReadWrite.All"}, None),
        ({"LicenseAssignment.ReadWrite.All"}, "needs GroupMember.ReadWrite.All"),
        ({"GroupMember.ReadWrite.All", "User.ReadWrite.All"}, "User.ReadWrite.All is granted"),
        ({"GroupMember.ReadWrite.All", "Directory.ReadWrite.All"}, "Directory.ReadWrite.All is granted"),
    ],
)
def test_people_stay_in_groups_unless_that_alone_is_permitted(roles: set[str], words: str | None) -> None:
    said = why_groups_stay(roles)
    assert said is None if words is None else words in (said or "")
