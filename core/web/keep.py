"""The route of the keep link: GET only shows a form, POST keeps. Nobody needs to sign in for it.

Whatever opens links without being asked (scanners of mail, previews) changes nothing by it.
"""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qsl

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from core.notification.tokens import KeepTokens
from core.reclamation.keeping import keep, keep_view
from core.store.engine import reading
from core.web.attempts import Attempts
from core.web.keep_page import HEADERS, busy_page, keep_page, unknown_page

_LARGEST = 16 * 1024
_MOST_CHOSEN = 500


def keep_routes(
    engine: Engine,
    *,
    tokens: KeepTokens | None,
    contact: str | None,
    now_fn: Callable[[], datetime],
    base_path: str = "",
    attempts: Attempts | None = None,
) -> list[Route]:
    """The routes to serve beside the pages.

    Args:
        engine: the product's database.
        tokens: reads the links; None where no secret key is configured, and then no link is known.
        contact: whom the pages name for questions.
        now_fn: the clock.
        base_path: under which the server answers, as Streamlit's `server.baseUrlPath`.
        attempts: counts the links that lead nowhere, by the address that tries them.
    """
    door = _Door(engine, tokens, contact, now_fn, attempts or Attempts())
    prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
    return [Route(f"{prefix}/keep/{{token}}", door.answer, methods=["GET", "POST"])]


class _Door:
    def __init__(
        self,
        engine: Engine,
        tokens: KeepTokens | None,
        contact: str | None,
        now_fn: Callable[[], datetime],
        attempts: Attempts,
    ) -> None:
        self._engine = engine
        self._tokens = tokens
        self._contact = contact
        self._now_fn = now_fn
        self._attempts = attempts

    async def answer(self, request: Request) -> Response:
        """Show the page of a link, or keep what the form says."""
        address = request.client.host if request.client else ""
        now = self._now_fn()
        if self._attempts.too_many(address, now):
            return _html(busy_page(self._contact), 429, {"Retry-After": "60"})
        notice_id = self._tokens.read(request.path_params["token"], now) if self._tokens else None
        chosen = await _chosen(request) if request.method == "POST" and notice_id is not None else None
        page = None
        if notice_id is not None:
            page = await run_in_threadpool(self._work, notice_id, chosen, now)
        if page is None:
            self._attempts.count(address, now)
            return _html(unknown_page(self._contact), 404)
        return _html(page, 200)

    def _work(self, notice_id: int, chosen: frozenset[int] | None, now: datetime) -> str | None:
        """The page of a notice after what the form says was kept; None where there is no such notice."""
        if chosen:
            keep(self._engine, notice_id, chosen, now)
        with reading(self._engine) as session:
            view = keep_view(session, notice_id, now)
        if view is None:
            return None
        return keep_page(view, self._contact, nothing_chosen=chosen is not None and not chosen)


async def _chosen(request: Request) -> frozenset[int]:
    """The requests that the form says to keep; nothing for a body that is no such form."""
    content = b""
    try:
        async for part in request.stream():
            content += part
            if len(content) > _LARGEST:
                return frozenset()
        fields = parse_qsl(content.decode("ascii"), max_num_fields=_MOST_CHOSEN)
    except (ClientDisconnect, ValueError):
        return frozenset()
    return frozenset(
        int(value) for name, value in fields if name == "keep" and value.isascii() and value.isdigit()
    )


def _html(page: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return HTMLResponse(page, status_code=status, headers=HEADERS | (headers or {}))
