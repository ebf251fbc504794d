from pathlib import Path

import pytest

from core.exposure import is_loopback, refusal
from core.settings import load_settings

LIVE = {
    "SEATWISE_APPLICATIONS__CONTOSO__TENANT_ID": "11111111-1111-1111-1111-111111111111",
    "SEATWISE_APPLICATIONS__CONTOSO__CLIENT_ID": "22222222-2222-2222-2222-222222222222",
    "SEATWISE_APPLICATIONS__CONTOSO__CLIENT_SECRET": "not-a-real-secret",
}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - that it is refused is the point
        ("192.0.2.7", False),
        ("licenses.example.com", False),
        ("", False),
        (None, False),
    ],
)
def test_only_this_machine_reaches_a_loopback_address(address: str | None, *, expected: bool) -> None:
    assert is_loopback(address) is expected


@pytest.mark.parametrize(
    ("environ", "sign_in", "address", "refused"),
    [
        (LIVE, False, "0.0.0.0", True),  # noqa: S104 - that it is refused is the point
        (LIVE, False, None, True),
        (LIVE, False, "127.0.0.1", False),
        (LIVE, True, "0.0.0.0", False),  # noqa: S104 - allowed with sign-in
        (LIVE | {"SEATWISE_ALLOW_UNAUTHENTICATED_READ": "true"}, False, "0.0.0.0", False),  # noqa: S104
        ({}, False, "0.0.0.0", False),  # noqa: S104 - the demo tenant is nobody's
    ],
)
def test_a_live_tenant_without_sign_in_stays_on_this_machine(
    tmp_path: Path, environ: dict[str, str], *, sign_in: bool, address: str | None, refused: bool
) -> None:
    settings = load_settings(environ, tmp_path / "absent.toml")
    message = refusal(settings, sign_in_configured=sign_in, address=address)
    assert (message is not None) is refused
    assert message is None or "contoso" in message
