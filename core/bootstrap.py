"""The wiring: settings, database and connections of one process, made once and handed around."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Engine

from core.demo import DemoTenant
from core.graph import Connection, GraphClient
from core.integration.applications import register_applications
from core.integration.limiter import SignInLimiter
from core.notification.setup import Notices, Post, notices_of, post_of
from core.reclamation.write_limit import WriteLimiter
from core.settings import ApplicationSettings, ConfigurationError, Settings, load_settings
from core.store.engine import make_engine
from core.store.migrate import migrate


class UnknownApplicationError(Exception):
    """No application is configured under this key."""


class Runtime:
    """What a process works with: its settings, one engine, and one Graph client per application.

    Thread-safe: pages, workers and commands of one process share it.
    """

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.settings = settings
        self.engine = engine
        self.demo: DemoTenant | None = None
        self._ids = register_applications(engine, settings.applications.values(), datetime.now(UTC))
        self._clients: dict[str, GraphClient] = {}
        self._lock = threading.Lock()

    def application(self, key: str) -> ApplicationSettings:
        """The configuration of one application.

        Raises:
            UnknownApplicationError: it is not configured; the message lists those that are.
        """
        try:
            return self.settings.applications[key]
        except KeyError:
            known = ", ".join(sorted(self.settings.applications))
            raise UnknownApplicationError(
                f"no application {key!r} is configured; there are: {known}"
            ) from None

    def application_id(self, key: str) -> int:
        """The application's id in the database."""
        return self._ids[self.application(key).key]

    def key_of(self, application_id: int) -> str | None:
        """The key of a configured application, nothing for one that is no longer configured."""
        return next((key for key, known in self._ids.items() if known == application_id), None)

    def client(self, key: str) -> GraphClient:
        """The application's Graph client, made at the first call. For the demo it starts the simulator."""
        application = self.application(key)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._make_client(application)
            return self._clients[key]

    def notices(self, key: str) -> Notices | None:
        """How to write to the holders of the application's licenses; None where `why_off` says why not."""
        return notices_of(self.settings, self.client(key), self.application(key).name)

    def post(self, key: str) -> Post | None:
        """How to send the application's reports; None where no address is configured that mails come from."""
        return post_of(self.settings, self.client(key))

    def fresh_client(self, key: str) -> GraphClient:
        """A client of its own, which knows no earlier token or error: for testing a connection. Close it."""
        with self._lock:
            return self._make_client(self.application(key))

    def fill_demo(self) -> None:
        """Give the demo tenant, where it is configured and new, its first content."""
        for application in self.settings.applications.values():
            if application.is_demo:
                client = self.client(application.key)
                if self.demo is not None:
                    self.demo.fill(
                        self.engine, client, self.application_id(application.key), datetime.now(UTC)
                    )

    def close(self) -> None:
        """Close connections, the demo tenant and the engine."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        if self.demo is not None:
            self.demo.stop()
        self.engine.dispose()

    def _make_client(self, application: ApplicationSettings) -> GraphClient:
        application_id = self._ids[application.key]
        return GraphClient(
            self._connection(application),
            limiter=SignInLimiter(self.engine, application_id),
            write_limiter=WriteLimiter(self.engine, application_id),
        )

    def _connection(self, application: ApplicationSettings) -> Connection:
        if not application.is_demo:
            return connection_of(application)
        if self.demo is None:
            self.demo = DemoTenant(self.settings.data_dir / "demo")
        return self.demo.connection(application.key)


def connection_of(application: ApplicationSettings) -> Connection:
    """What the Graph client needs to know of a configured application."""
    secret = application.client_secret
    return Connection(
        application_key=application.key,
        tenant_id=application.tenant_id,
        client_id=application.client_id,
        client_secret=secret.get_secret_value() if secret else None,
        certificate_path=application.certificate_path,
        cloud=application.cloud,
        authority_url=application.authority_url,
        graph_url=application.graph_url,
        report_hosts=application.report_hosts,
    )


def open_runtime(load: Callable[[], Settings] = load_settings) -> Runtime:
    """Read the configuration, bring the database up to date and wire everything.

    Raises:
        ConfigurationError: the message names the key and what is wrong.
        DatabaseTooNewError: a newer version of the product has migrated the database.
    """
    settings = load()
    try:
        engine = make_engine(settings.database_url)
    except OSError as error:
        raise ConfigurationError(
            f"data_dir or database_url: the folder {error.filename} cannot be made: {error.strerror}"
        ) from error
    migrate(engine)
    return Runtime(settings, engine)


@cache
def runtime() -> Runtime:
    """The process's own runtime, opened at the first call."""
    return open_runtime()
