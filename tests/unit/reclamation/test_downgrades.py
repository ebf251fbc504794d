"""Whether a cheaper type would do."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.activity.evidence import ReportEvidence, SourceStatus
from core.activity.workloads import Report, Workload
from core.reclamation.downgrades import (
    SMALL_MAILBOX_BYTES,
    Alternative,
    PricedType,
    Usage,
    alternatives,
    explain_downgrade,
    find_downgrade,
    in_use,
    ruled_out_by,
)
from core.reference import read_table
from core.spend.money import Money

TODAY = date(2026, 11, 24)
SKUS = {row["sku_part_number"]: row["sku_id"] for row in read_table("skus")}
NAMES = {row["service_plan_id"]: row["service_plan_name"] for row in read_table("service_plans")}
INCLUDED: dict[str, set[str]] = {}
for _row in read_table("sku_service_plans"):
    INCLUDED.setdefault(_row["sku_id"], set()).add(_row["service_plan_id"])


def plans_of(part_number: str) -> frozenset[str]:
    return frozenset(INCLUDED[SKUS[part_number]])


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def instead(part_number: str, saves: str = "100") -> Alternative:
    return Alternative(
        sku_id=SKUS[part_number],
        name=part_number,
        plans=plans_of(part_number),
        saves=usd(saves),
        estimate=False,
    )


E5, E3, OFFICE_E3 = plans_of("SPE_E5"), plans_of("SPE_E3"), plans_of("ENTERPRISEPACK")
TO_E3, TO_E1, TO_F3 = instead("SPE_E3", "200"), instead("STANDARDPACK", "400"), instead("SPE_F1", "500")


def row(days: Mapping[Workload, int | None], *, refreshed: int = 2) -> ReportEvidence:
    return ReportEvidence(
        status=SourceStatus.AVAILABLE,
        refreshed_on=TODAY - timedelta(days=refreshed),
        dates={
            workload: None if ago is None else TODAY - timedelta(days=ago) for workload, ago in days.items()
        },
    )


def used(**days: int) -> Usage:
    """Somebody who used these workloads so many days ago, and no other one, as fresh reports say."""
    workloads = (
        Workload.EXCHANGE,
        Workload.ONEDRIVE,
        Workload.SHAREPOINT,
        Workload.SKYPE,
        Workload.YAMMER,
        Workload.TEAMS,
    )
    return Usage(
        reports={
            Report.ACTIVE_USERS: row({each: days.get(each.value) for each in workloads}),
            Report.APP_USAGE: row({Workload.APPS: days.get("apps")}),
            Report.COPILOT_USAGE: row({Workload.COPILOT: days.get("copilot")}),
        },
        threshold_days=60,
        today=TODAY,
        report_stale_days=7,
        mailbox_bytes=4 * 1024**3,
        has_archive=False,
    )


MAIL_AND_TEAMS = used(exchange=2, teams=1)


def test_mail_and_teams_need_no_e5_and_the_first_type_that_would_do_is_named() -> None:
    found = find_downgrade(E5, [TO_F3, TO_E1, instead("ENTERPRISEPACK"), TO_E3], in_use(MAIL_AND_TEAMS))
    assert found is not None
    assert found.to == TO_E3  # F3 has a kiosk mailbox, the others no Intune
    assert found.in_use == (Workload.EXCHANGE, Workload.TEAMS)
    assert {"BI_AZURE_P2", "MCOEV", "AAD_PREMIUM_P2"} <= {NAMES[each] for each in found.lost}


def test_what_would_be_lost_is_told_with_what_people_would_notice_first() -> None:
    found = find_downgrade(E5, [TO_E3], in_use(MAIL_AND_TEAMS))
    assert found is not None
    does, costs, lacks, worth, phone = explain_downgrade(found, NAMES)
    assert does == (
        "SPE_E3 covers what is in use, or not shown otherwise by a usage report: Exchange, Teams."
    )
    assert costs == "It costs less by the prices entered here."
    assert lacks.startswith("It lacks, or has less of: BI_AZURE_P2, MCOEV, AAD_PREMIUM_P2, ")
    assert lacks.endswith(f" and {len(found.lost) - 8} more services.")
    assert "not measurable" in worth
    assert "phone number" in phone


def test_who_uses_neither_desktop_apps_nor_a_large_mailbox_could_do_with_e1() -> None:
    found = find_downgrade(OFFICE_E3, [TO_E1], in_use(MAIL_AND_TEAMS))
    assert found is not None
    assert found.to == TO_E1


@pytest.mark.parametrize(
    "usage",
    [
        used(exchange=2, apps=3),
        replace(MAIL_AND_TEAMS, has_archive=True),
        replace(MAIL_AND_TEAMS, has_archive=None),
        replace(MAIL_AND_TEAMS, mailbox_bytes=None),
        replace(MAIL_AND_TEAMS, mailbox_bytes=SMALL_MAILBOX_BYTES + 1),
    ],
)
def test_who_uses_the_desktop_apps_or_a_large_mailbox_is_not_sent_to_e1(usage: Usage) -> None:
    assert find_downgrade(OFFICE_E3, [TO_E1], in_use(usage)) is None


@pytest.mark.parametrize(
    "reports",
    [
        {Report.APP_USAGE: None},
        {Report.APP_USAGE: ReportEvidence(status=SourceStatus.MISSING)},
        {Report.APP_USAGE: ReportEvidence(status=SourceStatus.AVAILABLE)},  # no row for the person
        {Report.APP_USAGE: row({Workload.APPS: None}, refreshed=8)},
        {Report.APP_USAGE: replace(row({Workload.APPS: None}), status=SourceStatus.CONCEALED)},
    ],
)
def test_apps_of_which_no_report_tells_count_as_in_use(
    reports: Mapping[Report, ReportEvidence | None],
) -> None:
    known = {**MAIL_AND_TEAMS.reports, **reports}
    usage = replace(MAIL_AND_TEAMS, reports={each: found for each, found in known.items() if found})
    assert find_downgrade(OFFICE_E3, [TO_E1], in_use(usage)) is None


def test_an_activation_long_ago_does_not_show_that_a_client_is_unused() -> None:
    client = frozenset(each for each, name in NAMES.items() if name == "VISIO_CLIENT_SUBSCRIPTION")
    activated = row({Workload.APPS: 5, Workload.VISIO: 300, Workload.PROJECT: None})
    usage = replace(MAIL_AND_TEAMS, reports={**MAIL_AND_TEAMS.reports, Report.ACTIVATIONS: activated})
    assert find_downgrade(E5 | client, [TO_E3], in_use(usage)) is None


@pytest.mark.parametrize(
    "usage",
    [
        used(),
        used(exchange=61, teams=200),
        replace(MAIL_AND_TEAMS, reports={}),
        replace(
            MAIL_AND_TEAMS,
            reports={
                each: replace(found, status=SourceStatus.CONCEALED)
                for each, found in MAIL_AND_TEAMS.reports.items()
            },
        ),
    ],
)
def test_without_a_use_that_a_report_shows_there_is_no_advice(usage: Usage) -> None:
    assert find_downgrade(E5, [TO_E3], in_use(usage)) is None


def test_a_workload_in_use_that_the_cheaper_type_lacks_rules_it_out() -> None:
    assert find_downgrade(OFFICE_E3, [instead("EXCHANGESTANDARD")], in_use(MAIL_AND_TEAMS)) is None
    assert find_downgrade(OFFICE_E3, [instead("EXCHANGESTANDARD")], in_use(used(exchange=1))) is not None


def test_a_type_that_lacks_nothing_is_no_downgrade() -> None:
    assert find_downgrade(E3, [instead("SPE_E5")], in_use(MAIL_AND_TEAMS)) is None


def priced(sku_id: str, annual: Money | None, list_price: Money | None = None) -> PricedType:
    return PricedType(
        sku_id=sku_id, name=sku_id.upper(), plans=frozenset({sku_id}), annual=annual, list_price=list_price
    )


def cheaper(*types: PricedType) -> list[tuple[str, int, bool]]:
    found = alternatives("own", {each.sku_id: each for each in types})
    return [(each.sku_id, int(each.saves.amount), each.estimate) for each in found]


def test_the_organizations_own_prices_decide_where_both_types_have_one() -> None:
    own = priced("own", usd("600"), usd("684"))
    types = (
        priced("a", usd("420"), usd("1")),
        priced("b", usd("100")),
        priced("c", usd("600"), usd("1")),
        priced("d", None, usd("84")),
    )
    assert cheaper(own, *types) == [("b", 500, False), ("a", 180, False), ("d", 600, True)]


def test_list_prices_stand_in_as_estimates_and_are_never_mixed_with_prices() -> None:
    euros = Money(Decimal(100), "EUR")
    own = priced("own", usd("600"), usd("684"))
    assert cheaper(own, priced("a", None, usd("432")), priced("b", euros, usd("120"))) == [
        ("b", 564, True),
        ("a", 252, True),
    ]
    assert cheaper(priced("own", usd("600")), priced("a", None, usd("432"))) == []
    assert cheaper(priced("own", None), priced("a", usd("1"))) == []


@pytest.mark.parametrize(
    ("plans", "instead_of_it", "expected"),
    [
        (E5, E3, frozenset()),  # nothing that a report tells of
        (OFFICE_E3, plans_of("STANDARDPACK"), frozenset({Workload.APPS})),
        (E5, plans_of("STANDARDPACK"), None),  # no Intune
        (E3, E3, None),  # lacks nothing
        (OFFICE_E3, plans_of("POWER_BI_PRO"), None),  # has nothing to do with it
    ],
)
def test_what_rules_a_type_out_for_everybody_is_known_before(
    plans: frozenset[str], instead_of_it: frozenset[str], expected: frozenset[Workload] | None
) -> None:
    assert ruled_out_by(plans, instead_of_it) == expected
