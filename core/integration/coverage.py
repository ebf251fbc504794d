"""What is not seen of a tenant, and why: for each source that is missing, what that costs and what helps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from core.activity.evidence import SourceStatus
from core.integration.sources import SourceName
from core.store.tables import IntegrationTask, Source

_STATUSES: Final = "activity status and confidence"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Feeds:
    """What a source is for: which task reads it, with which permission, and where it is missed."""

    task: IntegrationTask
    permission: str
    touches: str


_REPORTS: Final = "Reports.Read.All"
_FEEDS: Final[Mapping[str, _Feeds]] = MappingProxyType(
    {
        "license_types": _Feeds(
            task=IntegrationTask.DIFFERENTIATION,
            permission="LicenseAssignment.Read.All",
            touches="license types, seats and all spend",
        ),
        "directory": _Feeds(
            task=IntegrationTask.ROSTER,
            permission="User.Read.All",
            touches="people, assignments and everything that rests on them",
        ),
        "sign_ins": _Feeds(
            task=IntegrationTask.ACCESS,
            permission="AuditLog.Read.All, with Microsoft Entra ID P1 or P2,",
            touches=f"Last activity, {_STATUSES}; scenarios Inactive and Never active; reclaiming",
        ),
        "usage_reports": _Feeds(
            task=IntegrationTask.ACCESS,
            permission=_REPORTS,
            touches=f"{_STATUSES} of types with a workload; scenario Never active at High",
        ),
        "app_usage": _Feeds(
            task=IntegrationTask.ACCESS,
            permission=_REPORTS,
            touches=f"{_STATUSES} of types with Microsoft 365 apps",
        ),
        "mailbox_usage": _Feeds(
            task=IntegrationTask.ACCESS,
            permission=_REPORTS,
            touches="mailbox size and archive among the cautions; activity of mailboxes",
        ),
        "copilot_usage": _Feeds(
            task=IntegrationTask.ACCESS, permission=_REPORTS, touches="Copilot seats, which stay Unknown"
        ),
        "activations": _Feeds(
            task=IntegrationTask.ACCESS,
            permission=_REPORTS,
            touches="Visio and Project seats used on the desktop, which stay Unknown",
        ),
        "mailboxes": _Feeds(
            task=IntegrationTask.ACCESS,
            permission="MailboxSettings.Read",
            touches="the caution for shared and room mailboxes; disabled and never active accounts at High",
        ),
        "subscriptions": _Feeds(
            task=IntegrationTask.DIFFERENTIATION,
            permission="Organization.Read.All",
            touches="Microsoft's renewal dates in License Details",
        ),
    }
)
_CONCEALED: Final = (
    "Show names in the Microsoft 365 admin center under Settings, Org settings, Reports; then run {task}."
)
_HELP: Final[Mapping[SourceStatus, str]] = MappingProxyType(
    {
        SourceStatus.MISSING: "Grant {permission} to the app registration, if the cloud has it; run {task}.",
        SourceStatus.FAILED: "Run {task} again; its log says what Microsoft answered.",
        SourceStatus.STALE: "Microsoft's data is late. Run {task} again tomorrow.",
        SourceStatus.DEGRADED: "Run {task} again; if it stays like this, its log says what is left out.",
        SourceStatus.CONCEALED: _CONCEALED,
        SourceStatus.NOT_READ: "Run {task}.",
    }
)
_NOTHING_UNSEEN: Final = frozenset({SourceStatus.AVAILABLE, SourceStatus.NOT_READ})


@dataclass(frozen=True, kw_only=True, slots=True)
class Unseen:
    """A source that is not available.

    Attributes:
        name: the source.
        status: how it stands.
        as_of: of when the last good data is, if there is any.
        why: what happened, as it was recorded when the source was read.
        touches: the columns, statuses, scenarios or actions that are empty or less certain.
        help: what to do about it.
    """

    name: SourceName
    status: SourceStatus
    as_of: datetime | None
    why: str
    touches: str
    help: str

    @property
    def sentence(self) -> str:
        """Why, in one sentence."""
        end = self.why.find(". ")
        return self.why if end < 0 else self.why[: end + 1]


def unseen(sources: Mapping[str, Source]) -> list[Unseen]:
    """The sources that are not available, in their order; those that nobody tried to read yet too.

    One that is on record as not read is not needed: no license type of the tenant is judged by it.

    Args:
        sources: as `read_sources` gives them.
    """
    return [
        _unseen(name, sources.get(name.value))
        for name in SourceName
        if name.value not in sources or sources[name.value].status not in _NOTHING_UNSEEN
    ]


def _unseen(name: SourceName, source: Source | None) -> Unseen:
    status = SourceStatus.NOT_READ if source is None else SourceStatus(source.status)
    feeds = _FEEDS[name.value]
    return Unseen(
        name=name,
        status=status,
        as_of=None if source is None else source.as_of,
        why=(source.detail if source is not None else "") or "It was not read yet.",
        touches=feeds.touches,
        help=_HELP[status].format(task=feeds.task.label, permission=feeds.permission),
    )
