"""Fetches the next page in a thread of its own while the caller works on the one before."""

import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Fetched(Generic[T]):
    item: T


@dataclass(frozen=True, slots=True)
class _Ended:
    error: BaseException | None


def prefetch(
    fetch: Callable[[Callable[[], bool]], Iterator[T]], *, ahead: int = 1
) -> Generator[T, None, None]:
    """The items of `fetch`, of which up to `ahead` are fetched before they are asked for.

    Close the iterator (`contextlib.closing`) to be sure that the thread has ended: one request that is under
    way is waited for. What `fetch` raises is raised here, after all items that came before it.

    Args:
        fetch: is given a function that says whether nobody wants more; its waits should heed it.
        ahead: items that are kept ready, each in memory; one at least.
    """
    unwanted = threading.Event()
    room = threading.Semaphore(ahead)
    ready: SimpleQueue[_Fetched[T] | _Ended] = SimpleQueue()

    def work() -> None:
        try:
            items = fetch(unwanted.is_set)
            while room.acquire() and not unwanted.is_set():
                try:
                    item = next(items)
                except StopIteration:
                    break
                ready.put(_Fetched(item))
                del item  # a page is large, and this thread may wait for long
            ready.put(_Ended(None))
        except BaseException as error:  # noqa: BLE001 - whatever it was, the caller gets it
            ready.put(_Ended(error))

    thread = threading.Thread(target=work, name="prefetch", daemon=True)
    thread.start()
    try:
        while isinstance(found := ready.get(), _Fetched):
            room.release()
            yield found.item
        if found.error is not None:
            raise found.error
    finally:
        unwanted.set()
        room.release()
        thread.join()
