"""Which workloads a license type provides, by the tables that ship."""

import pytest

from core.activity.workloads import Report, Workload, measure_of, workloads_of
from core.reference import read_table

EXCHANGE_S_FOUNDATION = "113feb6c-3fe4-4440-bddc-54d774bf0318"
EXCHANGE_S_STANDARD = "9aaf7827-d63c-4b61-89c3-182f06f82e5c"
TEAMS1 = "57ff2da0-773e-42df-b2af-ffb7a2317929"


def _provided_by(part_number: str) -> frozenset[Workload]:
    [sku_id] = [row["sku_id"] for row in read_table("skus") if row["sku_part_number"] == part_number]
    return workloads_of(
        row["service_plan_id"] for row in read_table("sku_service_plans") if row["sku_id"] == sku_id
    )


def test_exchange_foundation_gives_no_mailbox() -> None:
    assert workloads_of([EXCHANGE_S_FOUNDATION]) == frozenset()


def test_a_plan_that_is_switched_off_provides_nothing() -> None:
    assert workloads_of([EXCHANGE_S_STANDARD, TEAMS1]) == {Workload.EXCHANGE, Workload.TEAMS}
    assert workloads_of([EXCHANGE_S_STANDARD]) == {Workload.EXCHANGE}


def test_a_sharepoint_plan_brings_onedrive() -> None:
    assert _provided_by("SHAREPOINTSTANDARD") == {Workload.SHAREPOINT, Workload.ONEDRIVE}


@pytest.mark.parametrize(
    "part_number", ["SPE_E3", "SPE_E5", "SPE_F1", "SPB", "ENTERPRISEPACK", "MICROSOFT_365_E7"]
)
def test_a_suite_provides_mail_files_and_chat_and_is_judged_by_sign_ins_too(part_number: str) -> None:
    provides = _provided_by(part_number)
    assert provides >= {Workload.EXCHANGE, Workload.SHAREPOINT, Workload.ONEDRIVE, Workload.TEAMS}
    assert measure_of(provides).sign_in


@pytest.mark.parametrize(
    ("part_number", "own"),
    [
        ("Microsoft_365_Copilot", (Report.COPILOT_USAGE, Workload.COPILOT)),
        ("VISIOCLIENT", (Report.ACTIVATIONS, Workload.VISIO)),
        ("VISIOONLINE_PLAN1", None),
        ("PROJECTPROFESSIONAL", (Report.ACTIVATIONS, Workload.PROJECT)),
        ("PROJECT_P1", None),
        ("POWER_BI_PRO", None),
        ("PBI_PREMIUM_PER_USER", None),
    ],
)
def test_a_type_bought_for_one_product_is_judged_by_the_report_of_it_alone(
    part_number: str, own: tuple[Report, Workload] | None
) -> None:
    measure = measure_of(_provided_by(part_number))
    assert not measure.sign_in
    assert measure.needed == (() if own is None else ((own[0], frozenset({own[1]})),))
    assert bool(measure.unreported) == (own is None)


@pytest.mark.parametrize(
    ("part_number", "reports"),
    [
        ("SPE_E3", {Report.ACTIVE_USERS, Report.APP_USAGE, Report.MAILBOX_USAGE}),
        ("EXCHANGESTANDARD", {Report.ACTIVE_USERS, Report.MAILBOX_USAGE}),
        ("OFFICESUBSCRIPTION", {Report.ACTIVE_USERS, Report.APP_USAGE}),
        ("MCOMEETADV", set()),
    ],
)
def test_the_reports_that_must_speak_before_a_type_is_called_never_used(
    part_number: str, reports: set[Report]
) -> None:
    assert {report for report, _ in measure_of(_provided_by(part_number)).needed} == reports


@pytest.mark.parametrize("part_number", ["AAD_PREMIUM", "EMS", "INTUNE_A", "MCOEV", "EXCHANGEARCHIVE_ADDON"])
def test_a_type_without_a_workload_is_judged_by_sign_ins(part_number: str) -> None:
    provides = _provided_by(part_number)
    assert provides == frozenset()
    assert measure_of(provides).sign_in


def test_every_row_of_the_table_names_a_published_plan() -> None:
    published = {(row["service_plan_id"], row["service_plan_name"]) for row in read_table("service_plans")}
    rows = [(row["service_plan_id"], row["service_plan_name"]) for row in read_table("workload_plans")]
    assert set(rows) <= published
    assert {row["workload"] for row in read_table("workload_plans")} == set(Workload)


def test_no_workload_is_without_a_name() -> None:
    assert all(workload.label for workload in Workload)
