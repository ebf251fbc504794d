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

_LEADERS = 4
_DIRECTORS = 12

_ACQUIRED = frozenset({"PL", "ZA"})
_SYNCED_COUNTRIES = frozenset({"DE", "US"})

_ADD_ONS_FOR_ALL = ((catalog.FLOW_FREE, 0.15), (catalog.POWER_BI_FREE, 0.12))
_ADD_ONS_FOR_OFFICES = (
    (catalog.COPILOT, 0.09),
    (catalog.VISIO, 0.05),
    (catalog.PROJECT, 0.04),
    (catalog.CLOUD_PC, 0.02),
    (catalog.UNKNOWN_TYPE, 0.04),
)
_ADD_ONS_BESIDE_E3 = ((catalog.POWER_BI_PRO, 0.08), (catalog.TEAMS_PHONE, 0.06))
"""Which license types people have on top, and how likely."""

_GROUPS_BY_DEPARTMENT = (
    ("Sales", "power-bi-mail", 0.3),
    ("Engineering", "planning-tools", 0.06),
    ("Marketing", "copilot-team", 0.15),
)

_FATES = {
    "busy": 790,
    "slowing": 30,
    "inactive": 80,
    "never": 25,
    "left": 20,
    "on_leave": 15,
    "starting": 15,
    "unlisted": 10,
    "unseen": 15,
}
"""What becomes of a thousand employees."""

_LAST_SEEN = {
    "slowing": (30.0, 59.0),
    "inactive": (62.0, 460.0),
    "left": (10.0, 160.0),
    "on_leave": (40.0, 240.0),
    "unlisted": (0.2, 20.0),
}
"""Between how many days ago they were last seen."""

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
        synced=True if country.code in _SYNCED_COUNTRIES and _happens(dice, 0.6) else None,
        employee_type=dice.choices(("Employee", "Contractor"), weights=(92, 8))[0],
    )
    case = case_of(number)
    if case is not None:
        person = replace(CASES[case](person), case=case)
    elif number > _DIRECTORS and (account := _account(dice, person)) is not None:
        person = account
    else:
        person = _living(dice, _licensed(dice, person, department), department)
    return replace(person, local=_unique_local(person, taken))


def _department(dice: random.Random, number: int) -> Department:
    if number < _LEADERS:
        return EXECUTIVE
    return dice.choices(DEPARTMENTS, weights=[department.weight for department in DEPARTMENTS])[0]


def _title(dice: random.Random, number: int, department: Department, count: int) -> str:
    ordinary = dice.choice(department.titles)
    if number == 0:
        return "Chief Executive Officer"
    if department is EXECUTIVE:
        return ordinary
    if number <= _DIRECTORS:
        return f"Director, {department.name}"
    return f"{department.name} Manager" if number * SPAN + 1 < count else ordinary


def _manager(people: list[Person], person: Person) -> int | None:
    """Whom the person reports to: an ordinary account above them. Accounts of nobody report to nobody."""
    if person.number == 0 or not person.employee:
        return None
    boss = (person.number - 1) // SPAN
    while boss > 0 and (people[boss].case is not None or not people[boss].employee):
        boss -= 1
    return boss


def _unique_local(person: Person, taken: dict[str, int]) -> str:
    local = person.local or ascii_local(f"{person.given}.{person.family}")
    taken[local] = taken.get(local, 0) + 1
    return local if taken[local] == 1 else f"{local}{taken[local]}"


def _happens(dice: random.Random, chance: float) -> bool:
    return dice.random() < chance


def _account(dice: random.Random, person: Person) -> Person | None:
    """Now and then an account that is no employee: a guest, or the mailbox of a team or a room."""
    kind = dice.choices(("person", "guest", "shared", "room"), weights=(954, 25, 15, 6))[0]
    if kind == "guest":
        like = CASES["guest_unlicensed"] if _happens(dice, 0.8) else CASES["guest"]
        names = {"given": person.given, "family": person.family, "display_name": person.display_name}
        return replace(like(person), **names, local="")  # type: ignore[arg-type]
    if kind == "shared":
        like = CASES["shared_mailbox_exchange"] if _happens(dice, 0.6) else CASES["shared_mailbox"]
        topic = dice.choice(
            ("Orders", "Press", "Returns", "Careers", "Facilities", "Procurement", "Warranty")
        )
        return _called(like(person), f"{topic} {person.office}")
    if kind == "room":
        return _called(CASES["room_mailbox"](person), f"Room {person.office} {dice.randint(1, 40)}")
    return None


def _called(person: Person, name: str) -> Person:
    return replace(person, display_name=name, local=ascii_local(name.replace(" ", ".")))


