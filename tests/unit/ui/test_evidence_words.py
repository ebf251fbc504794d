from core.ui.evidence_words import evidence_lines

EVIDENCE = {
    "activity_status": "inactive",
    "last_activity_at": "2026-05-08T10:00:00+00:00",
    "explained": ["Last successful sign-in on 2026-05-08."],
    "cautions": [{"code": "no_price", "text": "No price is entered."}],
    "account_enabled": True,
    "direct": True,
    "group_count": 0,
    "assigned_at": "2025-10-01T08:00:00+00:00",
    "sources": {
        "usage_reports": {"status": "concealed", "as_of": None, "read_at": None},
        "sign_ins": {"status": "available", "as_of": None, "read_at": "2026-11-24T06:10:00+00:00"},
    },
}


def test_evidence_is_told_in_words_the_activity_first() -> None:
    assert evidence_lines(EVIDENCE) == [
        "◐ Inactive, last active on 2026-05-08",
        "Last successful sign-in on 2026-05-08.",
        "⚠ No price is entered.",
        "Account enabled",
        "License held directly, assigned or changed on 2025-10-01",
        "Sign-ins: available, read 2026-11-24 06:10 UTC",
        "Report of active users: concealed",
    ]


def test_somebody_who_never_was_active_and_got_the_license_through_groups() -> None:
    evidence = {"activity_status": "never_active", "account_enabled": False, "direct": True, "group_count": 2}
    assert evidence_lines(evidence) == [
        "○ Never active, no activity on record",
        "Account disabled",
        "License held directly and through 2 groups",
    ]


def test_what_is_not_on_record_is_not_made_up() -> None:
    assert evidence_lines({}) == ["? Unknown, no activity on record"]
