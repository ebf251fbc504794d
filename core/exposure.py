"""Whether the server may be opened at an address: a live tenant without sign-in stays on this machine."""

import ipaddress

from core.settings import Settings


def is_loopback(address: str | None) -> bool:
    """Whether only this machine can reach the address. No address means all of them."""
    if not address:
        return False
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def refusal(settings: Settings, *, sign_in_configured: bool, address: str | None) -> str | None:
    """Why the server must not start at this address, or nothing where it may (product: People and rights)."""
    live = [application.key for application in settings.applications.values() if not application.is_demo]
    if sign_in_configured or settings.allow_unauthenticated_read or not live or is_loopback(address):
        return None
    return (
        f"server.address is {address or 'every address'}, but no sign-in is configured and the application "
        f"{live[0]} is a live tenant: configure [auth] in .streamlit/secrets.toml, serve on 127.0.0.1, "
        "or set allow_unauthenticated_read = true"
    )
