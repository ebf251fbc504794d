from typing import Any

import pytest

from core.graph.errors import UnexpectedAnswer
from core.graph.roles import AdminRoles, read_admin_roles
from tests.support.wire import ROOT, Reply, Wire, answer

PERSON = "11111111-1111-1111-1111-111111111111"
GROUP = "22222222-2222-2222-2222-222222222222"
MEMBER = "33333333-3333-3333-3333-333333333333"
ROLE = "62e90394-69f5-4237-9190-012177145e10"
USER_KIND, GROUP_KIND = "#microsoft.graph.user", "#microsoft.graph.group"


def grant(principal: str = PERSON, kind: str | None = USER_KIND, role: str = ROLE) -> dict[str, Any]:
    expanded = None if kind is None else {"@odata.type": kind, "id": principal}
    return {"principalId": principal, "roleDefinitionId": role, "principal": expanded}


def read(*held: dict[str, Any], members: list[dict[str, Any]] | None = None) -> tuple[AdminRoles, Wire]:
    names = {"value": [{"id": ROLE.upper(), "displayName": "Global Administrator"}]}
    answers: list[Reply] = [
        answer(200, names),
        answer(200, {"value": list(held)}),
        answer(200, {"value": []}),
    ]
    if members is not None:
        answers.append(answer(200, {"value": members}))
    wire = Wire(answers)
    return read_admin_roles(wire.transport), wire


def test_ids_are_compared_in_lower_case_and_a_role_counts_once() -> None:
    found, _ = read(grant(), grant())
    assert dict(found.holders) == {PERSON: ("Global Administrator",)}


def test_a_role_without_a_name_goes_by_its_id() -> None:
    found, _ = read(grant(role=GROUP))
    assert found.holders[PERSON] == (GROUP,)


def test_a_principal_of_which_nothing_is_said_counts_as_a_person() -> None:
    found, _ = read(grant(kind=None))
    assert PERSON in found.holders


def test_a_group_is_asked_once_for_its_members_and_only_people_count() -> None:
    members = [{"id": MEMBER}, {"id": PERSON, "@odata.type": "#microsoft.graph.servicePrincipal"}]
    found, wire = read(grant(GROUP, GROUP_KIND), grant(GROUP, GROUP_KIND, GROUP), members=members)
    assert dict(found.holders) == {MEMBER: (GROUP, "Global Administrator")}
    assert wire.urls[3:] == [f"{ROOT}/v1.0/groups/{GROUP}/members?$select=id&$top=999"]


@pytest.mark.parametrize("changed", [{"principalId": "x"}, {"principalId": None}, {"roleDefinitionId": 7}])
def test_what_is_no_role_assignment_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedAnswer):
        read(grant() | changed)
