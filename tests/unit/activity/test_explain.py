"""Reasons as sentences."""

from datetime import UTC, date, datetime

import pytest

from core.activity.evidence import ActivitySource, ActivityStatus, Confidence, Finding, Reason, Report
from core.activity.explain import explain, explain_all

INACTIVE = Finding(
    status=ActivityStatus.INACTIVE,
    last_activity_at=datetime(2026, 8, 16, tzinfo=UTC),
    last_activity_source=ActivitySource.TEAMS,
    confidence=Confidence.PROBABLE,
    reasons=(Reason.LAST_REPORT, Reason.SIGN_IN_FAILED),
)


def test_a_finding_reads_as_its_dates_and_gaps() -> None:
    assert explain_all(
        INACTIVE, threshold_days=60, refreshed_on={Report.ACTIVE_USERS: date(2026, 11, 22)}
    ) == (
        "Last use of Teams on 2026-08-16, by the report of active users as of 2026-11-22.",
        "Sign-ins could not be read at the last attempt.",
    )


def test_a_young_account_names_the_threshold() -> None:
    assert "threshold of 90 days" in explain(Reason.YOUNG_ACCOUNT, INACTIVE, threshold_days=90)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_a_sentence_without_blanks_left_to_fill(reason: Reason) -> None:
    sentence = explain(reason, INACTIVE, threshold_days=60)
    assert sentence.endswith(".")
    assert "{" not in sentence
