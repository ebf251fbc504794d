"""What single values of the configuration must look like. Every message leaves the value itself out."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

PROJECT: Final = Path(__file__).resolve().parent.parent
SECRET_KEY_MIN_LENGTH: Final = 32  # characters

_APPLICATION_KEY: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN: Final = re.compile(rf"({_LABEL}\.)+{_LABEL}")
_MAILBOX: Final = re.compile(rf"[^\s@<>,;:\"]+@({_LABEL}\.)+{_LABEL}", re.IGNORECASE)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_DRIVERS: Final = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def application_key(value: str) -> str:
    """A key as it stands in links, commands and names of variables."""
    if not _APPLICATION_KEY.fullmatch(value):
        raise ValueError("an application's key has only lower-case letters, digits and hyphens between them")
    return value


def tenant_id(value: str) -> str:
    """A GUID or a domain, in lower case; `common` and its like are no tenant."""
    lowered = value.strip().lower()
    if not (_GUID.fullmatch(lowered) or _DOMAIN.fullmatch(lowered)):
        raise ValueError("is neither a GUID nor a domain name such as contoso.onmicrosoft.com")
    return lowered


def one_word(value: str) -> str:
    """A value that is not empty and has no blanks."""
    if not value or value.split() != [value]:
        raise ValueError("is empty or contains blanks")
    return value


def mailbox(value: str) -> str:
    """One e-mail address, without a display name."""
    if not _MAILBOX.fullmatch(value):
        raise ValueError("is not an e-mail address")
    return value


def https_root(value: str) -> str:
    """`https://host[:port]` and nothing behind it; returned without a slash at the end."""
    parts = _url_parts(value)
    if parts.scheme != "https":
        raise ValueError("must begin with https://")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("must be https://host or https://host:port without a path")
    return f"https://{parts.netloc.lower()}"


def public_url(value: str) -> str:
    """Where people reach the app: https, or http on this machine only; without a slash at the end."""
    parts = _url_parts(value)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError("must begin with https:// (http:// only for localhost)")
    if parts.query or parts.fragment:
        raise ValueError("must not have a query or a fragment")
    return value.rstrip("/")


def _url_parts(value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port  # refuses a port that is no number
    except ValueError:
        parts = None
    if parts is None or not parts.hostname or value.split() != [value]:
        raise ValueError("is not a URL with a host")
    if "@" in parts.netloc:
        raise ValueError("must not contain a user name or password")
    return parts


def report_host(value: str) -> str:
    """A host (`reports.office.com`) or, with a leading dot, every host below it (`.office.com`)."""
    lowered = value.strip().lower()
    if not _DOMAIN.fullmatch(lowered.removeprefix(".")):
        raise ValueError("must list hosts such as .office.com")
    return lowered


def secret_key(value: str) -> str:
    """A key long enough that signatures made with it cannot be guessed."""
    if len(value) < SECRET_KEY_MIN_LENGTH:
        raise ValueError(f"is too short: it needs at least {SECRET_KEY_MIN_LENGTH} characters")
    return value


def certificate_path(value: Path) -> Path:
    """An absolute path to a PEM file that has an unencrypted private key and a certificate."""
    path = PROJECT / value.expanduser()
    problem = ""
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        problem = "names a file that is not PEM text"
        if isinstance(error, OSError):
            problem = f"names a file that cannot be read ({error.strerror or 'the system refused'})"
    if problem:
        raise ValueError(problem)
    if "BEGIN ENCRYPTED PRIVATE KEY" in text or "Proc-Type: 4,ENCRYPTED" in text:
        raise ValueError("names a file whose private key is encrypted; store it without a passphrase")
    if "PRIVATE KEY-----" not in text or "-----BEGIN CERTIFICATE-----" not in text:
        raise ValueError("names a file that does not have both a private key and a certificate in PEM form")
    return path


def database_url(value: str) -> str:
    """An SQLite file, made absolute from the project's folder, or a PostgreSQL database; names the driver."""
    url = _parsed(value)
    driver = _DRIVERS.get(url.drivername) if url else None
    if url is None or driver is None:
        raise ValueError("must be sqlite:///path/to/file.db or postgresql+psycopg://user@host/database")
    url = url.set(drivername=driver)
    if driver == "sqlite":
        if not url.database or url.database == ":memory:":
            raise ValueError("must name a file: the app and its workers share the database")
        if not url.database.startswith("file:"):
            url = url.set(database=str(PROJECT / url.database))
    elif not url.database:
        raise ValueError("must name a database: postgresql+psycopg://user@host/database")
    return url.render_as_string(hide_password=False)


def masked_database_url(value: str) -> str:
    """The URL with every password in it, also one given as a parameter, shown as `***`."""
    url = make_url(value)
    hidden = {name: "***" for name in url.query if "pass" in name.lower()}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def sqlite_url(path: Path) -> str:
    """The URL of a database file."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def _parsed(value: str) -> URL | None:
    try:
        return make_url(value)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        return None


def inside(check: Callable[[str], str]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """The same check for each item of a list."""
    return lambda values: tuple(check(value) for value in values)
