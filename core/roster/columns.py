"""Which heading of a file stands for which column of the roster. Rules only, no I/O."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

COLUMNS: Final = (
    "email",
    "employee_id",
    "first_name",
    "last_name",
    "status",
    "inactive_date",
    "department",
    "cost_center",
    "location",
    "manager_email",
)
"""The columns of the import format, in their order."""

LABELS: Final = MappingProxyType(
    {
        "email": "E-mail",
        "employee_id": "Employee id",
        "first_name": "First name",
        "last_name": "Last name",
        "status": "Status",
        "inactive_date": "Inactive date",
        "department": "Department",
        "cost_center": "Cost center",
        "location": "Location",
        "manager_email": "Manager's e-mail",
    }
)
"""The columns as people see them."""

_NAMES: Final = {
    "email": (
        "emailaddress",
        "mail",
        "mailaddress",
        "workemail",
        "workemailaddress",
        "businessemail",
        "primaryemail",
        "companyemail",
        "userprincipalname",
        "upn",
    ),
    "employee_id": (
        "employeenumber",
        "employeeno",
        "personnelnumber",
        "personnelno",
        "personnelid",
        "staffid",
        "staffnumber",
        "workerid",
        "personid",
        "personnumber",
    ),
    "first_name": ("givenname", "forename", "preferredfirstname"),
    "last_name": ("surname", "familyname"),
    "status": ("employeestatus", "employmentstatus", "workerstatus", "hrstatus"),
    "inactive_date": (
        "terminationdate",
        "leavedate",
        "leavingdate",
        "lastday",
        "lastdayofwork",
        "lastworkingday",
        "enddate",
        "employmentenddate",
        "exitdate",
    ),
    "department": ("dept", "departmentname", "orgunit", "organizationalunit"),
    "cost_center": ("costcentre", "costcentercode", "costcenterid"),
    "location": ("office", "site", "worklocation", "officelocation", "city"),
    "manager_email": ("manageremailaddress", "managermail", "supervisoremail"),
}
"""Other names of each column, the likelier ones first."""

_NOT_A_LETTER: Final = re.compile(r"[\W_]+")


def guess_mapping(headings: Sequence[str]) -> dict[str, str]:
    """The heading of each column that can be told: its own name in any spelling, else a common other name.

    A heading stands for one column only.
    """
    by_name: dict[str, str] = {}
    for heading in headings:
        by_name.setdefault(_squeezed(heading), heading)
    found: dict[str, str] = {}
    for column in COLUMNS:
        names = (_squeezed(column), *_NAMES[column])
        if fitting := [by_name[name] for name in names if name in by_name]:
            found[column] = fitting[0]
    return found


def mapping_problems(mapping: Mapping[str, str], headings: Sequence[str]) -> list[tuple[str, str, str]]:
    """What is wrong with a mapping from columns to headings: column, what was found, what is expected."""
    problems = [
        (column, heading, f"one of the headings of the file: {', '.join(filter(None, headings))}")
        for column, heading in mapping.items()
        if heading not in headings
    ]
    problems += [
        (column, f"the heading {heading} twice", "each heading once")
        for column, heading in mapping.items()
        if headings.count(heading) > 1
    ]
    if "status" not in mapping:
        problems.append(("status", "no such heading", "a heading status, or another one mapped to it"))
    if "email" not in mapping and "employee_id" not in mapping:
        expected = "a heading email or employee_id, or another one mapped to it"
        problems.append(("email", "no such heading", expected))
    return problems


def _squeezed(heading: str) -> str:
    """A heading without case, spaces, underscores and other signs."""
    return _NOT_A_LETTER.sub("", heading).casefold()
