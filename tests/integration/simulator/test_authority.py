import base64
import json
from pathlib import Path

import msal
import pytest
import requests

from core.simulator.config import TenantConfig
from core.simulator.server import RunningSimulator, start_simulator
from tests.support.certificates import pem_of_certificate, pem_of_key, rsa_key, self_signed
from tests.support.simulated import Caller, error_of


def claims_of(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def session_for(running: RunningSimulator) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.verify = str(running.ca_bundle)
    return session


def test_msal_gets_a_token_with_a_secret(simulator: RunningSimulator) -> None:
    application = msal.ConfidentialClientApplication(
        simulator.client_id,
        client_credential=simulator.client_secret,
        authority=f"{simulator.authority_url}/{simulator.tenant_id}",
        instance_discovery=False,
        http_client=session_for(simulator),
    )
    result = application.acquire_token_for_client([f"{simulator.graph_url}/.default"])
    assert result["token_type"] == "Bearer"
    assert claims_of(result["access_token"])["tid"] == simulator.tenant_id


def test_the_token_carries_the_granted_permissions_as_roles(
    simulator: RunningSimulator, caller: Caller
) -> None:
    simulator.set_conditions(permissions={"User.Read.All"})
    caller.sign_in()
    claims = claims_of(caller.token)
    assert claims["roles"] == ["User.Read.All"]
    assert claims["idtyp"] == "app"
    assert claims["appid"] == simulator.client_id


@pytest.mark.parametrize(
    ("changes", "status", "error", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_id": "00000000-0000-0000-0000-000000000001"}, 400, "unauthorized_client", 700016),
        ({"scope": "openid"}, 400, "invalid_scope", 1002012),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        (
            {
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": "a.b.c",
            },
            401,
            "invalid_client",
            700027,
        ),
    ],
)
def test_a_bad_token_request_is_refused_with_microsofts_number(
    caller: Caller, changes: dict[str, str], status: int, error: str, code: int
) -> None:
    answer = caller.request_token(**changes)
    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert answer.json()["error_codes"] == [code]
    assert f"AADSTS{code}: " in answer.json()["error_description"]


def test_an_expired_secret_is_told_from_a_wrong_one(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.set_conditions(secret_expired=True)
    assert caller.request_token().json()["error_codes"] == [7000222]


def test_an_unknown_tenant_has_no_discovery_document(caller: Caller) -> None:
    url = f"{caller.running.authority_url}/nowhere.example/v2.0/.well-known/openid-configuration"
    answer = caller.session.get(url, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error_codes"] == [90002]


def test_a_refused_secret_is_not_repeated_in_the_answer(caller: Caller) -> None:
    assert "hunter2-secret" not in caller.request_token(client_secret="hunter2-secret").text


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        ("", "Access token is empty."),
        ("Bearer nonsense", "JWT is not well formed"),
        ("Bearer e30.e30.AAAA", "Invalid signature"),
    ],
)
def test_a_missing_or_forged_token_is_refused(caller: Caller, authorization: str, message: str) -> None:
    answer = caller.call("GET", "/users", headers={"Authorization": authorization})
    status, code, text = error_of(answer)
    assert (status, code) == (401, "InvalidAuthenticationToken")
    assert message in text


def test_a_token_whose_time_is_over_is_refused(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.set_conditions(token_lifetime=-1)
    caller.sign_in()
    assert error_of(caller.get("/users"))[2] == "Lifetime validation failed, the token is expired."


def make_certificate() -> tuple[str, str]:
    """A private key and its self-signed certificate, as PEM."""
    key = rsa_key()
    return pem_of_key(key).decode(), pem_of_certificate(self_signed(key)).decode()


@pytest.mark.parametrize("registered", [True, False])
def test_only_the_registered_certificate_opens_the_tenant(tmp_path: Path, *, registered: bool) -> None:
    private, certificate = make_certificate()
    trusted = certificate if registered else make_certificate()[1]
    config = TenantConfig(users=5, client_certificate_pem=trusted)
    with start_simulator(config, folder=tmp_path) as running, session_for(running) as session:
        application = msal.ConfidentialClientApplication(
            running.client_id,
            client_credential={"private_key": private, "public_certificate": certificate},
            authority=f"{running.authority_url}/{running.tenant_id}",
            instance_discovery=False,
            http_client=session,
        )
        result = application.acquire_token_for_client([f"{running.graph_url}/.default"])
    assert ("access_token" in result) == registered
    assert result.get("error_codes", [700027]) == [700027]
