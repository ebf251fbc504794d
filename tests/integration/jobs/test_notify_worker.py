"""A worker of its own accord: writes through Microsoft Graph, waits, reads the sign-ins anew, goes on."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from core.jobs.worker import launch
from core.notification.graph_mail import GraphMailer
from core.reclamation.requests import NotifyTerms, RunMode
from core.reclamation.states import RequestState
from core.simulator.faults import FaultKind
from core.store.engine import reading, writing
from core.store.tables import Notice, ReclamationRequest, ReclamationRun, Source, User
from tests.support.job_runtime import OneTenant
from tests.support.notices import notices_with
from tests.support.tenants import Bench

LONG_AGO = timedelta(hours=7)


@pytest.fixture
def notifying(bench: Bench) -> Iterator[Bench]:
    """A worker that writes as a mailbox of the tenant; everybody has an address."""
    with writing(bench.engine) as session:
        users = session.exec(select(User)).all()
        for user in users:
            user.mail = user.user_principal_name
        sender = users[0].user_principal_name
    notices = notices_with(GraphMailer(bench.client), sender=sender)
    worker = launch(OneTenant(bench.engine, bench.application_id, bench.client, notices=notices))
    yield bench
    worker.stop()


def wait_until(true: Callable[[], bool], bench: Bench, run_id: int) -> None:
    deadline = time.monotonic() + 40
    while not true():
        assert time.monotonic() < deadline, [(row.state, row.reason) for row in bench.requests(run_id)]
        time.sleep(0.1)


def states(bench: Bench, run_id: int) -> list[RequestState]:
    return [row.state for row in bench.requests(run_id)]


def let_the_period_end(bench: Bench, run_id: int) -> None:
    """As if the days had passed: nobody has answered, and the sign-ins have grown old."""
    now = datetime.now(UTC)
    with writing(bench.engine) as session:
        for notice in session.exec(select(Notice)):
            notice.deadline_at = now
        for request in session.exec(select(ReclamationRequest)):
            request.due_at = now
        session.get_one(ReclamationRun, run_id).prepared_at = now - LONG_AGO
        source = session.get_one(Source, (bench.application_id, "sign_ins"))
        source.as_of = source.read_at = now - LONG_AGO


def test_after_the_period_the_sign_ins_are_read_and_only_the_unused_is_reclaimed(notifying: Bench) -> None:
    bench = notifying
    active, unused = bench.case("active"), bench.case("inactive")
    run_id = bench.start(active, unused, mode=RunMode.NOTIFY, notify=NotifyTerms())
    wait_until(lambda: set(states(bench, run_id)) == {RequestState.NOTIFIED}, bench, run_id)
    mails = bench.simulator.tenant.state.entries("mail")
    assert sorted(mail["to"][0] for mail in mails) == sorted(
        row.user_principal_name for row in bench.requests(run_id)
    )
    events = [event for event in bench.events(run_id) if event.step == "notified"]
    assert all(event.graph_request_id for event in events)

    let_the_period_end(bench, run_id)
    wait_until(lambda: RequestState.NOTIFIED not in states(bench, run_id), bench, run_id)
    wait_until(lambda: bench.requests(run_id)[1].state is RequestState.RECLAIMED, bench, run_id)
    assert bench.requests(run_id)[0].state is RequestState.ACTIVE_AGAIN
    assert bench.removals() == [unused]
    assert len(bench.simulator.tenant.state.entries("mail")) == 2


def test_where_the_sign_ins_cannot_be_read_at_the_end_nothing_is_removed(notifying: Bench) -> None:
    bench = notifying
    run_id = bench.start(bench.case("inactive"), mode=RunMode.NOTIFY, notify=NotifyTerms())
    wait_until(lambda: states(bench, run_id) == [RequestState.NOTIFIED], bench, run_id)
    bench.simulator.faults.add(FaultKind.ERROR, path="signInActivity", times=None, status=400)
    let_the_period_end(bench, run_id)
    wait_until(lambda: states(bench, run_id) == [RequestState.FAILED], bench, run_id)
    assert str(bench.requests(run_id)[0].reason).startswith("The latest sign-ins could not be read")
    assert bench.removals() == []


@pytest.mark.parametrize(
    ("fault", "state", "said"),
    [
        ({"kind": FaultKind.ERROR, "status": 403}, RequestState.SKIPPED, "grant Mail.Send"),
        ({"kind": FaultKind.ERROR, "status": 404}, RequestState.SKIPPED, "has no mailbox"),
        ({"kind": FaultKind.RESET, "after": True}, RequestState.SKIPPED, "not certain"),
        ({"kind": FaultKind.UNAVAILABLE}, RequestState.SKIPPED, "not certain"),
        ({"kind": FaultKind.THROTTLED}, RequestState.NOTIFIED, "None"),
    ],
)
def test_what_microsoft_answers_to_the_mail_decides(
    notifying: Bench, fault: dict[str, object], state: RequestState, said: str
) -> None:
    bench = notifying
    bench.simulator.faults.add(path="sendMail", method="POST", **fault)  # type: ignore[arg-type]
    run_id = bench.start(bench.case("inactive"), mode=RunMode.NOTIFY, notify=NotifyTerms())
    wait_until(lambda: states(bench, run_id) == [state], bench, run_id)
    assert said in str(bench.requests(run_id)[0].reason)
    with reading(bench.engine) as session:
        assert len(session.exec(select(Notice)).all()) == 1
    assert len(bench.simulator.tenant.state.entries("mail")) <= 1
