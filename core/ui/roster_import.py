"""Importing a roster on the HR Roster page: file, columns, what it changes, confirmation."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.integration.hr_roster import RosterBusyError, import_roster
from core.rights import Actor
from core.roster.columns import COLUMNS, LABELS
from core.roster.comparing import Comparison
from core.roster.importing import (
    DepartedUnconfirmed,
    RosterPreview,
    RosterRefused,
    preview_import,
)
from core.roster.roster_file import RosterFile, read_roster
from core.spend.formatting import format_count
from core.table_files import LineError
from core.ui import words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.file_errors import show_file_errors
from core.ui.roster_preview import show_preview
from core.ui.saved import saved

_GENERATION: Final = "roster-generation"
_READ: Final = "roster-read"
_PREVIEWED: Final = "roster-previewed"
_NOT_IN_FILE: Final = "— not in the file —"
TEMPLATE: Final = (
    f"{','.join(COLUMNS)}\n"
    "ada@example.com,E100,Ada,Byron,active,,Research,CC-12,London,charles@example.com\n"
    "ben@example.com,E101,Ben,Bauer,inactive,2026-12-31,Sales,CC-07,Bonn,ada@example.com\n"
)
_KINDS: Final = {
    "Partial": "Adds and updates the people in the file. Nobody departs.",
    "Full": "The file lists everybody: whoever is on record and not in it has departed.",
}
_ReadKey = tuple[str, tuple[tuple[str, str], ...] | None]
"""Digest of the content, and the mapping; the guessed one where there is none."""


@dataclass(frozen=True, kw_only=True)
class _Upload:
    name: str
    digest: str
    content: bytes


def template_button() -> None:
    """A file to begin with."""
    st.download_button(
        "Download a template",
        TEMPLATE,
        file_name="hr-roster.csv",
        mime="text/csv",
        type="tertiary",
        icon=":material/description:",
        on_click="ignore",
    )


def import_panel(application: ApplicationContext, actor: Actor, latest: int | None) -> None:
    """Choose a file, say how it is to be read, see what it changes, import all of it or nothing.

    `latest` is the id of the latest import so far: a preview is good until there is another one.
    """
    left, right = st.columns([1.15, 1], gap="medium")
    with left:
        upload = _upload()
        template_button()
    with right:
        kind = st.radio(
            "What the file lists", list(_KINDS), captions=list(_KINDS.values()), key="roster-kind"
        )
    if upload is None:
        return
    file = _read(upload, None)
    if file.headings:
        file = _read(upload, _mapping(file, upload))
    if file.errors:
        _show_errors(file.errors)
        return
    full = kind == "Full"
    preview = _preview(application, upload, file, full=full, latest=latest)
    if preview.plan.errors:
        _show_errors(preview.plan.errors)
        return
    show_preview(preview)
    _confirm(application, actor, upload, preview, full=full)


def _upload() -> _Upload | None:
    generation = st.session_state.setdefault(_GENERATION, 0)
    chosen = st.file_uploader(
        "CSV or Excel file", type=["csv", "txt", "xlsx"], key=f"roster-file-{generation}"
    )
    if chosen is None:
        _forget()
        return None
    content = chosen.getvalue()
    return _Upload(name=chosen.name, digest=hashlib.sha256(content).hexdigest(), content=content)


def _forget() -> None:
    st.session_state.pop(_READ, None)
    st.session_state.pop(_PREVIEWED, None)


def _read(upload: _Upload, mapping: Mapping[str, str] | None) -> RosterFile:
    """The file as read with a mapping, once for all runs of the page that want the same."""
    key: _ReadKey = (upload.digest, None if mapping is None else tuple(sorted(mapping.items())))
    known: dict[_ReadKey, RosterFile] = st.session_state.get(_READ, {})
    if key not in known:
        # The guessed one is asked for in every run, beside the one by the person's mapping.
        kept = {each: file for each, file in known.items() if each == (upload.digest, None)}
        known = st.session_state[_READ] = kept | {key: read_roster(upload.content, mapping)}
    return known[key]


def _preview(
    application: ApplicationContext, upload: _Upload, file: RosterFile, *, full: bool, latest: int | None
) -> RosterPreview:
    """What an import would do, worked out once for all runs of the page that ask the same."""
    key = (application.id, latest, upload.digest, tuple(sorted(file.mapping.items())), full)
    known = st.session_state.get(_PREVIEWED)
    if known is None or known[0] != key:
        preview = preview_import(runtime().engine, application.id, file, full=full, now=now())
        known = st.session_state[_PREVIEWED] = (key, preview)
    found: RosterPreview = known[1]
    return found


def _mapping(guessed: RosterFile, upload: _Upload) -> dict[str, str]:
    """The heading of each column, by the person; what could be told is chosen already."""
    told = len(guessed.mapping)
    headings = [heading for heading in guessed.headings if heading]
    needed = any(not error.line or error.line == 1 for error in guessed.errors)
    label = f"Columns: {told} of {len(COLUMNS)} told from the headings of {upload.name}"
    chosen: dict[str, str] = {}
    with st.expander(words.plain(label), expanded=needed, icon=":material/view_column:"):
        for start in range(0, len(COLUMNS), 5):
            for place, column in zip(st.columns(5), COLUMNS[start : start + 5], strict=False):
                with place:
                    heading = _heading(column, headings, guessed, key=f"map-{upload.digest[:12]}-{column}")
                if heading is not None:
                    chosen[column] = heading
        unused = [heading for heading in headings if heading not in chosen.values()]
        if unused:
            st.caption(words.plain(f"Left aside: {', '.join(unused)}"))
    return chosen


def _heading(column: str, headings: Sequence[str], guessed: RosterFile, *, key: str) -> str | None:
    options = [_NOT_IN_FILE, *dict.fromkeys(headings)]
    told = guessed.mapping.get(column)
    chosen = st.selectbox(
        LABELS[column], options, index=options.index(told) if told in options else 0, key=key
    )
    if chosen == _NOT_IN_FILE:
        return None
    samples = ", ".join(guessed.samples.get(chosen, ())) or "no values"
    st.caption(words.plain(samples if len(samples) <= 60 else f"{samples[:60]}…"))  # noqa: PLR2004 - two lines
    return chosen


def _show_errors(errors: Sequence[LineError]) -> None:
    count = format_count(len(errors), "error")
    st.error(f"{count}: nothing will be imported. Correct the file and choose it again.")
    show_file_errors(errors, file_stem="roster-errors", key="roster-errors")


def _confirm(
    application: ApplicationContext, actor: Actor, upload: _Upload, preview: RosterPreview, *, full: bool
) -> None:
    comparison = preview.plan.comparison
    number = _departed_number(comparison) if comparison.must_confirm else None
    people = format_count(len(comparison.lines), "employee")
    refused = comparison.must_confirm and number != len(comparison.departed)
    if not st.button(f"Import {people}", type="primary", icon=":material/upload:", disabled=refused):
        return
    try:
        with st.spinner("Importing, and looking for opportunities"):
            done = import_roster(
                runtime().engine,
                application.id,
                preview.plan.file,
                file_name=upload.name,
                full=full,
                confirm_departed=number,
                actor=actor,
            )
    except (RosterRefused, DepartedUnconfirmed, RosterBusyError) as error:
        st.error(words.plain(str(error)))
        return
    st.session_state[_GENERATION] += 1
    _forget()
    saved(
        f"Imported {upload.name}: {done.added:,} added, {done.updated:,} updated, {done.departed:,} departed"
    )


def _departed_number(comparison: Comparison) -> int | None:
    departed = format_count(len(comparison.departed), "employee")
    share = 100 * comparison.lost / comparison.employed
    st.warning(
        f"{departed} on record would depart, among them {comparison.lost:,} of {comparison.employed:,} who "
        f"are employed ({share:.1f} %). Their licenses are then offered for reclaiming. If that is right, "
        "type the number of those who depart; if the file does not list everybody, import it as partial."
    )
    return st.number_input(
        "Number of employees who depart", min_value=0, value=None, step=1, key="roster-departed", width=260
    )
