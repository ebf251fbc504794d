"""Lists, page by page (contract §2.3)."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final

from core.graph.errors import UnexpectedAnswer
from core.graph.prefetch import prefetch
from core.graph.transport import Transport

_LONGEST_REMEMBERED: Final = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page. It may be empty and still have a next one. `next_link` is opaque and absolute."""

    items: list[dict[str, Any]]
    next_link: str | None


def pages(
    transport: Transport, first: str, *, what: str, limited: bool = False, ahead: int = 0
) -> Generator[Page, None, None]:
    """All pages from `first` on (a path, or a nextLink that was kept).

    Args:
        transport: the way to the tenant.
        first: where to begin.
        what: names the listing for people.
        limited: it asks for `signInActivity`, so every request takes a slot of the limiter.
        ahead: pages to fetch before they are asked for. Close the iterator then, or read it to its end.

    Raises:
        ExpiredPageToken: begin the listing anew.
        UnexpectedAnswer: a page is not one, leads elsewhere, or leads back to one that was read.
    """
    if ahead:
        return prefetch(
            lambda unwanted: _pages(transport.until(unwanted), first, what, limited=limited), ahead=ahead
        )
    return _pages(transport, first, what, limited=limited)


def _pages(transport: Transport, first: str, what: str, *, limited: bool) -> Generator[Page, None, None]:
    link: str | None = first
    seen: set[int] = set()
    while link is not None:
        if hash(link) in seen or len(seen) > _LONGEST_REMEMBERED:
            raise UnexpectedAnswer(f"{what}: Microsoft Graph led back to a page that was read already")
        seen.add(hash(link))
        answer = transport.get(link, what=what, limited=limited)
        body = transport.json(answer, what)
        items, link = body.get("value"), body.get("@odata.nextLink")
        if not isinstance(items, list) or not all(type(item) is dict for item in items):
            raise UnexpectedAnswer(
                f"{what}: a page without a list of objects",
                status=answer.status,
                request_id=answer.request_id,
            )
        if link is not None and not isinstance(link, str):
            raise UnexpectedAnswer(f"{what}: the link to the next page is no text")
        yield Page(items=items, next_link=link)
