"""Whether a mail can be sent to what the directory has as an address. Rules only, no I/O."""

import re
from email.errors import HeaderParseError
from email.headerregistry import Address
from typing import Final

_LONGEST: Final = 254
_WITHOUT: Final = re.compile(r"[\s\x00-\x1f\x7f<>,;:\"\\()\[\]]")


def usable_address(text: str | None) -> str | None:
    """The address where it is one bare address in ASCII; None for whatever a header could be broken with."""
    address = (text or "").strip(" ")
    if not address or len(address) > _LONGEST or _WITHOUT.search(address):
        return None
    try:
        parsed = Address(addr_spec=address)
    except (HeaderParseError, ValueError, IndexError):
        return None
    return address if parsed.username and "." in parsed.domain else None
