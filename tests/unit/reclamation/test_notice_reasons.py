import pytest

from core.notification.message import Reason
from core.reclamation.notice_reasons import reason_of


@pytest.mark.parametrize(
    ("scenarios", "reason"),
    [
        (["hr_inactive", "disabled_account", "inactive"], Reason.LEFT),
        (["never_active", "not_in_hr_roster"], Reason.NEVER_USED),
        (["disabled_account", "inactive"], Reason.DISABLED),
        (["inactive", "duplicate"], Reason.UNUSED),
        (["duplicate"], Reason.COVERED),
        (["not_in_hr_roster", "duplicate"], Reason.COVERED),
        (["not_in_hr_roster", "downgrade"], Reason.NOT_IN_ROSTER),
        (["downgrade"], Reason.CHOSEN),
        ([], Reason.CHOSEN),
    ],
)
def test_the_holder_is_told_what_the_reclamation_rests_on(scenarios: list[str], reason: Reason) -> None:
    assert reason_of(scenarios, manual=False) is reason


@pytest.mark.parametrize("scenarios", [["duplicate"], ["inactive"], []])
def test_of_what_somebody_chose_by_hand_no_evidence_is_claimed(scenarios: list[str]) -> None:
    assert reason_of(scenarios, manual=True) is Reason.CHOSEN
