import contextlib
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.graph.directory import _parse_group, _parse_sku
from core.graph.errors import UnexpectedAnswer
from core.graph.users import Manager, digest_of, parse_sign_ins, parse_user

USER = "AAAAAAAA-1111-1111-1111-111111111111"
SKU = "05E9A617-0261-4CEE-BB44-138D3EF5D965"
GROUP = "bbbbbbbb-1111-1111-1111-111111111111"
STATE: dict[str, Any] = {
    "skuId": SKU,
    "assignedByGroup": None,
    "state": "Active",
    "error": "None",
    "disabledPlans": [],
    "lastUpdatedDateTime": "2024-10-21T09:14:33.1234567Z",
}
ITEM: dict[str, Any] = {
    "id": USER,
    "userPrincipalName": "a@contoso.example",
    "displayName": "A",
    "accountEnabled": True,
    "licenseAssignmentStates": [STATE, STATE | {"assignedByGroup": GROUP}],
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def test_a_user_is_read_with_direct_and_inherited_states() -> None:
    user = parse_user(ITEM)
    assert user.id == USER.lower()
    assert [state.assigned_by_group for state in user.license_states] == [None, GROUP]
    assert {state.sku_id for state in user.license_states} == {SKU.lower()}
    assert user.license_states[0].updated_at == datetime(2024, 10, 21, 9, 14, 33, 123456, tzinfo=UTC)
    assert user.manager is None


def test_a_manager_is_read_with_name_and_address() -> None:
    manager = {"id": GROUP.upper(), "displayName": "M", "userPrincipalName": "m@contoso.example"}
    read = parse_user(ITEM | {"manager": manager}).manager
    assert read == Manager(id=GROUP, display_name="M", user_principal_name="m@contoso.example")


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2021-03-04T05:06:07Z", datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("2021-03-04T05:06:07", datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("2021-03-04T05:06:07+02:00", datetime(2021, 3, 4, 3, 6, 7, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+02:00", None),
    ],
)
def test_moments_are_read_in_utc(written: str, moment: datetime | None) -> None:
    assert parse_user(ITEM | {"createdDateTime": written}).created_at == moment


@pytest.mark.parametrize("written", ["9999-12-31T23:59:59-02:00", "soon", 5, ""])
def test_a_moment_that_is_none_is_refused(written: object) -> None:
    with pytest.raises(UnexpectedAnswer, match="createdDateTime"):
        parse_user(ITEM | {"createdDateTime": written})


@pytest.mark.parametrize("word", [None, "", "None"])
def test_all_ways_to_say_no_error_are_alike(word: str | None) -> None:
    assert (
        parse_user(ITEM | {"licenseAssignmentStates": [STATE | {"error": word}]}).license_states[0].error
        is None
    )


def test_an_error_of_a_state_is_kept() -> None:
    states = [STATE | {"state": "Error", "error": "CountViolation"}]
    assert parse_user(ITEM | {"licenseAssignmentStates": states}).license_states[0].error == "CountViolation"


@pytest.mark.parametrize("missing", ["id", "userPrincipalName", "accountEnabled", "licenseAssignmentStates"])
def test_a_user_without_what_matters_is_refused(missing: str) -> None:
    with pytest.raises(UnexpectedAnswer, match=missing):
        parse_user({name: value for name, value in ITEM.items() if name != missing})


def test_somebody_without_a_name_goes_by_the_address() -> None:
    assert parse_user(ITEM | {"displayName": None}).display_name == "a@contoso.example"


def test_the_year_one_means_never() -> None:
    read = parse_sign_ins({"id": USER, "signInActivity": {"lastSignInDateTime": "0001-01-01T00:00:00Z"}})
    assert (read.present, read.last_interactive) == (True, None)


def test_a_user_of_whom_nothing_is_said_is_not_one_who_never_signed_in() -> None:
    assert parse_sign_ins({"id": USER}).present is False
    assert parse_sign_ins({"id": USER, "signInActivity": None}).present is False


@given(
    field=st.sampled_from([*ITEM, "mail", "manager", "createdDateTime", "isManagementRestricted"]),
    value=json_values,
)
def test_whatever_stands_in_a_field_is_read_or_refused(field: str, value: object) -> None:
    with contextlib.suppress(UnexpectedAnswer):
        parse_user(ITEM | {field: value})


@given(field=st.sampled_from([*STATE]), value=json_values)
def test_whatever_stands_in_a_license_state_is_read_or_refused(field: str, value: object) -> None:
    with contextlib.suppress(UnexpectedAnswer):
        parse_user(ITEM | {"licenseAssignmentStates": [STATE | {field: value}]})


@pytest.mark.parametrize("plans", [[[]], [{}], [None], [1], ["x"], [USER, []]])
def test_a_service_plan_that_is_none_is_refused(plans: list[object]) -> None:
    with pytest.raises(UnexpectedAnswer):
        parse_user(ITEM | {"licenseAssignmentStates": [STATE | {"disabledPlans": plans}]})


@given(
    item=st.dictionaries(
        st.sampled_from(["id", "skuId", "prepaidUnits", "servicePlans", "groupTypes"]), json_values
    )
)
def test_whatever_stands_in_a_license_type_or_group_is_read_or_refused(item: dict[str, Any]) -> None:
    for parse in (_parse_sku, _parse_group, parse_sign_ins):
        with contextlib.suppress(UnexpectedAnswer):
            parse(item)


def test_what_is_read_is_what_was_written() -> None:
    again = orjson.loads(orjson.dumps(ITEM))
    assert parse_user(again) == parse_user(ITEM)


@given(json_values, json_values)
def test_a_digest_changes_with_any_value_and_with_nothing_else(before: object, after: object) -> None:
    item, changed = ITEM | {"mail": before}, ITEM | {"mail": after}
    same = orjson.dumps(before) == orjson.dumps(after)
    assert (digest_of(item) == digest_of(changed)) == same
    assert -(2**63) <= digest_of(item) < 2**63


def test_a_field_that_was_not_read_makes_another_digest_than_an_empty_one() -> None:
    assert digest_of(ITEM) != digest_of(ITEM | {"employeeLeaveDateTime": None})
