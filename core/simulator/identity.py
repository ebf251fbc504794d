"""Which identifiers the account at an index has, and the way back, without a table: index ↔ object id.

An account's last 32 bits are its index, scrambled by a multiplication that can be undone; the rest is a hash
of seed and index. So a tenant of a million people needs no memory for its ids.
"""

import hashlib
import re

_MULTIPLIER = 2_654_435_769
_MODULUS = 1 << 32
_INVERSE = pow(_MULTIPLIER, -1, _MODULUS)

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def is_guid(text: str) -> bool:
    """Whether the text is written as a GUID, in either case."""
    return _GUID.fullmatch(text.lower()) is not None


def object_id(seed: int, index: int) -> str:
    """The object id (a version 4 GUID) of the account at this index."""
    head = hashlib.blake2b(f"{seed}:{index}".encode(), digest_size=12).hexdigest()
    tail = (index * _MULTIPLIER + seed) % _MODULUS
    return f"{head[:8]}-{head[8:12]}-4{head[13:16]}-a{head[17:20]}-{head[20:24]}{tail:08x}"


def index_of(seed: int, identifier: str) -> int | None:
    """The index of the account with this object id; None where the id isn't one of this seed."""
    lowered = identifier.lower()
    if not is_guid(lowered):
        return None
    index = (int(lowered[-8:], 16) - seed) * _INVERSE % _MODULUS
    return index if object_id(seed, index) == lowered else None
