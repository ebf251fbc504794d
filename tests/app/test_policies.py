"""Exemptions and policies, in a session without a browser."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from core.policies.cooldowns import list_cooldowns, start_cooldown
from core.policies.exempting import exempt, lift, list_exemptions
from core.policies.exemptions import ExemptionKind
from core.policies.policies import change_policies, list_changes, pause, read_pause, read_policies
from core.policies.settings import SPECS, Policies, Setting
from core.rights import Actor, Role
from core.store.engine import reading, writing
from core.ui.tables import ids_key
from tests.support.holdings import E3, VISIO, Holding, Person, keep_opportunities, keep_people, person_id
from tests.support.pages import buttons, choose_row, click, open_page, run, shown

PAGE = "policies.py"
ADA = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)
PEOPLE = (
    Person(name="Ian Inactive", holds=(Holding(status="inactive"),)),
    Person(name="Nia Never", department="Field Sales", holds=(Holding(status="never_active"),)),
)
TYPES = [E3, VISIO]
"""As the page lists them, by name."""


@pytest.fixture
def filled(app: AppTest, engine: Engine) -> AppTest:
    keep_people(engine, 1, PEOPLE)
    keep_opportunities(engine, 1, PEOPLE)
    return app


def spare(engine: Engine, kind: ExemptionKind, target: str, expires_on: date | None = None) -> int:
    return exempt(
        engine,
        1,
        kind=kind,
        target=target,
        reason="On *call*",
        expires_on=expires_on,
        actor=ADA,
        now=datetime.now(UTC),
    )


def policies(engine: Engine) -> Policies:
    with reading(engine) as session:
        return read_policies(session, 1)


def field(app: AppTest, label: str) -> int:
    """The place of a number field."""
    return [each.label for each in app.number_input].index(label)


def test_before_the_first_sync_the_page_says_what_it_will_show(app: AppTest) -> None:
    open_page(app, PAGE)
    assert "Nothing has been read from this tenant yet" in shown(app)
    assert "who is exempt" in shown(app)


def test_where_nobody_is_exempt_the_page_says_what_an_exemption_does(filled: AppTest) -> None:
    open_page(filled, PAGE)
    assert [tab.label for tab in filled.tabs] == [
        "Exemptions · 0",
        "Cooldowns · 0",
        "Policies",
        "Scheduled runs",
    ]
    assert "Nobody is exempt" in shown(filled)
    assert "No license is on cooldown" in shown(filled)
    assert buttons(filled)["Exempt somebody"]


def test_exemptions_are_listed_with_reason_author_and_last_day(filled: AppTest, engine: Engine) -> None:
    until = datetime.now(UTC).date() + timedelta(days=30)
    spare(engine, ExemptionKind.PERSON, person_id(1), until)
    spare(engine, ExemptionKind.LICENSE_TYPE, VISIO)
    open_page(filled, PAGE)
    frame = filled.dataframe[0].value
    assert list(frame["name"]) == ["Visio Plan 2", "Ian Inactive"]
    assert list(frame["kind"]) == ["License type", "Person"]
    assert list(frame["reason"]) == ["On *call*", "On *call*"]
    assert list(frame["until"]) == ["—", until.isoformat()]
    assert list(frame["author"]) == [ADA.name, ADA.name]


def test_exemptions_are_searched_by_name_reason_and_author(filled: AppTest, engine: Engine) -> None:
    spare(engine, ExemptionKind.PERSON, person_id(1))
    spare(engine, ExemptionKind.DEPARTMENT, "field sales")
    open_page(filled, PAGE)
    for text, names in (("IAN", ["Ian Inactive"]), ("*call", ["Field Sales", "Ian Inactive"])):
        filled.text_input(key="exemptions-search").set_value(text)
        run(filled)
        assert list(filled.dataframe[0].value["name"]) == names
    filled.text_input(key="exemptions-search").set_value("nobody")
    assert "No exemption fits this search" in shown(run(filled))


def test_past_exemptions_stay_on_record(filled: AppTest, engine: Engine) -> None:
    lift(engine, 1, spare(engine, ExemptionKind.PERSON, person_id(1)), actor=ADA, now=datetime.now(UTC))
    open_page(filled, PAGE)
    assert "No exemption is in force now" in shown(filled)
    filled.toggle(key="exemptions-past").set_value(True)
    run(filled)
    (state,) = filled.dataframe[0].value["state"]
    assert state.startswith("– Lifted ")
    assert state.endswith("by ada@example.com")


def test_a_chosen_exemption_is_read_whole_and_lifted_after_a_question(
    filled: AppTest, engine: Engine
) -> None:
    number = spare(engine, ExemptionKind.PERSON, person_id(1))
    open_page(filled, PAGE)
    choose_row(filled, ids_key("exemptions", [number]), 0)
    assert "The person is exempt until it is lifted: On *call* (ada@example.com" in shown(filled)
    click(filled, "Lift the exemption")
    with reading(engine) as session:
        assert list_exemptions(session, 1)[0].lifted_at is None


def lifting() -> None:
    """The dialog alone, open: AppTest does not keep a dialog open from run to run."""
    from core.policies.exempting import list_exemptions  # noqa: PLC0415 - AppTest takes the body alone
    from core.store.engine import reading  # noqa: PLC0415 - likewise
    from core.ui.context import current_application, runtime  # noqa: PLC0415 - likewise
    from core.ui.exemptions_view import lift_form  # noqa: PLC0415 - likewise

    with reading(runtime().engine) as session:
        (listed,) = list_exemptions(session, 1)
    lift_form(current_application(), listed)


def exempting() -> None:
    """As `lifting`."""
    from core.ui.context import current_application  # noqa: PLC0415 - AppTest takes the body alone
    from core.ui.exemption_form import add_form  # noqa: PLC0415 - likewise

    add_form(current_application())


def exempting_nia() -> None:
    """As `lifting`; the dialog of somebody who was chosen elsewhere."""
    from core.policies.exempting import Target  # noqa: PLC0415 - AppTest takes the body alone
    from core.ui.context import current_application  # noqa: PLC0415 - likewise
    from core.ui.exemption_form import add_form  # noqa: PLC0415 - likewise

    nia = Target(id="00000000-0000-4000-8000-000000000002", name="Nia Never", detail="person2@example.com")
    add_form(current_application(), nia)


def pausing() -> None:
    """As `lifting`."""
    from core.ui.context import current_application  # noqa: PLC0415 - AppTest takes the body alone
    from core.ui.policies_view import pause_form  # noqa: PLC0415 - likewise

    pause_form(current_application())


def opened(dialog: Callable[[], None]) -> AppTest:
    return run(AppTest.from_function(dialog, default_timeout=30))


def choose_target(form: AppTest, target: str) -> None:
    form.selectbox[0].set_value(target)
    run(form)


@pytest.mark.usefixtures("filled")
def test_the_second_click_lifts_an_exemption(engine: Engine) -> None:
    spare(engine, ExemptionKind.PERSON, person_id(1))
    click(opened(lifting), "Lift the exemption")
    with reading(engine) as session:
        assert list_exemptions(session, 1)[0].lifted_at is not None


@pytest.mark.usefixtures("filled")
def test_somebody_is_found_and_exempted_for_a_year_by_default(engine: Engine) -> None:
    form = opened(exempting)
    assert not buttons(form)["Exempt"]
    form.text_input(key="exempt-search-person").set_value("nia")
    run(form)
    choose_target(form, person_id(2))
    form.text_area(key="exempt-reason").set_value("On leave")
    click(form, "Exempt")
    with reading(engine) as session:
        (listed,) = list_exemptions(session, 1)
    today = datetime.now(UTC).date()
    found = listed.exemption
    assert (found.kind, found.target_name, found.reason) == (ExemptionKind.PERSON, "Nia Never", "On leave")
    assert found.expires_on is not None
    assert 364 < (found.expires_on - today).days < 367


@pytest.mark.usefixtures("filled")
def test_a_department_is_exempted_until_that_is_lifted(engine: Engine) -> None:
    form = opened(exempting)
    form.segmented_control(key="exempt-kind").set_value("Department")
    run(form)
    choose_target(form, "Field Sales")
    form.text_area(key="exempt-reason").set_value("New this year")
    form.checkbox(key="exempt-open").set_value(True)
    click(form, "Exempt")
    with reading(engine) as session:
        (listed,) = list_exemptions(session, 1)
    assert (listed.exemption.target, listed.exemption.expires_on) == ("Field Sales", None)


@pytest.mark.usefixtures("filled")
def test_who_was_chosen_elsewhere_need_not_be_searched(engine: Engine) -> None:
    form = opened(exempting_nia)
    assert "Nia Never · person2@example.com" in shown(form)
    form.text_area(key="exempt-reason").set_value("On leave")
    click(form, "Exempt")
    with reading(engine) as session:
        assert [each.exemption.target for each in list_exemptions(session, 1)] == [person_id(2)]


@pytest.mark.usefixtures("filled")
def test_without_a_reason_nobody_is_exempted(engine: Engine) -> None:
    form = opened(exempting)
    choose_target(form, person_id(1))
    click(form, "Exempt")
    assert "An exemption needs a reason" in form.error[0].value
    with reading(engine) as session:
        assert list_exemptions(session, 1) == []


def test_cooldowns_are_listed_and_ended(filled: AppTest, engine: Engine) -> None:
    today = datetime.now(UTC).date()
    with writing(engine) as session:
        start_cooldown(session, 1, person_id(1), E3, today, "restored on 2026-11-24", None)
        (row,) = list_cooldowns(session, 1, today)
    open_page(filled, PAGE)
    frame = filled.dataframe[0].value
    assert (list(frame["name"]), list(frame["reason"])) == (["Ian Inactive"], ["Restored on 2026-11-24"])
    choose_row(filled, ids_key("cooldowns", [row.id]), 0)
    click(filled, "End the cooldown")
    assert "No license is on cooldown" in shown(filled)


def test_the_policies_are_shown_with_their_defaults(filled: AppTest) -> None:
    open_page(filled, PAGE)
    values = {each.label: each.value for each in filled.number_input}
    assert values == {
        "Young accounts and assignments, days": 30,
        "Reserve, %": 5,
        "Requests in 24 hours": 50,
        "Share of a license type, %": 10,
        "Second approval above": 0,
        "Never below": 5,
        "Waiting period, working days": 5,
        "Cooldown, days": 90,
    }
    assert filled.selectbox[0].value == 60
    assert "Default: 90 days." in shown(filled)
    assert r"Everything is as it came\." in shown(filled)


def test_saved_policies_hold_and_are_on_record(filled: AppTest, engine: Engine) -> None:
    open_page(filled, PAGE)
    filled.selectbox[0].set_value(90)
    filled.number_input[field(filled, "Cooldown, days")].set_value(30)
    click(filled, "Save the policies")
    assert policies(engine)[Setting.THRESHOLD_DAYS] == 90
    assert policies(engine)[Setting.COOLDOWN_DAYS] == 30
    assert "Statuses and opportunities are being judged anew" in filled.info[0].value
    frame = next(each.value for each in filled.dataframe if "policy" in each.value)
    assert sorted(zip(frame["policy"], frame["before"], frame["after"], strict=True)) == [
        ("Activity threshold", "60 days", "90 days"),
        ("Cooldown", "90 days", "30 days"),
    ]


def test_a_policy_that_somebody_else_has_set_meanwhile_stays(filled: AppTest, engine: Engine) -> None:
    open_page(filled, PAGE)
    filled.number_input[field(filled, "Reserve, %")].set_value(10)
    change_policies(engine, 1, values={Setting.YOUNG_DAYS: 7}, actor=ADA, now=datetime.now(UTC))
    click(filled, "Save the policies")
    assert policies(engine)[Setting.YOUNG_DAYS] == 7
    assert policies(engine)[Setting.RESERVE_PERCENT] == 10


def test_what_is_out_of_bounds_is_said_beside_its_field(filled: AppTest, engine: Engine) -> None:
    open_page(filled, PAGE)
    filled.number_input[field(filled, "Cooldown, days")].set_value(800)
    click(filled, "Save the policies")
    assert r":red[Cooldown must be from 0 to 730 days, not 800\.]" in shown(filled).replace("\\,", ",")
    assert policies(engine).values == {setting: spec.default for setting, spec in SPECS.items()}


def test_a_license_type_is_given_its_own_threshold(filled: AppTest, engine: Engine) -> None:
    open_page(filled, PAGE)
    choose_row(filled, ids_key("thresholds", TYPES), TYPES.index(VISIO))
    filled.selectbox(key=f"threshold-{VISIO}-None").set_value(120)
    click(filled, "Set the threshold")
    assert policies(engine).thresholds == {VISIO: 120}
    frame = next(each.value for each in filled.dataframe if "threshold" in each.value)
    assert dict(zip(frame["name"], frame["threshold"], strict=True)) == {
        "Microsoft 365 E3": "60 days",
        "Visio Plan 2": "120 days",
    }
    with reading(engine) as session:
        (change,) = list_changes(session, 1)
    assert (change.license_type, change.before, change.after) == ("Visio Plan 2", None, "120")


@pytest.mark.parametrize("file", ["overview.py", "activity.py", "reclamation.py"])
def test_pages_with_statuses_say_that_these_are_being_judged_anew(
    filled: AppTest, engine: Engine, file: str
) -> None:
    open_page(filled, file)
    assert not filled.info
    change_policies(engine, 1, values={Setting.YOUNG_DAYS: 7}, actor=ADA, now=datetime.now(UTC))
    run(filled)
    assert "being judged anew: changed just now" in filled.info[0].value


@pytest.mark.usefixtures("filled")
def test_pausing_needs_a_reason(engine: Engine) -> None:
    form = opened(pausing)
    click(form, "Pause reclamation")
    assert "Pausing needs a reason" in form.error[0].value
    form.text_input(key="pause-reason").set_value("An audit")
    click(form, "Pause reclamation")
    with reading(engine) as session:
        assert read_pause(session, 1) is not None


def test_while_paused_both_pages_say_so_and_it_can_be_resumed(filled: AppTest, engine: Engine) -> None:
    pause(engine, 1, "An audit", actor=ADA, now=datetime.now(UTC))
    open_page(filled, "reclamation.py")
    assert "Reclamation is paused since" in filled.warning[0].value
    open_page(filled, PAGE)
    assert "An audit" in filled.warning[0].value
    click(filled, "Resume reclamation")
    assert not filled.warning
    with reading(engine) as session:
        assert read_pause(session, 1) is None


@pytest.mark.usefixtures("live_tenant")
def test_a_viewer_sees_everything_and_can_change_nothing(filled: AppTest, engine: Engine) -> None:
    number = spare(engine, ExemptionKind.PERSON, person_id(1))
    with writing(engine) as session:
        today = datetime.now(UTC).date()
        start_cooldown(session, 1, person_id(2), E3, today, "kept", None)
        (cooldown,) = list_cooldowns(session, 1, today)
    open_page(filled, PAGE)
    choose_row(filled, ids_key("exemptions", [number]), 0)
    choose_row(filled, ids_key("cooldowns", [cooldown.id]), 0)
    choose_row(filled, ids_key("thresholds", TYPES), 0)
    assert buttons(filled) == {"Save the policies": False, "Set the threshold": False}
    assert all(each.disabled for each in filled.number_input)
    assert "Changing policies needs the role administrator" in shown(filled)
