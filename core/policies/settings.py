"""What an administrator may set, within which bounds, and what holds where nobody has. Rules only, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from core.activity.evidence import THRESHOLDS


class Setting(StrEnum):
    """A policy that is a number. The words are the columns that keep it."""

    THRESHOLD_DAYS = "threshold_days"
    YOUNG_DAYS = "young_days"
    RESERVE_PERCENT = "reserve_percent"
    WAITING_DAYS = "waiting_days"
    COOLDOWN_DAYS = "cooldown_days"
    LIMIT_REQUESTS = "limit_requests"
    LIMIT_PERCENT = "limit_percent"
    LIMIT_SMALLEST = "limit_smallest"
    APPROVAL_ABOVE = "approval_above"


@dataclass(frozen=True, kw_only=True, slots=True)
class Spec:
    """A setting's name, unit, default and bounds, and a sentence that says what it does.

    `judged`: activity or opportunities are judged by it, so that a change has them judged anew.
    `zero`: what 0 means, in a word, where it means something else than none.
    """

    label: str
    unit: str
    default: int
    lowest: int
    highest: int
    note: str
    judged: bool = False
    zero: str = ""

    def amount(self, value: int) -> str:
        """A value with its unit: `60 days`, `1 day`, `5 %`; or the word for 0."""
        if value == 0 and self.zero:
            return self.zero
        unit = self.unit.removesuffix("s") if value == 1 else self.unit
        return f"{value:,} {unit}"


SPECS: Final[Mapping[Setting, Spec]] = MappingProxyType(
    {
        Setting.THRESHOLD_DAYS: Spec(
            label="Activity threshold",
            unit="days",
            default=60,
            lowest=min(THRESHOLDS),
            highest=max(THRESHOLDS),
            note="Nobody who was active within these days is Inactive.",
            judged=True,
        ),
        Setting.YOUNG_DAYS: Spec(
            label="Young accounts and assignments",
            unit="days",
            default=30,
            lowest=0,
            highest=365,
            note="Accounts and assignments younger than this are not offered.",
            judged=True,
        ),
        Setting.RESERVE_PERCENT: Spec(
            label="Reserve",
            unit="%",
            default=5,
            lowest=0,
            highest=100,
            note="Seats kept back when a renewal is reduced, of those purchased.",
        ),
        Setting.WAITING_DAYS: Spec(
            label="Waiting period",
            unit="working days",
            default=5,
            lowest=1,
            highest=30,
            note="How long somebody who was notified has to keep the license.",
        ),
        Setting.COOLDOWN_DAYS: Spec(
            label="Cooldown",
            unit="days",
            default=90,
            lowest=0,
            highest=730,
            note="How long a license that was kept or restored is not offered again; 0 for not at all.",
        ),
        Setting.LIMIT_REQUESTS: Spec(
            label="Requests in 24 hours",
            unit="requests",
            default=50,
            lowest=1,
            highest=100_000,
            note="Above this, of one type or of all together, the number must be typed.",
        ),
        Setting.LIMIT_PERCENT: Spec(
            label="Share of a license type",
            unit="%",
            default=10,
            lowest=1,
            highest=100,
            note="Of a type's seats, within 24 hours; whichever of the two is lower counts.",
        ),
        Setting.LIMIT_SMALLEST: Spec(
            label="Never below",
            unit="requests",
            default=5,
            lowest=1,
            highest=100_000,
            note="So that small license types can be reclaimed at all.",
        ),
        Setting.APPROVAL_ABOVE: Spec(
            label="Second approval above",
            unit="requests",
            default=0,
            lowest=0,
            highest=100_000,
            note="A run of more requests waits until another operator approves; 0 for never.",
            zero="off",
        ),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """Reclamation is paused: since when, by whom, why."""

    at: datetime
    by: str
    reason: str

    @property
    def sentence(self) -> str:
        """What a person reads who wants to reclaim meanwhile."""
        reason = self.reason.rstrip(".")
        return f"Reclamation is paused since {self.at:%Y-%m-%d %H:%M} UTC by {self.by}: {reason}."


@dataclass(frozen=True, kw_only=True, slots=True)
class Policies:
    """All policies of an application. `thresholds`: of license types with one of their own, by SKU id.

    `changed_at`, `changed_by`: of the last change; None where everything is as it came.
    """

    values: Mapping[Setting, int] = field(
        default_factory=lambda: {setting: spec.default for setting, spec in SPECS.items()}
    )
    thresholds: Mapping[str, int] = field(default_factory=dict)
    pause: Pause | None = None
    changed_at: datetime | None = None
    changed_by: str | None = None

    def __getitem__(self, setting: Setting) -> int:
        return self.values[setting]

    def threshold_of(self, sku_id: str) -> int:
        """The days against which a license type's activity is judged."""
        return self.thresholds.get(sku_id, self.values[Setting.THRESHOLD_DAYS])


def problems_of(values: Mapping[Setting, int]) -> dict[Setting, str]:
    """What is wrong with the values, a sentence each; nothing where they may be set together."""
    found: dict[Setting, str] = {}
    for setting, value in values.items():
        spec = SPECS[setting]
        if setting is Setting.THRESHOLD_DAYS:
            if value not in THRESHOLDS:
                found[setting] = threshold_problem(value)
        elif not spec.lowest <= value <= spec.highest:
            found[setting] = (
                f"{spec.label} must be from {spec.lowest:,} to {spec.amount(spec.highest)}, not {value:,}."
            )
    smallest, largest = values.get(Setting.LIMIT_SMALLEST), values.get(Setting.LIMIT_REQUESTS)
    if not found and smallest is not None and largest is not None and smallest > largest:
        found[Setting.LIMIT_SMALLEST] = (
            f"The limit of a license type can't be at least {smallest:,} where all types together may have "
            f"{largest:,} requests: lower it, or raise the other."
        )
    return found


def threshold_problem(value: int) -> str:
    """Why a number of days is no threshold."""
    return f"The threshold must be one of {', '.join(map(str, THRESHOLDS))} days, not {value}."
