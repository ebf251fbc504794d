"""Serves a simulated tenant over HTTPS on loopback, from a thread of this process or for the command line."""

import asyncio
import contextlib
import shutil
import signal
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO
from uuid import uuid4

import orjson
import trustme
import uvicorn
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from core.simulator import dispatch
from core.simulator.config import Conditions, TenantConfig
from core.simulator.faults import Faults
from core.simulator.limits import Limiter
from core.simulator.service import Service
from core.simulator.tenant import Tenant
from core.simulator.wire import Answer, Breakage, Call

HOST = "127.0.0.1"
_STOP_SECONDS = 10.0

Respond = Callable[[Service, Call], Answer]


class RunningSimulator:
    """A tenant that is being served. A context manager that stops on leaving; `stop` may be called twice.

    `authority_url` and `graph_url` have no path; `ca_bundle` is the PEM file of the authority that signed the
    server's certificate. `tenant`, `faults` and `service` are handles for tests.
    """

    def __init__(self, service: Service, folder: Path, *, own_folder: bool, port: int) -> None:
        self.service = service
        self.tenant = service.tenant
        self.faults = service.faults
        config = service.tenant.config
        self.tenant_id, self.client_id, self.client_secret = (
            config.tenant_id,
            config.client_id,
            config.client_secret,
        )
        self._folder, self._own_folder = folder, own_folder
        self.ca_bundle = folder / "simulator-ca.pem"
        context = _tls_context(self.ca_bundle)
        self._sockets = [_listening(port), _listening(0)]
        ports = [one.getsockname()[1] for one in self._sockets]
        service.report_port = ports[1]
        self.authority_url = self.graph_url = f"https://{HOST}:{ports[0]}"
        self._servers = [
            _Server(_uvicorn_config(_Application(service, respond), context))
            for respond in (dispatch.answer, dispatch.download)
        ]
        self._thread = threading.Thread(target=self._run, name=f"simulator:{ports[0]}", daemon=True)
        self._thread.start()
        for server in self._servers:
            server.ready.wait(_STOP_SECONDS)

    def _run(self) -> None:
        async def serve() -> None:
            await asyncio.gather(
                *(
                    server.serve(sockets=[one])
                    for server, one in zip(self._servers, self._sockets, strict=True)
                )
            )

        asyncio.run(serve())

    @property
    def conditions(self) -> Conditions:
        """The conditions under which the tenant answers."""
        return self.tenant.conditions

    def set_conditions(self, **changes: Any) -> None:  # noqa: ANN401 -- the fields of Conditions
        """Changes conditions of this running server. Raises ValueError for a name that is none of them."""
        self.tenant.conditions = self.tenant.conditions.changed_by(changes)

    def connection_facts(self) -> dict[str, str]:
        """What a client needs, as the command line prints it."""
        return {
            "authority_url": self.authority_url,
            "graph_url": self.graph_url,
            "ca_bundle": str(self.ca_bundle),
            "tenant_id": self.tenant_id,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }

    def stop(self) -> None:
        """Stops serving and releases ports, state file and certificate."""
        for server in self._servers:
            # Idle connections of clients are not waited for.
            server.should_exit = server.force_exit = True
        self._thread.join(_STOP_SECONDS)
        self.tenant.state.close()
        for one in self._sockets:
            one.close()
        if self._own_folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        else:
            self.ca_bundle.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_simulator(
    config: TenantConfig,
    *,
    port: int = 0,
    state_path: Path | None = None,
    folder: Path | None = None,
) -> RunningSimulator:
    """Serves the tenant from a daemon thread of this process, on loopback only.

    `port` 0 takes a free one. At `state_path` what happens to the tenant is kept, and shared with every other
    process that serves the same file; without it, it is gone at the end. The CA bundle is written to
    `folder`, by default a temporary one. Raises OSError where the port is taken, StateMismatchError where the
    file holds another tenant.
    """
    tenant = Tenant(config, state_path)
    service = Service(tenant=tenant, faults=Faults(config.seed), limiter=Limiter(config))
    own_folder = folder is None
    place = Path(tempfile.mkdtemp(prefix="simulator-")) if folder is None else folder
    place.mkdir(parents=True, exist_ok=True)
    return RunningSimulator(service, place, own_folder=own_folder, port=port)


def serve_forever(
    config: TenantConfig, *, port: int = 0, state_path: Path | None = None, output: TextIO
) -> None:
    """Serves the tenant until SIGINT or SIGTERM. Prints one line of JSON with what a client needs."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with start_simulator(config, port=port, state_path=state_path) as running:
        output.write(orjson.dumps(running.connection_facts()).decode() + "\n")
        output.flush()
        # A wait without an end would not be interrupted by Ctrl-C on Windows.
        while not stopped.wait(0.25):
            pass


def _tls_context(ca_bundle: Path) -> ssl.SSLContext:
    authority = trustme.CA(organization_name="Simulated tenant")
    authority.cert_pem.write_to_path(str(ca_bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", HOST).configure_cert(context)
    return context


def _listening(port: int) -> socket.socket:
    # With the protocol named, asyncio switches Nagle's algorithm off; without, each answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with contextlib.suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener


def _uvicorn_config(application: ASGIApp, context: ssl.SSLContext) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        ssl_context_factory=lambda *_: context,
    )


class _Server(uvicorn.Server):
    """A server that says when it is ready, and leaves signals to the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


_TRANSPORTS: dict[tuple[Any, Any], asyncio.BaseTransport] = {}
"""The open connections by (server, client) address: a fault must be able to tear one."""


class _Protocol(H11Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _TRANSPORTS[self.server, self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _TRANSPORTS.pop((self.server, self.client), None)
        super().connection_lost(exc)


class _Application:
    """The ASGI side: reads a call, has it answered, and sends the answer or tears the connection."""

    def __init__(self, service: Service, respond: Respond) -> None:
        self._service = service
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        call = Call(
            method=request.method,
            path=scope["path"],
            query_string=scope["query_string"].decode(),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.body(),
            host=request.headers.get("host", HOST),
            request_id=str(uuid4()),
        )
        answer = self._respond(self._service, call)
        if answer.delay:
            await asyncio.sleep(answer.delay)
        if answer.breakage is not Breakage.NEVER:
            await _tear(answer, scope, send)
            return
        await _response(answer)(scope, receive, send)


def _response(answer: Answer) -> Response:
    if answer.chunks is not None:
        return StreamingResponse(answer.chunks, answer.status, answer.headers, media_type=answer.content_type)
    headers = dict(answer.headers)
    if answer.content_type is not None:
        headers["Content-Type"] = answer.content_type
    return Response(answer.body, answer.status, headers)


async def _tear(answer: Answer, scope: Scope, send: Send) -> None:
    """Closes the connection under the caller, before the answer or half way through it."""
    if answer.breakage is Breakage.WITHIN:
        length = str(len(answer.body)).encode()
        await send(
            {"type": "http.response.start", "status": answer.status, "headers": [(b"content-length", length)]}
        )
        await send(
            {"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True}
        )
        await asyncio.sleep(0.05)
    transport = _TRANSPORTS.get((scope["server"], scope["client"]))
    if isinstance(transport, asyncio.Transport):
        transport.abort()
