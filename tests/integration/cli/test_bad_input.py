"""Bad input ends with one line that names the thing, with exit code 1 or 2, and changes nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.commands import KEY, Commands

NOBODY = "nobody@contoso.example"
WRONG_SECRET = "8~Q.not-the-secret-of-anybody"
UNTOUCHED = (
    *("applications", "license_types", "users", "assignments", "opportunities", "assignment_rollups"),
    *("purchases", "reclamation_runs", "reclamation_requests", "reclamation_events"),
)
PURCHASE_HEADINGS = "license_type,purchase_identifier,seats,cost_per_seat,currency,frequency"


def stored(commands: Commands) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the tables that bad input must not change."""
    path = Path(commands.environment["SEATWISE_DATA_DIR"]) / "seatwise.db"
    with closing(sqlite3.connect(path)) as database:
        return {
            table: database.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()  # noqa: S608 - our names
            for table in UNTOUCHED
        }


@pytest.mark.parametrize(
    ("changes", "arguments", "code", "named"),
    [
        pytest.param({"SEATWISE_COLOR": "red"}, ["runs"], 2, "SEATWISE_COLOR", id="unknown setting"),
        pytest.param({f"{KEY}TENANT_ID": "?"}, ["runs"], 2, f"{KEY}TENANT_ID", id="tenant id"),
        pytest.param({f"{KEY}CLOUD": "moon"}, ["runs"], 2, f"{KEY}CLOUD", id="unknown cloud"),
        pytest.param({f"{KEY}GRAPH_URL": "http://x"}, ["runs"], 2, f"{KEY}GRAPH_URL", id="not https"),
        pytest.param(
            {f"{KEY}CERTIFICATE_PATH": "/nowhere.pem"}, ["runs"], 2, "CERTIFICATE_PATH", id="certificate"
        ),
        pytest.param(
            {"SEATWISE_DATA_DIR": f"{__file__}/data"}, ["runs"], 2, __file__, id="folder that is a file"
        ),
        pytest.param({}, ["--application", "acme", "runs"], 2, "acme", id="unknown application"),
        pytest.param(
            {f"{KEY}CLIENT_SECRET": WRONG_SECRET}, ["check"], 1, "client secret is wrong", id="wrong secret"
        ),
        pytest.param(
            {f"{KEY}CLIENT_SECRET": WRONG_SECRET},
            ["sync"],
            1,
            "Application Roster, Application Access failed: Signing in",
            id="sync with a wrong secret",
        ),
        pytest.param(
            {f"{KEY}AUTHORITY_URL": "https://127.0.0.1:9"}, ["check"], 1, "127.0.0.1:9", id="unreachable"
        ),
        pytest.param({"REQUESTS_CA_BUNDLE": "/no.pem"}, ["check"], 1, "/no.pem", id="no certificates"),
        pytest.param({}, ["recover"], 2, "recover", id="unknown command"),
        pytest.param({}, ["restore", "--request", "1"], 2, "--yes", id="restore without yes"),
        pytest.param({}, ["restore", "--request", "1", "--yes"], 2, "no request 1", id="restore nothing"),
        pytest.param({}, ["restore", "--run", "1", "--yes"], 2, "run 1 has no license", id="restore no run"),
        pytest.param({}, ["runs", "--fast"], 2, "--fast", id="unknown option"),
        pytest.param({}, ["sync", "--task", "hr"], 2, "hr", id="unknown task"),
        pytest.param({}, ["opportunities", "--scenario", "lazy"], 2, "lazy", id="unknown scenario"),
        pytest.param({}, ["opportunities", "--license-type", "E9"], 2, "E9", id="unknown type"),
        pytest.param({}, ["activity", "--output", "a.doc"], 2, "a.doc", id="unknown format"),
        pytest.param({}, ["activity", "--output", "/no/a.csv"], 2, "/no/a.csv", id="no such folder"),
        pytest.param({}, ["activity", "--status", "bored", "--output", "a.csv"], 2, "bored", id="status"),
        pytest.param({}, ["purchases", "import", "/no/p.csv"], 2, "/no/p.csv", id="no such file"),
        pytest.param(
            {}, ["reclaim", "--license-type", "E9", "--user", NOBODY, "--yes"], 2, "E9", id="type to reclaim"
        ),
        pytest.param(
            {}, ["reclaim", "--license-type", "SPE_E3", "--user", NOBODY, "--yes"], 2, NOBODY, id="nobody"
        ),
        pytest.param(
            {}, ["reclaim", "--license-type", "SPE_E3", "--user", NOBODY], 2, "--yes", id="without --yes"
        ),
        pytest.param({}, ["reclaim", "--license-type", "SPE_E3", "--yes"], 2, "--from-file", id="no people"),
        pytest.param({}, ["simulator", "--users", "0"], 2, "--users", id="no users"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(
    commands: Commands, changes: dict[str, str], arguments: list[str], code: int, named: str
) -> None:
    before = stored(commands)
    done = commands.run(*arguments, **changes)
    assert done.code == code, done.err
    [line] = done.complaints
    assert named in line
    assert "Traceback" not in done.err
    assert WRONG_SECRET not in done.out + done.err
    assert stored(commands) == before


def test_a_scheduler_gets_the_exit_code_and_the_line_too(commands: Commands) -> None:
    done = commands.run_as_program("restore", "--request", "1")
    assert (done.code, done.out) == (2, "")
    [line] = done.complaints
    assert "--yes" in line


def test_a_type_that_fits_several_lists_their_ids(commands: Commands) -> None:
    twins = [
        each["sku_id"] for each in commands.json("license-types") if each["product_name"] == "Visio Plan 2"
    ]
    assert len(twins) == 2
    done = commands.run("opportunities", "--license-type", "Visio Plan 2")
    assert done.code == 2
    assert all(sku_id in done.complaints[0] for sku_id in twins)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("SPE_E9,EA-1,10,1.00,USD,monthly", "line 2, license_type: found 'SPE_E9'"),
        ("SPE_E3,EA-1,many,1.00,USD,monthly", "line 2, seats: found 'many'"),
        ("SPE_E3,EA-1,10,nan,USD,monthly", "line 2, cost_per_seat: found 'nan'"),
        ("SPE_E3,EA-1,10,1.00,USD,weekly", "line 2, frequency: found 'weekly'"),
        ("SPE_E3,EA-9,10,1.00,USD,monthly\nSPE_E3,,10,1.00,USD,monthly", "line 3, purchase_identifier"),
    ],
)
def test_a_wrong_purchases_file_names_line_and_column(
    commands: Commands, tmp_path: Path, content: str, named: str
) -> None:
    file = tmp_path / "purchases.csv"
    file.write_text(f"{PURCHASE_HEADINGS}\n{content}\n", encoding="utf-8")
    before = stored(commands)
    done = commands.run("purchases", "import", str(file), "--json")
    assert (done.code, done.out) == (1, "")
    [line] = done.complaints
    assert named in line
    assert str(file) in line
    assert stored(commands) == before


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"name\nx\n", "line 1: found the headings name"),
        (b"", "line 1: found the headings nothing"),
        (b"user_id\n", "names nobody"),
        (b"user_principal_name,x\n,1\n", "line 2, user_principal_name: found nothing"),
        (b"user_principal_name\nnobody@contoso.example\n", "line 2: nobody@contoso.example"),
        (b"user_id\n\xff\n", "line 2: found 'byte 0xff', expected text in UTF-8"),
        (b'user_id\n"1\n', "expected comma-separated values"),
    ],
)
def test_a_wrong_file_of_people_reclaims_nothing(
    commands: Commands, tmp_path: Path, content: bytes, named: str
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(content)
    before = stored(commands)
    done = commands.run("reclaim", "--license-type", "SPE_E3", "--from-file", str(file), "--yes")
    assert done.code == 2, done.err
    [line] = done.complaints
    assert named in line
    assert stored(commands) == before


def test_who_does_not_hold_the_type_is_named(commands: Commands) -> None:
    e3 = {each["user_id"] for each in commands.json("opportunities", "--license-type", "SPE_E3")}
    f3 = commands.json("opportunities", "--license-type", "SPE_F1")
    person = next(each["user_principal_name"] for each in f3 if each["user_id"] not in e3)
    done = commands.run("reclaim", "--license-type", "SPE_E5", "--user", person, "--yes")
    assert done.code == 2, done.err
    assert done.complaints == [
        f"seatwise: not among those who hold this license type as it was last read: --user: {person}"
    ]


def test_above_the_limit_the_number_must_be_confirmed(commands: Commands, tmp_path: Path) -> None:
    people = [
        each["user_id"]
        for each in commands.json("opportunities", "--license-type", "SPE_E3")
        if not each["blockers"] and each["confidence"] == "high"  # nobody whose name would have to be typed
    ]
    assert len(people) > 23  # a tenth of the 230 seats
    file = tmp_path / "people.csv"
    file.write_text("user_id\n" + "\n".join(people), encoding="utf-8")
    before = stored(commands)
    arguments = ["reclaim", "--license-type", "SPE_E3", "--from-file", str(file), "--yes"]
    for confirmed in ([], ["--confirm-count", str(len(people) + 1)]):
        done = commands.run(*arguments, *confirmed)
        assert done.code == 2, done.err
        assert f"--confirm-count: {len(people)} requests" in done.complaints[0]
    assert stored(commands) == before


def test_a_manual_reclamation_needs_a_reason(commands: Commands) -> None:
    person = next(each for each in commands.json("opportunities") if not each["blockers"])
    arguments = ["reclaim", "--license-type", person["sku_id"], "--user", person["user_id"]]
    done = commands.run(*arguments, "--manual", "--yes")
    assert done.code == 2, done.err
    assert "needs a reason" in done.complaints[0]


def test_without_allow_reclaim_only_a_dry_run_works(commands: Commands) -> None:
    person = next(each for each in commands.json("opportunities") if not each["blockers"])
    arguments = ["reclaim", "--license-type", person["sku_id"], "--user", person["user_id"]]
    before = stored(commands)
    done = commands.run(*arguments, "--yes", **{f"{KEY}ALLOW_RECLAIM": "false"})
    assert done.code == 2, done.err
    assert "allow_reclaim = true" in done.complaints[0]
    assert stored(commands) == before
    dry = commands.run(*arguments, "--dry-run", **{f"{KEY}ALLOW_RECLAIM": "false"})
    assert dry.code == 0, dry.err
