"""Accounts whose name has to be typed."""

from dataclasses import replace
from typing import Any

import pytest

from core.reclamation.candidates import CautionCode, MailboxPurpose, Note
from core.reclamation.protected import Account, is_protected, protections

PERSON = Account(user_principal_name="anna@contoso.com", display_name="Anna Schmidt")


def test_an_ordinary_persons_account_is_not_protected() -> None:
    assert protections(PERSON) == ()
    assert not is_protected(())


ROLES = ("Global Administrator", "User Administrator (eligible)")


@pytest.mark.parametrize(
    ("facts", "code", "text"),
    [
        ({"admin_roles": ROLES}, CautionCode.ADMIN_ROLE, f"an admin role: {ROLES[0]}, {ROLES[1]}."),
        ({"user_principal_name": "breakglass1@contoso.com"}, CautionCode.BREAK_GLASS_ACCOUNT, "emergencies"),
        ({"display_name": "svc-reporting"}, CautionCode.SERVICE_ACCOUNT, "a service or program"),
        ({"display_name": "Meeting Room 4"}, CautionCode.RESOURCE_ACCOUNT, "Its name says"),
        ({"resource_type": "Teams Rooms Pro"}, CautionCode.RESOURCE_ACCOUNT, "it holds Teams Rooms Pro."),
        (
            {"resource_type": "Teams Rooms Pro", "display_name": "Room 4"},
            CautionCode.RESOURCE_ACCOUNT,
            "it holds Teams Rooms Pro.",
        ),
        ({"mailbox_purpose": MailboxPurpose.ROOM}, CautionCode.RESOURCE_ACCOUNT, "of the kind room."),
        ({"mailbox_purpose": MailboxPurpose.EQUIPMENT}, CautionCode.RESOURCE_ACCOUNT, "kind equipment."),
    ],
)
def test_why_the_name_has_to_be_typed(facts: dict[str, Any], code: CautionCode, text: str) -> None:
    found = protections(replace(PERSON, **facts))
    assert [note.code for note in found] == [code]
    assert text in found[0].text
    assert is_protected(found)


@pytest.mark.parametrize("purpose", [None, MailboxPurpose.USER, MailboxPurpose.SHARED, MailboxPurpose.NONE])
def test_no_other_mailbox_asks_for_the_name(purpose: MailboxPurpose | None) -> None:
    assert protections(replace(PERSON, mailbox_purpose=purpose)) == ()


def test_an_emergency_account_with_a_role_has_both_reasons() -> None:
    found = protections(
        replace(PERSON, display_name="Emergency Access 1", admin_roles=("Global Administrator",))
    )
    assert [note.code for note in found] == [CautionCode.ADMIN_ROLE, CautionCode.BREAK_GLASS_ACCOUNT]


def test_roles_that_are_not_known_protect_nobody() -> None:
    assert protections(replace(PERSON, roles_known=False)) == ()


def test_another_caution_asks_for_no_name() -> None:
    assert not is_protected([Note(code=CautionCode.GUEST, text="A guest.")])
