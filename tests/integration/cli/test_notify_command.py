"""`reclaim --notify`: writes to people through Microsoft Graph, and does not wait for their answers."""

from typing import Any

import pytest

from tests.support.commands import Commands, SeparateSimulator, environment_of, separate_simulator
from tests.support.simulated import Caller


@pytest.fixture(scope="module")
def tenant() -> Any:  # noqa: ANN401 - a generator
    with separate_simulator(users=120, seed=11) as running:
        yield running


@pytest.fixture(scope="module")
def caller(tenant: SeparateSimulator) -> Caller:
    return Caller(tenant)


@pytest.fixture(scope="module")
def sender(caller: Caller) -> str:
    """A mailbox of the tenant to write from."""
    (page, *_) = caller.pages("/users?$select=userPrincipalName,mail&$top=20")
    return str(next(user["mail"] for user in page if user["mail"]))


@pytest.fixture(scope="module")
def unconfigured(tenant: SeparateSimulator, tmp_path_factory: pytest.TempPathFactory) -> Commands:
    """A product that has synced, and does not know how to write to people."""
    made = Commands(environment=environment_of(tenant, tmp_path_factory.mktemp("data")))
    done = made.run("sync")
    assert done.code == 0, done.err
    return made


@pytest.fixture(scope="module")
def writing_commands(unconfigured: Commands, sender: str) -> Commands:
    """The same, with everything configured that notifying needs."""
    return Commands(
        environment={
            **unconfigured.environment,
            "SEATWISE_PUBLIC_URL": "https://seatwise.example.com",
            "SEATWISE_SECRET_KEY": "a-key-that-is-long-enough-for-signing",
            "SEATWISE_MAIL_SENDER": sender,
        }
    )


@pytest.fixture(scope="module")
def offered(unconfigured: Commands) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = unconfigured.json("opportunities")
    return [
        each
        for each in found
        if not each["blockers"] and each["confidence"] == "high" and each["scenarios"] == ["inactive"]
    ]


def reclaim(person: dict[str, Any], *more: str) -> tuple[str, ...]:
    who = ("--license-type", person["part_number"], "--user", person["user_principal_name"])
    return ("reclaim", *who, "--notify", "--yes", *more)


def test_without_the_configuration_it_is_refused_and_says_what_is_missing(
    unconfigured: Commands, offered: list[dict[str, Any]]
) -> None:
    done = unconfigured.run(*reclaim(offered[0]))
    assert done.code == 2
    assert "public_url and secret_key must be configured" in done.err


def test_people_are_written_to_and_nobody_waits_for_the_answer(
    writing_commands: Commands, caller: Caller, sender: str, offered: list[dict[str, Any]]
) -> None:
    person = offered[0]
    before = caller.licenses(person["user_id"])
    found = writing_commands.json(*reclaim(person, "--waiting-days", "3"))
    (request,) = found["requests"]
    assert (request["state"], request["reason"]) == ("notified", None)
    (mail,) = caller.control("GET", "log").json()["mails"]
    assert mail["from"] == sender
    assert mail["subject"].startswith("Do you still need ")
    assert "https://seatwise.example.com/keep/" in mail["body"]
    assert caller.licenses(person["user_id"]) == before
    steps = [each["step"] for each in writing_commands.json("history", "--run", str(found["run_id"]))]
    assert steps == ["requested", "notified"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--waiting-days", "0"), "from 1 to 30"),
        (("--dry-run",), "not allowed with argument"),
    ],
)
def test_what_makes_no_sense_is_refused(
    writing_commands: Commands, offered: list[dict[str, Any]], more: tuple[str, ...], said: str
) -> None:
    done = writing_commands.run(*reclaim(offered[-1], *more))
    assert done.code == 2
    assert said in done.err


def test_the_options_of_a_notice_are_refused_without_one(
    writing_commands: Commands, offered: list[dict[str, Any]]
) -> None:
    who = ("--license-type", offered[-1]["part_number"], "--user", offered[-1]["user_principal_name"])
    done = writing_commands.run("reclaim", *who, "--yes", "--waiting-days", "3")
    assert done.code == 2
    assert "belong to --notify" in done.err
