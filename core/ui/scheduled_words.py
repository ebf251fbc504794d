"""How the pages speak of scheduled runs: fields of the plan, values, days."""

import calendar
from collections.abc import Callable, Mapping

from core.reclamation.modes import RunMode
from core.reclamation.opportunities import Scenario
from core.ui.reclamation_run import MODES


def day_words(weekday: int | None) -> str:
    """The day of a plan: `Every day`, `Monday`."""
    return "Every day" if weekday is None else calendar.day_name[weekday]


def value_words(field: str, value: str, names: Mapping[str, str]) -> str:
    """A value on record as people read it.

    Args:
        field: of `ReclaimPlan`.
        value: as `core.policies.reclaiming.as_text` wrote it.
        names: product names by SKU id.
    """
    if field in {"scenarios", "included", "excluded"}:
        return _listed(field, value.split(", ") if value else [], names)
    words: Mapping[str, Callable[[], str]] = {
        "enabled": value.capitalize,
        "mode": lambda: MODES[RunMode(value)],
        "weekday": lambda: day_words(None if value == "daily" else int(value)),
        "hour": lambda: f"{int(value):02}:00 UTC",
        "at_most": lambda: f"{value} requests",
        "fresh_hours": lambda: f"{value} hours",
    }
    return words[field]()


def _listed(field: str, values: list[str], names: Mapping[str, str]) -> str:
    if field == "scenarios":
        return ", ".join(Scenario(each).label for each in values)
    return ", ".join(names.get(each, each) for each in values) or ("All" if field == "included" else "None")
