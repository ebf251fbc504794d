"""Where requests may go: the configured host, below Graph's version, and of deletions a membership alone."""

import re
from typing import Final
from urllib.parse import urlsplit

VERSION: Final = "/v1.0"

REFERENCE: Final = "/$ref"
"""The end of the address of a membership. Without it the same address is that of a user."""

_ID: Final = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_MEMBERSHIP: Final = re.compile(rf"/groups/{_ID}/members/{_ID}{re.escape(REFERENCE)}")
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f\\]")


def origin(url: str) -> str:
    """Scheme, host and port of an https address; empty for whatever is none, or hides something."""
    if _UNSAFE.search(url):  # parsers of addresses disagree about these
        return ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        return ""
    return f"https://{parts.hostname.lower()}:{port or 443}"


def leads_below(url: str, host: str) -> bool:
    """Whether an absolute address is one of Graph's at this origin."""
    return origin(url) == host and urlsplit(url).path.startswith(f"{VERSION}/")


def is_membership(path: str) -> bool:
    """Whether a path, below the version, is that of somebody's membership of a group, and nothing more."""
    return _MEMBERSHIP.fullmatch(path) is not None
