from datetime import UTC, datetime
from typing import Any

import pytest

from core.graph.audit_log import MOST_PAGES, LicenseChange, license_changes
from core.graph.errors import UnexpectedAnswer
from tests.support.wire import ROOT, Reply, Wire, answer

PERSON = "11111111-1111-1111-1111-111111111111"
E3 = "05e9a617-0261-4cee-bb44-138d3ef5d965"
VISIO = "c5928f49-12ba-48f7-ada3-0d743a3601d5"
SINCE, UNTIL = datetime(2026, 11, 24, 8, tzinfo=UTC), datetime(2026, 11, 24, 9, tzinfo=UTC)


def words(*sku_ids: str) -> str:
    return (
        '["'
        + ", ".join(f"[SkuName=X, AccountId={PERSON}, SkuId={each}, DisabledPlans=[]]" for each in sku_ids)
        + '"]'
    )


def entry(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of an entry
    modified = {"displayName": "AssignedLicense", "oldValue": words(E3, VISIO.upper()), "newValue": words(E3)}
    return {
        "id": "Directory_1",
        "result": "success",
        "activityDateTime": "2026-11-24T08:01:02.1234567Z",
        "initiatedBy": {"user": None, "app": {"displayName": "Seatwise"}},
        "targetResources": [{"id": PERSON, "type": "User", "modifiedProperties": [modified]}],
    } | changed


def read(*entries: dict[str, Any]) -> list[LicenseChange]:
    return list(license_changes(Wire([answer(200, {"value": list(entries)})]).transport, SINCE, UNTIL))


def test_a_change_is_told_with_whose_license_is_gone_when_and_by_whom() -> None:
    assert read(entry()) == [
        LicenseChange(
            id="Directory_1",
            at=datetime(2026, 11, 24, 8, 1, 2, 123456, tzinfo=UTC),
            user_id=PERSON,
            removed=frozenset({VISIO}),
            initiated_by="Seatwise",
        )
    ]


def test_only_changes_of_licenses_in_the_time_are_asked_for() -> None:
    wire = Wire([answer(200, {"value": []})])
    assert list(license_changes(wire.transport, SINCE, UNTIL)) == []
    (url,) = wire.urls
    assert url == (
        f"{ROOT}/v1.0/auditLogs/directoryAudits?$filter=activityDisplayName eq 'Change user license' and "
        "activityDateTime ge 2026-11-24T08:00:00Z and activityDateTime le 2026-11-24T09:00:00Z&$top=500"
    )


@pytest.mark.parametrize(
    ("changed", "removed", "by"),
    [
        ({"initiatedBy": {"user": {"userPrincipalName": "ada@example.com"}}}, {VISIO}, "ada@example.com"),
        ({"initiatedBy": None}, {VISIO}, ""),
        ({"targetResources": [{"id": PERSON, "type": "User"}]}, None, "Seatwise"),
        (
            {
                "targetResources": [
                    {"id": PERSON, "type": "User", "modifiedProperties": [{"displayName": "X"}]}
                ]
            },
            None,
            "Seatwise",
        ),
    ],
)
def test_what_an_entry_does_not_say_is_left_open(
    changed: dict[str, Any], removed: set[str] | None, by: str
) -> None:
    (found,) = read(entry(**changed))
    assert (found.removed, found.initiated_by) == (removed, by)


@pytest.mark.parametrize(
    "changed",
    [
        {"result": "failure"},
        {"activityDateTime": None},
        {"targetResources": [{"id": PERSON, "type": "Group"}]},
        {"targetResources": []},
    ],
)
def test_what_did_not_succeed_or_is_about_nobody_is_left_out(changed: dict[str, Any]) -> None:
    assert read(entry(**changed)) == []


def test_what_is_no_entry_is_refused() -> None:
    with pytest.raises(UnexpectedAnswer):
        read(entry(activityDateTime="soon"))


def test_a_log_without_an_end_is_not_read_to_it() -> None:
    pages: list[Reply] = [
        answer(
            200,
            {"value": [entry()], "@odata.nextLink": f"{ROOT}/v1.0/auditLogs/directoryAudits?$skiptoken={n}"},
        )
        for n in range(MOST_PAGES + 1)
    ]
    wire = Wire(pages)
    assert len(list(license_changes(wire.transport, SINCE, UNTIL))) == MOST_PAGES
    assert len(wire.urls) == MOST_PAGES
