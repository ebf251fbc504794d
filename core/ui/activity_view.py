"""The larger parts of the Activity page: the line of totals, the table, and the panel beside it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

import pandas as pd
import streamlit as st

from core.activity.costs import Cost
from core.activity.details import AssignmentDetails
from core.activity.listing import ActivityRow, Totals
from core.policies.exempting import Target
from core.policies.settings import Policies, Setting
from core.rights import Actor, Role
from core.spend.formatting import format_count, format_money
from core.ui import tables, words
from core.ui.context import ApplicationContext
from core.ui.exemption_form import add_dialog
from core.ui.theme import STATUS_LOOKS

_ROWS_IN_VIEW: Final = 15
_GIGABYTE: Final = 1024**3
COLUMNS: Final = {
    "name": tables.text("Name", width=160),
    "license_type": tables.text("License type", width=180),
    "status": tables.text("Activity status", width=140),
    "employee": tables.text("Employee status", width=120, note="From the HR roster."),
    "last_activity": tables.day("Last activity", width=100),
    "source": tables.text("By", width=105, note="The evidence that the date comes from."),
    "confidence": tables.text("Confidence", width=85),
    "department": tables.text("Department", width=145),
    "country": tables.text("Country", width=105),
    "account": tables.text("Account", width=80),
    "assigned_by": tables.text("Assigned by", width=120),
    "user_principal_name": tables.text("User principal name", width=230),
    "job_title": tables.text("Job title", width=150),
    "company": tables.text("Company", width=130),
    "cost_center": tables.text("Cost center", width=110, note="From the HR roster."),
    "part_number": tables.text("Part number", width=150),
    "threshold": tables.count("Against, days", width=105, note="What the activity status is judged against"),
    "assigned_at": tables.day("Assigned or changed", width=145),
    "account_created_at": tables.day("Account created", width=120),
    "evidence": tables.text("Reasons", width=420),
}
"""The columns to choose from, by key."""

_DEFAULT_COLUMNS: Final = ("name", "license_type", "status", "last_activity", "confidence", "department")
COLUMN_LABELS: Final = {key: str(config["label"]) for key, config in COLUMNS.items()}


def default_columns(*, with_roster: bool) -> tuple[str, ...]:
    """The columns at first: as many as fit on a small screen."""
    return (*_DEFAULT_COLUMNS, "employee" if with_roster else "country")


def totals_lines(shown: Totals, everything: int, cost: Cost, policies: Policies) -> None:
    """What is shown and what it costs; below it, how active it is, and against how many days."""
    ordered = sorted(cost.annual.values(), key=lambda each: -each.millionths)
    amounts = [format_money(cost.monthly(each.currency), "month") for each in ordered]
    unpriced = [f"{cost.unpriced_seats:,} without a price"] if cost.unpriced_seats else []
    counted = f"**{shown.seats:,}** of {format_count(everything, 'assignment')}"
    statuses = [
        f"{look.sign} {count:,} {look.word}"
        for status, look in STATUS_LOOKS.items()
        if (count := shown.of_status(status))
    ]
    with st.container(gap=None):
        st.markdown(" · ".join([counted, *(words.plain(each) for each in (*amounts, *unpriced))]))
        st.caption(" · ".join([*statuses, against(shown.by_type, policies)]))


def against(sku_ids: Iterable[str], policies: Policies) -> str:
    """The days against which these license types are judged: `against 60 days`, `against 15 to 90 days`."""
    days = {policies.threshold_of(sku_id) for sku_id in sku_ids} or {policies[Setting.THRESHOLD_DAYS]}
    shortest, longest = min(days), max(days)
    return f"against {shortest} days" if len(days) == 1 else f"against {shortest} to {longest} days, by type"


def picked(rows: Sequence[ActivityRow]) -> ActivityRow | None:
    """The row that is chosen in the table of these rows."""
    position = tables.chosen_position(_key(rows), len(rows))
    return None if position is None else rows[position]


def table(rows: Sequence[ActivityRow], chosen_columns: Sequence[str]) -> None:
    """The rows of one page, of which one can be chosen."""
    frame = pd.DataFrame([_cells(row) for row in rows], columns=list(COLUMNS))
    looks = {"status": tables.looks_by_label(STATUS_LOOKS.values())}
    tables.choose_row(
        tables.color_looks(frame, looks),
        COLUMNS,
        key=_key(rows),
        alt="Assignments with activity status and last activity, by name",
        height=tables.height_of(len(rows), most=_ROWS_IN_VIEW),
        order=[key for key in COLUMNS if key in chosen_columns],
    )


def _key(rows: Sequence[ActivityRow]) -> str:
    return tables.ids_key("activity", (f"{row.user_id} {row.sku_id}" for row in rows))


def details_panel(application: ApplicationContext, actor: Actor, details: AssignmentDetails) -> None:
    """All that is known of one assignment, beside the table; operators can exempt the person."""
    row = details.row
    look = STATUS_LOOKS[row.activity_status]
    with st.container(border=True):
        st.subheader(words.plain(row.display_name), anchor=False)
        st.text(f"{row.user_principal_name}\n{row.license_type}")
        judged = f" against {row.threshold_days} days · {words.CONFIDENCE_WORDS[row.confidence]} confidence"
        st.markdown(f"{look.sign} **{look.word}**{judged if row.activity_status.is_seat else ''}")
        st.markdown("\n".join(f"- {words.plain(sentence)}" for sentence in row.evidence))
        _facts(details)
        _sources(details)
        if details.others:
            st.markdown(f"**Also holds {format_count(len(details.others), 'license')}**")
            st.text("\n".join(f"{_sign(other)} {other.license_type}" for other in details.others))
        if actor.may(Role.OPERATOR) and st.button("Exempt this person", icon=":material/shield_person:"):
            add_dialog(
                application,
                Target(id=row.user_id, name=row.display_name, detail=row.user_principal_name),
            )
        with st.expander("Ids"):
            st.code(f"user id {row.user_id}\nSKU id  {row.sku_id}\nSKU     {row.part_number}", language=None)


def _sign(row: ActivityRow) -> str:
    return STATUS_LOOKS[row.activity_status].sign


def _facts(details: AssignmentDetails) -> None:
    row = details.row
    groups = ", ".join(
        f"{group.name}{' (dynamic)' if group.dynamic else ''}{' (synced)' if group.synced else ''}"
        for group in details.groups
    )
    facts = {
        "Assigned by": f"{row.assigned_by.label}{f': {groups}' if groups else ''}",
        "Assigned or changed": words.day(_date(row.assigned_at)),
        "Account": f"{_account(row)}, created {words.day(_date(row.account_created_at))}",
        "Type": details.user_type,
        "Job title": row.job_title,
        "Department": row.department,
        "Country": row.country,
        "Company": row.company,
        "Manager": details.manager,
        "Synced": _SYNCED.get(details.synced),
        "Last day": _last_day(details),
        "Employee": _employee(details),
        "Cost center": row.cost_center,
        "Mailbox": _mailbox(details),
    }
    lines = [f":small[**{name}** {words.plain(value)}]" for name, value in facts.items() if value]
    st.markdown("  \n".join(lines))


_SYNCED: Final[Mapping[bool | None, str]] = {
    True: "from an on-premises directory: name and department are changed there",
    False: "no longer; it came from an on-premises directory once",
}
"""What is said of an account that is not of the cloud alone."""


def _last_day(details: AssignmentDetails) -> str | None:
    """The end of employment as the directory has it, which the HR roster need not agree with."""
    if details.leaves_at is None:
        return None
    return f"{words.day(_date(details.leaves_at))}, by the directory"


def _mailbox(details: AssignmentDetails) -> str | None:
    """What a mailbox holds, as far as it is known."""
    if details.mailbox_bytes is None:
        return None
    archive = {True: "with an archive", False: "without an archive", None: "archive not known"}
    return f"{details.mailbox_bytes / _GIGABYTE:,.1f} GB, {archive[details.has_archive]}"


def _employee(details: AssignmentDetails) -> str | None:
    """What the HR roster says, and how the person was found in it."""
    status, hr = details.row.employee_status, details.hr
    if status is None:
        return None
    if hr is None:
        return status.label
    said = status.label
    if hr.departed_on is not None:
        said = f"{said}, no longer in the roster of {hr.departed_on}"
    elif hr.inactive_date is not None:
        said = f"{said}, last day {hr.inactive_date}"
    said = f"{said}; found by {hr.matched_by.spoken}"
    return f"{said}. {hr.conflict}" if hr.conflict else said


def _sources(details: AssignmentDetails) -> None:
    if not details.sources:
        st.caption("No source of evidence was read for this account.")
        return
    frame = pd.DataFrame(
        {
            "source": [each.source for each in details.sources],
            "last": [_date(each.last) for each in details.sources],
            "as_of": [_date(each.as_of) for each in details.sources],
        }
    )
    columns = {
        "source": tables.text("Evidence", width=120),
        "last": tables.day("Last", width=82),
        "as_of": tables.day("As of", width=82),
    }
    tables.show_table(
        frame, columns, key="evidence", alt="Last activity by source of evidence", height="content"
    )


def _cells(row: ActivityRow) -> dict[str, object]:
    return {
        "name": row.display_name,
        "license_type": row.license_type,
        "status": STATUS_LOOKS[row.activity_status].label,
        "last_activity": _date(row.last_activity),
        "source": None if row.last_activity_source is None else row.last_activity_source.label,
        "confidence": words.CONFIDENCE_WORDS[row.confidence] if row.activity_status.is_seat else None,
        "employee": None if row.employee_status is None else row.employee_status.label,
        "department": row.department,
        "country": row.country,
        "account": _account(row),
        "assigned_by": row.assigned_by.label,
        "user_principal_name": row.user_principal_name,
        "job_title": row.job_title,
        "company": row.company,
        "cost_center": row.cost_center,
        "threshold": row.threshold_days,
        "part_number": row.part_number,
        "assigned_at": _date(row.assigned_at),
        "account_created_at": _date(row.account_created_at),
        "evidence": " ".join(row.evidence),
    }


def _account(row: ActivityRow) -> str:
    return "Enabled" if row.account_enabled else "Disabled"


def _date(moment: datetime | date | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment
