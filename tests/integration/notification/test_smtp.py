"""Mail through a real SMTP server: what arrives, and what is said of what does not."""

import ssl
from pathlib import Path

import pytest
import trustme

from core.notification.mailer import Mail, Outcome
from core.notification.smtp import SmtpMailer
from tests.support.mail_server import mail_server
from tests.support.running_app import free_port

PASSWORD = "correct horse"


def mail(**changed: str | None) -> Mail:
    facts: dict[str, str | None] = {
        "sender": "licenses@example.com",
        "to": "ada@example.com",
        "subject": "Still needed? – Visio",
        "text": "Hello Ada,\n\nplease answer.\n",
        "html": "<p>Hello <b>Ada</b>, größer</p>",
    }
    return Mail(**(facts | changed))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    return path


def test_a_mail_arrives_with_both_its_parts() -> None:
    with mail_server() as server:
        sent = SmtpMailer(server.settings()).send(
            mail(copy_to="max@example.com", reply_to="help@example.com")
        )
        (taken,) = server.taken
    assert (sent.outcome, sent.detail) == (Outcome.SENT, "")
    assert taken.sender == "licenses@example.com"
    assert taken.recipients == ["ada@example.com", "max@example.com"]
    headers = {name: str(taken.message[name]) for name in ("From", "To", "Cc", "Reply-To", "Subject")}
    assert headers == {
        "From": "licenses@example.com",
        "To": "ada@example.com",
        "Cc": "max@example.com",
        "Reply-To": "help@example.com",
        "Subject": "Still needed? – Visio",
    }
    assert taken.part("plain") == "Hello Ada,\n\nplease answer.\n"
    assert taken.part("html").strip() == "<p>Hello <b>Ada</b>, größer</p>"
    assert taken.message["Auto-Submitted"] == "auto-generated"
    assert str(taken.message["Message-ID"]).endswith("@example.com>")


def test_with_starttls_and_a_password_the_mail_goes_encrypted(tls: ssl.SSLContext, bundle: Path) -> None:
    with mail_server(tls=tls, accounts={"robot": PASSWORD}) as server:
        settings = server.settings(starttls=True, user="robot", password=PASSWORD)
        assert SmtpMailer(settings, ca_bundle=bundle).send(mail()).outcome is Outcome.SENT
        assert [taken.encrypted for taken in server.taken] == [True]


def test_a_certificate_that_is_not_trusted_ends_it_before_the_password(tls: ssl.SSLContext) -> None:
    with mail_server(tls=tls, accounts={"robot": PASSWORD}) as server:
        settings = server.settings(starttls=True, user="robot", password=PASSWORD)
        sent = SmtpMailer(settings).send(mail())
        assert server.taken == []
    assert sent.outcome is Outcome.REFUSED
    assert "certificate" in sent.detail
    assert PASSWORD not in sent.detail


def test_a_wrong_password_is_said_and_not_shown(tls: ssl.SSLContext, bundle: Path) -> None:
    with mail_server(tls=tls, accounts={"robot": PASSWORD}) as server:
        settings = server.settings(starttls=True, user="robot", password="wrong horse")
        sent = SmtpMailer(settings, ca_bundle=bundle).send(mail())
        assert server.taken == []
    assert sent.outcome is Outcome.REFUSED
    assert "user and password" in sent.detail
    assert "horse" not in sent.detail


def test_a_password_is_not_sent_in_the_clear() -> None:
    with mail_server() as server:
        sent = SmtpMailer(server.settings(user="robot", password=PASSWORD)).send(mail())
        assert server.taken == []
    assert sent.outcome is Outcome.REFUSED
    assert "without encryption" in sent.detail


def test_a_server_without_encryption_gets_nothing_where_it_is_wanted() -> None:
    with mail_server() as server:
        sent = SmtpMailer(server.settings(starttls=True)).send(mail())
        assert server.taken == []
    assert sent.outcome is Outcome.REFUSED
    assert "No encryption" in sent.detail


@pytest.mark.parametrize(
    ("whom", "answer", "outcome"),
    [
        ("ada@example.com", "550 5.1.1 no such mailbox", Outcome.REFUSED),
        ("ada@example.com", "450 4.7.1 come again later", Outcome.NOT_NOW),
        ("DATA", "554 5.7.1 looks like spam", Outcome.REFUSED),
        ("DATA", "452 4.3.1 the disk is full", Outcome.NOT_NOW),
    ],
)
def test_a_refusal_says_whether_it_lasts_and_why(whom: str, answer: str, outcome: Outcome) -> None:
    with mail_server() as server:
        server.answers[whom] = answer
        sent = SmtpMailer(server.settings()).send(mail())
        assert server.taken == []
    assert sent.outcome is outcome
    assert answer in sent.detail


def test_a_manager_who_cannot_be_reached_does_not_stop_the_notice() -> None:
    with mail_server() as server:
        server.answers["max@example.com"] = "550 no such mailbox"
        sent = SmtpMailer(server.settings()).send(mail(copy_to="max@example.com"))
        assert [taken.recipients for taken in server.taken] == [["ada@example.com"]]
    assert sent.outcome is Outcome.SENT
    assert "No copy went to max@example.com" in sent.detail


def test_a_server_that_is_not_there_is_tried_again_later() -> None:
    with mail_server() as server:
        settings = server.settings(port=free_port())
    sent = SmtpMailer(settings).send(mail())
    assert sent.outcome is Outcome.NOT_NOW
    assert f"127.0.0.1:{settings.port}" in sent.detail


def test_a_connection_that_breaks_after_the_content_leaves_it_unknown() -> None:
    with mail_server() as server:
        server.breaks_off = True
        sent = SmtpMailer(server.settings()).send(mail())
        assert len(server.taken) == 1
    assert sent.outcome is Outcome.UNKNOWN


def test_a_header_cannot_be_smuggled_in() -> None:
    with mail_server() as server:
        sent = SmtpMailer(server.settings()).send(mail(subject="Visio\r\nBcc: all@example.com"))
        assert server.taken == []
    assert sent.outcome is Outcome.REFUSED
