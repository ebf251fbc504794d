"""Writing to people and what they answer, on both databases; the mails go to a list."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from core.graph.pacing import WriteGate
from core.notification.mailer import Mail, Outcome, Sent
from core.reclamation.due import due_chunks, mark_prepared, runs_to_end
from core.reclamation.history import HistoryFilter
from core.reclamation.keeping import HOLDER, Standing, keep, keep_view
from core.reclamation.notices import answers_until
from core.reclamation.runs import RequestRow, requests
from core.reclamation.workflow import advance_chunk
from core.store.engine import reading, writing
from core.store.tables import Cooldown, Notice, Policy, ReclamationEvent, ReclamationRun, User
from tests.support.notices import ask_first, notices_with
from tests.support.seats import E5, NOW, VISIO, add_seat, user_id

START = datetime(2026, 11, 24, 9, tzinfo=UTC)


class Post:
    """Takes every mail, or says what it is told to."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.says = Sent(outcome=Outcome.SENT)

    def send(self, mail: Mail) -> Sent:
        self.mails.append(mail)
        return self.says


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def run_id(engine: Engine, application_id: int) -> int:
    """Person 1 with two licenses, person 2 with one; person 3, who has no address, with one."""
    seats = [add_seat(engine, application_id, 1), add_seat(engine, application_id, 2)]
    seats += [add_seat(engine, application_id, 1, VISIO), add_seat(engine, application_id, 3)]
    with writing(engine) as session:
        for number in (1, 2):
            person = session.get_one(User, (application_id, user_id(number)))
            person.mail = f"person{number}@example.com"
    run_id = ask_first(engine, application_id, seats, START)
    mark_prepared(engine, run_id, START)
    return run_id


@pytest.fixture
def advance(engine: Engine, run_id: int, post: Post) -> Callable[[datetime], datetime | None]:
    """One call of a worker at a moment; when it wants to come again. It may not reach the tenant."""

    def at(moment: datetime) -> datetime | None:
        return advance_chunk(
            engine,
            None,  # type: ignore[arg-type]  # nothing is to be read from the tenant
            run_id,
            0,
            gate=WriteGate(),
            now_fn=lambda: moment,
            allow_reclaim=True,
            notices=notices_with(post),
        )

    return at


Advance = Callable[[datetime], datetime | None]


def rows(engine: Engine, application_id: int) -> list[RequestRow]:
    with reading(engine) as session:
        return requests(session, application_id, HistoryFilter())


def states(engine: Engine, application_id: int) -> list[tuple[str, str, str]]:
    return [(row.display_name, row.part_number, row.state.value) for row in rows(engine, application_id)]


def test_everybody_gets_one_mail_and_without_an_address_none(
    engine: Engine, application_id: int, advance: Advance, post: Post
) -> None:
    due = advance(START)
    assert [(mail.to, mail.subject) for mail in post.mails] == [
        ("person1@example.com", "Do you still need 2 licenses?"),
        ("person2@example.com", "Do you still need Microsoft 365 E5?"),
    ]
    assert states(engine, application_id) == [
        ("Person 1", "SPE_E5", "notified"),
        ("Person 2", "SPE_E5", "notified"),
        ("Person 1", "VISIOCLIENT", "notified"),
        ("Person 3", "SPE_E5", "skipped"),
    ]
    assert due == datetime(2026, 11, 30, 9, tzinfo=UTC)  # the reminder


def test_the_waiting_period_is_that_of_the_policies(
    engine: Engine, application_id: int, run_id: int, advance: Advance
) -> None:
    with reading(engine) as session:
        assert session.get_one(ReclamationRun, run_id).waiting_days == 5
    advance(START)
    with reading(engine) as session:
        assert str(answers_until(session, run_id)) == "2026-12-01"
        assert session.get(Policy, application_id) is None


