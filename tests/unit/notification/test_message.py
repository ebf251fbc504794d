from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.notification.mailer import Mail
from core.notification.message import Facts, compose
from tests.support.html_reader import Reader

URL = "https://seatwise.example.com/keep/abc"


def mail_about(
    *licenses: str, person: str = "Ada Byron", organization: str = "Contoso", reminder: bool = False
) -> Mail:
    facts = Facts(
        person=person,
        licenses=licenses,
        organization=organization,
        last_day=date(2026, 12, 1),
        keep_url=URL,
        contact="help@example.com",
        reminder=reminder,
    )
    return compose(facts, sender="l@example.com", to="ada@example.com", copy_to=None, reply_to=None)


def test_the_mail_says_what_until_when_and_where_to_answer() -> None:
    mail = mail_about("Microsoft 365 E5")
    assert mail.subject == "Do you still need Microsoft 365 E5?"
    for content in (mail.text, Reader(mail.html).words):
        assert "Hello Ada Byron" in content
        assert "Microsoft 365 E5" in content
        assert "Tuesday 2026-12-01 (UTC)" in content
        assert "help@example.com" in content
    assert URL in mail.text
    assert Reader(mail.html).links == [URL]


def test_several_licenses_stand_in_one_mail() -> None:
    mail = mail_about("Microsoft 365 E5", "Visio Plan 2")
    assert mail.subject == "Do you still need 2 licenses?"
    assert "- Microsoft 365 E5\n- Visio Plan 2" in mail.text


def test_a_reminder_says_that_it_is_one() -> None:
    mail = mail_about("Visio Plan 2", reminder=True)
    assert mail.subject == "Reminder: do you still need Visio Plan 2?"
    assert "There is no answer yet" in mail.text


@pytest.mark.parametrize("place", ["person", "organization", "license"])
def test_a_hostile_name_stays_text(place: str) -> None:
    hostile = '"><script>alert(1)</script>\r\nBcc: all@example.com\u2028$contact ${x} &amp;'
    names = {"person": "Ada", "organization": "Contoso"} | ({place: hostile} if place != "license" else {})
    mail = mail_about(hostile if place == "license" else "Visio", **names)  # type: ignore[arg-type]
    assert set(Reader(mail.html).tags) == set(Reader(mail_about("Visio").html).tags)
    assert Reader(mail.html).links == [URL]
    assert "$contact ${x}" in mail.text
    assert not set("\r\n\u2028") & set(mail.subject)
    assert "\nBcc:" not in mail.text


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_name_breaks_the_subject_or_the_html(person: str, license_name: str) -> None:
    mail = mail_about(license_name, person=person)
    assert len(mail.subject.splitlines()) == 1
    assert len(mail.subject) <= 150
    assert Reader(mail.html).tags == Reader(mail_about("Visio").html).tags


def test_the_content_is_in_no_repr() -> None:
    assert URL not in repr(mail_about("Visio"))
