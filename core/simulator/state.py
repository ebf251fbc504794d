"""What was done to the tenant since it was made: changes of accounts, audit entries, mails, a log of writes.

One SQLite file that several processes may serve at once. Each keeps the small set of changes in memory and
looks before each request whether another process has written (`PRAGMA data_version`).
"""

import sqlite3
import threading
from bisect import bisect_left, insort
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

Diff = dict[str, Any]
"""What differs from the beginning, as `Tenant.change` describes it: `states`, `groups`, `fields`, …."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL, visible_at REAL NOT NULL, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS changes_account ON changes (account);
CREATE TABLE IF NOT EXISTS entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, visible_at REAL NOT NULL, body BLOB NOT NULL);
"""


class StateMismatchError(ValueError):
    """The file holds another tenant than the one to be served."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A version of an account; readers see it from `visible_at` (Unix time) on."""

    id: int
    visible_at: float
    diff: Diff


class State:
    """The changes of one tenant, in a file or (path None) in memory only."""

    def __init__(self, path: Path | None) -> None:
        self.lock = threading.RLock()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(
            ":memory:" if path is None else path, isolation_level=None, check_same_thread=False, timeout=30
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)
        self._depth = 0
        self._forget()
        self._load()
        self._data_version = self._read_data_version()

    def close(self) -> None:
        """Releases the file."""
        with self.lock:
            self._connection.close()

    # ------------------------------------------------------------------ reading

    def refresh(self) -> None:
        """Takes in what other processes have written."""
        with self.lock:
            seen = self._read_data_version()
            if seen != self._data_version:
                self._data_version = seen
                self._load()

    def meta(self, key: str) -> str | None:
        """A fact about the tenant, such as when it was made."""
        with self.lock:
            row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
            return None if row is None else str(row[0])

    def latest(self, account: int) -> Diff:
        """The account's last version, whether or not readers see it yet."""
        changes = self._changes.get(account)
        return changes[-1].diff if changes else {}

    def visible(self, account: int, now: float) -> Diff:
        """The account's version that readers see."""
        for change in reversed(self._changes.get(account, [])):
            if change.visible_at <= now:
                return change.diff
        return {}

    def touched(self, start: int, end: int) -> bool:
        """Whether any account from `start` to before `end` was ever changed."""
        place = bisect_left(self.accounts, start)
        return place < len(self.accounts) and self.accounts[place] < end

    def entries(self, kind: str, now: float | None = None) -> list[dict[str, Any]]:
        """Entries of a kind (`audit`, `write`, `mail`), oldest first; with `now`, those visible by then."""
        query = "SELECT body FROM entries WHERE kind = ? AND visible_at <= ? ORDER BY id"
        with self.lock:
            rows = self._connection.execute(query, (kind, 1e18 if now is None else now)).fetchall()
        return [orjson.loads(row[0]) for row in rows]

    # ------------------------------------------------------------------ writing

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one writer at a time over all processes; what others wrote is seen inside."""
        with self.lock:
            if self._depth:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                self._load()
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                self._forget()
                self._load()
                raise
            finally:
                self._depth -= 1

    def put(self, account: int, diff: Diff, visible_at: float) -> None:
        """Records a new version of the account. Needs a transaction."""
        cursor = self._connection.execute(
            "INSERT INTO changes (account, visible_at, body) VALUES (?, ?, ?)",
            (account, visible_at, orjson.dumps(diff)),
        )
        self._remember(account, Change(id=int(cursor.lastrowid or 0), visible_at=visible_at, diff=diff))

    def forget_older(self, account: int, now: float) -> None:
        """Drops the account's versions that no reader can see any more. Needs a transaction."""
        seen = [change for change in self._changes.get(account, []) if change.visible_at <= now]
        if len(seen) > 1:
            self._connection.execute(
                "DELETE FROM changes WHERE account = ? AND id < ?", (account, seen[-1].id)
            )
            self._changes[account] = [one for one in self._changes[account] if one.id >= seen[-1].id]

    def add_entry(self, kind: str, body: dict[str, Any], visible_at: float) -> None:
        """Adds an entry. Needs a transaction."""
        self._connection.execute(
            "INSERT INTO entries (kind, visible_at, body) VALUES (?, ?, ?)",
            (kind, visible_at, orjson.dumps(body)),
        )

    def clear_entries(self, *kinds: str) -> None:
        """Removes all entries of these kinds. Needs a transaction."""
        for kind in kinds:
            self._connection.execute("DELETE FROM entries WHERE kind = ?", (kind,))

    def set_meta(self, key: str, value: str) -> None:
        """Records a fact about the tenant. Needs a transaction."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def clear(self) -> None:
        """Back to the beginning: no changes, no entries, no facts. Needs a transaction."""
        epoch = int(self.meta("epoch") or 0) + 1
        for table in ("changes", "entries", "meta"):
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 -- names from the line above
        self.set_meta("epoch", str(epoch))
        self._forget()
        self._epoch = str(epoch)

    # ------------------------------------------------------------------ memory

    def _forget(self) -> None:
        self._changes: dict[int, list[Change]] = {}
        self.accounts: list[int] = []
        self.generation = getattr(self, "generation", 0) + 1
        self.settled_at = 0.0
        self._last_id = 0
        self._epoch = "0"

    def _remember(self, account: int, change: Change) -> None:
        if account not in self._changes:
            self._changes[account] = []
            insort(self.accounts, account)
        self._changes[account].append(change)
        self._last_id = max(self._last_id, change.id)
        self.settled_at = max(self.settled_at, change.visible_at)
        self.generation += 1

    def _load(self) -> None:
        epoch = self.meta("epoch") or "0"
        if epoch != self._epoch:
            self._forget()
            self._epoch = epoch
        rows = self._connection.execute(
            "SELECT id, account, visible_at, body FROM changes WHERE id > ? ORDER BY id", (self._last_id,)
        )
        for id_, account, visible_at, body in rows:
            self._remember(account, Change(id=id_, visible_at=visible_at, diff=orjson.loads(body)))

    def _read_data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
