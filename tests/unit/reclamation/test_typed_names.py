"""The names that are owed before protected accounts lose a license."""

from typing import Any

import pytest

from core.reclamation.candidates import CautionCode, Note
from core.reclamation.typed_names import (
    PROTECTIONS,
    TYPED_NAME,
    WrongNames,
    plain_name,
    said_of,
    with_typed_names,
)

ROLE = Note(code=CautionCode.ADMIN_ROLE, text="The account holds an admin role: Global Administrator.")
ADA, BOB = "Ada@Contoso.com", "bob@contoso.com"
ROWS: list[dict[str, Any]] = [
    {"user_id": "a", "user_principal_name": ADA, "evidence": {"direct": True}},
    {"user_id": "b", "user_principal_name": BOB, "evidence": {"direct": True}},
]


def evidence(*typed: str, owed: bool = True) -> list[dict[str, Any]]:
    return [row["evidence"] for row in with_typed_names(ROWS, {"a": (ROLE,)}, typed, owed=owed)]


@pytest.mark.parametrize("typed", [ADA, " ada@contoso.com ", "ADA@CONTOSO.COM"])
def test_the_typed_name_and_the_reason_are_on_record(typed: str) -> None:
    first, second = evidence(typed)
    assert first == {"direct": True, PROTECTIONS: [ROLE.text], TYPED_NAME: ADA}
    assert second == {"direct": True}


def test_a_name_that_is_not_owed_yet_is_on_record_too() -> None:
    assert evidence(ADA, BOB)[1] == {"direct": True, TYPED_NAME: BOB}


@pytest.mark.parametrize("typed", [(), ("",), (BOB,)])
def test_a_name_that_is_owed_is_named_with_the_reason(typed: tuple[str, ...]) -> None:
    with pytest.raises(WrongNames) as refused:
        evidence(*typed)
    assert str(refused.value) == (
        "the user principal name has to be typed for Ada@Contoso.com (The account holds an admin role: "
        "Global Administrator). Type it, or leave them out"
    )


def test_where_no_name_is_owed_the_reason_is_on_record_all_the_same() -> None:
    assert evidence(owed=False)[0] == {"direct": True, PROTECTIONS: [ROLE.text]}


@pytest.mark.parametrize("owed", [True, False])
def test_a_name_of_nobody_who_is_chosen_is_refused(*, owed: bool) -> None:
    with pytest.raises(WrongNames, match=r"typed, but not among those chosen: eve@contoso\.com"):
        evidence(ADA, "Eve@contoso.com", owed=owed)


@pytest.mark.parametrize(
    ("note", "known", "said"),
    [
        ("Left", {}, "Left"),
        ("Left", {PROTECTIONS: [ROLE.text]}, "Left"),
        ("", {TYPED_NAME: BOB}, "The name bob@contoso.com was typed."),
        (
            "Left",
            {TYPED_NAME: ADA, PROTECTIONS: [ROLE.text]},
            f"Left · The name Ada@Contoso.com was typed. {ROLE.text}",
        ),
    ],
)
def test_the_history_says_whose_name_was_typed_and_why(note: str, known: dict[str, Any], said: str) -> None:
    assert said_of(note, known) == said


def test_neither_case_nor_space_matters() -> None:
    assert plain_name(" Straße@Contoso.com") == plain_name("STRASSE@\u2060contoso.com ")
