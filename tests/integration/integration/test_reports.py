"""Usage reports in another shape than expected, as a proxy or a later version could give them."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.graph import GraphClient
from core.graph.answer import Answer, Request
from core.graph.sender import RequestsSender
from core.integration.sync import run_task
from core.simulator import catalog
from core.store.tables import Assignment, IntegrationTask, UserActivity
from tests.support.syncing import Syncing
from tests.support.tenants import connection_to

TEAMS = "Teams Last Activity Date"


class ChangesTheReport:
    """The network, and something on the way that renames a column or drops all rows."""

    def __init__(self, tenant: Syncing, *, rename: dict[str, str], rows: bool = True) -> None:
        self._sender = RequestsSender(connection_to(tenant.simulator))
        self._rename = rename
        self._rows = rows

    def send(self, request: Request) -> Answer:
        return self._sender.send(request)

    @contextmanager
    def stream(self, url: str) -> Iterator[tuple[int, Iterator[bytes]]]:
        with self._sender.stream(url) as (status, pieces):
            head, _, rest = b"".join(pieces).partition(b"\n")
            for old, new in self._rename.items():
                head = head.replace(old.encode(), new.encode())
            yield status, iter([head + b"\n", rest if self._rows else b""])

    def close(self) -> None:
        self._sender.close()


def run_access(tenant: Syncing, *, rename: dict[str, str], rows: bool = True) -> None:
    tenant.run(IntegrationTask.DIFFERENTIATION, IntegrationTask.ROSTER)
    (run_id,) = tenant.queue(IntegrationTask.ACCESS)
    sender = ChangesTheReport(tenant, rename=rename, rows=rows)
    with GraphClient(connection_to(tenant.simulator), sender=sender) as client:
        assert run_task(tenant.engine, client, run_id) == "partial"


def proves_nobody_never_active(tenant: Syncing) -> bool:
    """Types without a workload are judged by sign-ins alone, never High; Copilot by its own report."""
    sure = [
        seat
        for seat in tenant.rows(Assignment)
        if seat.confidence == "high" and seat.sku_id != catalog.COPILOT
    ]
    (seat,) = tenant.seats_of("never_active")
    return seat.activity_status == "unknown" and all(each.activity_status != "never_active" for each in sure)


def test_a_column_that_the_report_lacks_is_no_proof_of_anything(tenant: Syncing) -> None:
    run_access(tenant, rename={TEAMS: "Something Else"})
    source = tenant.source("usage_reports")
    assert source.status == "degraded"
    assert TEAMS in source.detail
    assert proves_nobody_never_active(tenant)
    assert any(row.exchange_on for row in tenant.rows(UserActivity))


@pytest.mark.parametrize(
    ("rename", "rows"),
    [({}, False), ({"User Principal Name": "Who"}, True), ({"Report Refresh Date": "When"}, True)],
)
def test_a_report_that_is_none_fails_the_source_and_not_the_others(
    tenant: Syncing, *, rename: dict[str, str], rows: bool
) -> None:
    run_access(tenant, rename=rename, rows=rows)
    assert tenant.source("usage_reports").status == "failed"
    assert tenant.source("sign_ins").status == "available"
    assert proves_nobody_never_active(tenant)
