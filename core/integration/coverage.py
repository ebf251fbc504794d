"""What is not seen of a tenant, and why: for each source that is missing, what that costs and what helps."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from core.activity.evidence import SourceStatus
from core.integration import roster, sign_ins, subscriptions
from core.integration.report_kinds import KINDS
from core.integration.report_lacks import NOT_OFFERED
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
            permission="AuditLog.Read.All",
            touches=f"Last activity, {_STATUSES}; scenarios Inactive and Never active; "
            "the look for new sign-ins just before a license is reclaimed",
        ),
        "usage_reports": _Feeds(
            task=IntegrationTask.ACCESS,
            permission=_REPORTS,
            touches=f"{_STATUSES} of types with mail, files or chat",
        ),
        "app_usage": _Feeds(
            task=IntegrationTask.ACCESS,
            permission=_REPORTS,
            touches=f"{_STATUSES} of types with Microsoft 365 apps",
        ),
        "mailbox_usage": _Feeds(
            task=IntegrationTask.ACCESS,
            permission=_REPORTS,
            touches=f"{_STATUSES} of types with a mailbox; its size and archive among the cautions",
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
        "admin_roles": _Feeds(
            task=IntegrationTask.ROSTER,
            permission="RoleManagement.Read.Directory",
            touches="the caution for accounts with an admin role, whose name has to be typed",
        ),
        "subscriptions": _Feeds(
            task=IntegrationTask.DIFFERENTIATION,
            permission="Organization.Read.All",
            touches="Microsoft's renewal dates in License Details",
        ),
    }
)
_GRANT: Final = "Grant {permission} to the app registration, with admin consent; then run {task}."
_HELP: Final[Mapping[SourceStatus, str]] = MappingProxyType(
    {
        SourceStatus.MISSING: _GRANT,
        SourceStatus.FAILED: "Mend the cause, or wait where Microsoft was busy; then run {task} again. "
        "The log tells more.",
        SourceStatus.STALE: "Microsoft's data is late. Run {task} again tomorrow.",
        SourceStatus.DEGRADED: "This often passes by itself: run {task} again tomorrow. Until then look "
        "twice at what it touches.",
        SourceStatus.CONCEALED: "Show names there, if your organization agrees; then run {task}.",
        SourceStatus.NOT_READ: "Run {task}.",
    }
)
_NOT_TO_BE_HAD: Final = "No permission helps. If Microsoft comes to offer it, {task} reads it when run next."
_GROUPS: Final = "the names and kinds of groups that give licenses, and what else they give"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cause:
    """A cause that touches or asks for something else than its source otherwise would; empty: the same."""

    touches: str = ""
    help: str = ""


_CAUSES: Final[Mapping[str, _Cause]] = MappingProxyType(
    {
        sign_ins.NO_PREMIUM: _Cause(
            help="No permission helps: it takes Microsoft Entra ID P1 or P2 in the tenant. Then run {task}."
        ),
        NOT_OFFERED.removeprefix("{report} "): _Cause(help=_NOT_TO_BE_HAD),
        subscriptions.NOT_IN_CLOUD: _Cause(help=_NOT_TO_BE_HAD),
        roster.NO_GROUPS: _Cause(
            touches=_GROUPS, help=_GRANT.replace("{permission}", "GroupMember.Read.All")
        ),
        roster.SOME_GROUPS: _Cause(touches=_GROUPS),
    }
)
"""By a part of what is on record of the source."""
_TITLES: Final = MappingProxyType({kind.name: kind.title for kind in KINDS})
_SEVERAL: Final = "These reports"
_BETWEEN_SENTENCES: Final = re.compile(r"(?<=\.) (?=[A-Z])")
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
        advice: what to do about it, with a place for the task to run: `{task}`.
        task: the task that reads the source.
    """

    name: SourceName
    status: SourceStatus
    as_of: datetime | None
    why: str
    touches: str
    advice: str
    task: IntegrationTask

    @property
    def help(self) -> str:
        """What to do about it."""
        return self.advice.replace("{task}", self.task.label)


@dataclass(frozen=True, kw_only=True, slots=True)
class Alike:
    """Sources that are not seen for the same reason.

    Attributes:
        sources: at least one, in their order.
        why: what happened to all of them.
        each: what is to be said of single ones beside it, a line each.
    """

    sources: Sequence[Unseen]
    why: str
    each: Sequence[str] = ()

    @property
    def status(self) -> SourceStatus:
        """How they stand."""
        return self.sources[0].status

    @property
    def names(self) -> str:
        """The names that people see, in a line."""
        return ", ".join(each.name.label for each in self.sources)

    @property
    def sentence(self) -> str:
        """Why, in one sentence."""
        return _sentences(self.why)[0]


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


def alike(missing: Sequence[Unseen]) -> list[Alike]:
    """Those that are not seen for the same reason together, in the order of the first of each."""
    found: dict[tuple[SourceStatus, str], list[Unseen]] = {}
    for each in missing:
        found.setdefault((each.status, _reasons(each)[0]), []).append(each)
    return [_alike(together) for together in found.values()]


def _alike(together: Sequence[Unseen]) -> Alike:
    if len(together) == 1:
        return Alike(sources=together, why=together[0].why)
    reasons = [_reasons(each) for each in together]
    places = zip(*reasons, strict=False)
    shared = [place[0] for place in itertools.takewhile(lambda place: len(set(place)) == 1, places)]
    own = [" ".join(sentences[len(shared) :]) for sentences in reasons]
    return Alike(
        sources=together,
        why=" ".join(shared).replace("{report}", _SEVERAL),
        each=[f"{one.name.label}: {rest}" for one, rest in zip(together, own, strict=True) if rest],
    )


def _reasons(each: Unseen) -> list[str]:
    """Why, sentence by sentence, in the same words for every report."""
    title = _TITLES.get(each.name)
    return _sentences(each.why if title is None else each.why.replace(title, "{report}"))


def _sentences(text: str) -> list[str]:
    return _BETWEEN_SENTENCES.split(text)


def _unseen(name: SourceName, source: Source | None) -> Unseen:
    status = SourceStatus.NOT_READ if source is None else SourceStatus(source.status)
    feeds = _FEEDS[name.value]
    why = (source.detail if source is not None else "") or "It was not read yet."
    cause = next((cause for told, cause in _CAUSES.items() if told in why), _Cause())
    return Unseen(
        name=name,
        status=status,
        as_of=None if source is None else source.as_of,
        why=why,
        touches=cause.touches or feeds.touches,
        advice=(cause.help or _HELP[status]).replace("{permission}", feeds.permission),
        task=feeds.task,
    )
