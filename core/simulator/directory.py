"""The accounts as they were made: by index, by identifier, and as ready-encoded JSON for a page.

Nothing here changes; what was done to an account since is in `core.simulator.state`.
"""

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import orjson

from core.simulator.cases import number_of
from core.simulator.config import TenantConfig
from core.simulator.identity import index_of, object_id
from core.simulator.people import make_people
from core.simulator.person import Person
from core.simulator.records import (
    EMPLOYEE,
    ID,
    LOCAL,
    MANAGER,
    MANAGER_LOCAL,
    MARKS,
    Json,
    Moments,
    Record,
    address_of,
    assigned_licenses,
    make_record,
)

Shape = tuple[str, ...]
"""The properties of each object of a listing, in order."""

_MARK = re.compile(b"(" + b"|".join(mark.encode() for mark in MARKS) + b")")
_MARKS = {mark.encode(): number for number, mark in enumerate((ID, LOCAL, MANAGER, MANAGER_LOCAL, EMPLOYEE))}
_REPETITION = re.compile(r"(.+?)(?:\.(\d+))?")


class Directory:
    """The tenant's accounts at its creation. `moments` may be moved on; everything else is fixed."""

    def __init__(self, config: TenantConfig, created_at: datetime) -> None:
        self.seed = config.seed
        self.domain = config.domain
        self.count = config.users
        self.people: list[Person] = make_people(config.seed, config.users)
        self._by_upn = {
            address_of(person, self.domain)[0].replace(LOCAL, person.local).lower(): person.number
            for person in self.people
        }
        self.move_to(Moments(created_at=created_at, as_of=created_at))

    def move_to(self, moments: Moments) -> None:
        """Makes the records anew, with the dates that belong to these moments."""
        self.moments = moments
        self.records: list[Record] = [
            make_record(person, self.people, self.seed, self.domain, moments) for person in self.people
        ]
        self._pieces: dict[Shape, list[list[bytes | int]]] = {}

    @property
    def block(self) -> int:
        """After how many accounts the people repeat."""
        return len(self.people)

    def record(self, index: int) -> Record:
        """The account's record, its identifiers still marks."""
        return self.records[index % self.block]

    def id_of(self, index: int) -> str:
        """The account's object id."""
        return object_id(self.seed, index)

    def index_of(self, identifier: str) -> int | None:
        """The index of an object id or a user principal name; None where the tenant has no such account."""
        index = index_of(self.seed, identifier)
        if index is None:
            index = self._index_of_name(identifier.lower())
        return index if index is not None and index < self.count else None

    def _index_of_name(self, upn: str) -> int | None:
        number = self._by_upn.get(upn)
        if number is not None:
            return number
        local, _, rest = upn.partition("_partner.example#" if "#ext#" in upn else "@")
        found = _REPETITION.fullmatch(local)
        if found is None or found[2] is None:
            return None
        tail = upn[len(local) : len(upn) - len(rest)] + rest
        number = self._by_upn.get(found[1] + tail)
        return None if number is None else int(found[2]) * self.block + number

    def find(self, case: str) -> list[int]:
        """The indexes of all accounts that stand for the case. Raises KeyError for a case that isn't one."""
        return list(range(number_of(case), self.count, self.block)) if self.block > number_of(case) else []

    def members(self, group: str) -> list[int]:
        """The indexes of those who were in the group (by key) when the tenant was made."""
        return self._repeated([person.number for person in self.people if group in person.groups])

    def with_roles(self) -> list[int]:
        """The indexes of those who held a role directly, or could activate one, when the tenant was made."""
        return self._repeated(
            [person.number for person in self.people if person.roles or person.eligible_roles]
        )

    def _repeated(self, numbers: list[int]) -> list[int]:
        """The indexes of these people in all blocks."""
        starts = range(0, self.count, self.block)
        return [start + number for start in starts for number in numbers if start + number < self.count]

    def consumed(self) -> Counter[str]:
        """How many accounts held each license type at the beginning."""
        whole, rest = divmod(self.count, self.block)
        seats: Counter[str] = Counter()
        for number, record in enumerate(self.records):
            times = whole + (1 if number < rest else 0)
            for license_ in record.properties["assignedLicenses"]:
                seats[license_["skuId"]] += times
        return seats

    def properties(self, index: int) -> Json:
        """Every property of the account, as a fresh object."""
        return dict(orjson.loads(self.fill(self.cut(orjson.dumps(self.record(index).properties)), index)))

    def encoded(self, start: int, end: int, shape: Shape) -> list[bytes]:
        """The JSON of each account from `start` to before `end`, with these properties only."""
        pieces = self._pieces.get(shape)
        if pieces is None:
            pieces = self._pieces[shape] = [
                self.cut(orjson.dumps(project(record.properties, shape))) for record in self.records
            ]
        block = self.block
        return [self.fill(pieces[index % block], index) for index in range(start, min(end, self.count))]

    def cut(self, text: bytes) -> list[bytes | int]:
        """The text in pieces: what is the same for every repetition, and the numbers of the marks between."""
        return [_MARKS.get(piece, piece) for piece in _MARK.split(text)]

    def fill(self, pieces: list[bytes | int], index: int) -> bytes:
        """The text for the account at this index."""
        values = self._identifiers(index)
        return b"".join([values[piece] if isinstance(piece, int) else piece for piece in pieces])

    def _identifiers(self, index: int) -> tuple[bytes, bytes, bytes, bytes, bytes]:
        person = self.people[index % self.block]
        boss = person.manager
        own = self._local(index).encode(), f"E{100_000 + index}".encode()
        if boss is None:
            return self.id_of(index).encode(), own[0], b"", b"", own[1]
        above = index - person.number + boss
        return (
            self.id_of(index).encode(),
            own[0],
            self.id_of(above).encode(),
            self._local(above).encode(),
            own[1],
        )

    def _local(self, index: int) -> str:
        repetition, number = divmod(index, self.block)
        local = self.people[number].local
        return local if repetition == 0 else f"{local}.{repetition}"


class RowMaker:
    """Writes a text per account as it was made, working it out once per person of a block."""

    def __init__(self, directory: Directory, write: Callable[[Record], str]) -> None:
        self._directory = directory
        self._write = write
        self._pieces: dict[int, list[bytes | int]] = {}

    def text(self, index: int) -> bytes:
        """The account's text."""
        number = index % self._directory.block
        pieces = self._pieces.get(number)
        if pieces is None:
            text = self._write(self._directory.records[number])
            pieces = self._pieces[number] = self._directory.cut(text.encode())
        return self._directory.fill(pieces, index) if len(pieces) > 1 or pieces[0] else b""


def project(properties: Json, shape: Shape) -> Json:
    """Only these properties, in this order. What an account has not (signInActivity, manager) is left out."""
    return {name: properties[name] for name in shape if name in properties}


def with_states(properties: Json, states: list[Json]) -> Json:
    """The account with these assignment states, and the licenses that follow from them."""
    return properties | {"licenseAssignmentStates": states, "assignedLicenses": assigned_licenses(states)}
