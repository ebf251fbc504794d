"""The keep link over HTTP, on a server and rows of its own."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
import uvicorn
from sqlalchemy import Engine
from sqlmodel import select
from starlette.applications import Starlette

from core.notification.tokens import KeepTokens
from core.reclamation.notices import NoticeKind
from core.reclamation.states import RequestState
from core.store.engine import reading, writing
from core.store.tables import Notice, ReclamationEvent, ReclamationRequest
from core.web.attempts import MOST
from core.web.keep import keep_routes
from core.web.keep_page import HEADERS
from tests.support.databases import sqlite_database
from tests.support.notices import TOKENS, ask_first
from tests.support.running_app import free_port
from tests.support.seats import E5, NOW, VISIO, add_application, add_seat, user_id

DEADLINE = datetime(2026, 12, 2, tzinfo=UTC)
END = DEADLINE + timedelta(days=30)


class Site:
    """The server, its clock, and the link to the notice of one person with two licenses."""

    def __init__(self, engine: Engine, url: str) -> None:
        self.engine = engine
        self.url = url
        self.now = NOW
        self.token = TOKENS.make(1, END)

    def get(self, token: str | None = None) -> requests.Response:
        return requests.get(f"{self.url}/keep/{token or self.token}", timeout=10)

    def post(self, *kept: int, token: str | None = None) -> requests.Response:
        body = [("keep", str(request_id)) for request_id in kept]
        return requests.post(f"{self.url}/keep/{token or self.token}", data=body, timeout=10)

    def states(self) -> list[str]:
        with reading(self.engine) as session:
            rows = session.exec(select(ReclamationRequest).order_by(ReclamationRequest.id)).all()  # type: ignore[arg-type]
        return [row.state for row in rows]

    def kept_events(self) -> list[int]:
        with reading(self.engine) as session:
            found = session.exec(select(ReclamationEvent).where(ReclamationEvent.step == "kept")).all()
        return [event.request_id for event in found]


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """Serve on a free loopback port."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=free_port(), log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.config.port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with sqlite_database(tmp_path) as engine:
        application_id = add_application(engine)
        seats = [add_seat(engine, application_id, 1, sku_id) for sku_id in (E5, VISIO)]
        seats.append(add_seat(engine, application_id, 2))
        run_id = ask_first(engine, application_id, seats, NOW)
        with writing(engine) as session:
            for request in session.exec(select(ReclamationRequest)):
                request.state = RequestState.NOTIFIED.value
            session.add(
                Notice(
                    application_id=application_id,
                    run_id=run_id,
                    user_id=user_id(1),
                    kind=NoticeKind.NOTICE,
                    address="ada@example.com",
                    outcome="sent",
                    deadline_at=DEADLINE,
                    attempted_at=NOW,
                    sent_at=NOW,
                )
            )
        made = Site(engine, "")
        routes = keep_routes(engine, tokens=TOKENS, contact="help@example.com", now_fn=lambda: made.now)
        with serving(Starlette(routes=routes)) as url:
            made.url = url
            yield made


def test_opening_the_link_shows_a_form_and_changes_nothing(site: Site) -> None:
    for method in ("GET", "HEAD", "GET", "HEAD"):  # as scanners do
        answer = requests.request(method, f"{site.url}/keep/{site.token}", data="keep=1", timeout=10)
        assert answer.status_code == 200
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert not answer.cookies
    assert "Microsoft 365 E5" in site.get().text
    assert "Visio Plan 2" in site.get().text
    assert "Person 2" not in site.get().text
    assert "Check at least one" not in site.get().text
    assert site.states() == ["notified"] * 3


def test_sending_the_form_keeps_and_sending_it_again_does_no_harm(site: Site) -> None:
    for _ in range(2):
        answer = site.post(1, 2)
        assert answer.status_code == 200
        assert "Thank you: you keep it" in answer.text
    assert site.states() == ["kept", "kept", "notified"]
    assert site.kept_events() == [1, 2]


def test_single_licenses_can_be_kept_one_after_the_other(site: Site) -> None:
    assert "you keep it" in site.post(2).text
    assert site.states() == ["notified", "kept", "notified"]
    site.post(1)
    assert site.states() == ["kept", "kept", "notified"]


def test_the_link_keeps_nothing_of_anybody_else(site: Site) -> None:
    site.post(3, 999)
    assert site.states() == ["notified"] * 3


@pytest.mark.parametrize("body", [b"", b"keep=x&keep=-1", b"\xff\xfe", b"keep=1" * 5000, b"keep=\xc2\xb2"])
def test_a_form_that_makes_no_sense_keeps_nothing(site: Site, body: bytes) -> None:
    answer = requests.post(f"{site.url}/keep/{site.token}", data=body, timeout=10)
    assert answer.status_code == 200
    assert "Check at least one" in answer.text
    assert site.states() == ["notified"] * 3


def test_every_link_that_leads_nowhere_gets_the_same_page(site: Site) -> None:
    changed = ("A" if site.token[0] != "A" else "B") + site.token[1:]
    links = [
        "x",
        changed,
        TOKENS.make(999, END),  # signed, and of no notice
        TOKENS.make(1, NOW),  # expired
        KeepTokens("j" * 32).make(1, END),  # of another key
    ]
    pages = {(answer.status_code, answer.text) for answer in map(site.get, links)}
    pages |= {(answer.status_code, answer.text) for answer in (site.post(1, token=link) for link in links)}
    assert len(pages) == 1
    ((status, page),) = pages
    assert status == 404
    assert "This link does not work" in page
    assert "help@example.com" in page
    assert site.states() == ["notified"] * 3


def test_after_the_deadline_the_page_says_so_and_whom_to_ask(site: Site) -> None:
    site.now = DEADLINE
    for answer in (site.get(), site.post(1, 2)):
        assert answer.status_code == 200
        assert "It is too late to answer here" in answer.text
        assert "2026-12-01" in answer.text
        assert "help@example.com" in answer.text
    assert site.states() == ["notified"] * 3


def test_an_address_that_tries_too_many_links_has_to_wait(site: Site) -> None:
    answers = [site.get("x").status_code for _ in range(MOST + 1)]
    assert answers == [404] * MOST + [429]
    site.now += timedelta(minutes=1)
    assert site.get().status_code == 200


def test_other_methods_are_not_allowed(site: Site) -> None:
    assert requests.delete(f"{site.url}/keep/{site.token}", timeout=10).status_code == 405


@pytest.mark.parametrize("base", ["tools/seatwise", "/tools/seatwise/"])
def test_below_a_base_path_the_link_is_there_and_not_elsewhere(site: Site, base: str) -> None:
    routes = keep_routes(site.engine, tokens=TOKENS, contact=None, now_fn=lambda: site.now, base_path=base)
    with serving(Starlette(routes=routes)) as url:
        assert requests.get(f"{url}/tools/seatwise/keep/{site.token}", timeout=10).status_code == 200
        assert requests.get(f"{url}/keep/{site.token}", timeout=10).status_code == 404


def test_without_a_secret_key_no_link_is_known(site: Site) -> None:
    routes = keep_routes(site.engine, tokens=None, contact=None, now_fn=lambda: site.now)
    with serving(Starlette(routes=routes)) as url:
        assert requests.get(f"{url}/keep/{site.token}", timeout=10).status_code == 404
