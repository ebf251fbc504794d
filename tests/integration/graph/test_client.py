"""The client over a real connection, to a tenant that answers as Graph does, also on a bad day."""

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.graph import (
    GraphClient,
    LicenseError,
    LicenseErrorKind,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    PremiumRequired,
    SignInFailed,
    Throttled,
    UnexpectedAnswer,
    Unreachable,
)
from core.graph.usage import ACTIVE_USERS
from core.simulator.config import READ_PERMISSIONS, TenantConfig
from core.simulator.server import RunningSimulator, start_simulator
from tests.support.tenants import as_on_its_first_day, connection_to

PEOPLE = 600
ASSIGN = r"/assignLicense$"


@pytest.fixture(scope="module")
def running_simulator() -> Iterator[RunningSimulator]:
    with start_simulator(TenantConfig(users=PEOPLE)) as running:
        yield running


@pytest.fixture
def simulator(running_simulator: RunningSimulator) -> RunningSimulator:
    return as_on_its_first_day(running_simulator)


@pytest.fixture
def client(simulator: RunningSimulator) -> Iterator[GraphClient]:
    with GraphClient(connection_to(simulator), sleep=lambda _: None) as connected:
        yield connected


def seat_of(client: GraphClient, simulator: RunningSimulator) -> tuple[str, str]:
    """Somebody who holds a license directly, and its type."""
    user = client.get_user(simulator.tenant.find("active").id)
    return user.id, next(each.sku_id for each in user.license_states if each.assigned_by_group is None)


def holds(client: GraphClient, user_id: str, sku_id: str) -> bool:
    return any(state.sku_id == sku_id for state in client.get_user(user_id).license_states)


def test_everybody_is_listed_once_with_the_sign_ins_that_belong_to_them(client: GraphClient) -> None:
    people = [user.id for page in client.list_users() for user in page.users]
    sign_ins = [each.user_id for page in client.list_sign_ins() for each in page.sign_ins]
    assert len(people) == len(set(people)) == client.count_users()
    assert sorted(sign_ins) == sorted(people)


