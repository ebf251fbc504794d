"""The names that a person types before protected accounts lose a license."""

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


def same_name(typed: str, user_principal_name: str) -> bool:
    """Whether a typed name is this one; neither case nor space around it matters."""
    return typed.strip().casefold() == user_principal_name.casefold()


def with_typed_names(
    rows: Sequence[dict[str, Any]],
    protected: Mapping[str, Sequence[Note]],
    typed: Iterable[str],
    *,
    owed: bool,
) -> list[dict[str, Any]]:
    """Columns of requests, with the typed name and the reason in the evidence of those that are protected.

    Args:
        rows: the columns, as `core.reclamation.chosen.remembered` gives them.
        protected: the accounts that are protected, by user id, and why.
        typed: the names that were typed. Those of accounts that need none are taken too.
        owed: whether every protected account needs its name; a dry run tells all the same what would happen.

    Raises:
        WrongNames: a name is owed, or is that of nobody who is chosen.
    """
    names = {name.strip().casefold() for name in typed if name.strip()}
    known = {row["user_principal_name"].casefold() for row in rows}
    if strangers := sorted(names - known):
        raise WrongNames(
            f"typed, but not among those chosen: {listed(strangers)}. Choose them, or leave them out"
        )
    found = []
    missing: dict[str, str] = {}
    for row in rows:
        notes = protected.get(row["user_id"], ())
        reasons = [note.text for note in notes]
        evidence = row["evidence"]
        if notes:
            evidence = evidence | {PROTECTIONS: reasons}
            if row["user_principal_name"].casefold() in names:
                evidence |= {TYPED_NAME: row["user_principal_name"]}
            else:
                missing[row["user_principal_name"]] = reasons[0]
        found.append(row | {"evidence": evidence})
    if missing and owed:
        people = listed([f"{name} ({why.removesuffix('.')})" for name, why in missing.items()])
        raise WrongNames(f"the user principal name has to be typed for {people}. Type it, or leave them out")
    return found


def said_of(note: str, evidence: Mapping[str, Any]) -> str:
    """The note of a run as it stands in the history of one request, with the name that was typed."""
    if TYPED_NAME not in evidence:
        return note
    typed = f"The name {evidence[TYPED_NAME]} was typed to confirm. {' '.join(evidence[PROTECTIONS])}"
    return f"{note} · {typed}" if note else typed
