"""Which account is whose: by employee id, then e-mail, then user principal name. Rules only, no I/O.

Nothing is guessed. Where two accounts, or two people, come into question, nobody is matched, and a sentence
says why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class MatchedBy(StrEnum):
    """What led from a person to the account; the earlier ones count more."""

    EMPLOYEE_ID = "employee_id"
    EMAIL = "email"  # the account's mail address
    USER_PRINCIPAL_NAME = "user_principal_name"

    @property
    def label(self) -> str:
        """The words that people see."""
        return self.spoken[0].upper() + self.spoken[1:]

    @property
    def spoken(self) -> str:
        """The words within a sentence."""
        return {"email": "e-mail address"}.get(self.value, self.value.replace("_", " "))


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """An account of the directory."""

    user_id: str
    employee_id: str | None
    mail: str | None
    user_principal_name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A person of the roster, under any key. One who departed gives way to those who are in it."""

    key: int
    name: str
    employee_id: str | None
    email: str | None
    departed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """What was found for one person.

    `conflict` says why nobody can be sure; there may be an account all the same, by e-mail, where the
    directory has another employee id for it. `candidates`: the accounts that came into question.
    """

    user_id: str | None = None
    matched_by: MatchedBy | None = None
    conflict: str | None = None
    candidates: tuple[str, ...] = ()


_NOBODY: Final = Match()


def key_of(text: str | None) -> str | None:
    """A value as it is compared: trimmed, whatever its case; nothing for an empty one."""
    return (text or "").strip().casefold() or None


def wanted_keys(people: Iterable[Person]) -> frozenset[str]:
    """All values by which these people could be found; other accounts need not be looked at."""
    values = (key_of(value) for person in people for value in (person.employee_id, person.email))
    return frozenset(value for value in values if value is not None)


def is_wanted(account: Account, wanted: frozenset[str]) -> bool:
    """Whether the account could be that of one of the people whose `wanted_keys` these are."""
    values = (account.employee_id, account.mail, account.user_principal_name)
    return any(key_of(value) in wanted for value in values)


def match_people(people: Sequence[Person], accounts: Iterable[Account]) -> dict[int, Match]:
    """The account of each person, by the person's key. No account is given to two."""
    directory = _Directory(accounts)
    found = {person.key: directory.find(person) for person in people}
    current = [person for person in people if not person.departed]
    found |= _one_each(current, found, directory)
    taken = {user_id for person in current for user_id in found[person.key].candidates}
    departed = [person for person in people if person.departed]
    for person in departed:
        if not taken.isdisjoint(found[person.key].candidates):
            found[person.key] = _NOBODY
    return found | _one_each(departed, found, directory)


class _Directory:
    """The accounts by each value that can lead to them."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self.accounts: dict[str, Account] = {}
        self._by: dict[MatchedBy, dict[str, list[str]]] = {way: {} for way in MatchedBy}
        for account in accounts:
            self.accounts[account.user_id] = account
            for way, value in (
                (MatchedBy.EMPLOYEE_ID, account.employee_id),
                (MatchedBy.EMAIL, account.mail),
                (MatchedBy.USER_PRINCIPAL_NAME, account.user_principal_name),
            ):
                if (key := key_of(value)) is not None:
                    self._by[way].setdefault(key, []).append(account.user_id)

    def find(self, person: Person) -> Match:
        """The person's account, whoever else it could be."""
        by_id = self._accounts(MatchedBy.EMPLOYEE_ID, person.employee_id)
        by_mail, way = self._by_address(person.email)
        if len(by_id) > 1:
            text = f"The employee id {person.employee_id} is that of several accounts: {self.named(by_id)}."
            return Match(conflict=text, candidates=by_id)
        if by_id:
            if by_mail and by_id[0] not in by_mail:
                text = (
                    f"The employee id {person.employee_id} leads to {self.named(by_id)}, "
                    f"the e-mail {person.email} to {self.named(by_mail)}."
                )
                return Match(conflict=text, candidates=by_id + by_mail)
            return Match(user_id=by_id[0], matched_by=MatchedBy.EMPLOYEE_ID, candidates=by_id)
        if len(by_mail) > 1:
            text = f"The e-mail {person.email} is that of several accounts: {self.named(by_mail)}."
            return Match(conflict=text, candidates=by_mail)
        if not by_mail:
            return _NOBODY
        return Match(
            user_id=by_mail[0],
            matched_by=way,
            conflict=self._other_employee_id(person, by_mail[0]),
            candidates=by_mail,
        )

    def named(self, user_ids: Iterable[str]) -> str:
        """Accounts by their user principal names."""
        return " and ".join(sorted(self.accounts[user_id].user_principal_name for user_id in user_ids))

    def _by_address(self, email: str | None) -> tuple[tuple[str, ...], MatchedBy]:
        by_mail = self._accounts(MatchedBy.EMAIL, email)
        if by_mail:
            return by_mail, MatchedBy.EMAIL
        return self._accounts(MatchedBy.USER_PRINCIPAL_NAME, email), MatchedBy.USER_PRINCIPAL_NAME

    def _accounts(self, way: MatchedBy, value: str | None) -> tuple[str, ...]:
        key = key_of(value)
        return () if key is None else tuple(sorted(self._by[way].get(key, ())))

    def _other_employee_id(self, person: Person, user_id: str) -> str | None:
        """A mail address can pass on to somebody else; an employee id does not."""
        account = self.accounts[user_id]
        if key_of(account.employee_id) is None or key_of(person.employee_id) is None:
            return None
        return (
            f"Found by the e-mail {person.email}, but the directory has the employee id "
            f"{account.employee_id} for {account.user_principal_name}, not {person.employee_id}."
        )


def _one_each(people: Sequence[Person], found: dict[int, Match], directory: _Directory) -> dict[int, Match]:
    """The matches of those whose account is also found for somebody else: nobody gets it."""
    claims: dict[str, list[Person]] = {}
    for person in people:
        user_id = found[person.key].user_id
        if user_id is not None:
            claims.setdefault(user_id, []).append(person)
    changed: dict[int, Match] = {}
    for user_id, claimants in claims.items():
        if len(claimants) < 2:  # noqa: PLR2004 - two people are a conflict
            continue
        names = " and ".join(sorted(_described(person) for person in claimants))
        text = f"The account {directory.named([user_id])} is found for several people: {names}."
        for person in claimants:
            match = found[person.key]
            changed[person.key] = replace(match, user_id=None, matched_by=None, conflict=text)
    return changed


def _described(person: Person) -> str:
    known = ", ".join(filter(None, (person.employee_id, person.email)))
    return f"{person.name} ({known})"