def test_many_threads_share_one_client_and_one_token(client: GraphClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        counts = {found.result() for found in [pool.submit(client.count_users) for _ in range(24)]}
    assert len(counts) == 1
    assert client.statistics.requests == 24


@pytest.mark.parametrize(
    "kind", ["throttled", "unavailable", "html_gateway", "reset", "cut", "expired_token"]
)
def test_a_read_survives_what_a_network_does(
    client: GraphClient, simulator: RunningSimulator, kind: str
) -> None:
    simulator.faults.add(kind)
    assert {sku.part_number for sku in client.list_subscribed_skus()} >= {"SPE_E3"}


@pytest.mark.parametrize("kind", ["truncated", "garbage"])
def test_a_list_that_is_no_json_is_refused_rather_than_read_in_part(
    client: GraphClient, simulator: RunningSimulator, kind: str
) -> None:
    simulator.faults.add(kind)
    with pytest.raises(UnexpectedAnswer, match="no JSON"):
        client.list_subscribed_skus()


def test_items_of_a_batch_that_were_throttled_are_read_all_the_same(
    client: GraphClient, simulator: RunningSimulator
) -> None:
    ids = [user.id for page in client.list_users() for user in page.users][:45]
    simulator.faults.add("throttled", where="batch", times=30, probability=0.5)
    found = client.get_users(ids)
    assert list(found) == ids
    assert [read.value.id for read in found.values() if read.value is not None] == ids


def test_a_person_who_does_not_exist_is_not_found(client: GraphClient) -> None:
    with pytest.raises(NotFound):
        client.get_user("99999999-9999-9999-9999-999999999999")


def test_what_mailboxes_are_for_is_read(client: GraphClient, simulator: RunningSimulator) -> None:
    shared = simulator.tenant.find("shared_mailbox").id
    assert client.mailbox_purposes([shared])[shared].value == "shared"


def test_a_usage_report_is_downloaded_without_the_token_by_the_names_of_people(client: GraphClient) -> None:
    names = {user.user_principal_name for page in client.list_users() for user in page.users}
    rows = list(client.read_report(ACTIVE_USERS))
    assert rows
    assert {row.user_principal_name for row in rows if not row.deleted} <= names
    assert client.names_concealed() is False


def test_a_report_without_permission_says_so_in_the_words_of_the_reports_service(
    client: GraphClient, simulator: RunningSimulator
) -> None:
    simulator.set_conditions(permissions=READ_PERMISSIONS - {"Reports.Read.All"})
    with pytest.raises(PermissionDenied, match="S2SUnauthorized"):
        list(client.read_report(ACTIVE_USERS))


def test_sign_ins_of_a_tenant_without_premium_are_refused(
    client: GraphClient, simulator: RunningSimulator
) -> None:
    simulator.set_conditions(premium=False)
    with pytest.raises(PremiumRequired):
        list(client.list_sign_ins())


def test_leave_dates_without_permission_are_left_out(
    client: GraphClient, simulator: RunningSimulator
) -> None:
    simulator.set_conditions(permissions=READ_PERMISSIONS - {"User-LifeCycleInfo.Read.All"})
    assert {page.dropped for page in client.list_users()} == {("employeeLeaveDateTime",)}


def test_a_license_is_removed_and_given_back_with_its_plans(
    client: GraphClient, simulator: RunningSimulator
) -> None:
    user_id, sku_id = seat_of(client, simulator)
    plan = next(sku for sku in client.list_subscribed_skus() if sku.sku_id == sku_id).service_plans[0]
    call = client.remove_license(user_id, sku_id)
    assert call.request_id
    assert call.date is not None
    assert not holds(client, user_id, sku_id)
    client.add_license(user_id, sku_id, [plan.service_plan_id])
    states = [each for each in client.get_user(user_id).license_states if each.sku_id == sku_id]
    assert [each.disabled_plans for each in states] == [(plan.service_plan_id,)]


def test_removing_what_is_not_there_says_so(client: GraphClient, simulator: RunningSimulator) -> None:
    user_id, sku_id = seat_of(client, simulator)
    client.remove_license(user_id, sku_id)
    with pytest.raises(LicenseError) as refused:
        client.remove_license(user_id, sku_id)
    assert refused.value.kind is LicenseErrorKind.NOT_ASSIGNED
    assert refused.value.request_id


@pytest.mark.parametrize("kind", ["reset", "cut", "unavailable", "html_gateway"])
def test_a_write_whose_answer_is_lost_is_sent_once_and_its_outcome_called_unknown(
    client: GraphClient, simulator: RunningSimulator, kind: str
) -> None:
    user_id, sku_id = seat_of(client, simulator)
    rule = simulator.faults.add(kind, path=ASSIGN, after=True, times=None)
    with pytest.raises(OutcomeUnknown):
        client.remove_license(user_id, sku_id)
    assert simulator.faults.struck(rule) == 1
    assert not holds(client, user_id, sku_id)


def test_a_throttled_write_is_left_to_the_caller_with_the_time_to_wait(
    client: GraphClient, simulator: RunningSimulator
) -> None:
    user_id, sku_id = seat_of(client, simulator)
    simulator.faults.add("throttled", path=ASSIGN, retry_after="2.128")
    with pytest.raises(Throttled) as refused:
        client.remove_license(user_id, sku_id)
    assert refused.value.retry_after == 2.128
    assert holds(client, user_id, sku_id)


def test_a_wrong_secret_is_told_with_what_to_do(simulator: RunningSimulator) -> None:
    connection = dataclasses.replace(connection_to(simulator), client_secret="wrong")
    with GraphClient(connection) as client, pytest.raises(SignInFailed, match="paste its value, not its id"):
        client.sign_in()


def test_a_sign_in_service_that_is_out_of_order_for_a_moment_is_asked_again(
    client: GraphClient, simulator: RunningSimulator
) -> None:
    simulator.faults.add("unavailable", path="/oauth2/v2.0/token$")
    assert "User.Read.All" in client.sign_in()


def test_a_host_whose_certificate_is_not_trusted_is_never_sent_a_secret(simulator: RunningSimulator) -> None:
    connection = dataclasses.replace(connection_to(simulator), ca_bundle=None)
    client = GraphClient(connection, sleep=lambda _: None)
    with client, pytest.raises(Unreachable, match="the certificate is not trusted"):
        client.sign_in()


def test_a_host_where_nobody_listens_is_named(simulator: RunningSimulator) -> None:
    connection = dataclasses.replace(connection_to(simulator), authority_url="https://127.0.0.1:1")
    client = GraphClient(connection, sleep=lambda _: None)
    with client, pytest.raises(Unreachable, match=r"127\.0\.0\.1:1: the connection was refused"):
        client.sign_in()
