"""What the machine and the network around the client do to it: certificates, proxies, .netrc, waits, logs."""

import dataclasses
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.graph import Connection, GraphClient, OutcomeUnknown, SignInFailed, Unreachable
from core.graph.usage import ACTIVE_USERS
from core.simulator.config import TenantConfig
from core.simulator.server import RunningSimulator, start_simulator
from tests.support.certificates import pem_of_certificate, pem_of_key, rsa_key, self_signed
from tests.support.proxies import tunneling_proxy
from tests.support.tenants import connection_to

AUTHORITY = r"/oauth2/|/\.well-known/"


def key_and_certificate() -> tuple[bytes, bytes]:
    key = rsa_key()
    return pem_of_key(key), pem_of_certificate(self_signed(key))


@pytest.fixture(scope="module")
def registered() -> tuple[bytes, bytes]:
    """The key and certificate that the tenant's application is registered with."""
    return key_and_certificate()


@pytest.fixture(scope="module")
def running_simulator(registered: tuple[bytes, bytes]) -> Iterator[RunningSimulator]:
    with start_simulator(TenantConfig(users=20, client_certificate_pem=registered[1].decode())) as running:
        yield running


@pytest.fixture
def simulator(running_simulator: RunningSimulator) -> RunningSimulator:
    running_simulator.faults.clear()
    return running_simulator


@pytest.fixture
def connection(simulator: RunningSimulator) -> Connection:
    return connection_to(simulator)


def with_certificate(connection: Connection, path: Path, *parts: bytes) -> Connection:
    path.write_bytes(b"".join(parts))
    return dataclasses.replace(connection, client_secret=None, certificate_path=path)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_registered_certificate_signs_in_whatever_comes_first_in_its_file(
    connection: Connection, registered: tuple[bytes, bytes], tmp_path: Path, order: tuple[int, int]
) -> None:
    parts = [registered[place] for place in order]
    with GraphClient(with_certificate(connection, tmp_path / "app.pem", *parts)) as client:
        assert "User.Read.All" in client.sign_in()
        assert client.list_subscribed_skus()


def test_a_certificate_that_is_not_registered_is_told_with_what_to_do(
    connection: Connection, tmp_path: Path
) -> None:
    stranger = with_certificate(connection, tmp_path / "app.pem", *key_and_certificate())
    with GraphClient(stranger) as client, pytest.raises(SignInFailed, match=r"not registered.*AADSTS700027"):
        client.sign_in()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tenant_id": "00000000-0000-0000-0000-000000000000"}, "the tenant is not known"),
        ({"client_id": "00000000-0000-0000-0000-000000000000"}, "is not known in this tenant"),
    ],
)
def test_an_id_that_the_authority_does_not_know_is_told_with_what_to_do(
    connection: Connection, changes: dict[str, str], said: str
) -> None:
    client = GraphClient(dataclasses.replace(connection, **changes))  # type: ignore[arg-type]  # texts, both
    with client, pytest.raises(SignInFailed, match=said):
        client.sign_in()


@pytest.mark.parametrize("kind", ["html_gateway", "unavailable", "reset", "cut"])
def test_an_authority_that_stays_out_of_order_is_no_refusal(
    connection: Connection, simulator: RunningSimulator, kind: str
) -> None:
    simulator.faults.add(kind, path=AUTHORITY, times=None)
    with GraphClient(connection) as client, pytest.raises(Unreachable, match="Signing in"):
        client.sign_in()


@pytest.mark.parametrize("path", [r"/oauth2/", r"/\.well-known/"])
def test_an_authority_that_answers_nonsense_is_not_mistaken_for_an_unknown_tenant(
    connection: Connection, simulator: RunningSimulator, path: str
) -> None:
    simulator.faults.add("garbage", path=path, times=None)
    with GraphClient(connection) as client, pytest.raises(SignInFailed) as failed:
        client.sign_in()
    assert "tenant is not known" not in failed.value.message
    assert "proxy or gateway" in failed.value.message


