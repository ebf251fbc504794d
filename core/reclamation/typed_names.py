"""The names that a person types before protected accounts lose a license."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from core.reclamation.candidates import Note
from core.reclamation.chosen import listed

TYPED_NAME: Final = "typed_name"
"""In the evidence of a request: the user principal name as it was typed for this account."""

PROTECTIONS: Final = "protections"
"""In the evidence of a request: why the name had to be typed, a sentence each."""


class WrongNames(Exception):  # noqa: N818 - an answer, not a fault of the program
    """A name is owed, or one was typed that is nobody's. The message says whose."""


def plain_name(name: str) -> str:
    """A name as it is compared: neither case nor space around it matters, nor what a copy adds unseen."""
    return "".join(letter for letter in name if unicodedata.category(letter) != "Cf").strip().casefold()


def with_typed_names(
    rows: Sequence[dict[str, Any]],
    protected: Mapping[str, Sequence[Note]],
    typed: Iterable[str],
    *,
    owed: bool,
) -> list[dict[str, Any]]:
    """Columns of requests, with the typed name, and why it is owed, in the evidence.

    Args:
        rows: the columns, as `core.reclamation.chosen.remembered` gives them.
        protected: the accounts that are protected, by user id, and why.
        typed: the names that were typed. Where none is owed yet, it holds for a role that is given later.
        owed: whether every protected account needs its name; a dry run tells all the same what would happen.

    Raises:
        WrongNames: a name is owed, or is that of nobody who is chosen.
    """
    names = {plain_name(name) for name in typed if plain_name(name)}
    known = {plain_name(row["user_principal_name"]) for row in rows}
    if strangers := sorted(names - known):
        raise WrongNames(
            f"typed, but not among those chosen: {listed(strangers)}. Choose them, or leave them out"
        )
    found = []
    missing: dict[str, str] = {}
    for row in rows:
        name, evidence = row["user_principal_name"], row["evidence"]
        reasons = [note.text for note in protected.get(row["user_id"], ())]
        if reasons:
            evidence = evidence | {PROTECTIONS: reasons}
        if plain_name(name) in names:
            evidence = evidence | {TYPED_NAME: name}
        elif reasons:
            missing[name] = reasons[0]
        found.append(row | {"evidence": evidence})
    if missing and owed:
        people = listed([f"{name} ({why.removesuffix('.')})" for name, why in missing.items()])
        raise WrongNames(f"the user principal name has to be typed for {people}. Type it, or leave them out")
    return found


def said_of(note: str, evidence: Mapping[str, Any]) -> str:
    """The note of a run as it stands in the history of one request, with the name that was typed."""
    if TYPED_NAME not in evidence:
        return note
    typed = " ".join([f"The name {evidence[TYPED_NAME]} was typed.", *evidence.get(PROTECTIONS, [])])
    return f"{note} · {typed}" if note else typed
