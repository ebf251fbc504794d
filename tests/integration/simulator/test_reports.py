import csv
import io
import re
from urllib.parse import urlsplit

import pytest

from core.simulator import catalog
from core.simulator.config import DEFAULT_PERMISSIONS
from core.simulator.report_rows import REPORTS
from core.simulator.server import RunningSimulator
from tests.support.simulated import Caller, error_of

ACTIVE_USERS = "/reports/getOffice365ActiveUserDetail(period='D30')"
PATHS = {
    "getOffice365ActiveUserDetail": ACTIVE_USERS,
    "getM365AppUserDetail": "/reports/getM365AppUserDetail(period='D90')",
    "getMailboxUsageDetail": "/reports/getMailboxUsageDetail(period='D7')",
    "getOffice365ActivationsUserDetail": "/reports/getOffice365ActivationsUserDetail",
    "getMicrosoft365CopilotUsageUserDetail": (
        "/copilot/reports/getMicrosoft365CopilotUsageUserDetail(period='ALL')"
    ),
}


def fetch(caller: Caller, path: str) -> bytes:
    location = caller.get(path).headers["Location"]
    answer = caller.session.get(location, timeout=20)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/octet-stream"
    return answer.content


def rows(caller: Caller, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(fetch(caller, path).decode("utf-8-sig"))))


def row_of(caller: Caller, path: str, case: str) -> dict[str, str] | None:
    name = caller.running.tenant.find(case).user_principal_name
    return next((row for row in rows(caller, path) if row["User Principal Name"] == name), None)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_a_file_with_byte_order_mark_and_its_columns(caller: Caller, name: str) -> None:
    content = fetch(caller, PATHS[name])
    assert content.startswith(b"\xef\xbb\xbfReport Refresh Date,")
    found = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert tuple(found[0]) == REPORTS[name].columns
    assert {len(row) for row in found} == {len(found[0])}
    assert len(found) > 10


def test_the_redirect_leads_to_another_port_of_the_same_host(caller: Caller) -> None:
    answer = caller.get(ACTIVE_USERS)
    place, graph = urlsplit(answer.headers["Location"]), urlsplit(caller.running.graph_url)
    assert answer.status_code == 302
    assert (place.scheme, place.hostname) == ("https", graph.hostname)
    assert place.port != graph.port


def test_a_download_with_a_token_is_refused(caller: Caller) -> None:
    location = caller.get(ACTIVE_USERS).headers["Location"]
    assert error_of(caller.get(location))[0] == 400


def test_a_forged_download_address_leads_nowhere(caller: Caller) -> None:
    location = caller.get(ACTIVE_USERS).headers["Location"]
    assert caller.session.get(location[:-4] + "0000", timeout=10).status_code == 404


def test_reports_know_nothing_of_the_last_two_days(caller: Caller) -> None:
    found = rows(caller, ACTIVE_USERS)
    assert {row["Report Refresh Date"] for row in found} == {"2026-10-30"}
    assert max(row["Teams Last Activity Date"] for row in found) == "2026-10-30"


def test_a_never_active_user_has_a_row_with_empty_dates(caller: Caller) -> None:
    row = row_of(caller, ACTIVE_USERS, "never_active")
    assert row is not None
    assert row["Has Exchange License"] == "True"
    assert {text for name, text in row.items() if name.endswith("Last Activity Date")} == {""}


def test_an_absent_row_stays_absent(caller: Caller) -> None:
    assert row_of(caller, ACTIVE_USERS, "unknown") is None


def test_products_are_joined_by_plus(caller: Caller) -> None:
    row = row_of(caller, ACTIVE_USERS, "duplicate_e3_e5")
    assert row is not None
    assert row["Assigned Products"] == "MICROSOFT 365 E3+MICROSOFT 365 E5"


def test_the_copilot_report_tells_holders_who_never_used_it(caller: Caller) -> None:
    never = row_of(caller, PATHS["getMicrosoft365CopilotUsageUserDetail"], "copilot_never")
    active = row_of(caller, PATHS["getMicrosoft365CopilotUsageUserDetail"], "copilot_active")
    assert never is not None
    assert active is not None
    assert (never["Last Activity Date"], active["Last Activity Date"]) == ("", "2026-10-30")
    assert row_of(caller, PATHS["getMicrosoft365CopilotUsageUserDetail"], "inactive") is None


def test_a_reclaimed_license_is_gone_from_the_report(simulator: RunningSimulator, caller: Caller) -> None:
    caller.assign(simulator.tenant.find("copilot_never").id, remove=[catalog.COPILOT])
    assert row_of(caller, PATHS["getMicrosoft365CopilotUsageUserDetail"], "copilot_never") is None


def test_a_deleted_user_stays_in_the_report_as_deleted(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.tenant.change(simulator.tenant.find("inactive").id, {"deleted": True})
    row = row_of(caller, ACTIVE_USERS, "inactive")
    assert row is not None
    assert row["Is Deleted"] == "True"


def test_a_changed_date_shows_in_the_report(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.tenant.change(simulator.tenant.find("never_active").id, {"dates": {"teams": "2026-10-05"}})
    row = row_of(caller, ACTIVE_USERS, "never_active")
    assert row is not None
    assert row["Teams Last Activity Date"] == "2026-10-05"


def test_concealed_names_are_32_hexadecimal_characters(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.set_conditions(concealed_names=True)
    simulator.tenant.change(simulator.tenant.find("inactive").id, {"dates": {"teams": "2026-10-05"}})
    found = rows(caller, ACTIVE_USERS)
    names = {row["User Principal Name"] for row in found}
    assert all(re.fullmatch("[0-9A-F]{32}", name) for name in names)
    assert len(names) == len(found)
    assert all(re.fullmatch("[0-9A-F]{32}", row["Display Name"]) for row in found)


@pytest.mark.parametrize("wrapped", [True, False])
def test_the_setting_for_concealment_comes_in_both_shapes(
    simulator: RunningSimulator, caller: Caller, *, wrapped: bool
) -> None:
    simulator.set_conditions(concealed_names=True, report_settings_wrapped=wrapped)
    found = caller.get("/admin/reportSettings").json()
    assert (found["value"] if wrapped else found)["displayConcealedNames"] is True


def test_a_wrong_period_is_refused(caller: Caller) -> None:
    assert error_of(caller.get("/reports/getMailboxUsageDetail(period='D8')"))[0] == 400


def test_where_there_are_no_reports_the_address_is_unknown(
    simulator: RunningSimulator, caller: Caller
) -> None:
    simulator.set_conditions(reports_available=False)
    assert error_of(caller.get(ACTIVE_USERS))[:2] == (400, "BadRequest")


def test_a_missing_permission_comes_as_json_within_the_message(
    simulator: RunningSimulator, caller: Caller
) -> None:
    simulator.set_conditions(permissions=DEFAULT_PERMISSIONS - {"Reports.Read.All"})
    status, code, message = error_of(caller.get(ACTIVE_USERS))
    assert (status, code) == (403, "UnknownError")
    assert "S2SUnauthorized" in message


def test_each_report_may_be_asked_for_fourteen_times(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.set_conditions(report_limit=True)
    statuses = [caller.get(ACTIVE_USERS).status_code for _ in range(15)]
    assert statuses == [302] * 14 + [429]
    assert caller.get(PATHS["getMailboxUsageDetail"]).status_code == 302
    refused = caller.get(ACTIVE_USERS)
    assert 500 < int(refused.headers["Retry-After"]) <= 600
    assert error_of(refused)[1] == "UnknownError"
