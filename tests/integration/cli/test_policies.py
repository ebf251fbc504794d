"""Policies and exemptions on the command line."""

from tests.support.commands import Commands


def test_a_changed_threshold_is_seen_when_the_command_ends_and_can_be_taken_back(commands: Commands) -> None:
    before = commands.json("policies", "show")
    assert (before["threshold_days"], before["license_types"], before["paused"]) == (60, [], None)
    inactive = len(commands.json("opportunities", "--scenario", "inactive"))
    changed = commands.json("policies", "set", "--threshold-days", "15", "--cooldown-days", "30")
    assert (changed["threshold_days"], changed["cooldown_days"]) == (15, 30)
    assert len(commands.json("opportunities", "--scenario", "inactive")) > inactive
    assert commands.json("policies", "set", "--threshold-days", "60", "--cooldown-days", "90") == before
    assert len(commands.json("opportunities", "--scenario", "inactive")) == inactive


def test_a_license_type_gets_its_own_threshold_and_loses_it(commands: Commands) -> None:
    own = commands.json("policies", "set", "--license-type", "SPE_E5", "--threshold-days", "120")
    assert [(each["license_type"], each["threshold_days"]) for each in own["license_types"]] == [
        ("Microsoft 365 E5", 120)
    ]
    assert (
        commands.json("policies", "set", "--license-type", "SPE_E5", "--as-application")["license_types"]
        == []
    )


def test_what_cannot_be_set_exits_2(commands: Commands) -> None:
    for arguments, said in (
        (("--threshold-days", "45"), "must be one of 15, 30, 60, 90, 120 days"),
        ((), "name at least one policy"),
        (("--license-type", "SPE_E5", "--young-days", "3"), "either --threshold-days or --as-application"),
    ):
        done = commands.run("policies", "set", *arguments)
        assert (done.code, done.out) == (2, "")
        assert said in done.complaints[0]


def test_while_paused_a_reclamation_is_refused(commands: Commands) -> None:
    assert commands.json("policies", "pause", "--reason", "Audit week")["paused"]["reason"] == "Audit week"
    seat = next(
        row for row in commands.json("opportunities") if not row["blockers"] and row["confidence"] == "high"
    )
    who = ("--user", seat["user_principal_name"], "--license-type", seat["part_number"])
    done = commands.run("reclaim", *who, "--yes")
    assert done.code == 2
    assert "Reclamation is paused since" in done.complaints[0]
    assert commands.json("policies", "resume")["paused"] is None
    assert commands.run("policies", "resume").code == 2


def test_an_exempt_person_is_blocked_until_the_exemption_is_lifted(commands: Commands) -> None:
    seat = next(row for row in commands.json("opportunities") if not row["blockers"])
    name = seat["user_principal_name"]
    made = commands.json("exemptions", "add", "--user", name.upper(), "--reason", "On call")
    assert (made["kind"], made["expires_on"], made["in_force"]) == ("person", None, True)
    assert [each["exemption_id"] for each in commands.json("exemptions", "list")] == [made["exemption_id"]]
    assert not reclaimable(commands, seat)

    lifted = commands.json("exemptions", "lift", str(made["exemption_id"]))
    assert lifted["lifted_by"].startswith("cli:")
    assert reclaimable(commands, seat)
    assert commands.json("exemptions", "list") == []
    assert [each["in_force"] for each in commands.json("exemptions", "list", "--past")] == [False]


def test_an_exemption_that_cannot_be_made_exits_2(commands: Commands) -> None:
    done = commands.run("exemptions", "add", "--user", "nobody@example.com", "--reason", "On call")
    assert (done.code, done.out) == (2, "")
    assert "no person 'nobody@example.com' is known" in done.complaints[0]
    done = commands.run("exemptions", "add", "--department", "Sales", "--reason", "x", "--until", "soon")
    assert done.code == 2
    assert "'soon' is no day" in done.complaints[0]


def reclaimable(commands: Commands, seat: dict[str, str]) -> bool:
    key = ("user_principal_name", "part_number")
    return any(
        not row["blockers"]
        for row in commands.json("opportunities")
        if [row[name] for name in key] == [seat[name] for name in key]
    )


def test_as_it_comes_nothing_is_reclaimed_by_itself_and_it_tells_whom_that_would_take(
    commands: Commands,
) -> None:
    found = commands.json("policies", "schedule")
    assert (found["enabled"], found["mode"], found["day"], found["hour"]) == (False, "notify", "daily", 9)
    assert (found["next_at"], found["set_up_by"], found["runs"]) == (None, None, [])
    high = [
        row for row in commands.json("opportunities") if row["confidence"] == "high" and not row["blockers"]
    ]
    today = found["today"]
    assert 0 < today["requests"] <= len(high)
    assert "allow_reclaim" in today["stands_against"] or "Notifying is off" in today["stands_against"]
    assert commands.json("policies", "show")["scheduled"]["enabled"] is False


def test_of_the_schedule_what_is_named_is_set_and_the_rest_stays(commands: Commands) -> None:
    options = ("--on", "--mode", "dry_run", "--day", "monday", "--hour", "6", "--at-most", "3")
    types = ("--never", "VISIOCLIENT", "--scenario", "inactive", "--scenario", "hr_inactive")
    found = commands.json("policies", "schedule", *options, *types)
    assert (found["enabled"], found["mode"], found["day"], found["hour"]) == (True, "dry_run", "monday", 6)
    assert (found["at_most"], found["fresh_hours"]) == (3, 24)
    assert found["scenarios"] == ["hr_inactive", "inactive"]
    assert len(found["never"]) == 1
    assert found["set_up_by"].startswith("cli:")
    assert found["next_at"] is not None
    assert found["today"]["requests"] <= 3
    assert found["today"]["stands_against"] is None
    again = commands.json("policies", "schedule", "--off", "--day", "daily", "--all-types")
    assert (again["enabled"], again["day"], again["never"], again["at_most"]) == (False, "daily", [], 3)


def test_a_schedule_that_cannot_be_set_exits_2_and_changes_nothing(commands: Commands) -> None:
    for arguments, said in (
        (("--at-most", "51"), "must be from 1 to 50, not 51"),
        (("--only", "NO_SUCH_TYPE"), "--only: "),
        (("--scenario", "downgrade"), "invalid choice: 'downgrade'"),
    ):
        done = commands.run("policies", "schedule", *arguments)
        assert (done.code, done.out) == (2, "")
        assert said in done.complaints[0]
    assert "off" in commands.run("policies", "show").out
