"""The parts of the HR Roster page that show who is on record: filters, table, and the imports so far."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import pandas as pd
import streamlit as st

from core.roster.listing import AccountState, Counts, EmployeeFilter, EmployeeRow
from core.roster.status import EmployeeStatus
from core.spend.formatting import format_count
from core.store.tables import RosterImport
from core.ui import downloads, tables, words
from core.ui.context import ApplicationContext
from core.ui.filters import several

_ROWS_IN_VIEW: Final = 12
EMPLOYED: Final = (EmployeeStatus.ACTIVE, EmployeeStatus.INACTIVE, EmployeeStatus.ON_LEAVE)
"""What somebody in the roster can be."""

COLUMNS: Final = {
    "name": tables.text("Name", width=150),
    "status": tables.text("Employee status", width=118),
    "last_day": tables.day("Last day", width=92, note="It may lie ahead: until then the person is active."),
    "account": tables.text("Account", width=210, note="The account in the tenant that was found."),
    "found_by": tables.text("Found by", width=118),
    "department": tables.text("Department", width=130),
    "cost_center": tables.text("Cost center", width=92),
    "employee_id": tables.text("Employee id", width=92),
    "email": tables.text("E-mail", width=210),
    "location": tables.text("Location", width=110),
    "manager_email": tables.text("Manager", width=190),
    "conflict": tables.text("Conflict", width=520),
}
_CONFLICT_FIRST: Final = ("name", "status", "conflict", "account", "employee_id", "email")
IMPORT_COLUMNS: Final = {
    "at": tables.text("Imported", width=150),
    "by": tables.text("By", width=150),
    "file": tables.text("File", width=200),
    "kind": tables.text("Kind", width=70),
    "added": tables.count("Added", width=70),
    "updated": tables.count("Updated", width=75),
    "unchanged": tables.count("Unchanged", width=85),
    "departed": tables.count("Departed", width=78),
}


def as_of_line(application: ApplicationContext, latest: RosterImport | None) -> None:
    """From when the roster is."""
    said = [application.name]
    if latest is None:
        said.append("no roster was imported yet")
    else:
        kind = "full" if latest.full else "partial"
        said.append(f"as of {words.moment(latest.at)} ({kind} roster {latest.file_name}, by {latest.by})")
    st.caption(" · ".join(words.plain(each) for each in said))


def only_partial_note() -> None:
    """What is not known as long as no file has listed everybody."""
    st.info(
        "Only partial rosters were imported so far. They speak of the people in them; of everybody else the "
        "employee status is not known, and no account counts as *Not in roster*. Import a full roster to "
        "find the accounts that belong to nobody.",
        icon=":material/group_off:",
    )


def counts_line(everybody: Counts) -> None:
    """How many people are on record, and for how many of them an account was found."""
    statuses = [f"{everybody.by_status.get(status, 0):,} {status.label.lower()}" for status in EMPLOYED]
    accounts = [
        f"{everybody.by_account.get(state, 0):,} {word}"
        for state, word in (
            (AccountState.FOUND, "with an account"),
            (AccountState.NOT_FOUND, "without one"),
            (AccountState.CONFLICT, "in conflict"),
        )
    ]
    with st.container(gap=None):
        st.markdown(f"**{format_count(everybody.total, 'employee')}** · {' · '.join(statuses)}")
        st.caption(" · ".join(accounts))


def filter_bar() -> EmployeeFilter:
    """Draw the filters; what is chosen."""
    statuses = {status.label: status for status in EMPLOYED}
    accounts = {state.label: state for state in AccountState}
    first, second, third = st.columns([1.3, 1, 1])
    with first:
        text = st.text_input(
            "Search",
            key="q",
            bind="query-params",
            placeholder="Name, e-mail or employee id",
            icon=":material/search:",
            max_chars=200,
            label_visibility="collapsed",
        )
    with second:
        chosen_statuses = several(
            "Employee status", list(statuses), key="employee", none="Any employee status"
        )
    with third:
        chosen_accounts = several("Account", list(accounts), key="account", none="With or without an account")
    return EmployeeFilter(
        statuses=tuple(statuses[label] for label in chosen_statuses),
        accounts=tuple(accounts[label] for label in chosen_accounts),
        text=text or "",
    )


def employees_table(rows: Sequence[EmployeeRow], *, conflicts: bool) -> None:
    """The rows of one page; what the conflicts are comes first where they are asked for."""
    frame = pd.DataFrame([_cells(row) for row in rows], columns=list(COLUMNS))
    order = _CONFLICT_FIRST if conflicts else [name for name in COLUMNS if name != "conflict"]
    tables.show_table(
        frame,
        COLUMNS,
        key=tables.ids_key("employees", (row.id for row in rows)),
        alt="Employees with their status and account, by family name",
        height=tables.height_of(len(rows), most=_ROWS_IN_VIEW),
        order=order,
    )


def imports_table(imports: Sequence[RosterImport]) -> None:
    """The imports so far, the newest first."""
    frame = pd.DataFrame(
        {
            "at": [words.moment(each.at) for each in imports],
            "by": [each.by for each in imports],
            "file": [each.file_name for each in imports],
            "kind": ["Full" if each.full else "Partial" for each in imports],
            "added": [each.added for each in imports],
            "updated": [each.updated for each in imports],
            "unchanged": [each.unchanged for each in imports],
            "departed": [each.departed for each in imports],
        }
    )
    tables.show_table(
        frame, IMPORT_COLUMNS, key="roster-imports", alt="Imports of HR rosters", height="content"
    )
    downloads.offer_frame(
        f"Download {format_count(len(frame), 'import')}",
        frame,
        IMPORT_COLUMNS,
        file_stem="hr-roster-imports",
        key="roster-imports-file",
    )


def _cells(row: EmployeeRow) -> dict[str, object]:
    return {
        "name": row.name,
        "status": row.status.label,
        "last_day": _last_day(row),
        "account": row.account,
        "found_by": None if row.matched_by is None else row.matched_by.label,
        "department": row.department,
        "cost_center": row.cost_center,
        "employee_id": row.employee_id,
        "email": row.email,
        "location": row.location,
        "manager_email": row.manager_email,
        "conflict": row.conflict,
    }


def _last_day(row: EmployeeRow) -> date | None:
    return row.inactive_date or row.departed_on
