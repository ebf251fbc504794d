from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.notification.mailer import Mail
from core.notification.message import Facts, License, Reason, compose
from tests.support.html_reader import Reader

URL = "https://seatwise.example.com/keep/abc"


def mail_about(
    *licenses: str | License,
    person: str = "Ada Byron",
    organization: str = "Contoso",
    reminder: bool = False,
) -> Mail:
    facts = Facts(
        person=person,
        licenses=[
            License(name=each, reason=Reason.UNUSED) if isinstance(each, str) else each for each in licenses
        ],
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


SENTENCES = {
    Reason.UNUSED: "you do not use this any more",
    Reason.NEVER_USED: "you have never used this",
    Reason.LEFT: "you have left Contoso",
    Reason.DISABLED: "Your account is disabled",
    Reason.NOT_IN_ROSTER: "You are not in the list of employees of Contoso",
    Reason.COVERED: "Another license that stays with you includes everything in this one",
    Reason.CHOSEN: "wants to take this back",
}
USE_KEEPS_IT = {Reason.UNUSED, Reason.NEVER_USED, Reason.CHOSEN}


@pytest.mark.parametrize("reminder", [False, True])
@pytest.mark.parametrize("reason", Reason)
def test_the_mail_says_of_a_license_why_it_is_to_be_taken_back_and_nothing_untrue(
    reason: Reason, *, reminder: bool
) -> None:
    mail = mail_about(License(name="Visio Plan 2", reason=reason), reminder=reminder)
    for content in (mail.text, Reader(mail.html).words):
        assert {each for each, said in SENTENCES.items() if said in content} == {reason}
        assert ("you keep it:" in content) == (reason in USE_KEEPS_IT)
        assert ("the mailbox is deleted" in content) == (reason is not Reason.COVERED)


def test_licenses_of_different_reasons_stand_in_one_mail_each_under_its_reason() -> None:
    mail = mail_about(
        License(name="Exchange Plan 1", reason=Reason.COVERED, covered_by="Microsoft 365 E3"),
        License(name="Visio Plan 2", reason=Reason.UNUSED),
        License(name="Project Plan 3", reason=Reason.UNUSED),
    )
    assert mail.subject == "Do you still need 3 licenses?"
    before, unused, covered = (
        mail.text.index(each) for each in ("Hello", SENTENCES[Reason.UNUSED], SENTENCES[Reason.COVERED])
    )
    assert before < unused < covered
    assert "- Visio Plan 2\n- Project Plan 3\n\n" in mail.text[unused:covered]
    assert "- Exchange Plan 1 (included in Microsoft 365 E3)\n" in mail.text[covered:]
    assert "(included in Microsoft 365 E3)" in Reader(mail.html).words


def test_a_reminder_says_that_it_is_one() -> None:
    mail = mail_about("Visio Plan 2", reminder=True)
    assert mail.subject == "Reminder: do you still need Visio Plan 2?"
    assert "There is no answer yet" in mail.text


@pytest.mark.parametrize("place", ["person", "organization", "license", "covering"])
def test_a_hostile_name_stays_text(place: str) -> None:
    hostile = '"><script>alert(1)</script>\r\nBcc: all@example.com\u2028$contact ${x} &amp;'
    names = {"person": "Ada", "organization": "Contoso", "license": "Visio", "covering": "E3"} | {
        place: hostile
    }
    about = License(name=names["license"], reason=Reason.COVERED, covered_by=names["covering"])
    mail = mail_about(about, person=names["person"], organization=names["organization"])
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
