"""The rules of assigning licenses (contract §5): pure, from a user's entries to the entries afterwards."""

from dataclasses import dataclass
from typing import Any

from core.simulator.catalog import (
    DEPENDS_ON_ONE_OF,
    MAILBOX_PLANS,
    MUTUALLY_EXCLUSIVE,
    LicenseType,
    plan_names,
)
from core.simulator.identity import is_guid
from core.simulator.records import Json, assigned_licenses, holds_seat
from core.simulator.wire import GraphProblem


@dataclass(frozen=True, kw_only=True)
class Order:
    """What one assignLicense call asks for: types to add, with plans to switch off, and types to remove."""

    add: dict[str, tuple[str, ...]]
    remove: tuple[str, ...]


def read_order(body: dict[str, Any]) -> Order:
    """The order in a request body. Raises GraphProblem 400 where a part is missing or malformed."""
    missing = [name for name in ("addLicenses", "removeLicenses") if body.get(name) is None]
    if missing:
        raise refused(
            "One or more parameters of the operation 'assignLicense' are missing from the request payload. "
            f"The missing parameters are: {', '.join(missing)}."
        )
    add: dict[str, tuple[str, ...]] = {}
    for item in body["addLicenses"]:
        plans = tuple(str(plan).lower() for plan in item.get("disabledPlans", []))
        add[_guid(item.get("skuId"))] = plans
        for plan in plans:
            _guid(plan)
    return Order(add=add, remove=tuple(_guid(sku_id) for sku_id in body["removeLicenses"]))


def _guid(text: object) -> str:
    if not isinstance(text, str) or not is_guid(text):
        raise refused(f"Cannot convert the literal '{text}' to the expected type 'Edm.Guid'.")
    return text.lower()


def refused(message: str) -> GraphProblem:
    """A 400 of the licensing service: one code for many causes, told apart by the message only (§5.3)."""
    return GraphProblem(400, "Request_BadRequest", message)


def check_types(order: Order, types: dict[str, LicenseType], *, suspended: frozenset[str]) -> None:
    """Raises GraphProblem 400 for a type that can't be assigned or taken back by an administrator (§5.2)."""
    for sku_id, disabled in order.add.items():
        type_ = types.get(sku_id)
        if type_ is None or type_.for_company or type_.self_service or sku_id in suspended:
            raise refused(f"License {sku_id} does not correspond to a valid company License.")
        foreign = set(disabled) - {plan.id for plan in type_.plans}
        if foreign:
            raise refused(
                f"License assignment failed because service plan {min(foreign)} is not part of {sku_id}."
            )
    for sku_id in order.remove:
        if sku_id in types and types[sku_id].self_service:
            raise refused(f"License {sku_id} does not correspond to a valid company License.")


def check_removals(order: Order, states: list[Json]) -> None:
    """Raises GraphProblem 400 where the user hasn't one of the licenses, or has it only by a group."""
    for sku_id in order.remove:
        held = [state for state in states if state["skuId"] == sku_id]
        if not held:
            raise refused("User does not have a corresponding license.")
        if all(state["assignedByGroup"] is not None for state in held):
            raise refused(
                "User license is inherited from a group membership and it cannot be removed directly from "
                "the user."
            )


def needs_seat(order: Order, states: list[Json]) -> list[str]:
    """The added types of which the user holds no seat yet."""
    held = {state["skuId"] for state in states if holds_seat(state)}
    return [sku_id for sku_id in order.add if sku_id not in held]


def carried_out(order: Order, states: list[Json], moment: str) -> list[Json]:
    """The user's entries once the order is carried out; added ones carry the moment."""
    kept = [
        state
        for state in states
        if state["assignedByGroup"] is not None
        or (state["skuId"] not in order.remove and state["skuId"] not in order.add)
    ]
    added: list[Json] = [
        {
            "skuId": sku_id,
            "disabledPlans": list(disabled),
            "assignedByGroup": None,
            "state": "Active",
            "error": "None",
            "lastUpdatedDateTime": moment,
        }
        for sku_id, disabled in order.add.items()
    ]
    # A repeated assignment of what is held already, unchanged, is no change.
    before = {state["skuId"]: state for state in states if state["assignedByGroup"] is None}
    settled = [
        before[state["skuId"]]
        if state["skuId"] in before
        and set(before[state["skuId"]]["disabledPlans"]) == set(state["disabledPlans"])
        and holds_seat(before[state["skuId"]])
        and state["skuId"] not in order.remove
        else state
        for state in added
    ]
    return settled + kept


def enabled_plans(states: list[Json], types: dict[str, LicenseType]) -> frozenset[str]:
    """The names of the service plans that the entries switch on."""
    return frozenset(
        plan.name
        for license_ in assigned_licenses(states)
        for plan in types[license_["skuId"]].plans
        if plan.id not in license_["disabledPlans"]
    )


def check_plans(before: list[Json], after: list[Json], types: dict[str, LicenseType]) -> None:
    """Raises GraphProblem 400 where a plan would lose what it depends on, or two exclude each other."""
    was, will = enabled_plans(before, types), enabled_plans(after, types)
    ids = {name: id_ for id_, name in plan_names().items()}
    for plan in unmet(will) - unmet(was):
        needed = ", ".join(ids.get(name, name) for name in DEPENDS_ON_ONE_OF[plan])
        raise refused(
            f"License assignment failed because service plan {ids[plan]} depends on the service plan(s) "
            f"{needed}"
        )
    for family in MUTUALLY_EXCLUSIVE:
        clash = sorted(family & will)
        if len(clash) > 1 and clash != sorted(family & was):
            words = ", ".join(ids[name] for name in clash)
            raise refused(f"License assignment failed because service plans {words} are mutually exclusive")


def unmet(plans: frozenset[str]) -> frozenset[str]:
    """The plans whose dependency is not switched on."""
    return frozenset(
        plan for plan, needed in DEPENDS_ON_ONE_OF.items() if plan in plans and not plans.intersection(needed)
    )


def without_group(states: list[Json], group: str, types: dict[str, LicenseType], moment: str) -> list[Json]:
    """The entries once the user left the group; one that others depend on stays, in error (§5.4)."""
    after = [state for state in states if state["assignedByGroup"] != group]
    if unmet(enabled_plans(after, types)) <= unmet(enabled_plans(states, types)):
        return after
    error = {"state": "Error", "error": "DependencyViolation", "lastUpdatedDateTime": moment}
    return [state | error if state["assignedByGroup"] == group else state for state in states]


def gives_mailbox(order: Order, types: dict[str, LicenseType]) -> bool:
    """Whether an added type brings a mailbox, which is where proxy addresses collide."""
    return any(types[sku_id].plan_names & MAILBOX_PLANS for sku_id in order.add)
