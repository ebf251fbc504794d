"""How much of a listing is stored at one stroke."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from core.graph import GraphError

T = TypeVar("T")

_SECONDS: Final = 0.5


def steps(pages: Iterable[T], *, most: int, clock: Callable[[], float] = time.monotonic) -> Iterator[list[T]]:
    """Pages in lists of at most `most`, to be stored in one transaction each.

    Every transaction costs about as much as a page of rows. So pages that come fast share one; a page that
    took its time, as they do over the network, does not wait for the next. What was read before an error is
    given first, then the error goes on.
    """
    held: list[T] = []
    since = clock()
    try:
        for page in pages:
            held.append(page)
            if len(held) == most or clock() - since >= _SECONDS:
                yield held
                held, since = [], clock()
    except GraphError:
        if held:
            yield held
        raise
    if held:
        yield held
