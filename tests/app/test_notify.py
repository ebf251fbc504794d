"""Reclamation with *Notify first*: what the page says of it, the preview, and the run that waits."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from core.reclamation.notices import NoticeKind
from core.reclamation.requests import RunMode
from core.reclamation.states import RequestState
from core.store.engine import writing
from core.store.tables import Notice, Opportunity, ReclamationRequest, User
from core.ui.context import now
from core.ui.tables import ids_key
from tests.support.holdings import Holding, Person, keep_opportunities, keep_people
from tests.support.notices import ask_first
from tests.support.pages import buttons, click, open_page, run, shown

PAGE = "reclamation.py"
HOSTILE = "Ada <img src=x onerror=alert(1)> **bold**"
PEOPLE = (
    Person(name=HOSTILE, holds=(Holding(status="inactive"),)),
    Person(name="Ben Bauer", holds=(Holding(status="inactive"),)),
)
Seats = dict[str, tuple[str, str]]


@pytest.fixture
def mail_configured(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SEATWISE_PUBLIC_URL", "https://seatwise.example.com")
    environment.setenv("SEATWISE_SECRET_KEY", "a-key-that-is-long-enough-for-signing")
    environment.setenv("SEATWISE_MAIL_SENDER", "licenses@example.com")
    environment.setenv("SEATWISE_MAIL_REPLY_TO", "help@example.com")


@pytest.fixture
def seats(engine: Engine) -> Seats:
    """Two opportunities: Ada has an address, Ben has none."""
    keep_people(engine, 1, PEOPLE)
    found = keep_opportunities(engine, 1, PEOPLE)
    with writing(engine) as session:
        session.get_one(User, (1, found[HOSTILE][0])).mail = "ada@example.com"
        session.get_one(User, (1, found["Ben Bauer"][0])).mail = None
    return found


def notify_first(app: AppTest, seats: Seats) -> AppTest:
    """Choose both and the mode."""
    open_page(app, PAGE)
    rows = [seats[name] for name in (HOSTILE, "Ben Bauer")]
    key = ids_key("opportunities-0", (f"{user_id} {sku_id}" for user_id, sku_id in rows))
    app.session_state[key] = {"selection": {"rows": [0, 1], "columns": [], "cells": []}}
    run(app)
    app.radio(key="run-mode").set_value(RunMode.NOTIFY)
    return run(app)


def test_without_the_configuration_the_page_says_why_it_is_off(app: AppTest, seats: Seats) -> None:
    notify_first(app, seats)
    assert not buttons(app)["Notify about 2 licenses"]
    assert "Notifying is off: public_url and secret_key must be configured" in shown(app).replace("\\", "")
    assert "Preview the mail" not in buttons(app)


@pytest.mark.usefixtures("mail_configured")
def test_the_form_says_until_when_and_who_cannot_be_reached(app: AppTest, seats: Seats) -> None:
    notify_first(app, seats)
    assert buttons(app)["Notify about 2 licenses"]
    assert app.number_input(key="run-waiting-days").value == 5
    assert "Answers until 20" in shown(app)
    assert "1 without an e-mail address: left alone" in shown(app)


@pytest.mark.usefixtures("mail_configured")
def test_the_preview_shows_the_mail_to_one_person(app: AppTest, seats: Seats) -> None:
    notify_first(app, seats)
    click(app, "Preview the mail")
    assert "From: licenses@example.com\nTo: ada@example.com\nAnswers to: help@example.com" in shown(app)
    assert "Subject: Do you still need Microsoft 365 E3?" in shown(app)
    (mail,) = [text for each in app.get("html") if "/keep/" in (text := each.proto.body)]
    assert "https://seatwise.example.com/keep/…" in mail
    assert "&lt;img src=x" in mail
    assert "<img" not in mail


@pytest.mark.usefixtures("mail_configured")
@pytest.mark.parametrize(
    ("scenario", "sentence"),
    [
        ("inactive", "you do not use this any more"),
        ("never_active", "you have never used this"),
        ("hr_inactive", "you have left"),
        ("disabled_account", "Your account is disabled"),
    ],
)
def test_the_preview_gives_the_reason_that_holds_for_the_license(
    app: AppTest, engine: Engine, seats: Seats, scenario: str, sentence: str
) -> None:
    notify_first(app, seats)
    with writing(engine) as session:
        session.get_one(Opportunity, (1, *seats[HOSTILE])).scenarios = [scenario]
    click(app, "Preview the mail")
    (mail,) = [text for each in app.get("html") if "/keep/" in (text := each.proto.body)]
    assert sentence in mail


@pytest.mark.usefixtures("mail_configured")
def test_a_run_that_waits_shows_how_many_and_until_when(app: AppTest, engine: Engine, seats: Seats) -> None:
    run_id = ask_first(engine, 1, [seats[HOSTILE]], now())
    with writing(engine) as session:
        session.exec(select(ReclamationRequest)).one().state = RequestState.NOTIFIED
        session.add(
            Notice(
                application_id=1,
                run_id=run_id,
                user_id=seats[HOSTILE][0],
                kind=NoticeKind.NOTICE,
                address="ada@example.com",
                outcome="sent",
                deadline_at=datetime(2099, 12, 2, tzinfo=UTC),
                attempted_at=now(),
            )
        )
    open_page(app, PAGE)
    text = shown(app)
    assert f"**Run {run_id}** · notify first" in text
    assert "✉\N{NO-BREAK SPACE}**1**\N{NO-BREAK SPACE}Notified" in text
    assert "Answers until 2099-12-01." in text
    assert buttons(app)["Cancel what has not begun"]
