"""What the product is configured to do: read once at start, checked as a whole, frozen.

Every key is shown in `.streamlit/secrets.example.toml`. A value of the environment wins over the file's.
Nothing that is secret appears in a message, a repr or a dump.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_serializer,
    model_validator,
)
from pydantic_core import ErrorDetails

from core import settings_values as values
from core.graph.clouds import Cloud
from core.rights import Role
from core.settings_sources import (
    ENVIRONMENT_PREFIX,
    Configuration,
    ConfigurationError,
    KnownNames,
    read_configuration,
)

__all__ = [
    "PROJECT",
    "SECRETS_PATH",
    "ApplicationSettings",
    "ConfigurationError",
    "Settings",
    "SmtpSettings",
    "load_settings",
]

PROJECT: Final = values.PROJECT
SECRETS_PATH: Final = PROJECT / ".streamlit" / "secrets.toml"
DEFAULT_REPORT_HOSTS: Final = (".office.com",)  # contract §6.1: the host differs by region
DEMO_KEY: Final = "demo"
DEMO_TENANT_ID: Final = "5ea77135-0000-4000-8000-0000000000de"
DEMO_CLIENT_ID: Final = "5ea77135-0000-4000-8000-0000000000c1"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Word = Annotated[str, AfterValidator(values.one_word)]


def _secret(check: Any = values.one_word) -> Any:  # noqa: ANN401 - pydantic takes any callable
    return BeforeValidator(lambda value: check(value) if isinstance(value, str) else value)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ApplicationSettings(_Strict):
    """One connected tenant and how to sign in to it.

    For the demo tenant (`is_demo`) the credentials and roots here stand for nothing: whoever starts the
    bundled simulator puts its own in their place.
    """

    key: Annotated[str, AfterValidator(values.application_key)]
    name: Text
    tenant_id: Annotated[str, AfterValidator(values.tenant_id)]
    client_id: Word
    client_secret: Annotated[SecretStr | None, _secret()] = None
    certificate_path: Annotated[Path, AfterValidator(values.certificate_path)] | None = None
    cloud: Cloud = Cloud.GLOBAL
    allow_reclaim: bool = False
    authority_url: Annotated[str, AfterValidator(values.https_root)] | None = None
    graph_url: Annotated[str, AfterValidator(values.https_root)] | None = None
    report_hosts: Annotated[tuple[str, ...], AfterValidator(values.inside(values.report_host))] = (
        DEFAULT_REPORT_HOSTS
    )
    is_demo: bool = False

    @model_validator(mode="after")
    def _has_one_credential(self) -> Self:
        if self.is_demo:
            return self
        if self.client_secret is None and self.certificate_path is None:
            raise ValueError("needs client_secret or certificate_path")
        if self.client_secret is not None and self.certificate_path is not None:
            raise ValueError("has both client_secret and certificate_path; keep one of them")
        return self


class SmtpSettings(_Strict):
    """A mail server that sends the notices, instead of Microsoft Graph."""

    host: Word
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    user: Text | None = None
    password: SecretStr | None = None
    starttls: bool = True


class Settings(_Strict):
    """Everything that is configured. `applications` has at least one entry; paths are absolute."""

    database_url: Annotated[str, AfterValidator(values.database_url)]
    data_dir: Path
    secret_key: Annotated[SecretStr | None, _secret(values.secret_key)] = None
    public_url: Annotated[str, AfterValidator(values.public_url)] | None = None
    mail_sender: Annotated[str, AfterValidator(values.mailbox)] | None = None
    mail_reply_to: Annotated[str, AfterValidator(values.mailbox)] | None = None
    smtp: SmtpSettings | None = None
    allow_unauthenticated_read: bool = False
    allow_unauthenticated_changes: bool = False
    roles: dict[Text, Role] = Field(default_factory=dict)
    applications: dict[str, ApplicationSettings]

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """The fields for `repr` and `str`, without the database's password."""
        masked = values.masked_database_url(self.database_url)
        return [
            (name, masked if name == "database_url" else value) for name, value in super().__repr_args__()
        ]

    @field_serializer("database_url")
    def _mask(self, url: str) -> str:
        return values.masked_database_url(url)

    def application(self, key: str | None = None) -> ApplicationSettings:
        """The application with that key; without a key, the only one there is.

        Raises:
            ConfigurationError: none has that key, or several are to choose from; the message lists them.
        """
        keys = ", ".join(sorted(self.applications))
        if key is None and len(self.applications) > 1:
            raise ConfigurationError(f"application: several are configured; name one of {keys}")
        chosen = next(iter(self.applications)) if key is None else key
        if chosen not in self.applications:
            raise ConfigurationError(f"application: {chosen} is not configured; there is {keys}")
        return self.applications[chosen]


def load_settings(environ: Mapping[str, str] = os.environ, secrets_path: Path = SECRETS_PATH) -> Settings:
    """Read and check the configuration; without any application, that is the demo tenant.

    Raises:
        ConfigurationError: one line that names each key at fault and what is wrong with it.
    """
    known = KnownNames(
        top=frozenset(Settings.model_fields) - {"roles", "smtp", "applications"},
        smtp=frozenset(SmtpSettings.model_fields),
        application=frozenset(ApplicationSettings.model_fields) - {"key", "is_demo"},
        lists=frozenset({"report_hosts"}),
    )
    found = read_configuration(environ, secrets_path, known)
    problem = ""
    try:
        return Settings.model_validate(_with_defaults(found))
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False, include_context=False)
        problem = "; ".join(dict.fromkeys(_describe(each, found) for each in details))
    raise ConfigurationError(problem)  # outside the handler, so that no traceback carries the values along


def _with_defaults(found: Configuration) -> dict[str, Any]:
    tree: dict[str, Any] = {"applications": {}}
    for path, entry in found.items():
        branch = tree
        for step in path[:-1]:
            branch = branch.setdefault(step, {})
        branch[path[-1]] = entry.value
    for key, application in tree["applications"].items():
        application.setdefault("name", key)
    if not tree["applications"]:
        tree["applications"] = {DEMO_KEY: _demo()}
    if isinstance(tree.setdefault("data_dir", "data/local"), str):
        tree["data_dir"] = PROJECT / Path(tree["data_dir"]).expanduser()
    if isinstance(tree["data_dir"], Path):  # anything else is refused together with the rest
        tree.setdefault("database_url", values.sqlite_url(tree["data_dir"] / "seatwise.db"))
    return tree


def _demo() -> dict[str, Any]:
    return {
        "key": DEMO_KEY,
        "name": "Demo tenant",
        "tenant_id": DEMO_TENANT_ID,
        "client_id": DEMO_CLIENT_ID,
        "allow_reclaim": True,
        "is_demo": True,
    }


def _describe(detail: ErrorDetails, found: Configuration) -> str:
    """One problem as `place: what is wrong`, in the words of whoever wrote the key."""
    path = tuple(str(step) for step in detail["loc"])
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "missing":
        variable = ENVIRONMENT_PREFIX + "__".join(path).upper().replace("-", "_")
        return f"{'.'.join(path)}: is missing; set it in secrets.toml or as {variable}"
    for length in range(len(path), 0, -1):
        if path[:length] in found:
            inner = f" {'.'.join(path[length:])}" if path[0] == "roles" and path[length:] else ""
            return f"{found[path[:length]].place}{inner}: {message[:1].lower()}{message[1:]}"
    return f"{'.'.join(path)}: {message[:1].lower()}{message[1:]}"
