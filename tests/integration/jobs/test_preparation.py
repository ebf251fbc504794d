"""A run is made ready: nobody loses a license on old sign-ins."""

from datetime import timedelta

import pytest

from core.activity.evidence import SourceStatus
from core.integration.sources import SourceName, record_source
from core.jobs.preparation import make_ready
from core.store.engine import writing
from tests.support.tenants import Bench


@pytest.mark.parametrize(("began_hours_ago", "read_again"), [(5, False), (7, True)])
def test_sign_ins_are_as_old_as_the_beginning_of_the_pass_that_read_them(
    bench: Bench, began_hours_ago: int, *, read_again: bool
) -> None:
    now = bench.now_fn()
    began, ended = now - timedelta(hours=began_hours_ago), now - timedelta(minutes=1)
    with writing(bench.engine) as session:
        record_source(
            session,
            bench.application_id,
            SourceName.SIGN_INS,
            SourceStatus.AVAILABLE,
            "",
            as_of=began,
            read_at=ended,
        )
    run_id = bench.start(*bench.removable_seats(1))
    bench.simulator.service.calls.clear()
    make_ready(
        bench.engine,
        bench.client,
        bench.application_id,
        run_id,
        now_fn=bench.now_fn,
        should_stop=lambda: False,
    )
    assert (bench.simulator.service.calls["GET /v1.0/users"] > 0) is read_again
