"""Which heading stands for which column."""

import pytest

from core.roster.columns import COLUMNS, guess_mapping


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("email", "email"),
        ("EMAIL", "email"),
        ("E-mail address", "email"),
        ("Work Email", "email"),
        ("UserPrincipalName", "email"),
        ("Employee ID", "employee_id"),
        ("employee_id", "employee_id"),
        ("Personnel number", "employee_id"),
        ("Given name", "first_name"),
        ("Surname", "last_name"),
        ("Employment Status", "status"),
        ("Termination date", "inactive_date"),
        ("Cost Centre", "cost_center"),
        ("Manager e-mail", "manager_email"),
    ],
)
def test_a_common_heading_is_told(heading: str, column: str) -> None:
    assert guess_mapping(["Shoe size", heading]) == {column: heading}


def test_the_headings_of_the_format_are_told_in_any_order() -> None:
    assert guess_mapping(COLUMNS[::-1]) == {column: column for column in COLUMNS}


def test_a_columns_own_name_goes_before_another_one() -> None:
    assert guess_mapping(["UPN", "E-mail address", "E-mail"]) == {"email": "E-mail"}
    assert guess_mapping(["UPN", "E-mail address"]) == {"email": "E-mail address"}
