from datetime import UTC, datetime
from typing import Any

import pytest

from core.graph.errors import PermissionDenied, UnexpectedAnswer
from core.graph.subscriptions import CompanySubscription, list_subscriptions
from tests.support.wire import ROOT, Wire, answer, error

ONE = "11111111-1111-1111-1111-111111111111"
TWO = "22222222-2222-2222-2222-222222222222"
SKU = "05e9a617-0261-4cee-bb44-138d3ef5d965"


def subscription(**changes: object) -> dict[str, Any]:
    given: dict[str, Any] = {
        "id": TWO,
        "commerceSubscriptionId": ONE.upper(),
        "createdDateTime": "2026-03-01T00:00:00Z",
        "isTrial": False,
        "nextLifecycleDateTime": "2027-03-01T00:00:00Z",
        "skuId": SKU.upper(),
        "skuPartNumber": "SPE_E3",
        "status": "Enabled",
        "totalLicenses": 250,
    }
    return given | changes


def read(*items: dict[str, Any]) -> list[CompanySubscription]:
    return list_subscriptions(Wire([answer(200, {"value": list(items)})]).transport)


def test_a_subscription_is_read_with_its_seats_and_its_renewal() -> None:
    (found,) = read(subscription())
    assert found == CompanySubscription(
        id=ONE,
        sku_id=SKU,
        status="Enabled",
        total_licenses=250,
        trial=False,
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
        renews_at=datetime(2027, 3, 1, tzinfo=UTC),
    )


def test_all_pages_are_read_and_each_subscription_once() -> None:
    more = f"{ROOT}/v1.0/directory/subscriptions?$skiptoken=x"
    first = answer(200, {"value": [subscription()], "@odata.nextLink": more})
    wire = Wire([first, answer(200, {"value": [subscription(), subscription(commerceSubscriptionId=TWO)]})])
    assert [each.id for each in list_subscriptions(wire.transport)] == [ONE, TWO]
    assert wire.urls == [f"{ROOT}/v1.0/directory/subscriptions", more]


@pytest.mark.parametrize("field", ["createdDateTime", "nextLifecycleDateTime", "isTrial", "status"])
def test_what_microsoft_does_not_say_is_nothing(field: str) -> None:
    (found,) = read(subscription(**{field: None}))
    assert (found.created_at is None) == (field == "createdDateTime")
    assert (found.renews_at is None) == (field == "nextLifecycleDateTime")
    assert found.trial is False


def test_the_year_one_stands_for_no_renewal() -> None:
    (found,) = read(subscription(nextLifecycleDateTime="0001-01-01T00:00:00Z"))
    assert found.renews_at is None


def test_one_that_is_in_no_commerce_system_goes_by_the_directorys_id() -> None:
    (found,) = read(subscription(commerceSubscriptionId=None))
    assert found.id == TWO


@pytest.mark.parametrize(
    "changes",
    [
        {"skuId": "SPE_E3"},
        {"skuId": None},
        {"totalLicenses": "250"},
        {"totalLicenses": 2.5},
        {"isTrial": "false"},
        {"status": 3},
        {"nextLifecycleDateTime": "soon"},
        {"nextLifecycleDateTime": 1_800_000_000},
        {"createdDateTime": {"year": 2026}},
        {"commerceSubscriptionId": 7},
        {"commerceSubscriptionId": "x" * 65},
        {"commerceSubscriptionId": None, "id": None},
    ],
)
def test_an_answer_of_another_shape_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(UnexpectedAnswer):
        read(subscription(**changes))


def test_without_the_permission_it_is_denied() -> None:
    denied = error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    with pytest.raises(PermissionDenied):
        list_subscriptions(Wire([denied]).transport)
