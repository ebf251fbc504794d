"""Counts links that lead nowhere, by the address that tries them, and says when it is enough.

Only they count: links that are known are answered however often they are opened, also behind one proxy.
"""

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta
from typing import Final

MOST: Final = 30
"""Within a minute; far more than a person mistypes, far too few to guess 256 bits."""

_WITHIN: Final = timedelta(minutes=1)
_ADDRESSES: Final = 10_000


class Attempts:
    """Thread-safe; kept in memory, and forgotten when the server ends."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._seen: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def too_many(self, address: str, now: datetime) -> bool:
        """Whether the address has tried too many within the last minute."""
        with self._lock:
            return len(self._recent(address, now)) >= self._most

    def count(self, address: str, now: datetime) -> None:
        """Note one more."""
        with self._lock:
            self._seen[address] = self._recent(address, now)
            self._seen[address].append(now)
            self._seen.move_to_end(address)
            while len(self._seen) > _ADDRESSES:
                self._seen.popitem(last=False)

    def _recent(self, address: str, now: datetime) -> deque[datetime]:
        return deque(at for at in self._seen.get(address, ()) if at > now - _WITHIN)
