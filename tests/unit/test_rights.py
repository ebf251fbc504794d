from itertools import pairwise, product

import pytest

from core.rights import Actor, RightRefused, Role, cli_actor, require

ORDER = [Role.VIEWER, Role.ANALYST, Role.OPERATOR, Role.ADMINISTRATOR]


@pytest.mark.parametrize(("lower", "higher"), list(pairwise(ORDER)))
def test_each_role_is_below_the_next_one(lower: Role, higher: Role) -> None:
    assert lower < higher
    assert lower <= higher
    assert higher > lower
    assert higher >= lower
    assert not higher < lower
    assert not higher <= lower


@pytest.mark.parametrize("role", ORDER)
def test_a_role_is_neither_below_nor_above_itself(role: Role) -> None:
    same = Role(role.value)
    assert role <= same
    assert role >= same
    assert not role < same
    assert not role > same


def test_roles_sort_by_what_they_allow_and_not_by_the_alphabet() -> None:
    assert sorted(Role) == ORDER
    assert max(Role) is Role.ADMINISTRATOR


@pytest.mark.parametrize(("held", "needed"), list(product(ORDER, ORDER)))
def test_a_right_is_granted_exactly_to_the_role_needed_and_higher_ones(held: Role, needed: Role) -> None:
    actor = Actor(name="ada@contoso.com", role=held)
    if ORDER.index(held) >= ORDER.index(needed):
        require(actor, needed)
    else:
        with pytest.raises(RightRefused):
            require(actor, needed)


def test_a_refusal_names_who_has_which_role_and_which_one_is_needed() -> None:
    actor = Actor(name="ada@contoso.com", role=Role.VIEWER)
    with pytest.raises(RightRefused, match=r"ada@contoso\.com .*viewer.*operator"):
        require(actor, Role.OPERATOR)


def test_the_command_line_acts_as_an_administrator_under_the_name_of_the_system_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOGNAME", "grace")
    assert cli_actor() == Actor(name="cli:grace", role=Role.ADMINISTRATOR)


def test_a_system_user_without_a_name_can_still_act(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert cli_actor().name == "cli:unknown"
