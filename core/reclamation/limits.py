"""How many licenses may be reclaimed in a day before the number has to be typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.spend.formatting import format_count

WINDOW: Final = timedelta(hours=24)
"""The limits count requests of the 24 hours before, whatever became of them; dry runs don't count."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Requests a day: of one type or of all together; as a percentage of a type's seats; never below."""

    requests: int = 50
    percent: int = 10
    smallest: int = 5


DEFAULT: Final = Limits()


@dataclass(frozen=True, kw_only=True, slots=True)
class Exceeded:
    """A limit that a run would exceed. `sku_id` is None for the limit on all types together."""

    sku_id: str | None
    requested: int
    recent: int
    limit: int


class LimitRefused(ValueError):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """The run is above a limit and its number was not typed, or another one was; nothing was requested."""

    def __init__(self, message: str, exceeded: tuple[Exceeded, ...]) -> None:
        super().__init__(message)
        self.exceeded = exceeded


def limit_of(seats: int, limits: Limits = DEFAULT) -> int:
    """Requests a day for one license type: the number or the share, whichever is lower, but not too low.

    Args:
        seats: the type's purchased seats in the tenant.
        limits: the application's.
    """
    return max(limits.smallest, min(limits.requests, seats * limits.percent // 100))


def exceeded_limits(
    requested: Mapping[str, int],
    recent: Mapping[str, int],
    seats: Mapping[str, int],
    limits: Limits = DEFAULT,
) -> tuple[Exceeded, ...]:
    """The limits that a run would exceed, the one on all types together first.

    Args:
        requested: requests of the run, by SKU id.
        recent: requests of the last 24 hours, by SKU id; of all types, also those that the run leaves out.
        seats: purchased seats by SKU id; a type that is not in it has none.
        limits: the application's.
    """
    found: list[Exceeded] = []
    together, before = sum(requested.values()), sum(recent.values())
    if together and together + before > limits.requests:
        found.append(Exceeded(sku_id=None, requested=together, recent=before, limit=limits.requests))
    for sku_id, count in sorted(requested.items()):
        limit, lately = limit_of(seats.get(sku_id, 0), limits), recent.get(sku_id, 0)
        if count and count + lately > limit:
            found.append(Exceeded(sku_id=sku_id, requested=count, recent=lately, limit=limit))
    return tuple(found)


def require_within_limits(
    requested: Mapping[str, int],
    recent: Mapping[str, int],
    seats: Mapping[str, int],
    *,
    confirmed: int | None,
    names: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT,
) -> None:
    """Refuse a run above the limits, unless its exact number of requests was typed.

    Args:
        requested: requests of the run, by SKU id.
        recent: requests of the last 24 hours, by SKU id.
        seats: purchased seats by SKU id.
        confirmed: the number that the person typed, if any.
        names: product names by SKU id, for the message.
        limits: the application's.

    Raises:
        LimitRefused: the message says what is asked for and which number to type.
    """
    exceeded = exceeded_limits(requested, recent, seats, limits)
    count = sum(requested.values())
    if not exceeded or confirmed == count:
        return
    first = exceeded[0]
    scope = "all license types together"
    if first.sku_id is not None:
        scope = (names or {}).get(first.sku_id, f"license type {first.sku_id}")
    message = (
        f"{format_count(first.requested, 'request')}, after {first.recent} in the last 24 hours, would be "
        f"above the limit of {first.limit} for {scope}. "
        f"Confirm with the number of requests of this run, {count}"
    )
    typed = "" if confirmed is None else f"; {confirmed} was typed"
    raise LimitRefused(f"{message}{typed}.", exceeded)
