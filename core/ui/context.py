"""What a page works with: the process's runtime, and the application that the person looks at."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from core.bootstrap import runtime
from core.settings import ApplicationSettings

__all__ = [
    "ApplicationContext",
    "application_labels",
    "current_application",
    "link_parameters",
    "now",
    "runtime",
]

APPLICATION_KEY: Final = "application"
"""Of the switcher in the sidebar, and of the parameter in the address."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApplicationContext:
    """The application that the page shows. `id` is its id in the database, `label` its name among all."""

    id: int
    key: str
    name: str
    label: str
    is_demo: bool
    allow_reclaim: bool
    tenant_id: str


def now() -> datetime:
    """The moment of this run of the page, in UTC."""
    return datetime.now(UTC)


def application_labels() -> dict[str, ApplicationSettings]:
    """The configured applications by the name to choose them by; the key is added where two share a name."""
    configured = sorted(runtime().settings.applications.values(), key=lambda each: (each.name, each.key))
    names = [each.name for each in configured]
    return {
        each.name if names.count(each.name) == 1 else f"{each.name} ({each.key})": each for each in configured
    }


def current_application() -> ApplicationContext:
    """The application chosen in the sidebar; the first one where none is."""
    labels = application_labels()
    chosen = st.session_state.get(APPLICATION_KEY)
    label = chosen if chosen in labels else next(iter(labels))
    application = labels[label]
    return ApplicationContext(
        id=runtime().application_id(application.key),
        key=application.key,
        name=application.name,
        label=label,
        is_demo=application.is_demo,
        allow_reclaim=application.allow_reclaim,
        tenant_id=application.tenant_id,
    )


def link_parameters() -> dict[str, list[str]]:
    """What a link to another page has to carry so that it leads to the same application."""
    labels = application_labels()
    application = current_application()
    return {} if application.label == next(iter(labels)) else {APPLICATION_KEY: [application.label]}
