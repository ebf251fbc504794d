"""Notifying first, with mails to a real SMTP server and a clock that is moved: what becomes of everybody."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlmodel import select

from core.notification.deadlines import deadline, last_day, reminder_at
from core.notification.mailer import Mail, Outcome, Sent
from core.notification.setup import LINK_OUTLIVES
from core.notification.smtp import SmtpMailer
from core.reclamation.due import due_chunks, mark_prepared
from core.reclamation.keeping import HOLDER, Standing, keep, keep_view
from core.reclamation.notifying import NO_ADDRESS, NOT_CONFIGURED
from core.reclamation.patience import FRESH_FOR, MAIL_LEASE, MOST_MAIL_ATTEMPTS
from core.reclamation.requests import NotifyTerms, RunMode, cancel_run
from core.reclamation.runs import RequestRow
from core.reclamation.states import RequestState
from core.store.engine import reading, writing
from core.store.tables import Assignment, Cooldown, Notice, ReclamationRun, User
from tests.support.mail_server import MailServer
from tests.support.notices import TOKENS, Clock, notices_with
from tests.support.tenants import OPERATOR, Bench, Seat


def notified(bench: Bench, *seats: Seat, **terms: Any) -> int:  # noqa: ANN401 - of `NotifyTerms`
    """A run that notifies first, worked once."""
    run_id = bench.start(*seats, mode=RunMode.NOTIFY, notify=NotifyTerms(**terms))
    bench.advance(run_id)
    return run_id


def notices_of(bench: Bench, run_id: int, kind: str = "notice") -> list[Notice]:
    with reading(bench.engine) as session:
        query = select(Notice).where(Notice.run_id == run_id, Notice.kind == kind)
        return list(session.exec(query.order_by(Notice.id)))  # type: ignore[arg-type]


def one(bench: Bench, run_id: int) -> RequestRow:
    (row,) = bench.requests(run_id)
    return row


def go_to_the_end(bench: Bench, clock: Clock, run_id: int) -> None:
    """Move the clock past the deadline, with sign-ins that were read just then."""
    clock.now = max(notice.deadline_at for notice in notices_of(bench, run_id)) + timedelta(minutes=1)
    bench.advance(run_id)
    mark_prepared(bench.engine, run_id, clock.now)


def use(bench: Bench, seat: Seat, at: datetime) -> None:
    """Let the rows show that somebody used the license."""
    with writing(bench.engine) as session:
        session.get_one(Assignment, (bench.application_id, *seat)).last_activity_at = at


def test_without_an_answer_the_license_is_reclaimed_after_the_waiting_period(
    bench: Bench, clock: Clock, server: MailServer
) -> None:
    seat = bench.case("inactive")
    run_id = notified(bench, seat)

    request = one(bench, run_id)
    (notice,) = notices_of(bench, run_id)
    assert request.state == RequestState.NOTIFIED
    assert notice.outcome == Outcome.SENT
    assert notice.deadline_at == deadline(clock.now, 5)
    (taken,) = server.taken
    assert taken.recipients == [request.user_principal_name]
    assert str(taken.message["Reply-To"]) == "help@example.com"
    token = TOKENS.make(notice.id or 0, notice.deadline_at + LINK_OUTLIVES)
    for part in ("plain", "html"):
        assert f"https://seatwise.example.com/keep/{token}" in taken.part(part)
        assert last_day(notice.deadline_at).isoformat() in taken.part(part)
    assert bench.removals() == []

    go_to_the_end(bench, clock, run_id)
    (request,) = bench.carry_out(run_id)
    assert request.state == RequestState.RECLAIMED
    assert bench.removals() == [seat]
    assert [step for step, _, _ in bench.steps(run_id)][:4] == ["requested", "notified", "begun", "checked"]
    assert len(server.taken) == 1


def test_before_the_end_nothing_is_due_but_the_reminder_which_comes_once(
    bench: Bench, clock: Clock, server: MailServer
) -> None:
    run_id = notified(bench, bench.case("inactive"))
    began = clock.now
    (notice,) = notices_of(bench, run_id)
    reminder = reminder_at(began, notice.deadline_at)
    assert reminder is not None
    with reading(bench.engine) as session:
        assert due_chunks(session, reminder - timedelta(seconds=1)) == []
        assert due_chunks(session, reminder) != []

    clock.now = reminder
    for _ in range(3):
        bench.advance(run_id)
        clock.now += timedelta(hours=1)
    assert [str(taken.message["Subject"])[:9] for taken in server.taken] == ["Do you st", "Reminder:"]
    assert bench.steps(run_id)[-1] == ("reminded", 0, "notified")
    token = TOKENS.make(notice.id or 0, notice.deadline_at + LINK_OUTLIVES)
    assert token in server.taken[1].part("plain")

    go_to_the_end(bench, clock, run_id)
    assert [row.state for row in bench.carry_out(run_id)] == [RequestState.RECLAIMED]
    assert len(server.taken) == 2


def test_a_license_that_is_kept_stays_and_is_not_offered_for_a_while(
    bench: Bench, clock: Clock, server: MailServer
) -> None:
    seat = bench.case("inactive")
    run_id = notified(bench, seat)
    (notice,) = notices_of(bench, run_id)
    request = one(bench, run_id)
    clock.now += timedelta(days=1)
    for _ in range(2):  # once more does no harm
        keep(bench.engine, notice.id or 0, [request.request_id], clock.now)

    request = one(bench, run_id)
    assert request.state == RequestState.KEPT
    assert request.reason == f"Kept by the holder on {clock.now.date()}."
    events = [event for event in bench.events(run_id) if event.step == "kept"]
    assert [(event.actor, event.state) for event in events] == [(HOLDER, "kept")]
    with reading(bench.engine) as session:
        (cooldown,) = session.exec(select(Cooldown)).all()
    assert (cooldown.user_id, cooldown.sku_id) == seat
    assert cooldown.request_id == request.request_id
    go_to_the_end(bench, clock, run_id)
    bench.advance(run_id)
    assert bench.removals() == []
    assert len(server.taken) == 1


def test_a_person_gets_one_mail_about_all_licenses_of_the_run_and_can_keep_some(
    bench: Bench, clock: Clock, server: MailServer
) -> None:
    user_id, held = next(
        (user_id, skus) for user_id, skus in _direct_holders(bench).items() if len(skus) == 2
    )
    run_id = notified(bench, *((user_id, sku_id) for sku_id in held))
    (taken,) = server.taken
    rows = bench.requests(run_id)
    assert all(f"- {row.license_type}\n" in taken.part("plain") for row in rows)
    (notice,) = notices_of(bench, run_id)
    keep(bench.engine, notice.id or 0, [rows[0].request_id], clock.now)
    go_to_the_end(bench, clock, run_id)
    states = {row.sku_id: row.state for row in bench.carry_out(run_id)}
    assert states[rows[0].sku_id] == RequestState.KEPT
    assert states[rows[1].sku_id] == RequestState.RECLAIMED


def _direct_holders(bench: Bench) -> dict[str, list[str]]:
    with reading(bench.engine) as session:
        rows = session.exec(select(Assignment).where(Assignment.direct, Assignment.group_count == 0)).all()
    purposes: dict[str, list[str]] = {user_id: [] for user_id in {row.user_id for row in rows}}
    for row in rows:
        purposes[row.user_id].append(row.sku_id)
    people = [user_id for user_id, skus in purposes.items() if len(skus) == 2][:20]
    read = bench.client.mailbox_purposes(people)
    return {user_id: purposes[user_id] for user_id in people if read[user_id].value == "user"}


def test_who_uses_it_again_meanwhile_keeps_it_and_is_not_reminded(
    bench: Bench, clock: Clock, server: MailServer
) -> None:
    seat = bench.case("inactive")
    run_id = notified(bench, seat)
    (notice,) = notices_of(bench, run_id)
    use(bench, seat, clock.now + timedelta(hours=2))
    clock.now = reminder_at(clock.now, notice.deadline_at) or clock.now
    bench.advance(run_id)
    request = one(bench, run_id)
    assert request.state == RequestState.ACTIVE_AGAIN
    assert "was active again" in str(request.reason)
    assert len(server.taken) == 1
    assert bench.removals() == []


@pytest.mark.parametrize(("hours", "state"), [(2, RequestState.ACTIVE_AGAIN), (-2, RequestState.RECLAIMED)])
def test_of_who_was_chosen_by_hand_only_use_since_the_notice_counts(
    bench: Bench, clock: Clock, server: MailServer, hours: int, state: RequestState
) -> None:
    seat = bench.case("inactive")
    use(bench, seat, clock.now - timedelta(hours=2))
    run_id = bench.start(
        seat, mode=RunMode.NOTIFY, notify=NotifyTerms(), manual=True, note="moves to another team"
    )
    bench.advance(run_id)
    use(bench, seat, clock.now + timedelta(hours=hours))
    go_to_the_end(bench, clock, run_id)
    assert [row.state for row in bench.carry_out(run_id)] == [state]
    assert len(server.taken) == 1


def test_at_the_end_old_sign_ins_are_read_anew_before_anything_is_removed(
    bench: Bench, clock: Clock, server: MailServer
) -> None:
    seat = bench.case("inactive")
    run_id = notified(bench, seat)
    (notice,) = notices_of(bench, run_id)
    clock.now = notice.deadline_at
    assert bench.advance(run_id) is None
    with reading(bench.engine) as session:
        assert session.get_one(ReclamationRun, run_id).prepared_at is None
        assert due_chunks(session, clock.now) == []
    use(bench, seat, clock.now - timedelta(hours=3))  # which only the new pass has shown
    mark_prepared(bench.engine, run_id, clock.now + FRESH_FOR / 2)
    assert [row.state for row in bench.carry_out(run_id)] == [RequestState.ACTIVE_AGAIN]
    assert len(server.taken) == 1


def test_a_person_without_an_address_keeps_the_license(bench: Bench, server: MailServer) -> None:
    user_id, sku_id = bench.case("inactive")
    with writing(bench.engine) as session:
        session.get_one(
            User, (bench.application_id, user_id)
        ).mail = "ada@example.com\r\nBcc: all@example.com"
    run_id = notified(bench, (user_id, sku_id))
    assert (one(bench, run_id).state, one(bench, run_id).reason) == (RequestState.SKIPPED, NO_ADDRESS)
    assert server.taken == []


def test_a_person_whose_address_is_refused_keeps_the_license(bench: Bench, server: MailServer) -> None:
    user_id, sku_id = bench.case("inactive")
    with reading(bench.engine) as session:
        address = session.get_one(User, (bench.application_id, user_id)).mail
    assert address is not None
    server.answers[address] = "550 5.1.1 no such mailbox"
    run_id = notified(bench, (user_id, sku_id))
    request = one(bench, run_id)
    assert request.state == RequestState.SKIPPED
    assert str(request.reason).startswith("Not notified:")
    assert "550 5.1.1 no such mailbox" in str(request.reason)


def test_where_no_mail_is_configured_any_more_everybody_keeps_the_license(bench: Bench) -> None:
    run_id = notified(bench, bench.case("inactive"))
    assert (one(bench, run_id).state, one(bench, run_id).reason) == (RequestState.SKIPPED, NOT_CONFIGURED)


def test_who_was_used_again_before_the_mail_went_out_is_not_written_to(
    bench: Bench, clock: Clock, server: MailServer
) -> None:
    seat = bench.case("inactive")
    run_id = bench.start(seat, mode=RunMode.NOTIFY, notify=NotifyTerms())
    use(bench, seat, clock.now)
    bench.advance(run_id)
    assert one(bench, run_id).state == RequestState.SKIPPED
    assert server.taken == []


def test_a_mail_that_is_not_taken_now_is_offered_again_until_it_is(
    bench: Bench, clock: Clock, server: MailServer
) -> None:
    server.answers["DATA"] = "451 4.7.1 come again later"
    run_id = notified(bench, bench.case("inactive"))
    assert one(bench, run_id).state == RequestState.QUEUED
    bench.advance(run_id)  # not before its time
    assert notices_of(bench, run_id)[0].attempts == 1
    server.answers.clear()
    clock.now += timedelta(minutes=5)
    bench.advance(run_id)
    (notice,) = notices_of(bench, run_id)
    assert (one(bench, run_id).state, notice.attempts) == (RequestState.NOTIFIED, 2)
    assert len(server.taken) == 1


def test_a_mail_that_is_never_taken_leaves_the_license(
    bench: Bench, clock: Clock, server: MailServer
) -> None:
    server.answers["DATA"] = "451 4.7.1 come again later"
    run_id = notified(bench, bench.case("inactive"))
    for _ in range(MOST_MAIL_ATTEMPTS):
        clock.now += timedelta(minutes=5)
        bench.advance(run_id)
    assert one(bench, run_id).state == RequestState.SKIPPED
    assert notices_of(bench, run_id)[0].attempts == MOST_MAIL_ATTEMPTS


class Died(BaseException):
    """The process ends here."""


class DyingMailer:
    """Sends through another mailer, and the process dies before it can write that down."""

    def __init__(self, mailer: SmtpMailer | None) -> None:
        self._mailer = mailer

    def send(self, mail: Mail) -> Sent:
        if self._mailer is not None:
            self._mailer.send(mail)
        raise Died


@pytest.mark.parametrize("before_sending", [True, False])
def test_a_worker_that_dies_around_the_sending_costs_nobody_a_license_and_sends_nothing_twice(
    bench: Bench, clock: Clock, server: MailServer, before_sending: bool
) -> None:
    works = bench.notices
    bench.notices = notices_with(DyingMailer(None if before_sending else SmtpMailer(server.settings())))
    run_id = bench.start(bench.case("inactive"), mode=RunMode.NOTIFY, notify=NotifyTerms())
    with pytest.raises(Died):
        bench.advance(run_id)
    assert notices_of(bench, run_id)[0].outcome == Outcome.SENDING

    bench.notices = works
    bench.advance(run_id)  # somebody may still be at it
    assert one(bench, run_id).state == RequestState.QUEUED
    clock.now += MAIL_LEASE
    bench.advance(run_id)
    request = one(bench, run_id)
    assert request.state == RequestState.SKIPPED
    assert "not certain" in str(request.reason)
    assert notices_of(bench, run_id)[0].outcome == Outcome.UNKNOWN
    assert len(server.taken) == (0 if before_sending else 1)


def test_a_mail_with_an_unclear_answer_leaves_the_license(bench: Bench, server: MailServer) -> None:
    server.breaks_off = True
    run_id = notified(bench, bench.case("inactive"))
    assert one(bench, run_id).state == RequestState.SKIPPED
    assert len(server.taken) == 1


def test_a_reminder_that_is_lost_is_not_sent_again_and_the_period_goes_on(
    bench: Bench, clock: Clock, server: MailServer
) -> None:
    run_id = notified(bench, bench.case("inactive"))
    works, (notice,) = bench.notices, notices_of(bench, run_id)
    clock.now = reminder_at(clock.now, notice.deadline_at) or clock.now
    bench.notices = notices_with(DyingMailer(SmtpMailer(server.settings())))
    with pytest.raises(Died):
        bench.advance(run_id)
    bench.notices = works
    clock.now += MAIL_LEASE
    bench.advance(run_id)
    assert [reminder.outcome for reminder in notices_of(bench, run_id, "reminder")] == [Outcome.UNKNOWN]
    assert len(server.taken) == 2
    go_to_the_end(bench, clock, run_id)
    assert [row.state for row in bench.carry_out(run_id)] == [RequestState.RECLAIMED]


def test_two_workers_at_once_write_to_everybody_once(bench: Bench, server: MailServer) -> None:
    assert bench.notices is not None
    inner = bench.notices
    run_id = bench.start(*bench.removable_seats(3), mode=RunMode.NOTIFY, notify=NotifyTerms())
    calls = count()

    class WhileAnotherWorks:
        def send(self, mail: Mail) -> Sent:
            if next(calls) == 0:
                bench.advance(run_id, notices=inner)  # the other worker, in the middle of our mail
            return inner.mailer.send(mail)

    bench.advance(run_id, notices=notices_with(WhileAnotherWorks()))
    assert {row.state for row in bench.requests(run_id)} == {RequestState.NOTIFIED}
    recipients = [taken.recipients[0] for taken in server.taken]
    assert len(recipients) == len(set(recipients)) == 3


def test_a_cancelled_run_ends_for_those_who_wait(bench: Bench, clock: Clock, server: MailServer) -> None:
    run_id = notified(bench, bench.case("inactive"))
    assert cancel_run(bench.engine, run_id, actor=OPERATOR, now=clock.now) == 1
    assert one(bench, run_id).state == RequestState.CANCELLED
    (notice,) = notices_of(bench, run_id)
    with reading(bench.engine) as session:
        view = keep_view(session, notice.id or 0, clock.now)
    assert view is not None
    assert [line.standing for line in view.lines] == [Standing.STAYS]
    assert len(server.taken) == 1


def test_the_manager_gets_a_copy_where_the_run_says_so(bench: Bench, server: MailServer) -> None:
    (user_id, sku_id), (manager_id, _) = bench.removable_seats(2)
    with writing(bench.engine) as session:
        session.get_one(User, (bench.application_id, user_id)).manager_id = manager_id
        session.get_one(User, (bench.application_id, manager_id)).mail = "max@example.com"
    notified(bench, (user_id, sku_id), copy_manager=True)
    (taken,) = server.taken
    assert taken.recipients[1] == "max@example.com"
    assert str(taken.message["Cc"]) == "max@example.com"


def test_after_the_deadline_it_is_too_late_to_keep(bench: Bench, server: MailServer) -> None:
    run_id = notified(bench, bench.case("inactive"))
    (notice,) = notices_of(bench, run_id)
    with reading(bench.engine) as session:
        view = keep_view(session, notice.id or 0, notice.deadline_at)
    assert view is not None
    assert not view.can_answer
    keep(bench.engine, notice.id or 0, [one(bench, run_id).request_id], notice.deadline_at)
    assert one(bench, run_id).state == RequestState.NOTIFIED
    assert len(server.taken) == 1
