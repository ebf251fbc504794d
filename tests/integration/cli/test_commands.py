"""`python -m core …` as a scheduler runs it: processes, environment variables, exit codes and JSON.

Each step of the main job is a fixture that runs once; the tests look at what came of it.
"""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from tests.support.commands import Commands, Outcome, SeparateSimulator
from tests.support.running_app import PROJECT
from tests.support.simulated import Caller

ACTIVITY_COLUMNS = (
    "user_id user_principal_name display_name account_enabled department country license_type part_number "
    "sku_id assigned_by activity_status last_activity evidence employee_status confidence"
)
LICENSE_TYPE_NAMES = (
    "sku_id part_number product_name purchased assigned active inactive never_active unknown unassigned "
    "failed_assignments consumed_units"
)
PURCHASE_NAMES = (
    "id part_number sku_id purchase_identifier seats cost_per_seat currency frequency starts_on ends_on kind"
)
SPEND_NAMES = (
    "currency annual monthly by_license_type exposure unknown reassignable_now reducible_at_renewal realized "
    "freed_still_paid unpriced"
)
OPPORTUNITY_NAMES = (
    "user_id user_principal_name part_number sku_id scenarios confidence reasons blockers cautions "
    "annual_cost currency annual_costs"
)
EVENT_NAMES = "request_id run_id user_principal_name part_number at step state actor detail graph_request_id"
TASK_RUN_NAMES = "task status started_at ended_at counts error"
PURCHASES = """\
license_type,purchase_identifier,seats,cost_per_seat,currency,frequency,starts_on,ends_on,notice_days,notes
SPE_E3,EA-1,250,36.00,USD,monthly,2026-01-01,2031-12-31,30,
EMS,EA-2,25,10,EUR,biannually,2026-01-01,,,
"""


def names(rows: list[dict[str, Any]]) -> str:
    """The names that all rows have, in their order."""
    (found,) = {" ".join(row) for row in rows}
    return found


@pytest.fixture(scope="module")
def caller(simulator: SeparateSimulator) -> Caller:
    """Sees the tenant without the product."""
    return Caller(simulator)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def imported(commands: Commands, folder: Path) -> Outcome:
    file = folder / "purchases.csv"
    file.write_text(PURCHASES, encoding="utf-8")
    done = commands.run("purchases", "import", str(file), "--json")
    assert done.code == 0, done.err
    return done


@pytest.fixture(scope="module")
def offered(commands: Commands, imported: Outcome) -> list[dict[str, Any]]:
    """The priced opportunities of Microsoft 365 E3 that nothing stands against."""
    assert imported.code == 0
    found = commands.json("opportunities", "--license-type", "SPE_E3")
    return [each for each in found if not each["blockers"]]


