"""Accounts that are no person's own, by what they are called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reclamation.account_names import AccountKind, kind_by_name
from core.reference import read_table
from core.simulator.organization import COUNTRIES
from core.simulator.people import ascii_local

BREAK_GLASS, SERVICE, RESOURCE = AccountKind.BREAK_GLASS, AccountKind.SERVICE, AccountKind.RESOURCE


@pytest.mark.parametrize(
    ("address", "name", "kind"),
    [
        ("breakglass1@contoso.com", "Emergency Access 1", BREAK_GLASS),
        ("bg1@contoso.com", "Emergency  Access 1", BREAK_GLASS),
        ("admin.break_glass@contoso.com", "Admin", BREAK_GLASS),
        ("Notfallzugang@contoso.com", "IT", BREAK_GLASS),
        ("svc-breakglass@contoso.com", "Emergency", BREAK_GLASS),
        ("svc-reporting@contoso.com", "Reporting", SERVICE),
        ("SVC_Reporting@contoso.com", "Reporting", SERVICE),
        ("svcbackup@contoso.com", "Backup", SERVICE),
        ("reporting.svc@contoso.com", "Reporting", SERVICE),
        ("Sync_DC01_1a2b3c@contoso.com", "On-Premises Directory Synchronization Service Account", SERVICE),
        ("x1@contoso.com", "Payroll Service Account", SERVICE),
        ("x1@contoso.com", "Service Scanner 3", SERVICE),
        ("no-reply@contoso.com", "Contoso", SERVICE),
        ("x1@contoso.com", "Room Kilimanjaro", RESOURCE),
        ("x1@contoso.com", "Kilimanjaro Meeting Room", RESOURCE),
        ("conf_room_4@contoso.com", "4", RESOURCE),
        ("x1@contoso.com", "Auto Attendant Support", RESOURCE),
        ("anna.schmidt@contoso.com", "Anna Schmidt", None),
        ("p.vroom@contoso.com", "Petra Vroom", None),
        ("h.broom@contoso.com", "Harry Broom", None),
        ("bo.scanlon@contoso.com", "Bo Scanlon", None),
        ("t.roboto@contoso.com", "Tina Roboto", None),
        ("a@emergency-access.example", "Anna", None),
        ("", "", None),
    ],
)
def test_an_account_is_recognized_by_its_address_or_its_name(
    address: str, name: str, kind: AccountKind | None
) -> None:
    assert kind_by_name(address, name) is kind


def test_no_ordinary_name_of_nine_countries_is_taken_for_anything_else() -> None:
    names = [(given, family) for each in COUNTRIES for given in each.given for family in each.family]
    taken = [
        (given, family)
        for given, family in names
        if kind_by_name(f"{ascii_local(f'{given}.{family}')}@contoso.com", f"{given} {family}") is not None
    ]
    assert taken == []


@given(st.text(), st.text())
def test_any_text_is_answered_and_case_does_not_matter(address: str, name: str) -> None:
    assert kind_by_name(address, name) in {*AccountKind, None}
    assert kind_by_name(f"SVC-{address}", name) is not None


def test_every_pattern_is_in_the_form_in_which_names_are_compared() -> None:
    rows = read_table("account_names")
    assert {row["kind"] for row in rows} == set(AccountKind)
    for row in rows:
        assert row["pattern"] == row["pattern"].lower().replace(" ", "-").replace("_", "-").replace(".", "-")
        assert row["source"] == "convention" or row["source"].startswith("https://learn.microsoft.com/")
