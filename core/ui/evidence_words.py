"""What was known when a request was made, as people read it. The raw record stands in the details."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from core.activity.evidence import ActivityStatus
from core.integration.sources import SourceName
from core.ui import theme, words


def evidence_lines(evidence: Mapping[str, Any]) -> list[str]:
    """The evidence of a request, a line each; what the record lacks is left out.

    Args:
        evidence: as `core.reclamation.chosen` writes it into the first event.
    """
    return [*_activity(evidence), *_seat(evidence), *_sources(evidence.get("sources") or {})]


def _activity(evidence: Mapping[str, Any]) -> Iterator[str]:
    look = theme.STATUS_LOOKS[ActivityStatus(evidence.get("activity_status") or ActivityStatus.UNKNOWN)]
    last = _day(evidence.get("last_activity_at"))
    yield f"{look.label}, {'no activity on record' if last is None else f'last active on {last}'}"
    yield from evidence.get("explained") or ()
    for caution in evidence.get("cautions") or ():
        yield f"⚠ {caution['text']}"


def _seat(evidence: Mapping[str, Any]) -> Iterator[str]:
    if (enabled := evidence.get("account_enabled")) is not None:
        yield f"Account {'enabled' if enabled else 'disabled'}"
    ways = []
    if evidence.get("direct"):
        ways.append("directly")
    if groups := evidence.get("group_count"):
        ways.append(f"through {groups} group{'' if groups == 1 else 's'}")
    if ways:
        since = _day(evidence.get("assigned_at"))
        changed = "" if since is None else f", assigned or changed on {since}"
        yield f"License held {' and '.join(ways)}{changed}"


def _sources(sources: Mapping[str, Mapping[str, str | None]]) -> Iterator[str]:
    for name in SourceName:
        source = sources.get(name.value)
        if source is not None:
            status = (source.get("status") or "not_read").replace("_", " ")
            read_at = source.get("read_at")
            when = f", read {words.moment(datetime.fromisoformat(read_at))}" if read_at else ""
            yield f"{name.label}: {status}{when}"


def _day(moment: str | None) -> str | None:
    return None if moment is None else datetime.fromisoformat(moment).date().isoformat()