def _licensed(dice: random.Random, person: Person, department: Department) -> Person:
    """The suite of the department, by group or directly, and what people ask for on top."""
    suite = department.suite
    direct: list[DirectLicense] = []
    groups = ["everyone"]
    days = 20 + dice.random() * 700
    acquired = person.country.code in _ACQUIRED and suite == catalog.E3
    if acquired:
        # Came with the acquisition: still on the older suite, with mobility beside it.
        direct.append(DirectLicense(sku_id=catalog.OFFICE_E3, days=days))
        groups.append("mobility")
    elif _happens(dice, 0.45):
        direct.append(DirectLicense(sku_id=suite, days=days))
    else:
        groups.append(_suite_group(dice, suite, department))
    direct.extend(_add_ons(dice, suite, department))
    if suite == catalog.E3 and not acquired and _happens(dice, 0.03):
        direct.append(DirectLicense(sku_id=catalog.OFFICE_E1, days=days, disabled=E1_CONFLICTS))
    if suite == catalog.E5 and _happens(dice, 0.06):
        direct.append(DirectLicense(sku_id=catalog.E3, days=days + 200))
    groups.extend(
        group
        for name, group, chance in _GROUPS_BY_DEPARTMENT
        if department.name == name and _happens(dice, chance)
    )
    return replace(person, direct=tuple(direct), groups=tuple(groups), group_days=30 + dice.random() * 800)


def _suite_group(dice: random.Random, suite: str, department: Department) -> str:
    if suite == catalog.F3:
        return "f3-dynamic" if department.name == "Retail" else "f3"
    if suite == catalog.E5:
        return "e5-synced" if department.name == "Legal" else "e5"
    return "e3" if _happens(dice, 0.8) else "e3-projects"


def _add_ons(dice: random.Random, suite: str, department: Department) -> list[DirectLicense]:
    wanted: tuple[tuple[str, float], ...] = _ADD_ONS_FOR_ALL
    if suite != catalog.F3:
        wanted += _ADD_ONS_FOR_OFFICES
    if suite == catalog.E3:
        wanted += _ADD_ONS_BESIDE_E3
    if department.name == "Engineering":
        wanted += ((catalog.PROJECT_PREMIUM, 0.02),)
    return [
        DirectLicense(sku_id=sku_id, days=10 + dice.random() * 600)
        for sku_id, chance in wanted
        if _happens(dice, chance)
    ]


def _living(dice: random.Random, person: Person, department: Department) -> Person:
    """How the person works: most were seen this week, some months ago, a few never."""
    workloads = FRONTLINE_WORKLOADS if department.suite == catalog.F3 else OFFICE_WORKLOADS
    fate = dice.choices(tuple(_FATES), weights=tuple(_FATES.values()))[0]
    if fate == "starting":
        return _starting(dice, person)
    if fate in _LAST_SEEN:
        low, high = _LAST_SEEN[fate]
        seen = low + dice.random() * (high - low)
        return _absent(dice, replace(person, activity=worked(dice, seen, person, workloads)), fate, seen)
    seen = min(24.0, dice.expovariate(1 / 2.5)) + 0.1
    activities = {
        "busy": worked(dice, seen, person, workloads, steady=True),
        "never": NEVER_SEEN,
        "unseen": Activity(style=SignInStyle.ABSENT, in_reports=False),
    }
    return replace(person, activity=activities[fate])


def _absent(dice: random.Random, person: Person, fate: str, seen: float) -> Person:
    """What human resources know about somebody who was seen less."""
    if fate == "left":
        left = max(0.5, seen - dice.random() * 5)
        roster = Roster(status=RosterStatus.INACTIVE, left_days=left)
        return replace(person, roster=roster, enabled=_happens(dice, 0.4), leave_days=left)
    statuses = {"on_leave": RosterStatus.ON_LEAVE, "unlisted": RosterStatus.ABSENT}
    return replace(person, roster=Roster(status=statuses.get(fate, RosterStatus.ACTIVE)))


def _starting(dice: random.Random, person: Person) -> Person:
    age = 1 + dice.random() * 12
    direct = tuple(replace(license_, days=age) for license_ in person.direct)
    activity = worked(dice, dice.random(), person, ("teams",))
    return replace(person, created_days=age + 3, activity=activity, direct=direct, group_days=age)


def worked(
    dice: random.Random, seen: float, person: Person, workloads: tuple[str, ...], *, steady: bool = False
) -> Activity:
    """The traces of somebody who was last seen so many days ago, in some of the workloads."""
    dates = {
        workload: seen + (0.0 if number == 0 else dice.expovariate(1 / 4))
        for number, workload in enumerate(workloads)
        if number == 0 or _happens(dice, 0.15 if workload == "yammer" else 0.85)
    }
    held = {license_.sku_id for license_ in person.direct}
    held |= {sku_id for key in person.groups for sku_id in GROUPS[key].skus}
    if catalog.COPILOT in held and _happens(dice, 0.7):
        dates["copilot"] = seen + dice.expovariate(1 / 12)
    for sku_id, client in ((catalog.VISIO, "visio"), (catalog.PROJECT, "project")):
        if sku_id in held and _happens(dice, 0.6):
            dates[client] = seen + dice.random() * 300
    return Activity(
        interactive=seen + dice.random() * 3,
        non_interactive=seen,
        success=seen,
        workloads=dates,
        steady=steady,
    )
