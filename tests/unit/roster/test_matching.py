"""Which account is whose."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.roster.matching import Account, Match, MatchedBy, Person, is_wanted, match_people, wanted_keys


def account(user_id: str, employee_id: str | None = None, mail: str | None = None, upn: str = "") -> Account:
    return Account(
        user_id=user_id,
        employee_id=employee_id,
        mail=mail,
        user_principal_name=upn or f"{user_id}@upn.org",
    )


def person(
    key: int = 1, employee_id: str | None = None, email: str | None = None, *, departed: bool = False
) -> Person:
    return Person(key=key, name=f"P{key}", employee_id=employee_id, email=email, departed=departed)


def match(someone: Person, *accounts: Account) -> Match:
    return match_people([someone], accounts)[someone.key]


@pytest.mark.parametrize(
    ("someone", "accounts", "user_id", "way"),
    [
        (person(employee_id="7"), [account("a", "7")], "a", MatchedBy.EMPLOYEE_ID),
        (person(employee_id=" E7 "), [account("a", "e7")], "a", MatchedBy.EMPLOYEE_ID),
        (person(email="ADA@x.org"), [account("a", mail="ada@X.org")], "a", MatchedBy.EMAIL),
        (person(email="ada@x.org"), [account("a", upn="Ada@x.org")], "a", MatchedBy.USER_PRINCIPAL_NAME),
        (
            person(email="ada@x.org"),
            [account("a", upn="ada@x.org"), account("b", mail="ada@x.org")],
            "b",
            MatchedBy.EMAIL,
        ),
        (
            person(employee_id="7", email="ada@x.org"),
            [account("a", "7", mail="ada@x.org"), account("b", upn="ada@x.org")],
            "a",
            MatchedBy.EMPLOYEE_ID,
        ),
        (person(employee_id="7", email="ada@x.org"), [account("a", mail="ada@x.org")], "a", MatchedBy.EMAIL),
        (person(employee_id="7", email="ada@x.org"), [account("a", "8")], None, None),
        (person(employee_id="7"), [account("a", mail="7")], None, None),
    ],
)
def test_a_person_is_found_by_the_strongest_that_fits(
    someone: Person, accounts: Sequence[Account], user_id: str | None, way: MatchedBy | None
) -> None:
    found = match(someone, *accounts)
    assert (found.user_id, found.matched_by, found.conflict) == (user_id, way, None)


@pytest.mark.parametrize(
    ("someone", "accounts", "conflict"),
    [
        (
            person(employee_id="7", email="ada@x.org"),
            [account("a", "7", mail="ada@x.org"), account("b", "7")],
            "The employee id 7 is that of several accounts: a@upn.org and b@upn.org.",
        ),
        (
            person(employee_id="7", email="ada@x.org"),
            [account("a", "7"), account("b", mail="ada@x.org")],
            "The employee id 7 leads to a@upn.org, the e-mail ada@x.org to b@upn.org.",
        ),
        (
            person(employee_id="7", email="ada@x.org"),
            [account("a", "7"), account("b", upn="ada@x.org")],
            "The employee id 7 leads to a@upn.org, the e-mail ada@x.org to ada@x.org.",
        ),
        (
            person(email="ada@x.org"),
            [account("a", mail="ada@x.org"), account("b", mail="Ada@x.org")],
            "The e-mail ada@x.org is that of several accounts: a@upn.org and b@upn.org.",
        ),
    ],
)
def test_what_is_ambiguous_matches_nobody_and_says_why(
    someone: Person, accounts: Sequence[Account], conflict: str
) -> None:
    found = match(someone, *accounts)
    assert (found.user_id, found.matched_by, found.conflict) == (None, None, conflict)
    assert len(found.candidates) == 2


def test_an_account_found_for_two_people_goes_to_neither() -> None:
    people = [person(1, employee_id="7"), person(2, email="ada@x.org")]
    found = match_people(people, [account("a", "7", mail="ada@x.org")])
    text = "The account a@upn.org is found for several people: P1 (7) and P2 (ada@x.org)."
    assert [(each.user_id, each.conflict) for each in found.values()] == [(None, text), (None, text)]


def test_another_employee_id_in_the_directory_leaves_a_match_by_mail_uncertain() -> None:
    found = match(person(employee_id="7", email="ada@x.org"), account("a", "8", mail="ada@x.org"))
    assert (found.user_id, found.matched_by) == ("a", MatchedBy.EMAIL)
    assert found.conflict is not None
    assert "the directory has the employee id 8 for a@upn.org, not 7" in found.conflict


def test_who_departed_gives_way_to_who_is_there() -> None:
    people = [person(1, email="ada@x.org", departed=True), person(2, email="ada@x.org")]
    found = match_people(people, [account("a", mail="ada@x.org")])
    assert [(each.user_id, each.conflict) for each in found.values()] == [(None, None), ("a", None)]


def test_who_departed_keeps_an_account_that_nobody_else_has() -> None:
    found = match(person(1, email="ada@x.org", departed=True), account("a", mail="ada@x.org"))
    assert (found.user_id, found.conflict) == ("a", None)


VALUES = st.sampled_from([None, "1", "2", "a@x.org", "A@X.org", "b@x.org", " "])
ACCOUNTS = st.lists(
    st.builds(
        account,
        st.sampled_from(["u1", "u2", "u3", "u4"]),
        VALUES,
        VALUES,
        st.sampled_from(["a@x.org", "b@x.org", "c"]),
    ),
    unique_by=lambda each: each.user_id,
)
PEOPLE = st.lists(
    st.builds(person, st.integers(1, 6), VALUES, VALUES, departed=st.booleans()), unique_by=lambda p: p.key
)


@given(PEOPLE, ACCOUNTS)
def test_no_account_is_ever_given_to_two_people(people: list[Person], accounts: list[Account]) -> None:
    given_away = [each.user_id for each in match_people(people, accounts).values() if each.user_id]
    assert len(given_away) == len(set(given_away))


@given(PEOPLE, ACCOUNTS, st.randoms())
def test_the_order_of_people_and_accounts_does_not_matter(
    people: list[Person], accounts: list[Account], dice: Random
) -> None:
    expected = match_people(people, accounts)
    dice.shuffle(people)
    dice.shuffle(accounts)
    assert match_people(people, accounts) == expected


@given(PEOPLE, ACCOUNTS)
def test_accounts_that_are_not_wanted_make_no_difference(
    people: list[Person], accounts: list[Account]
) -> None:
    wanted = wanted_keys(people)
    kept = [each for each in accounts if is_wanted(each, wanted)]
    assert match_people(people, kept) == match_people(people, accounts)