def test_a_ca_of_the_environment_counts_for_sign_in_and_for_graph(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(connection.ca_bundle))
    surrounded = dataclasses.replace(connection, ca_bundle=None, trust_env=True)
    with GraphClient(surrounded) as client:
        assert client.list_subscribed_skus()
        assert list(client.read_report(ACTIVE_USERS))


def test_a_ca_file_of_the_environment_that_is_missing_is_named(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "absent.pem"))
    surrounded = dataclasses.replace(connection, ca_bundle=None, trust_env=True)
    with GraphClient(surrounded) as client, pytest.raises(Unreachable, match=r"absent\.pem"):
        client.sign_in()


def test_what_netrc_knows_of_the_host_replaces_no_token(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(connection.ca_bundle))
    with GraphClient(dataclasses.replace(connection, trust_env=True)) as client:
        assert client.list_subscribed_skus()
        assert list(client.read_report(ACTIVE_USERS))


def test_a_proxy_that_cannot_be_used_is_named_without_its_password(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://somebody:hush-hush@127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    client = GraphClient(dataclasses.replace(connection, trust_env=True))
    with client, pytest.raises(Unreachable, match="the proxy could not be used") as failed:
        client.sign_in()
    assert "hush-hush" not in repr(failed.value)


def test_a_write_whose_answer_is_lost_beyond_a_proxy_is_not_taken_for_one_that_was_never_sent(
    connection: Connection, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = simulator.tenant.find("active").id
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(connection.ca_bundle))
    with tunneling_proxy() as proxy, GraphClient(dataclasses.replace(connection, trust_env=True)) as client:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        sku_id = client.get_user(holder).license_states[0].sku_id
        assert proxy.targets == [
            root.removeprefix("https://") for root in (connection.authority, connection.graph)
        ]
        simulator.faults.add("reset", path="/assignLicense$", after=True, times=None)
        with pytest.raises(OutcomeUnknown):
            client.remove_license(holder, sku_id)
        assert sku_id not in {state.sku_id for state in client.get_user(holder).license_states}


@pytest.mark.parametrize(
    ("asked", "shortest", "longest"), [("3", 3, 4), ("2.128", 3, 4), ("date:20", 18, 22), (None, 0.5, 1)]
)
def test_a_throttled_read_waits_as_long_as_asked_in_whatever_words(
    connection: Connection, simulator: RunningSimulator, asked: str | None, shortest: float, longest: float
) -> None:
    waits: list[float] = []
    simulator.faults.add("throttled", retry_after=asked)
    with GraphClient(connection, sleep=waits.append) as client:
        assert client.list_subscribed_skus()
    assert shortest <= sum(waits) <= longest
    assert client.statistics.throttled == client.statistics.retries == 1


def test_an_expired_token_is_replaced_within_a_listing_and_within_a_batch(
    connection: Connection, simulator: RunningSimulator
) -> None:
    with GraphClient(connection) as client:
        ids = [user.id for page in client.list_users() for user in page.users]
        simulator.faults.add("expired_token", where="batch", times=3)
        assert all(read.value for read in client.get_users(ids).values())
        simulator.faults.add("claims_challenge", where="direct")
        assert len([user for page in client.list_users() for user in page.users]) == len(ids)


def test_not_even_the_most_talkative_log_holds_a_secret(
    connection: Connection, simulator: RunningSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with GraphClient(connection) as client:
        client.list_subscribed_skus()
        token = client._tokens.token()
    simulator.faults.add("truncated", path=r"/oauth2/", times=None)
    with GraphClient(connection) as client, pytest.raises(SignInFailed):
        client.sign_in()
    assert "urllib3.connectionpool" in {record.name for record in caplog.records}
    header = token.partition(".")[0]
    assert [name for name in (simulator.client_secret, token, header) if name in caplog.text] == []
