import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from core.simulator import catalog
from core.simulator.config import TenantConfig
from core.simulator.server import start_simulator
from core.simulator.state import StateMismatchError
from tests.support.simulated import Caller

CREATED_AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]
SERVE = """
import sys
from pathlib import Path
from core.simulator.config import TenantConfig
from core.simulator.server import serve_forever
serve_forever(TenantConfig(users=400), state_path=Path(sys.argv[1]), output=sys.stdout)
"""


def config(users: int = 400) -> TenantConfig:
    return TenantConfig(users=users, created_at=CREATED_AT)


@contextmanager
def calling(state: Path | None = None, users: int = 400) -> Iterator[Caller]:
    with start_simulator(config(users), state_path=state) as running:
        caller = Caller(running)
        yield caller
        caller.session.close()


def test_what_was_done_is_still_there_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "tenant.db"
    with calling(state) as caller:
        user = caller.running.tenant.find("inactive").id
        caller.assign(user, remove=[catalog.E3])
    with start_simulator(TenantConfig(users=400), state_path=state) as running:
        assert Caller(running).licenses(user) == set()
        assert running.tenant.created_at == CREATED_AT


def test_two_servers_of_one_file_agree_at_once(tmp_path: Path) -> None:
    state = tmp_path / "tenant.db"
    with calling(state) as here, calling(state) as there:
        user = here.running.tenant.find("inactive").id
        assert there.licenses(user) == {catalog.E3}
        here.assign(user, remove=[catalog.E3])
        assert there.licenses(user) == set()
        assert there.assign(user, remove=[catalog.E3]).status_code == 400
        there.assign(user, add=[catalog.E3])
        assert here.licenses(user) == {catalog.E3}


def test_a_reset_reaches_the_other_server(tmp_path: Path) -> None:
    state = tmp_path / "tenant.db"
    with calling(state) as here, calling(state) as there:
        user = here.running.tenant.find("inactive").id
        here.assign(user, remove=[catalog.E3])
        assert there.licenses(user) == set()
        here.running.tenant.reset(datetime(2026, 5, 1, tzinfo=UTC))
        assert there.licenses(user) == {catalog.E3}
        assert there.states(user)[0]["lastUpdatedDateTime"] < "2026-05-01"


def test_another_tenant_in_the_file_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "tenant.db"
    with calling(state, users=10):
        pass
    with pytest.raises(StateMismatchError, match="users 10, not 400"):
        start_simulator(config(), state_path=state)


def test_nothing_is_left_behind_after_stopping(tmp_path: Path) -> None:
    with start_simulator(config(5), folder=tmp_path) as running:
        assert running.ca_bundle.read_text(encoding="ascii").startswith("-----BEGIN CERTIFICATE-----")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(requests.ConnectionError):
        requests.get(running.graph_url, timeout=2)
    running.stop()


def test_a_port_that_is_taken_is_an_error() -> None:
    with start_simulator(config(5)) as running:
        port = int(running.graph_url.rpartition(":")[2])
        with pytest.raises(OSError, match=r"[Aa]ddress"):
            start_simulator(config(5), port=port)


def test_the_certificate_is_trusted_by_its_own_bundle_only() -> None:
    with calling(users=5) as caller, pytest.raises(requests.exceptions.SSLError):
        requests.get(caller.running.graph_url, timeout=5)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_one_line_and_serves_until_it_is_stopped(
    tmp_path: Path, number: signal.Signals
) -> None:
    command = [sys.executable, "-c", SERVE, str(tmp_path / "tenant.db")]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        facts = json.loads(server.stdout.readline())
        assert set(facts) == {
            "authority_url",
            "graph_url",
            "ca_bundle",
            "tenant_id",
            "client_id",
            "client_secret",
        }
        url = f"{facts['authority_url']}/{facts['tenant_id']}/v2.0/.well-known/openid-configuration"
        session = requests.Session()
        session.trust_env = False
        assert session.get(url, verify=facts["ca_bundle"], timeout=5).status_code == 200
        server.send_signal(number)
        output, errors = server.communicate(timeout=10)
    assert (server.returncode, output, errors) == (0, "", "")
    assert not Path(facts["ca_bundle"]).exists()


def test_a_page_of_a_large_tenant_holds_people_under_names_of_their_own() -> None:
    with calling(users=6_000) as caller:
        users = [
            user for page in caller.pages("/users?$select=id,userPrincipalName&$top=999") for user in page
        ]
        assert len(users) == 6_000
        assert len({user["userPrincipalName"] for user in users}) == 6_000
        last = users[-1]
        assert caller.get(f"/users/{last['userPrincipalName']}?$select=id").json()["id"] == last["id"]
