"""The launcher: `streamlit run app.py` serves pages and keep links, and works the queues while it runs.

The pages' main script is `core/ui/shell.py`. Jobs start with the server, not with the first browser.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from starlette.routing import Route

from core.bootstrap import runtime
from core.exposure import refusal
from core.jobs.worker import SCHEDULE_EVERY, Worker, launch
from core.notification.setup import contact_of
from core.notification.tokens import KeepTokens
from core.settings import ConfigurationError
from core.store.migrate import DatabaseTooNewError
from core.web.keep import keep_routes


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Start the worker before any browser comes, and let it finish its step when the server stops."""
    worker = await asyncio.to_thread(start)
    try:
        yield {}
    finally:
        await asyncio.to_thread(worker.stop)
        runtime().close()


def start() -> Worker:
    """Fill a new demo tenant, and go to work."""
    runtime().fill_demo()
    return launch(runtime(), schedule_every=SCHEDULE_EVERY)


def check_configuration() -> None:
    """Stop with exit code 2 and one line where the configuration is wrong."""
    try:
        problem = refusal(
            runtime().settings,
            sign_in_configured="auth" in st.secrets if st.secrets.load_if_toml_exists() else False,
            address=st.get_option("server.address"),
        )
    except (ConfigurationError, DatabaseTooNewError) as error:
        problem = str(error)
    if problem is not None:
        sys.stderr.write(f"seatwise: {problem}\n")
        sys.exit(2)


def routes() -> list[Route]:
    """What is served beside the pages: the keep links, below the same base path."""
    settings = runtime().settings
    secret = settings.secret_key
    return keep_routes(
        runtime().engine,
        tokens=KeepTokens(secret.get_secret_value()) if secret else None,
        contact=contact_of(settings),
        now_fn=lambda: datetime.now(UTC),
        base_path=st.get_option("server.baseUrlPath") or "",
    )


check_configuration()
app = st.App("core/ui/shell.py", lifespan=lifespan, routes=routes())
