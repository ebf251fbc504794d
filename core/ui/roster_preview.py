"""What a roster file changes, before it is imported on the HR Roster page."""

from typing import Final

import pandas as pd
import streamlit as st

from core.roster.columns import LABELS
from core.roster.comparing import Change, LineChange
from core.roster.importing import RosterPreview
from core.roster.status import EmployeeStatus, RosterStatus
from core.spend.formatting import format_count
from core.ui import downloads, tables, words

_MOST_SHOWN: Final = 10
_MOST_CHANGES: Final = 1_000
"""Rows of changes that the page shows; the download has all of them."""

_CHANGE_COLUMNS: Final = {
    "line": tables.count("Line", width=58),
    "change": tables.text("Change", width=92),
    "name": tables.text("Name", width=140),
    "email": tables.text("E-mail", width=200),
    "employee_id": tables.text("Employee id", width=95),
    "what": tables.text("What changes", width=330),
}
_CONFLICT_COLUMNS: Final = {
    "name": tables.text("Name", width=160),
    "email": tables.text("E-mail", width=210),
    "employee_id": tables.text("Employee id", width=95),
    "conflict": tables.text("Why it is not certain whose account it is"),
}


def show_preview(preview: RosterPreview) -> None:
    """What an import would do: counts, the changes, and of whom it is not certain which account is theirs."""
    comparison = preview.plan.comparison
    conflicts = _conflicts(preview)
    unmatched = sum(
        1 for match in preview.matches.values() if match.user_id is None and match.conflict is None
    )
    figures = (
        ("Added", comparison.count(Change.ADDED), ""),
        ("Updated", comparison.count(Change.UPDATED), ""),
        ("Unchanged", comparison.count(Change.UNCHANGED), ""),
        ("Departed", len(comparison.departed), "On record and not in this full roster."),
        ("Without an account", unmatched, "No account of the tenant has their employee id or e-mail."),
        ("In conflict", len(conflicts), "It is not certain whose account it is: nobody is matched by guess."),
    )
    for place, (label, number, note) in zip(st.columns(len(figures)), figures, strict=True):
        place.metric(label, f"{number:,}", help=note or None)
    changes = _changes(preview)
    if len(changes):
        tables.show_table(
            changes.head(_MOST_CHANGES),
            _CHANGE_COLUMNS,
            key="roster-changes",
            alt="What the file changes",
            height=tables.height_of(len(changes), most=_MOST_SHOWN),
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(changes):
            downloads.offer_frame(
                f"Download {format_count(len(changes), 'change')}",
                changes,
                _CHANGE_COLUMNS,
                file_stem="roster-changes",
                key="roster-changes-file",
            )
        if len(conflicts):
            downloads.offer_frame(
                f"Download {format_count(len(conflicts), 'conflict')}",
                conflicts,
                _CONFLICT_COLUMNS,
                file_stem="roster-conflicts",
                key="roster-conflicts-file",
            )
        if len(changes) > _MOST_CHANGES:
            st.caption(f"The first {_MOST_CHANGES:,} are shown.", width="content")
    if len(conflicts):
        with st.expander(format_count(len(conflicts), "conflict"), icon=":material/warning:"):
            tables.show_table(
                conflicts.head(_MOST_CHANGES),
                _CONFLICT_COLUMNS,
                key="roster-conflicts",
                alt="People of whom it is not certain which account is theirs",
                height=tables.height_of(len(conflicts), most=_MOST_SHOWN),
            )


def _changes(preview: RosterPreview) -> pd.DataFrame:
    """Who departs first, then who changes, then who is new."""
    comparison, known = preview.plan.comparison, preview.plan.known
    rows: list[tuple[object, ...]] = [
        (None, "Departed", known[key].name, known[key].email, known[key].employee_id, "no longer listed")
        for key in comparison.departed
    ]
    for wanted in (Change.UPDATED, Change.ADDED):
        rows += [
            (
                line.line,
                wanted.value.capitalize(),
                line.after.name,
                line.after.email,
                line.after.employee_id,
                _what_changes(line),
            )
            for line in comparison.lines
            if line.change is wanted
        ]
    frame = pd.DataFrame(rows, columns=list(_CHANGE_COLUMNS))
    return frame.astype({"line": "Int64"})


def _what_changes(line: LineChange) -> str:
    if line.before is None:
        new = (_shown(line.after.status), line.after.department, line.after.location)
        return ", ".join(value for value in new if value)
    return "; ".join(
        f"{_fact_label(name)}: {_shown(getattr(line.before, name))} → {_shown(getattr(line.after, name))}"
        for name in line.changed
    )


def _fact_label(name: str) -> str:
    return LABELS.get(name, "Departed on")


def _shown(value: object) -> str:
    if isinstance(value, RosterStatus):
        return EmployeeStatus(value.value).label
    return words.NONE_GIVEN if value is None else str(value)


def _conflicts(preview: RosterPreview) -> pd.DataFrame:
    found = [
        (preview.people[key], match.conflict) for key, match in preview.matches.items() if match.conflict
    ]
    return pd.DataFrame(
        [(facts.name, facts.email, facts.employee_id, conflict) for facts, conflict in found],
        columns=list(_CONFLICT_COLUMNS),
    )
