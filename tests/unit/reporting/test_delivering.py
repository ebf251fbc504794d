"""Reports on their way, on both databases: nothing twice, nothing lost, everything on record."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine

from core.documents.formats import DocumentFormat
from core.notification.mailer import Mail, Outcome, Sent
from core.notification.setup import Post
from core.reporting.delivering import NOT_CONFIGURED, deliver
from core.reporting.mails import (
    LEASE,
    MOST_ATTEMPTS,
    NO_RECIPIENT,
    UNCERTAIN,
    Told,
    begin_due,
    claim_next,
    conclude,
    due_applications,
    read_mails,
)
from core.reporting.plan import Every, Plan
from core.reporting.plans import end_plan, read_plan, set_plan
from core.rights import Actor, RightRefused, Role
from core.spend.purchases import add_purchase
from core.store.engine import reading
from tests.support.license_types import E3

ADMINISTRATOR = Actor(name="Ada", role=Role.ADMINISTRATOR)
OPERATOR = Actor(name="Otto", role=Role.OPERATOR)
SET_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)
LATER = MONDAY + timedelta(minutes=5)
SENT = Sent(outcome=Outcome.SENT)
PLAN = Plan(
    every=Every.WEEKLY,
    day=0,
    hour=6,
    recipients=("cfo@contoso.com", "it@contoso.com"),
    formats=(DocumentFormat.PDF, DocumentFormat.XLSX),
)


class Server:
    """Takes every mail, or says what it is told to of a recipient."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.says: dict[str, Sent] = {}

    def send(self, mail: Mail) -> Sent:
        self.mails.append(mail)
        return self.says.get(mail.to, SENT)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def planned(engine: Engine) -> Engine:
    purchase = {
        "license_type": E3,
        "purchase_identifier": "EA-1",
        "seats": 100,
        "cost_per_seat": "36",
        "currency": "USD",
        "frequency": "monthly",
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 12, 31),
    }
    add_purchase(engine, 1, purchase, actor=ADMINISTRATOR, now=SET_AT)
    set_plan(engine, 1, PLAN, actor=ADMINISTRATOR, now=SET_AT)
    return engine


def work(
    engine: Engine, server: Server | None, now: datetime, should_stop: Callable[[], bool] = lambda: False
) -> None:
    post = (
        None if server is None else Post(sender="lic@contoso.com", contact="help@contoso.com", mailer=server)
    )
    deliver(engine, 1, name="Contoso", post=post, now_fn=lambda: now, should_stop=should_stop)


def told(engine: Engine) -> list[Told]:
    with reading(engine) as session:
        return list(read_mails(session, 1, limit=100))


def due(engine: Engine, now: datetime) -> list[int]:
    with reading(engine) as session:
        return due_applications(session, now)


def test_each_recipient_gets_one_mail_with_the_files(planned: Engine, server: Server) -> None:
    assert due(planned, MONDAY - timedelta(seconds=1)) == []
    assert due(planned, MONDAY) == [1]
    work(planned, server, LATER)
    assert [(mail.to, mail.sender, mail.reply_to) for mail in server.mails] == [
        ("cfo@contoso.com", "lic@contoso.com", "help@contoso.com"),
        ("it@contoso.com", "lic@contoso.com", "help@contoso.com"),
    ]
    mail = server.mails[0]
    assert mail.subject == "License spend of Contoso, 2026-11-23"
    assert "Spend: $3,600 / month for 100 paid seats" in mail.text
    assert "every Monday at 06:00 UTC, as Ada has set it up" in mail.text
    assert "$3,600 / month" in mail.html
    pdf, book = mail.attachments
    assert (pdf.name, book.name) == ("spend-2026-11-23.pdf", "spend-2026-11-23.xlsx")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages)
    assert "Microsoft 365 E3" in text
    assert [(each.recipient, each.outcome, each.at) for each in told(planned)] == [
        ("cfo@contoso.com", Outcome.SENT, LATER),
        ("it@contoso.com", Outcome.SENT, LATER),
    ]


def test_a_report_goes_out_once_however_often_the_worker_comes(planned: Engine, server: Server) -> None:
    for minutes in range(3):
        work(planned, server, LATER + timedelta(minutes=minutes))
    assert len(server.mails) == 2
    assert due(planned, LATER + timedelta(days=6)) == []
    work(planned, server, LATER + timedelta(days=7))
    assert len(server.mails) == 4


def test_a_mail_that_is_not_taken_now_is_offered_again_alone(planned: Engine, server: Server) -> None:
    server.says["it@contoso.com"] = Sent(outcome=Outcome.NOT_NOW, detail="Busy.")
    work(planned, server, LATER)
    assert due(planned, LATER + timedelta(seconds=59)) == []
    server.says.clear()
    work(planned, server, LATER + timedelta(seconds=61))
    assert [mail.to for mail in server.mails] == ["cfo@contoso.com", "it@contoso.com", "it@contoso.com"]
    assert [(each.outcome, each.attempts) for each in told(planned)] == [(Outcome.SENT, 1), (Outcome.SENT, 2)]


def test_a_server_that_never_takes_it_is_given_up_on_record(planned: Engine, server: Server) -> None:
    never = Sent(outcome=Outcome.NOT_NOW, detail="Busy.")
    server.says = {"it@contoso.com": never, "cfo@contoso.com": never}
    now = LATER
    for _ in range(MOST_ATTEMPTS + 5):
        work(planned, server, now)
        now += timedelta(minutes=31)
    assert len(server.mails) == 2 * MOST_ATTEMPTS
    assert {(each.outcome, each.attempts, each.detail) for each in told(planned)} == {
        (Outcome.NOT_NOW, MOST_ATTEMPTS, "Busy.")
    }
    assert due(planned, now) == []


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.UNKNOWN])
def test_what_is_refused_or_unknown_is_not_sent_again(
    planned: Engine, server: Server, outcome: Outcome
) -> None:
    server.says["it@contoso.com"] = Sent(outcome=outcome, detail="Why.")
    for hours in range(3):
        work(planned, server, LATER + timedelta(hours=hours))
    assert [mail.to for mail in server.mails] == ["cfo@contoso.com", "it@contoso.com"]
    assert [(each.outcome, each.detail) for each in told(planned)][1] == (outcome, "Why.")


def test_a_mail_that_a_worker_died_over_is_not_sent_again(planned: Engine, server: Server) -> None:
    begin_due(planned, 1, LATER)
    taken = claim_next(planned, 1, LATER)
    assert taken is not None
    assert taken.recipient == "cfo@contoso.com"
    work(planned, server, LATER + timedelta(minutes=1))  # somebody else may still be sending it
    assert [mail.to for mail in server.mails] == ["it@contoso.com"]
    work(planned, server, LATER + LEASE)
    assert [mail.to for mail in server.mails] == ["it@contoso.com"]
    lost, _ = told(planned)
    assert (lost.outcome, lost.detail) == (Outcome.UNKNOWN, UNCERTAIN)
    conclude(planned, taken.id, SENT, LATER + LEASE)  # the dead one wakes: too late to say so
    assert told(planned)[0].outcome is Outcome.UNKNOWN


def test_a_worker_that_is_to_stop_leaves_the_rest_to_the_next(planned: Engine, server: Server) -> None:
    work(planned, server, LATER, should_stop=lambda: bool(server.mails))
    assert len(server.mails) == 1
    work(planned, server, LATER)
    assert [mail.to for mail in server.mails] == ["cfo@contoso.com", "it@contoso.com"]


def test_without_an_address_to_send_from_the_record_says_so(planned: Engine) -> None:
    work(planned, None, LATER)
    assert {(each.outcome, each.detail) for each in told(planned)} == {(Outcome.REFUSED, NOT_CONFIGURED)}


def test_after_a_stop_only_the_latest_report_is_made_up_for(planned: Engine, server: Server) -> None:
    work(planned, server, MONDAY + timedelta(days=30))
    assert len(server.mails) == 2
    assert {each.due_at for each in told(planned)} == {MONDAY + timedelta(days=28)}


def test_a_plan_that_was_changed_after_the_moment_waits_for_the_next(planned: Engine, server: Server) -> None:
    set_plan(planned, 1, PLAN, actor=ADMINISTRATOR, now=MONDAY + timedelta(hours=1))
    work(planned, server, MONDAY + timedelta(hours=2))
    assert server.mails == []


def test_an_ended_plan_sends_nothing_more(planned: Engine, server: Server) -> None:
    assert end_plan(planned, 1, actor=ADMINISTRATOR)
    assert not end_plan(planned, 1, actor=ADMINISTRATOR)
    work(planned, server, LATER)
    assert server.mails == []


def _take_out(engine: Engine) -> None:
    rest = replace(PLAN, recipients=("cfo@contoso.com",))
    set_plan(engine, 1, rest, actor=ADMINISTRATOR, now=LATER + timedelta(seconds=30))


def _end(engine: Engine) -> None:
    end_plan(engine, 1, actor=ADMINISTRATOR)


@pytest.mark.parametrize("change", [_take_out, _end])
def test_a_mail_that_waits_does_not_go_to_somebody_who_is_no_recipient_any_more(
    planned: Engine, server: Server, change: Callable[[Engine], None]
) -> None:
    server.says["it@contoso.com"] = Sent(outcome=Outcome.NOT_NOW, detail="Busy.")
    work(planned, server, LATER)
    server.says.clear()
    change(planned)
    later = LATER + timedelta(minutes=5)
    work(planned, server, later)
    assert [mail.to for mail in server.mails] == ["cfo@contoso.com", "it@contoso.com"]
    assert [(each.outcome, each.detail) for each in told(planned)][1] == (Outcome.REFUSED, NO_RECIPIENT)
    assert due(planned, later) == []


def test_only_an_administrator_sets_or_ends_a_plan(engine: Engine) -> None:
    with pytest.raises(RightRefused):
        set_plan(engine, 1, PLAN, actor=OPERATOR, now=SET_AT)
    set_plan(engine, 1, PLAN, actor=ADMINISTRATOR, now=SET_AT)
    with pytest.raises(RightRefused):
        end_plan(engine, 1, actor=OPERATOR)
    with reading(engine) as session:
        found = read_plan(session, 1)
    assert found is not None
    assert found[0] == PLAN
