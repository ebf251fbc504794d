import pytest

from core.simulator import catalog
from core.simulator.cases import CASES
from core.simulator.server import RunningSimulator
from tests.support.simulated import Caller


def test_the_door_opens_with_the_secret_only(caller: Caller) -> None:
    url = f"{caller.running.graph_url}/_simulator/log"
    assert caller.session.get(url, timeout=10).status_code == 401
    assert caller.control("GET", "log").status_code == 200


def test_the_truth_is_read_past_the_replica_lag(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.set_conditions(replica_lag=60)
    user = simulator.tenant.find("inactive").id
    caller.assign(user, remove=[catalog.E3])
    assert caller.licenses(user) == {catalog.E3}
    assert caller.control("GET", f"users/{user}").json()["states"] == []


def test_a_user_is_changed_for_all_to_see_at_once(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.set_conditions(replica_lag=60)
    user = simulator.tenant.find("never_active").id
    seen = {"lastSuccessfulSignInDateTime": "2026-10-31T08:00:00Z"}
    answer = caller.control("PATCH", f"users/{user}", {"fields": {"signInActivity": seen}})
    assert answer.json()["fields"]["signInActivity"] == seen
    assert caller.get(f"/users/{user}?$select=signInActivity").json()["signInActivity"] == seen


def test_a_field_set_to_nothing_is_absent(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("inactive").id
    caller.control("PATCH", f"users/{user}", {"fields": {"signInActivity": None}})
    assert "signInActivity" not in caller.get(f"/users/{user}?$select=id,signInActivity").json()


def test_changes_to_one_user_add_up(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("inactive").id
    caller.control("PATCH", f"users/{user}", {"fields": {"department": "Moved"}})
    caller.control("PATCH", f"users/{user}", {"fields": {"accountEnabled": False}, "purpose": "shared"})
    found = caller.control("GET", f"users/{user}").json()
    assert (found["fields"]["department"], found["fields"]["accountEnabled"]) == ("Moved", False)
    assert found["purpose"] == "shared"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "users/nobody", None, 404),
        ("PATCH", "users/nobody", {"deleted": True}, 404),
        ("PATCH", "conditions", {"nonsense": 1}, 400),
        ("GET", "nonsense", None, 404),
    ],
)
def test_a_wrong_control_is_refused(
    caller: Caller, method: str, path: str, body: object, status: int
) -> None:
    assert caller.control(method, path, body).status_code == status


def test_an_unknown_part_of_a_user_is_refused(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("inactive").id
    assert "can't change licenses" in caller.control("PATCH", f"users/{user}", {"licenses": []}).text


def test_conditions_are_changed_from_outside(simulator: RunningSimulator, caller: Caller) -> None:
    changed = caller.control(
        "PATCH", "conditions", {"premium": False, "permissions": ["User.Read.All"]}
    ).json()
    assert (changed["premium"], changed["permissions"]) == (False, ["User.Read.All"])
    assert simulator.conditions.premium is False


def test_the_log_counts_calls_and_lists_applied_writes(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("inactive").id
    caller.assign(user, remove=[catalog.E3])
    caller.assign(user, remove=[catalog.E3])
    log = caller.control("GET", "log").json()
    assert log["calls"][f"POST /v1.0/users/{user}/assignLicense"] == 2
    assert [(one["kind"], one["user"], one["sku"]) for one in log["writes"]] == [
        ("license.remove", user, catalog.E3)
    ]
    assert caller.control("DELETE", "log").status_code == 204
    assert caller.control("GET", "log").json() == {"calls": {}, "writes": [], "mails": []}


def test_every_case_is_there_in_a_tenant_of_400(caller: Caller) -> None:
    found = caller.control("GET", "cases").json()
    assert set(found) == set(CASES)
    assert all(found.values())


def test_a_reset_undoes_everything(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("inactive").id
    caller.assign(user, remove=[catalog.E3])
    answer = caller.control("POST", "reset", {"created_at": "2026-06-01T00:00:00+00:00"})
    assert answer.json()["created_at"] == "2026-06-01T00:00:00+00:00"
    assert caller.licenses(user) == {catalog.E3}
    assert caller.states(user)[0]["lastUpdatedDateTime"] < "2026-06-01"
    assert caller.control("GET", "log").json()["writes"] == []


def test_a_mail_is_taken_and_recorded(simulator: RunningSimulator, caller: Caller) -> None:
    sender = simulator.tenant.find("shared_mailbox_exchange").user_principal_name
    message = {
        "subject": "Your license",
        "body": {"contentType": "HTML", "content": "<p>Keep it?</p>"},
        "toRecipients": [{"emailAddress": {"address": "a@contoso.example"}}],
    }
    answer = caller.call("POST", f"/users/{sender}/sendMail", body={"message": message})
    assert (answer.status_code, answer.content) == (202, b"")
    mail = caller.control("GET", "log").json()["mails"][0]
    assert (mail["from"], mail["to"], mail["subject"]) == (sender, ["a@contoso.example"], "Your license")


def test_a_mail_to_nobody_is_refused(simulator: RunningSimulator, caller: Caller) -> None:
    sender = simulator.tenant.find("shared_mailbox_exchange").id
    assert caller.call("POST", f"/users/{sender}/sendMail", body={"message": {}}).status_code == 400
    assert caller.control("GET", "log").json()["mails"] == []
