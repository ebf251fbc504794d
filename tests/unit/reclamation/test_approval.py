"""The rules of a second person's approval: when it is needed, who may give it, until when."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reclamation.approval import APPROVED_WITHIN, expired, hindrance, needs_approval
from tests.support.seats import NOW

ASCII_NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("requests", "above", "dry_run", "needed"),
    [
        (1_000, 0, False, False),  # off
        (50, 50, False, False),
        (51, 50, False, True),
        (2, 1, False, True),
        (1, 1, False, False),
        (51, 50, True, False),
    ],
)
def test_a_run_above_the_number_needs_a_second_person(
    requests: int, above: int, dry_run: bool, needed: bool
) -> None:
    assert needs_approval(requests, above=above, dry_run=dry_run) is needed


@pytest.mark.parametrize(
    ("age", "over"),
    [
        (timedelta(0), False),
        (APPROVED_WITHIN - timedelta(seconds=1), False),
        (APPROVED_WITHIN, True),
        (APPROVED_WITHIN + timedelta(days=30), True),
    ],
)
def test_the_time_to_approve_ends_after_seven_days(age: timedelta, over: bool) -> None:
    assert expired(NOW, NOW + age) is over
    assert (hindrance(asked_by="ada", asked_at=NOW, who="ben", now=NOW + age) is not None) is over


@given(name=ASCII_NAMES, age=st.timedeltas(timedelta(0), timedelta(days=30)))
def test_whoever_asked_never_decides_however_the_name_is_written(name: str, age: timedelta) -> None:
    for written in (name, name.upper(), name.lower(), f" {name}\t"):
        assert hindrance(asked_by=name, asked_at=NOW, who=written, now=NOW + age) is not None


def test_somebody_else_decides() -> None:
    assert hindrance(asked_by="ada@example.com", asked_at=NOW, who="ben@example.com", now=NOW) is None
