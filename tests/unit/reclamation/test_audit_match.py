"""Which entry of the audit log tells of which removal."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.graph.audit_log import LicenseChange
from core.reclamation.audit_match import CLOCKS, Removal, match, said, span
from tests.support.seats import E5, NOW, VISIO

WANTED = Removal(request_id=7, user_id="ian", sku_id=E5, intent_at=NOW, gone_at=NOW + timedelta(seconds=20))
TOLD = LicenseChange(
    id="Directory_1",
    at=NOW + timedelta(seconds=2),
    user_id="ian",
    removed=frozenset({E5}),
    initiated_by="Seatwise",
)
SILENT = replace(TOLD, id="Directory_silent", removed=None)


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param([TOLD], TOLD, id="the entry"),
        pytest.param([replace(TOLD, user_id="nia")], None, id="of somebody else"),
        pytest.param([replace(TOLD, removed=frozenset({VISIO}))], None, id="of another license"),
        pytest.param([replace(TOLD, removed=frozenset())], None, id="nothing was taken away"),
        pytest.param([SILENT], SILENT, id="one that names no licenses"),
        pytest.param([SILENT, TOLD], TOLD, id="one that names it goes before"),
        pytest.param([replace(TOLD, at=NOW - CLOCKS - timedelta(seconds=1))], None, id="before the intent"),
        pytest.param([replace(TOLD, at=NOW - CLOCKS)], replace(TOLD, at=NOW - CLOCKS), id="clocks differ"),
        pytest.param([replace(TOLD, at=WANTED.gone_at + CLOCKS * 2)], None, id="after it was gone"),
        pytest.param([replace(TOLD, id="later", at=NOW + timedelta(minutes=4)), TOLD], TOLD, id="the first"),
    ],
)
def test_the_first_entry_in_time_that_names_the_license_tells_of_it(
    entries: list[LicenseChange], found: LicenseChange | None
) -> None:
    assert match([WANTED], entries) == ({} if found is None else {7: found})


def test_one_entry_can_tell_of_two_licenses_of_one_person() -> None:
    both = replace(TOLD, removed=frozenset({E5, VISIO}))
    assert match([WANTED, replace(WANTED, request_id=8, sku_id=VISIO)], [both]) == {7: both, 8: both}


def test_the_log_is_read_from_the_first_intent_to_the_last_sight_with_what_clocks_may_differ() -> None:
    later = replace(WANTED, intent_at=NOW + timedelta(hours=2), gone_at=NOW + timedelta(hours=3))
    assert span([later, WANTED]) == (NOW - CLOCKS, NOW + timedelta(hours=3) + CLOCKS)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (None, "Not found in Microsoft's audit log"),
        (TOLD, "changed 2026-11-24 09:00:02 UTC, by Seatwise. Entry Directory_1."),
        (SILENT, "the entry names no license type"),
        (replace(TOLD, initiated_by=""), "09:00:02 UTC. Entry"),
    ],
)
def test_the_history_says_what_was_found(entry: LicenseChange | None, words: str) -> None:
    assert words in said(entry)
