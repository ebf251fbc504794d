"""The signed part of a keep link: names a notice, expires, and says nothing about the person. No I/O.

64 characters: 8 bytes number of the notice, 8 bytes end in seconds since 1970, 32 bytes HMAC-SHA256 over
them. 48 bytes are 64 characters of base64 without a remainder, so no other spelling stands for the same.
"""

import base64
import hashlib
import hmac
import re
import struct
from datetime import UTC, datetime
from typing import Final

_PURPOSE: Final = b"seatwise keep link, version 1"
_FACTS: Final = struct.Struct(">QQ")
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{64}")


class KeepTokens:
    """Makes and reads tokens with one secret key. The key is kept out of the repr."""

    def __init__(self, secret_key: str) -> None:
        # A key for this purpose only: what else the secret may sign is no keep link.
        self._key = hmac.digest(secret_key.encode(), _PURPOSE, hashlib.sha256)

    def make(self, notice_id: int, expires_at: datetime) -> str:
        """A token for a notice."""
        facts = _FACTS.pack(notice_id, int(expires_at.timestamp()))
        return base64.urlsafe_b64encode(facts + self._sign(facts)).decode()

    def read(self, token: str, now: datetime) -> int | None:
        """The number of the notice; None for a token that is not ours, was changed or has expired."""
        if not _SHAPE.fullmatch(token):
            return None
        content = base64.urlsafe_b64decode(token)
        facts, signature = content[: _FACTS.size], content[_FACTS.size :]
        if not hmac.compare_digest(signature, self._sign(facts)):
            return None
        notice_id, end = _FACTS.unpack(facts)
        return int(notice_id) if now < datetime.fromtimestamp(end, UTC) else None

    def _sign(self, facts: bytes) -> bytes:
        return hmac.digest(self._key, facts, hashlib.sha256)
