"""The tenant as it is now: the accounts as they were made, with what was done to them since."""

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.simulator.catalog import license_types
from core.simulator.config import Conditions, TenantConfig
from core.simulator.directory import Directory, with_states
from core.simulator.organization import GROUPS
from core.simulator.person import Purpose
from core.simulator.records import Json, Moments, Record, assigned_licenses, group_id, written
from core.simulator.state import Diff, State, StateMismatchError


@dataclass(frozen=True, kw_only=True)
class Account:
    """A found account: how tests and people name it."""

    index: int
    id: str
    user_principal_name: str
    case: str | None


class Tenant:
    """One tenant. `clock` gives Unix time; a file at `state_path` keeps what is done to it."""

    def __init__(
        self, config: TenantConfig, state_path: Path | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.config = config
        self.conditions: Conditions = config.conditions
        self.clock = clock
        self.state = State(state_path)
        self.directory = Directory(config, self._settle_beginning(config))
        self.groups = {group_id(config.seed, key): group for key, group in GROUPS.items()}
        self._beginning = self.directory.consumed()
        self._consumed: tuple[int, Counter[str]] | None = None
        self._generation_seen = self.state.generation

    def _settle_beginning(self, config: TenantConfig) -> datetime:
        """The creation time: that of the file, so that a restart finds the same tenant, or the given one."""
        wanted = {"seed": str(config.seed), "users": str(config.users)}
        with self.state.transaction():
            known = self.state.meta("created_at")
            if known is None:
                created_at = config.created_at or datetime.fromtimestamp(self.clock(), UTC)
                self.state.set_meta("created_at", created_at.replace(microsecond=0).isoformat())
                for key, value in wanted.items():
                    self.state.set_meta(key, value)
                return created_at.replace(microsecond=0)
            for key, value in wanted.items():
                if self.state.meta(key) != value:
                    raise StateMismatchError(
                        f"the simulator's state holds a tenant with {key} {self.state.meta(key)}, "
                        f"not {value}; delete the file or name another one"
                    )
        return datetime.fromisoformat(known)

    @property
    def created_at(self) -> datetime:
        """When the tenant was made; its dates count back from here."""
        return self.directory.moments.created_at

    @property
    def as_of(self) -> datetime:
        """The present of those who keep working: the creation, plus the whole days since (where they do)."""
        return self.directory.moments.as_of

    def now(self) -> datetime:
        """The present moment."""
        return datetime.fromtimestamp(self.clock(), UTC)

    def refresh(self) -> None:
        """Takes in what other processes did, a reset included, and moves steady people's dates to today."""
        self.state.refresh()
        known = self.state.meta("created_at") if self.state.generation != self._generation_seen else None
        self._generation_seen = self.state.generation
        created_at = self.created_at if known is None else datetime.fromisoformat(known)
        days = max(0, (self.now() - created_at).days) if self.config.people_keep_working else 0
        moments = Moments(created_at=created_at, as_of=created_at + timedelta(days=days))
        if moments != self.directory.moments:
            self.directory.move_to(moments)

    # ------------------------------------------------------------------ accounts

    def index_of(self, identifier: str) -> int | None:
        """The index of the account with this object id or user principal name, deleted or not."""
        return self.directory.index_of(identifier)

    def record(self, index: int, *, latest: bool = False) -> Record:
        """The account as readers see it, or (`latest`) as the last write left it."""
        diff = self.state.latest(index) if latest else self.state.visible(index, self.clock())
        return self._merged(index, diff)

    def _merged(self, index: int, diff: Diff) -> Record:
        base = dataclasses.replace(self.directory.record(index), properties=self.directory.properties(index))
        if not diff:
            return base
        properties = base.properties | diff.get("fields", {})
        if "states" in diff:
            properties = with_states(properties, diff["states"])
        # A field that was taken away (signInActivity, manager) is absent, as in Graph, not null.
        for name in ("signInActivity", "manager"):
            if name in properties and properties[name] is None:
                del properties[name]
        purpose = diff.get("purpose", base.purpose)
        return dataclasses.replace(
            base,
            properties=properties,
            groups=tuple(diff.get("groups", base.groups)),
            dates={k: v for k, v in (base.dates | diff.get("dates", {})).items() if v is not None},
            in_reports=diff.get("in_reports", base.in_reports),
            purpose=None if purpose is None else Purpose(purpose),
            roles=tuple(diff.get("roles", base.roles)),
            eligible_roles=tuple(diff.get("eligible_roles", base.eligible_roles)),
            deleted=diff.get("deleted", False),
        )

    def exists(self, index: int, *, latest: bool = False) -> bool:
        """Whether the account is still there."""
        diff = self.state.latest(index) if latest else self.state.visible(index, self.clock())
        return not diff.get("deleted", False)

    def account(self, index: int) -> Account:
        """The names of the account at this index."""
        properties = self.directory.properties(index)
        return Account(
            index=index,
            id=properties["id"],
            user_principal_name=properties["userPrincipalName"],
            case=self.directory.record(index).case,
        )

    def find(self, case: str) -> Account:
        """The first account that stands for the case. Raises LookupError where this tenant has none."""
        found = self.directory.find(case)
        if not found:
            raise LookupError(f"a tenant of {self.config.users} people has nobody for {case!r}; 400 have all")
        return self.account(found[0])

    def find_all(self, case: str) -> list[Account]:
        """Every account that stands for the case."""
        return [self.account(index) for index in self.directory.find(case)]

    def change(self, identifier: str, diff: Diff) -> None:
        """Changes an account at once, as nobody could through Graph: what tests do to the truth.

        `diff` may hold `fields` (properties), `states`, `groups` (keys), `dates` (workload → YYYY-MM-DD or
        None), `in_reports`, `purpose`, `roles` and `eligible_roles` (keys) and `deleted`. Raises LookupError
        for an account that there is none of.
        """
        index = self.index_of(identifier)
        if index is None:
            raise LookupError(f"no such account: {identifier}")
        with self.state.transaction():
            self.write(index, diff, lag=0.0)

    def write(self, index: int, diff: Diff, *, lag: float | None = None) -> None:
        """Adds to what is recorded of the account; readers see it after the lag. Needs a transaction."""
        before = self.state.latest(index)
        merged = before | diff
        for name in ("fields", "dates"):
            if name in diff:
                merged[name] = before.get(name, {}) | diff[name]
        now = self.clock()
        wait = self.conditions.replica_lag if lag is None else lag
        self.state.put(index, merged, now + wait)
        self.state.forget_older(index, now)

    # ------------------------------------------------------------------ sums

    def consumed(self) -> Counter[str]:
        """How many accounts hold each license type, as readers see it."""
        if self._consumed is not None and self._consumed[0] == self.state.generation:
            return self._consumed[1]
        seats = self._count(lambda index: self.state.visible(index, self.clock()))
        if self.state.settled_at <= self.clock():
            self._consumed = (self.state.generation, seats)
        return seats

    def consumed_by_latest(self) -> Counter[str]:
        """How many accounts hold each license type, every write counted: what the next assignment goes by."""
        return self._count(self.state.latest)

    def _count(self, diff_of: Callable[[int], Diff]) -> Counter[str]:
        seats = Counter(self._beginning)
        for index in self.state.accounts:
            diff = diff_of(index)
            if "states" not in diff and not diff.get("deleted"):
                continue
            for license_ in self.directory.record(index).properties["assignedLicenses"]:
                seats[license_["skuId"]] -= 1
            if not diff.get("deleted"):
                states = diff.get("states", self.directory.record(index).states)
                seats.update(license_["skuId"] for license_ in assigned_licenses(states))
        return seats

    def seats(self, sku_id: str) -> tuple[int, int, int]:
        """Enabled, warning and suspended seats of a license type, as bought at the beginning."""
        return license_types()[sku_id].seats(self._beginning[sku_id])

    def members(self, key: str) -> Iterable[int]:
        """The indexes of the group's members, as readers see them."""
        changed = set(self.state.accounts)
        joined = [index for index in changed if key in self._keys(index, "groups")]
        stayed = [index for index in self.directory.members(key) if index not in changed]
        return sorted(stayed + joined)

    def role_holders(self, *, eligible: bool) -> list[tuple[int, str]]:
        """Index and role (by key) of everybody who holds one directly, or may activate it."""
        kind = "eligible_roles" if eligible else "roles"
        indexes = sorted({*self.state.accounts, *self.directory.with_roles()})
        return [(index, key) for index in indexes for key in self._keys(index, kind)]

    def _keys(self, index: int, kind: str) -> tuple[str, ...]:
        """The account's groups or roles by key, as readers see them, without making all of its record."""
        diff = self.state.visible(index, self.clock())
        if diff.get("deleted"):
            return ()
        return tuple(diff.get(kind, getattr(self.directory.record(index), kind)))

    # ------------------------------------------------------------------ record keeping

    def log_write(self, kind: str, **facts: Any) -> None:  # noqa: ANN401 -- facts of any JSON type
        """Notes a write that was really applied. Needs a transaction."""
        self.state.add_entry("write", {"kind": kind, "at": written(self.now()), **facts}, self.clock())

    def audit(self, entry: Json) -> None:
        """Adds an entry to the directory's audit log; it shows after the audit delay. Needs a transaction."""
        self.state.add_entry("audit", entry, self.clock() + self.conditions.audit_delay)

    def reset(self, created_at: datetime | None = None) -> None:
        """Back to the beginning, made anew at `created_at` (default: now), for every serving process."""
        fresh = (created_at or self.now()).replace(microsecond=0)
        with self.state.transaction():
            self.state.clear()
            self.state.set_meta("created_at", fresh.isoformat())
            self.state.set_meta("seed", str(self.config.seed))
            self.state.set_meta("users", str(self.config.users))
        self.refresh()