def test_keeping_one_of_two_leaves_the_other_waiting(
    engine: Engine, application_id: int, advance: Advance
) -> None:
    advance(START)
    with reading(engine) as session:
        notice = session.exec(select(Notice).where(Notice.user_id == user_id(1))).one()
        view = keep_view(session, notice.id or 0, START)
    assert view is not None
    assert [(line.license_type, line.standing) for line in view.lines] == [
        ("Microsoft 365 E5", Standing.OPEN),
        ("Visio Plan 2", Standing.OPEN),
    ]
    visio = view.lines[1].request_id
    keep(engine, notice.id or 0, [visio], START)
    keep(engine, notice.id or 0, [visio, 999_999], START)
    assert [state for _, _, state in states(engine, application_id)] == [
        "notified",
        "notified",
        "kept",
        "skipped",
    ]
    with reading(engine) as session:
        events = session.exec(select(ReclamationEvent).where(ReclamationEvent.request_id == visio)).all()
        cooldowns = session.exec(select(Cooldown)).all()
        assert runs_to_end(session) == []
    assert [event.actor for event in events if event.step == "kept"] == [HOLDER]
    assert [(each.user_id, each.sku_id) for each in cooldowns] == [(user_id(1), VISIO)]
    assert str(cooldowns[0].until) == "2027-02-22"  # 90 days


def test_when_everybody_keeps_the_run_can_end(
    engine: Engine, application_id: int, run_id: int, advance: Advance
) -> None:
    advance(START)
    with reading(engine) as session:
        notices = session.exec(select(Notice)).all()
    for notice in notices:
        keep(engine, notice.id or 0, [row.request_id for row in rows(engine, application_id)], START)
    with reading(engine) as session:
        assert runs_to_end(session) == [(application_id, run_id)]


def test_the_notice_of_one_person_keeps_nothing_of_another(
    engine: Engine, application_id: int, advance: Advance
) -> None:
    advance(START)
    with reading(engine) as session:
        notice = session.exec(select(Notice).where(Notice.user_id == user_id(2))).one()
    keep(engine, notice.id or 0, [row.request_id for row in rows(engine, application_id)], START)
    kept = [(name, sku) for name, sku, state in states(engine, application_id) if state == "kept"]
    assert kept == [("Person 2", "SPE_E5")]


def test_the_reminder_names_only_what_is_still_unanswered(
    engine: Engine, advance: Advance, post: Post
) -> None:
    due = advance(START)
    assert due is not None
    with reading(engine) as session:
        notice = session.exec(select(Notice).where(Notice.user_id == user_id(1))).one()
        view = keep_view(session, notice.id or 0, START)
    assert view is not None
    keep(engine, notice.id or 0, [view.lines[0].request_id], START)
    post.mails.clear()
    deadline = advance(due)
    assert [mail.subject for mail in post.mails] == [
        "Reminder: do you still need Visio Plan 2?",
        "Reminder: do you still need Microsoft 365 E5?",
    ]
    assert deadline == notice.deadline_at == datetime(2026, 12, 2, tzinfo=UTC)


@pytest.mark.parametrize("outcome", [Outcome.NOT_NOW, Outcome.REFUSED, Outcome.UNKNOWN])
def test_a_reminder_that_fails_is_not_repeated_and_changes_nothing_else(
    engine: Engine, application_id: int, advance: Advance, post: Post, outcome: Outcome
) -> None:
    due = advance(START)
    assert due is not None
    post.says = Sent(outcome=outcome, detail="The server said no.")
    assert advance(due) == datetime(2026, 12, 2, tzinfo=UTC)
    assert advance(due + timedelta(hours=1)) == datetime(2026, 12, 2, tzinfo=UTC)
    assert len(post.mails) == 4
    assert [state for _, _, state in states(engine, application_id)].count("notified") == 3


def test_at_the_end_the_run_is_made_ready_again_first(
    engine: Engine, application_id: int, run_id: int, advance: Advance, post: Post
) -> None:
    advance(START)
    end = datetime(2026, 12, 2, tzinfo=UTC)
    with reading(engine) as session:
        assert due_chunks(session, end) != []
    assert advance(end) is None
    with reading(engine) as session:
        assert due_chunks(session, end) == []
        assert session.get_one(ReclamationRun, run_id).prepared_at is None
    assert len(post.mails) == 2  # too late to remind
    assert "checking" not in [state for _, _, state in states(engine, application_id)]


def test_an_exempt_person_is_not_written_to(
    engine: Engine, application_id: int, advance: Advance, post: Post
) -> None:
    with writing(engine) as session:
        session.add(
            Cooldown(
                application_id=application_id,
                user_id=user_id(2),
                sku_id=E5,
                until=NOW.date() + timedelta(days=30),
                reason="Kept by hand.",
            )
        )
    advance(START)
    assert [mail.to for mail in post.mails] == ["person1@example.com"]
    assert ("Person 2", "SPE_E5", "skipped") in states(engine, application_id)
