"""Makes the people of a tenant from its seed: the same seed, the same people."""

import random
import unicodedata
from dataclasses import replace

from core.simulator import catalog
from core.simulator.cases import CASES, E1_CONFLICTS, case_of
from core.simulator.organization import COUNTRIES, DEPARTMENTS, EXECUTIVE, GROUPS, Department
from core.simulator.person import (
    NEVER_SEEN,
    Activity,
    DirectLicense,
    Person,
    Roster,
    RosterStatus,
    SignInStyle,
)

BLOCK = 5_000
"""People differ up to here; a larger tenant is this organization again and again, under other identifiers."""

SPAN = 9
"""How many people report to one manager."""

OFFICE_WORKLOADS = ("exchange", "onedrive", "sharepoint", "teams", "yammer", "apps")
FRONTLINE_WORKLOADS = ("exchange", "sharepoint", "teams", "yammer")

_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "ı": "i", "æ": "ae"})


def ascii_local(text: str) -> str:
    """The name as it stands in an address: lower case, no accents."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    kept = [letter for letter in plain if letter.isascii() and (letter.isalnum() or letter in ".-_'")]
    return "".join(kept).lower()


def make_people(seed: int, count: int) -> list[Person]:
    """The first `count` people of this seed, at most one block."""
    taken: dict[str, int] = {}
    people = [_person(seed, number, taken, count) for number in range(min(count, BLOCK))]
    return [replace(person, manager=_manager(people, person)) for person in people]


def _person(seed: int, number: int, taken: dict[str, int], count: int) -> Person:
    dice = random.Random(f"{seed}/{number}")  # noqa: S311 -- a believable spread, no secret
    country = dice.choices(COUNTRIES, weights=[country.weight for country in COUNTRIES])[0]
    given, family = dice.choice(country.given), dice.choice(country.family)
    department = _department(dice, number)
    person = Person(
        number=number,
        given=given,
        family=family,
        display_name=f"{given} {family}",
        local="",
        country=country,
        office=dice.choice(country.offices),
        department=department,
        title=_title(dice, number, department, min(count, BLOCK)),
        created_days=400 + dice.random() * 2500,
        activity=NEVER_SEEN,
        synced=True if country.code in {"DE", "US"} and dice.random() < 0.6 else None,
        employee_type=dice.choices(("Employee", "Contractor"), weights=(92, 8))[0],
    )
    case = case_of(number)
    if case is not None:
        person = replace(CASES[case](person), case=case)
    elif number > 12 and (account := _account(dice, person)) is not None:
        person = account
    else:
        person = _living(dice, _licensed(dice, person))
    return replace(person, local=_unique_local(person, taken))


def _department(dice: random.Random, number: int) -> Department:
    if number < 4:
        return EXECUTIVE
    return dice.choices(DEPARTMENTS, weights=[department.weight for department in DEPARTMENTS])[0]


def _title(dice: random.Random, number: int, department: Department, count: int) -> str:
    if number == 0:
        return "Chief Executive Officer"
    if department is EXECUTIVE:
        return dice.choice(department.titles)
    if number <= 12:
        return f"Director, {department.name}"
    if number * SPAN + 1 < count:
        return f"{department.name} Manager"
    return dice.choice(department.titles)


def _manager(people: list[Person], person: Person) -> int | None:
    """Whom the person reports to: an ordinary account above them; nobody for accounts that are no employee."""
    if person.number == 0 or not person.employee:
        return None
    boss = (person.number - 1) // SPAN
    while boss > 0 and people[boss].case is not None:
        boss -= 1
    return boss


def _unique_local(person: Person, taken: dict[str, int]) -> str:
    local = person.local or ascii_local(f"{person.given}.{person.family}")
    taken[local] = taken.get(local, 0) + 1
    return local if taken[local] == 1 else f"{local}{taken[local]}"


def _account(dice: random.Random, person: Person) -> Person | None:
    """Now and then an account that is no employee: a guest, or a mailbox of a team, a room or a machine."""
    kind = dice.random()
    if kind < 0.025:
        like = CASES["guest_unlicensed"] if dice.random() < 0.8 else CASES["guest"]
        return replace(
            like(person), given=person.given, family=person.family, display_name=person.display_name, local=""
        )
    if kind < 0.04:
        like = CASES["shared_mailbox_exchange"] if dice.random() < 0.6 else CASES["shared_mailbox"]
        topic = dice.choice(
            ("Orders", "Press", "Returns", "Careers", "Facilities", "Procurement", "Warranty")
        )
        name = f"{topic} {person.office}"
        return replace(like(person), display_name=name, local=ascii_local(name.replace(" ", ".")))
    if kind < 0.046:
        name = f"Room {person.office} {dice.randint(1, 40)}"
        return replace(
            CASES["room_mailbox"](person), display_name=name, local=ascii_local(name.replace(" ", "."))
        )
    return None


def _licensed(dice: random.Random, person: Person) -> Person:
    """The suite of the department, by group or directly, and what people ask for on top."""
    department = person.department
    suite = department.suite if department else catalog.E3
    direct: list[DirectLicense] = []
    groups = ["everyone"]
    days = 20 + dice.random() * 700
    acquired = person.country.code in {"PL", "ZA"} and suite == catalog.E3
    if acquired:
        # Came with the acquisition: still on the older suite, with mobility beside it.
        direct.append(DirectLicense(sku_id=catalog.OFFICE_E3, days=days))
        groups.append("mobility")
    elif dice.random() < 0.45:
        direct.append(DirectLicense(sku_id=suite, days=days))
    else:
        groups.append(_suite_group(dice, suite, department))
    direct.extend(_add_ons(dice, suite, department))
    if suite == catalog.E3 and not acquired and dice.random() < 0.03:
        direct.append(DirectLicense(sku_id=catalog.OFFICE_E1, days=days, disabled=E1_CONFLICTS))
    if suite == catalog.E5 and dice.random() < 0.06:
        direct.append(DirectLicense(sku_id=catalog.E3, days=days + 200))
    if department is not None and department.name == "Sales" and dice.random() < 0.3:
        groups.append("power-bi-mail")
    if department is not None and department.name == "Engineering" and dice.random() < 0.06:
        groups.append("planning-tools")
    if department is not None and department.name == "Marketing" and dice.random() < 0.15:
        groups.append("copilot-team")
    return replace(person, direct=tuple(direct), groups=tuple(groups), group_days=30 + dice.random() * 800)


def _suite_group(dice: random.Random, suite: str, department: Department | None) -> str:
    if suite == catalog.F3:
        return "f3-dynamic" if department is not None and department.name == "Retail" else "f3"
    if suite == catalog.E5:
        return "e5-synced" if department is not None and department.name == "Legal" else "e5"
    return "e3" if dice.random() < 0.8 else "e3-projects"


def _add_ons(dice: random.Random, suite: str, department: Department | None) -> list[DirectLicense]:
    wanted: list[tuple[str, float]] = [(catalog.FLOW_FREE, 0.15), (catalog.POWER_BI_FREE, 0.12)]
    if suite != catalog.F3:
        wanted += [
            (catalog.COPILOT, 0.09),
            (catalog.VISIO, 0.05),
            (catalog.PROJECT, 0.04),
            (catalog.CLOUD_PC, 0.02),
        ]
        wanted.append((catalog.UNKNOWN_TYPE, 0.04))
    if suite == catalog.E3:
        wanted += [(catalog.POWER_BI_PRO, 0.08), (catalog.TEAMS_PHONE, 0.06)]
    if department is not None and department.name == "Engineering":
        wanted.append((catalog.PROJECT_PREMIUM, 0.02))
    return [
        DirectLicense(sku_id=sku_id, days=10 + dice.random() * 600)
        for sku_id, chance in wanted
        if dice.random() < chance
    ]


def _living(dice: random.Random, person: Person) -> Person:
    """How the person works: most were seen this week, some months ago, a few never."""
    frontline = person.department is not None and person.department.suite == catalog.F3
    workloads = FRONTLINE_WORKLOADS if frontline else OFFICE_WORKLOADS
    fate = dice.random()
    if fate < 0.79:
        seen = min(24.0, dice.expovariate(1 / 2.5)) + 0.1
        return replace(person, activity=worked(dice, seen, person, workloads, steady=True))
    if fate < 0.82:
        return replace(person, activity=worked(dice, 30 + dice.random() * 29, person, workloads))
    if fate < 0.90:
        return replace(person, activity=worked(dice, 62 + dice.random() * 400, person, workloads))
    if fate < 0.925:
        return replace(person, activity=NEVER_SEEN)
    if fate < 0.945:
        left = 10 + dice.random() * 150
        roster = Roster(status=RosterStatus.INACTIVE, left_days=left)
        activity = worked(dice, left + dice.random() * 5, person, workloads)
        return replace(person, activity=activity, roster=roster, enabled=dice.random() < 0.4, leave_days=left)
    if fate < 0.96:
        roster = Roster(status=RosterStatus.ON_LEAVE)
        return replace(
            person, activity=worked(dice, 40 + dice.random() * 200, person, workloads), roster=roster
        )
    if fate < 0.975:
        age = 1 + dice.random() * 12
        starter = replace(
            person, created_days=age + 3, activity=worked(dice, dice.random(), person, ("teams",))
        )
        direct = tuple(replace(license_, days=age) for license_ in person.direct)
        return replace(starter, direct=direct, group_days=age)
    if fate < 0.985:
        roster = Roster(status=RosterStatus.ABSENT)
        return replace(person, activity=worked(dice, dice.random() * 20, person, workloads), roster=roster)
    return replace(person, activity=Activity(style=SignInStyle.ABSENT, in_reports=False))


def worked(
    dice: random.Random, seen: float, person: Person, workloads: tuple[str, ...], *, steady: bool = False
) -> Activity:
    """The traces of somebody who was last seen so many days ago, in some of the workloads."""
    dates = {
        workload: seen + (0.0 if number == 0 else dice.expovariate(1 / 4))
        for number, workload in enumerate(workloads)
        if number == 0 or dice.random() < (0.15 if workload == "yammer" else 0.85)
    }
    held = {license_.sku_id for license_ in person.direct}
    held |= {sku_id for key in person.groups for sku_id in GROUPS[key].skus}
    if catalog.COPILOT in held and dice.random() < 0.7:
        dates["copilot"] = seen + dice.expovariate(1 / 12)
    for sku_id, client in ((catalog.VISIO, "visio"), (catalog.PROJECT, "project")):
        if sku_id in held and dice.random() < 0.6:
            dates[client] = seen + dice.random() * 300
    return Activity(
        interactive=seen + dice.random() * 3,
        non_interactive=seen,
        success=seen,
        workloads=dates,
        steady=steady,
    )