@pytest.fixture(scope="module")
def dry_run(commands: Commands, offered: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """Of the first two people, named in a file."""
    file = folder / "people.csv"
    lines = ["user_principal_name", *(each["user_principal_name"] for each in offered[:2])]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    arguments = ("reclaim", "--license-type", "SPE_E3", "--from-file", str(file), "--dry-run")
    found: dict[str, Any] = commands.json(*arguments)
    return found


def holdings(caller: Caller) -> dict[str, set[str]]:
    """The license types that each account of the tenant holds."""
    pages = caller.pages("/users?$select=id,assignedLicenses&$top=500")
    return {user["id"]: {one["skuId"] for one in user["assignedLicenses"]} for page in pages for user in page}


def removals(caller: Caller) -> list[tuple[str, str, str]]:
    """What was really changed in the tenant: how, of whom, and which license type."""
    writes = caller.control("GET", "log").json()["writes"]
    return [(each["kind"], each["user"], each["sku"]) for each in writes]


@pytest.fixture(scope="module")
def untouched(caller: Caller, dry_run: dict[str, Any]) -> dict[str, set[str]]:
    """Who holds what after the dry run, before anything is removed."""
    assert dry_run["requests"]
    assert removals(caller) == []
    return holdings(caller)


@pytest.fixture(scope="module")
def reclaimed(
    commands: Commands, untouched: dict[str, set[str]], offered: list[dict[str, Any]]
) -> dict[str, Any]:
    """Of the first person, really."""
    assert untouched
    person = offered[0]["user_principal_name"]
    found: dict[str, Any] = commands.json("reclaim", "--license-type", "SPE_E3", "--user", person, "--yes")
    return found


def test_check_tells_what_each_permission_and_source_is_good_for(commands: Commands) -> None:
    found = commands.json("check")
    assert found["application"] == "contoso"
    assert found["token"] == {"ok": True, "error": None}
    assert names(found["permissions"]) == "name granted needed_for"
    assert names(found["sources"]) == "name status detail"
    assert {each["status"] for each in found["sources"]} == {"available"}


def test_sync_waits_until_the_task_has_ended_and_tells_its_progress(commands: Commands) -> None:
    done = commands.run("sync", "--task", "roster", "--json")
    (task,) = json.loads(done.out)
    assert names([task]) == TASK_RUN_NAMES
    assert (done.code, task["task"], task["status"]) == (0, "roster", "succeeded")
    assert task["counts"]["users"] == 400
    assert "Application Roster: succeeded" in done.err
    listed = commands.run("runs").out
    assert "users 400" in listed
    assert "expected" not in listed


def test_license_types_have_the_tenants_seats(commands: Commands, caller: Caller) -> None:
    found = commands.json("license-types")
    assert names(found) == LICENSE_TYPE_NAMES
    skus = {sku["skuPartNumber"]: sku for sku in caller.get("/subscribedSkus").json()["value"]}
    (e3,) = [each for each in found if each["part_number"] == "SPE_E3"]
    assert e3["sku_id"] == skus["SPE_E3"]["skuId"]
    assert e3["purchased"] == skus["SPE_E3"]["prepaidUnits"]["enabled"]
    assert e3["assigned"] == e3["active"] + e3["inactive"] + e3["never_active"] + e3["unknown"] > 0
    people_s = [each for each in found if skus[each["part_number"]]["appliesTo"] == "User"]
    assert {each["sku_id"]: each["assigned"] for each in people_s} == {
        each["sku_id"]: each["consumed_units"] for each in people_s
    }
    (company,) = [each for each in found if each not in people_s]
    assert (company["assigned"], company["unassigned"], company["consumed_units"]) == (0, 0, None)


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file in any of the formats."""
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    if path.suffix == ".json":
        found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return found
    if path.suffix == ".parquet":
        return list(pq.read_table(path).to_pylist())
    headings, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, headings), row, strict=True)) for row in rows]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "json"])
def test_activity_writes_what_is_filtered_in_the_format_of_the_ending(
    commands: Commands, folder: Path, ending: str
) -> None:
    file = folder / f"activity.{ending}"
    filters = ("--license-type", "Microsoft 365 E3", "--status", "inactive", "--status", "never_active")
    told = commands.json("activity", *filters, "--output", str(file))
    rows = read(file)
    assert told == {"output": str(file), "rows": len(rows)}
    assert names(rows).startswith(f"{ACTIVITY_COLUMNS} ")
    assert {row["part_number"] for row in rows} == {"SPE_E3"}
    assert {row["activity_status"] for row in rows} == {"inactive", "never_active"}


def test_imported_purchases_are_listed_as_they_are_now(commands: Commands, imported: Outcome) -> None:
    found = commands.json("purchases", "list")
    assert found == json.loads(imported.out)
    assert names(found) == PURCHASE_NAMES
    by_type = {each["part_number"]: list(each.values())[3:] for each in found}
    assert by_type == {
        "SPE_E3": ["EA-1", 250, "36.00", "USD", "monthly", "2026-01-01", "2031-12-31", "seats"],
        "EMS": ["EA-2", 25, "10.00", "EUR", "biennially", "2026-01-01", None, "seats"],
    }


def test_a_doubtful_frequency_is_read_with_a_warning(imported: Outcome) -> None:
    assert "line 3, frequency: 'biannually' is read as every two years" in imported.err


@pytest.mark.usefixtures("imported")
def test_spend_has_each_currency_by_itself_and_exact_amounts(commands: Commands) -> None:
    euro, dollar = commands.json("spend")
    assert names([euro, dollar]) == SPEND_NAMES
    assert (euro["currency"], euro["annual"]) == ("EUR", "125.00")
    assert (dollar["currency"], dollar["annual"], dollar["monthly"]) == ("USD", "108000.00", "9000.00")
    assert names(dollar["by_license_type"]) == "part_number sku_id seats annual monthly"
    assert list(dollar["realized"]) == ["invoice_reduced", "purchase_avoided"]
    for name in ("exposure", "unknown", "reassignable_now", "reducible_at_renewal", "freed_still_paid"):
        assert names([dollar[name]]) == "seats annual as_of by_date"
    assert "SPE_E5" in dollar["unpriced"]
    assert "SPE_E3" not in dollar["unpriced"]


def test_opportunities_come_with_reasons_and_what_they_cost(offered: list[dict[str, Any]]) -> None:
    assert names(offered) == OPPORTUNITY_NAMES
    assert {each["part_number"] for each in offered} == {"SPE_E3"}
    assert {(each["annual_cost"], each["currency"]) for each in offered} == {("432.00", "USD")}
    assert all(each["reasons"] and each["scenarios"] for each in offered)


def test_opportunities_can_be_had_for_one_scenario(commands: Commands) -> None:
    found = commands.json("opportunities", "--scenario", "disabled_account")
    assert found
    assert all("disabled_account" in each["scenarios"] for each in found)


def test_a_dry_run_checks_everybody_and_removes_nothing(
    dry_run: dict[str, Any], offered: list[dict[str, Any]], untouched: dict[str, set[str]]
) -> None:
    assert names([dry_run]) == "run_id requests"
    found = {each["user_principal_name"]: each["state"] for each in dry_run["requests"]}
    assert found == {each["user_principal_name"]: "would_reclaim" for each in offered[:2]}
    assert all(each["sku_id"] in untouched[each["user_id"]] for each in offered[:2])


def test_reclaim_takes_exactly_this_license_from_exactly_this_person(
    caller: Caller,
    untouched: dict[str, set[str]],
    reclaimed: dict[str, Any],
    offered: list[dict[str, Any]],
) -> None:
    assert names(reclaimed["requests"]) == "request_id user_principal_name part_number state reason"
    found = [(each["user_principal_name"], each["state"]) for each in reclaimed["requests"]]
    assert found == [(offered[0]["user_principal_name"], "reclaimed")]

    person, sku_id = offered[0]["user_id"], offered[0]["sku_id"]
    truth = caller.control("GET", f"users/{person}").json()
    assert sku_id not in {state["skuId"] for state in truth["states"]}
    assert removals(caller) == [("license.remove", person, sku_id)]
    assert holdings(caller) == untouched | {person: untouched[person] - {sku_id}}


def test_the_history_has_each_step_of_a_request(commands: Commands, reclaimed: dict[str, Any]) -> None:
    request_id = reclaimed["requests"][0]["request_id"]
    found = commands.json("history", "--request", str(request_id))
    assert names(found) == EVENT_NAMES
    assert {each["run_id"] for each in found} == {reclaimed["run_id"]}
    steps = [each["step"] for each in found]
    assert steps == ["requested", "begun", "checked", "intent", "removal", "read_back", "ended"]
    assert found[0]["actor"].startswith("cli:")
    assert found[steps.index("removal")]["graph_request_id"]


def test_restore_gives_the_license_back_and_says_so_of_the_request(
    commands: Commands, caller: Caller, untouched: dict[str, set[str]], reclaimed: dict[str, Any]
) -> None:
    request_id = reclaimed["requests"][0]["request_id"]
    found = commands.json("restore", "--request", str(request_id), "--yes")
    assert names([found]) == "request_id user_principal_name part_number state reason"
    assert (found["request_id"], found["state"]) == (request_id, "restored")
    assert holdings(caller) == untouched

    again = commands.run("restore", "--run", str(reclaimed["run_id"]), "--yes")
    assert (again.code, again.out) == (2, "")
    [line] = again.complaints
    assert f"run {reclaimed['run_id']} has no license to give back" in line


@pytest.mark.usefixtures("reclaimed")
def test_runs_are_listed_the_newest_first(commands: Commands) -> None:
    found = commands.json("runs")
    assert names(found) == TASK_RUN_NAMES
    assert {each["task"] for each in found} == {"reclamation", "differentiation", "roster", "access"}
    started = [each["started_at"] for each in found]
    assert started == sorted(started, reverse=True)


def test_a_data_folder_that_cannot_be_made_is_named(commands: Commands, folder: Path) -> None:
    (folder / "file").touch()
    done = commands.run("runs", SEATWISE_DATA_DIR=str(folder / "file" / "data"))
    assert done.code == 2
    [line] = done.complaints
    assert str(folder / "file") in line
    assert "Traceback" not in done.err


def test_a_database_that_is_away_is_named_without_its_password(commands: Commands) -> None:
    done = commands.run("runs", SEATWISE_DATABASE_URL="postgresql://u:the-password@127.0.0.1:9/seatwise")
    assert done.code == 1
    [line] = done.complaints
    assert "the database could not be used" in line
    assert "the-password" not in done.err


def test_one_worker_serves_all_applications(commands: Commands) -> None:
    second = {
        f"SEATWISE_APPLICATIONS__FABRIKAM__{name}": value
        for name, value in (("TENANT_ID", "fabrikam.example"), ("CLIENT_ID", "x"), ("CLIENT_SECRET", "y"))
    }
    command = [sys.executable, "-m", "core", "worker"]
    environment = {**commands.environment, **second}
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.PIPE) as process:
        try:
            assert process.stderr is not None
            assert process.stderr.readline().startswith(b"working")
        finally:
            process.terminate()


def test_the_secret_is_neither_printed_nor_stored(commands: Commands, simulator: SeparateSimulator) -> None:
    done = commands.run("check")
    assert done.code == 0
    assert simulator.client_secret not in done.out + done.err
    files = [file for file in Path(commands.environment["SEATWISE_DATA_DIR"]).iterdir() if file.is_file()]
    assert files
    assert not [file.name for file in files if simulator.client_secret.encode() in file.read_bytes()]


def test_an_administrators_license_goes_only_with_the_name_typed(commands: Commands) -> None:
    offer = next(
        each
        for each in commands.json("opportunities")
        if "The account holds an admin role: Exchange Administrator." in each["cautions"]
    )
    name, part_number = offer["user_principal_name"], offer["part_number"]
    assert offer["confidence"] != "high"
    ask = ("reclaim", "--license-type", part_number, "--user", name, "--yes")
    for names, complaint in (
        (
            (),
            f"--confirm-name: the user principal name has to be typed for {name} (The account holds an admin",
        ),
        (
            ("--confirm-name", "eve@contoso.com"),
            "--confirm-name: typed, but not among those chosen: eve@contoso.com",
        ),
    ):
        done = commands.run(*ask, *names)
        assert (done.code, complaint in done.complaints[0]) == (2, True)

    (request,) = commands.json(*ask, "--confirm-name", name)["requests"]
    assert request["state"] == "reclaimed"
    events = commands.json("history", "--request", str(request["request_id"]))
    assert events[0]["detail"].startswith(f"The name {name} was typed. The account holds an admin role")
