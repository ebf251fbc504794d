"""What removal destroys and when."""

import pytest

from core.activity.workloads import Workload, workloads_of
from core.reclamation.consequences import Consequence, days_of, losses
from core.reference import read_table

PLANS = {row["service_plan_name"]: row["service_plan_id"] for row in read_table("service_plans")}
ROWS = read_table("plan_consequences")


def lost(*names: str, remaining: tuple[str, ...] = ()) -> list[Consequence]:
    found = losses([PLANS[name] for name in names], [PLANS[name] for name in remaining])
    return [loss.consequence for loss in found]


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        (("EXCHANGE_S_STANDARD",), [Consequence.MAILBOX]),
        (("EXCHANGE_S_ENTERPRISE",), [Consequence.MAILBOX, Consequence.ARCHIVE, Consequence.HOLDS]),
        (("EXCHANGE_S_ARCHIVE_ADDON",), [Consequence.ARCHIVE]),
        (("SHAREPOINTENTERPRISE", "TEAMS1"), [Consequence.ONEDRIVE]),
        (("CPC_2",), [Consequence.CLOUD_PC]),
        (("MCOEV",), [Consequence.PHONE_NUMBER]),
        (("INTUNE_A",), [Consequence.DEVICE_MANAGEMENT]),
        (("EXCHANGE_S_FOUNDATION",), []),
        (("VISIO_CLIENT_SUBSCRIPTION",), []),
    ],
)
def test_each_plan_takes_its_own_data_along(plans: tuple[str, ...], expected: list[Consequence]) -> None:
    assert lost(*plans) == expected


def test_a_mailbox_stays_with_the_last_plan_that_carries_it() -> None:
    assert lost("EXCHANGE_S_ENTERPRISE", remaining=("EXCHANGE_S_STANDARD",)) == [
        Consequence.ARCHIVE,
        Consequence.HOLDS,
    ]
    assert lost("EXCHANGE_S_STANDARD", remaining=("EXCHANGE_S_ENTERPRISE",)) == []


def test_the_sentences_say_after_how_many_days() -> None:
    (mailbox,) = losses([PLANS["EXCHANGE_S_STANDARD"]])
    (files,) = losses([PLANS["SHAREPOINTSTANDARD"]])
    (computer,) = losses([PLANS["CPC_2"]])
    assert "30 days" in mailbox.text
    assert "93 days" in files.text
    assert "7 days" in computer.text


def test_the_table_names_a_source_for_each_plan_and_one_term_for_each_consequence() -> None:
    known = {row["service_plan_id"]: row["service_plan_name"] for row in read_table("service_plans")}
    assert all(row["source"].startswith("https://learn.microsoft.com/") for row in ROWS)
    assert all(known[row["service_plan_id"]] == row["service_plan_name"] for row in ROWS)
    terms = {(row["consequence"], row["days"]) for row in ROWS}
    assert len(terms) == len({row["consequence"] for row in ROWS}) == len(Consequence)
    assert days_of() == {
        Consequence.MAILBOX: 30,
        Consequence.ARCHIVE: 30,
        Consequence.ONEDRIVE: 93,
        Consequence.CLOUD_PC: 7,
    }


@pytest.mark.parametrize(
    ("workload", "consequence"),
    [(Workload.EXCHANGE, Consequence.MAILBOX), (Workload.ONEDRIVE, Consequence.ONEDRIVE)],
)
def test_every_plan_that_provides_a_store_of_data_says_that_it_goes(
    workload: Workload, consequence: Consequence
) -> None:
    providing = {plan_id for plan_id in PLANS.values() if workload in workloads_of([plan_id])}
    assert providing
    assert providing == {row["service_plan_id"] for row in ROWS if row["consequence"] == consequence}
