import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.notification.tokens import KeepTokens

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
END = NOW + timedelta(days=30)
TOKENS = KeepTokens("k" * 32)
ALPHABET = string.ascii_letters + string.digits + "-_"
NUMBERS = st.integers(0, 2**63 - 1)


@given(NUMBERS)
def test_a_token_names_its_notice(notice_id: int) -> None:
    assert TOKENS.read(TOKENS.make(notice_id, END), NOW) == notice_id


@given(NUMBERS, st.integers(0, 63), st.sampled_from(ALPHABET))
def test_any_changed_character_is_refused(notice_id: int, place: int, other: str) -> None:
    token = TOKENS.make(notice_id, END)
    changed = token[:place] + other + token[place + 1 :]
    assert (TOKENS.read(changed, NOW) is None) == (changed != token)


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token + "=",
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: token.swapcase(),
        lambda _: "",
        lambda _: "\N{LATIN SMALL LETTER A WITH DIAERESIS}" * 64,
        lambda _: "A" * 64,
    ],
)
def test_what_is_no_token_is_refused(change: object) -> None:
    assert callable(change)
    assert TOKENS.read(change(TOKENS.make(7, END)), NOW) is None


def test_a_token_holds_until_its_end_and_no_longer() -> None:
    token = TOKENS.make(7, END)
    assert TOKENS.read(token, END - timedelta(seconds=1)) == 7
    assert TOKENS.read(token, END) is None


def test_a_token_of_another_key_is_refused() -> None:
    assert TOKENS.read(KeepTokens("j" * 32).make(7, END), NOW) is None


def test_a_token_fits_into_one_part_of_an_address() -> None:
    token = TOKENS.make(2**62, END)
    assert len(token) == 64
    assert set(token) <= set(ALPHABET)


def test_the_key_is_in_no_repr() -> None:
    assert "k" * 32 not in repr(TOKENS)
    assert "k" * 32 not in repr(vars(TOKENS))
