"""Reasons as sentences."""

from dataclasses import replace
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


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (
            Reason.APP_USAGE_FAILED,
            "The report of Microsoft 365 apps usage could not be read at the last attempt.",
        ),
        (
            Reason.MAILBOX_USAGE_WITHOUT_ROW,
            "The report of mailbox usage as of 2026-11-21 has no row for this account.",
        ),
        (Reason.COPILOT_USAGE_STALE, "The report of Copilot usage is old."),
    ],
)
def test_a_gap_names_the_report_and_its_day(reason: Reason, sentence: str) -> None:
    refreshed_on = {Report.MAILBOX_USAGE: date(2026, 11, 21), Report.COPILOT_USAGE: None}
    assert explain(reason, INACTIVE, threshold_days=60, refreshed_on=refreshed_on) == sentence


def test_an_activation_is_told_as_one() -> None:
    finding = replace(
        INACTIVE,
        last_activity_source=ActivitySource.VISIO,
        reasons=(Reason.LAST_ACTIVATION, Reason.NOTHING_SINCE),
    )
    assert explain_all(finding, threshold_days=60, refreshed_on={Report.ACTIVATIONS: date(2026, 11, 22)}) == (
        "Last activation of Visio on 2026-08-16, by the report of Office activations as of 2026-11-22.",
        "No report tells whether it was used since then.",
    )


def test_a_young_account_names_the_threshold() -> None:
    assert "threshold of 90 days" in explain(Reason.YOUNG_ACCOUNT, INACTIVE, threshold_days=90)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_a_sentence_without_blanks_left_to_fill(reason: Reason) -> None:
    sentence = explain(reason, INACTIVE, threshold_days=60)
    assert sentence.endswith(".")
    assert "{" not in sentence
