from pathlib import Path

import pytest

from core.notification.setup import sender_of, why_off
from core.settings import Settings, load_settings

ALL = {
    "SEATWISE_PUBLIC_URL": "https://seatwise.example.com",
    "SEATWISE_SECRET_KEY": "k" * 32,
    "SEATWISE_MAIL_SENDER": "licenses@example.com",
}


def settings(**environment: str) -> Settings:
    return load_settings(environment, Path("no-such-file.toml"))


def test_with_everything_configured_notifying_is_on() -> None:
    assert why_off(settings(**ALL)) is None


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        (("SEATWISE_PUBLIC_URL",), "public_url must"),
        (("SEATWISE_SECRET_KEY",), "secret_key must"),
        (("SEATWISE_PUBLIC_URL", "SEATWISE_SECRET_KEY"), "public_url and secret_key must"),
        (("SEATWISE_MAIL_SENDER",), "mail_sender must"),
    ],
)
def test_what_is_missing_is_named(missing: tuple[str, ...], named: str) -> None:
    problem = why_off(settings(**{name: value for name, value in ALL.items() if name not in missing}))
    assert problem is not None
    assert named in problem
    assert "k" * 32 not in problem


@pytest.mark.parametrize(
    ("user", "sender"), [("mailer@example.com", "mailer@example.com"), ("mailer", None), (None, None)]
)
def test_without_a_sender_the_user_of_the_mail_server_is_it_where_that_is_an_address(
    user: str | None, sender: str | None
) -> None:
    smtp = {"SEATWISE_SMTP__HOST": "mail.example.com"} | ({"SEATWISE_SMTP__USER": user} if user else {})
    without = {name: value for name, value in ALL.items() if name != "SEATWISE_MAIL_SENDER"}
    found = settings(**without, **smtp)
    assert sender_of(found) == sender
    assert (why_off(found) is None) == (sender is not None)
