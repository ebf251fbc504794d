from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.activity.evidence import SourceStatus
from core.integration import roster, sign_ins, subscriptions
from core.integration.coverage import alike, unseen
from core.integration.report_kinds import KINDS
from core.integration.report_lacks import CONCEALED, NOT_OFFERED, Lack
from core.integration.sources import SourceName
from core.store.tables import Source

READ_AT = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)


def source(name: SourceName, status: SourceStatus, detail: str = "") -> Source:
    return Source(application_id=1, name=name, status=status.value, detail=detail, as_of=READ_AT)


def all_available() -> dict[str, Source]:
    return {name.value: source(name, SourceStatus.AVAILABLE) for name in SourceName}


def test_where_all_is_available_nothing_is_unseen() -> None:
    assert unseen(all_available()) == []


def test_what_nobody_has_tried_to_read_is_unseen_too() -> None:
    assert [each.name for each in unseen({})] == list(SourceName)
    assert {each.status for each in unseen({})} == {SourceStatus.NOT_READ}


def test_a_source_that_no_license_type_needs_leaves_nothing_unseen() -> None:
    spared = source(SourceName.COPILOT_USAGE, SourceStatus.NOT_READ, "Not needed.")
    assert unseen(all_available() | {spared.name: spared}) == []


@pytest.mark.parametrize("name", list(SourceName))
@pytest.mark.parametrize(
    "status", [each for each in SourceStatus if each not in {SourceStatus.AVAILABLE, SourceStatus.NOT_READ}]
)
def test_every_source_says_what_it_touches_and_what_helps(name: SourceName, status: SourceStatus) -> None:
    (found,) = unseen(all_available() | {name.value: source(name, status, "It is not there. Nor was it.")})
    assert (found.name, found.status, found.as_of) == (name, status, READ_AT)
    assert found.why == "It is not there. Nor was it."
    assert found.touches
    assert "{" not in found.help
    assert "run" in found.help.lower()
    assert found.help.endswith(".")


def test_a_missing_permission_is_named_with_the_task_to_run_then() -> None:
    found = unseen({SourceName.MAILBOXES: source(SourceName.MAILBOXES, SourceStatus.MISSING)})
    (mailboxes,) = (each for each in found if each.name is SourceName.MAILBOXES)
    assert "MailboxSettings.Read" in mailboxes.help
    assert "Application Access" in mailboxes.help


@pytest.mark.parametrize(
    ("name", "status", "detail", "words"),
    [
        (SourceName.SIGN_INS, SourceStatus.MISSING, sign_ins.NO_PREMIUM, "No permission helps: it takes"),
        (SourceName.SIGN_INS, SourceStatus.MISSING, sign_ins.NO_PERMISSION, "Grant AuditLog.Read.All to"),
        (
            SourceName.SUBSCRIPTIONS,
            SourceStatus.MISSING,
            subscriptions.NOT_IN_CLOUD,
            "No permission helps. If Microsoft comes to offer it, License Differentiation",
        ),
        (SourceName.DIRECTORY, SourceStatus.DEGRADED, roster.NO_GROUPS, "Grant GroupMember.Read.All to"),
        (
            SourceName.DIRECTORY,
            SourceStatus.DEGRADED,
            f"{roster.SOME_GROUPS}: 503.",
            "run Application Roster",
        ),
    ],
)
def test_what_helps_depends_on_the_cause(
    name: SourceName, status: SourceStatus, detail: str, words: str
) -> None:
    (found,) = unseen(all_available() | {name.value: source(name, status, detail)})
    assert words in found.help
    assert found.touches.startswith("the names and kinds of groups") == (name is SourceName.DIRECTORY)


def lacking(lack: Lack, *, seen: str = "") -> dict[str, Source]:
    """All reports lack the same; `seen` is told of the first alone."""
    return {
        kind.name.value: source(kind.name, lack.status, replace(lack, seen=seen).detail(kind))
        if kind is KINDS[0]
        else source(kind.name, lack.status, lack.detail(kind))
        for kind in KINDS
    }


def test_reports_that_are_missing_for_one_reason_are_told_together() -> None:
    lack = Lack(status=SourceStatus.MISSING, sentence=NOT_OFFERED)
    (found,) = alike(unseen(all_available() | lacking(lack)))
    assert [each.name for each in found.sources] == [kind.name for kind in KINDS]
    assert found.why == found.sentence
    assert found.sentence.startswith("These reports can't be had: Microsoft does not offer")
    assert found.each == [f"{kind.name.label}: {kind.costs}" for kind in KINDS]
    assert found.names.startswith("Report of active users, Report of app usage")
    assert {each.help for each in found.sources} == {
        "No permission helps. If Microsoft comes to offer it, Application Access reads it when run next."
    }


def test_what_was_seen_of_one_report_alone_stands_beside_it() -> None:
    lack = Lack(status=SourceStatus.CONCEALED, sentence=CONCEALED)
    (found,) = alike(unseen(all_available() | lacking(lack, seen="Of 5 rows 3 show activity.")))
    assert "These reports can't be matched to people" in found.sentence
    assert found.why.endswith("Settings, Org settings, Reports.")
    assert found.each[0] == f"Report of active users: Of 5 rows 3 show activity. {KINDS[0].costs}"


def test_sources_without_a_reason_in_common_stand_alone() -> None:
    first = source(SourceName.SIGN_INS, SourceStatus.FAILED, "It timed out. A pass goes on.")
    second = source(SourceName.MAILBOXES, SourceStatus.MISSING, "It timed out. A pass goes on.")
    third = source(SourceName.APP_USAGE, SourceStatus.FAILED, "It is gone.")
    found = alike(unseen(all_available() | {each.name: each for each in (first, second, third)}))
    assert [(each.names, each.why, each.each) for each in found] == [
        ("Sign-ins", "It timed out. A pass goes on.", ()),
        ("Report of app usage", "It is gone.", ()),
        ("Mailboxes", "It timed out. A pass goes on.", ()),
    ]
