import pytest

from core.reclamation.memberships import GroupFacts, Obstacle, advice_on


def group(**flags: bool | None) -> GroupFacts:
    return GroupFacts(group_id="g", name="LIC Visio", **flags)  # type: ignore[arg-type]  # flags only


@pytest.mark.parametrize(
    ("facts", "kind", "obstacle"),
    [
        (group(), "security group", None),
        (group(mail_enabled=True, unified=True), "Microsoft 365 group", None),
        (group(mail_enabled=True), "mail-enabled security group", Obstacle.MAIL_ENABLED),
        (group(mail_enabled=True, security_enabled=False), "distribution list", Obstacle.MAIL_ENABLED),
        (group(mail_enabled=True, unified=None), "mail-enabled group", Obstacle.MAIL_ENABLED),
        (group(dynamic=True), "security group (dynamic)", Obstacle.DYNAMIC),
        (
            group(dynamic=True, mail_enabled=True, unified=True),
            "Microsoft 365 group (dynamic)",
            Obstacle.DYNAMIC,
        ),
        (group(synced=True), "security group (synced)", Obstacle.SYNCED),
        (
            group(synced=True, mail_enabled=True),
            "mail-enabled security group (synced)",
            Obstacle.SYNCED,
        ),
        (group(role_assignable=True), "security group (role-assignable)", Obstacle.ROLE_ASSIGNABLE),
        (group(known=False), "not known", Obstacle.NOT_READ),
    ],
)
def test_what_kind_a_group_is_and_what_stands_in_the_way_of_leaving_it(
    facts: GroupFacts, kind: str, obstacle: Obstacle | None
) -> None:
    assert facts.kind == kind
    assert advice_on(facts).obstacle is obstacle


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (group(), "Remove the member from the group"),
        (group(dynamic=True), "Change the membership rule"),
        (group(synced=True), "local Active Directory"),
        (group(mail_enabled=True), "Exchange admin center"),
        (group(role_assignable=True), "privileged role administrator"),
        (group(known=False), "by its id"),
    ],
)
def test_whoever_owns_the_group_reads_what_to_do(facts: GroupFacts, words: str) -> None:
    assert words in advice_on(facts).to_do
