from datetime import UTC, datetime

import pytest

from core.activity.evidence import SourceStatus
from core.integration.coverage import unseen
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
    assert found.sentence == "It is not there."
    assert found.touches
    assert "{" not in found.help
    assert "run" in found.help.lower()
    assert found.help.endswith(".")


def test_a_missing_permission_is_named_with_the_task_to_run_then() -> None:
    found = unseen({SourceName.MAILBOXES: source(SourceName.MAILBOXES, SourceStatus.MISSING)})
    (mailboxes,) = (each for each in found if each.name is SourceName.MAILBOXES)
    assert "MailboxSettings.Read" in mailboxes.help
    assert "Application Access" in mailboxes.help
