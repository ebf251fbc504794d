"""What a command works with: the process's runtime, one application, and who is at the keyboard."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from core.bootstrap import Runtime, open_runtime
from core.cli.errors import CommandRefused
from core.rights import Actor, cli_actor
from core.settings import ApplicationSettings
from core.spend.license_types import AmbiguousLicenseType, UnknownLicenseType, find_license_type
from core.store.migrate import DatabaseTooNewError


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One command at work on one application."""

    runtime: Runtime
    application: ApplicationSettings
    application_id: int
    actor: Actor

    @property
    def engine(self) -> Engine:
        """The product's database."""
        return self.runtime.engine


@contextmanager
def opened_runtime() -> Iterator[Runtime]:
    """Wire everything for all applications, and close it afterwards.

    Raises:
        ConfigurationError: the configuration is wrong.
        CommandRefused: the database belongs to a newer version.
    """
    try:
        runtime = open_runtime()
    except DatabaseTooNewError as error:
        raise CommandRefused(str(error)) from error
    try:
        yield runtime
    finally:
        runtime.close()


@contextmanager
def invocation(options: Namespace) -> Iterator[Invocation]:
    """Wire everything for the application that the options name, and close it afterwards.

    Raises:
        ConfigurationError: the configuration is wrong, or it does not have the application.
        CommandRefused: the database belongs to a newer version.
    """
    with opened_runtime() as runtime:
        application = runtime.settings.application(options.application)
        yield Invocation(
            runtime=runtime,
            application=application,
            application_id=runtime.application_id(application.key),
            actor=cli_actor(),
        )


def license_type(session: Session, application_id: int, text: str) -> str:
    """The SKU id of the license type that the person means.

    Raises:
        CommandRefused: none fits, or several do.
    """
    try:
        return find_license_type(session, application_id, text)
    except (UnknownLicenseType, AmbiguousLicenseType) as error:
        raise CommandRefused(f"--license-type: {error}") from error


def utc_now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def read_bytes(path: Path) -> bytes:
    """The content of a file that the person named.

    Raises:
        CommandRefused: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandRefused(f"{path} cannot be read: {error.strerror}") from error
