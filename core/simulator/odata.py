"""Reads the query options of a listing: $select, $expand, $top, $filter (contract §4.1 and §4.6)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from core.simulator.identity import is_guid
from core.simulator.records import Json
from core.simulator.wire import GraphProblem

Predicate = Callable[[Json], bool]

DEFAULT_PROPERTIES = (
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
)
USER_PROPERTIES = frozenset(
    {
        *DEFAULT_PROPERTIES,
        "accountEnabled",
        "assignedLicenses",
        "city",
        "companyName",
        "country",
        "createdDateTime",
        "deletedDateTime",
        "department",
        "employeeHireDate",
        "employeeId",
        "employeeLeaveDateTime",
        "employeeOrgData",
        "employeeType",
        "isManagementRestricted",
        "licenseAssignmentStates",
        "mailNickname",
        "onPremisesSyncEnabled",
        "signInActivity",
        "usageLocation",
        "userType",
    }
)
SINGLE_USER_PROPERTIES = frozenset(
    {
        "aboutMe",
        "birthday",
        "hireDate",
        "interests",
        "mailboxSettings",
        "mySite",
        "pastProjects",
        "preferredName",
        "responsibilities",
        "schools",
        "skills",
    }
)

MAX_PAGE = 999
MAX_PAGE_WITH_SIGN_INS = 500
DEFAULT_PAGE = 100

_IDENTIFIERS = frozenset({"id", "userPrincipalName", "mail", "employeeId", "mailNickname"})
_COMPARISON = re.compile(r"(\w+(?:/\w+)?)\s+(eq|ne|le|ge)\s+(true|false|null|'(?:[^']|'')*'|[0-9TZ:.+-]+)")
_FUNCTION = re.compile(r"(startswith|endswith)\(\s*(\w+)\s*,\s*'((?:[^']|'')*)'\s*\)", re.IGNORECASE)
_HAS_LICENSE = re.compile(r"assignedLicenses/any\(\s*(\w+)\s*:\s*\1/skuId\s+eq\s+([0-9A-Fa-f-]+)\s*\)")
_LICENSE_COUNT = re.compile(r"assignedLicenses/\$count\s+(ne|eq)\s+(\d+)")
_NEGATION = re.compile(r"not\s*\((.+)\)|not\s+(.+)")
_EXPAND = re.compile(r"manager(?:\(\$select=([\w,]+)\))?")


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A condition on accounts. `by_identifier`: it looks at what tells one account from another."""

    matches: Predicate
    advanced: bool = False
    by_identifier: bool = False
    on_sign_ins: bool = False


def selected(query: dict[str, str]) -> tuple[str, ...]:
    """The properties that are wanted. Raises GraphProblem 400 or 501 for those that can't be had."""
    text = query.get("$select", "")
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        return DEFAULT_PROPERTIES
    for name in names:
        if name in SINGLE_USER_PROPERTIES:
            # The collection can't, and for one account the mailbox's own address serves it.
            raise GraphProblem(501, "NotImplemented", "This operation target is not yet supported.")
        if name not in USER_PROPERTIES:
            kind = "Select and Expand"
            message = f"Could not find a property named '{name}' on type 'microsoft.graph.user'."
            raise GraphProblem(400, "BadRequest", f"Parsing OData {kind} failed: {message}")
    return names


def expanded(query: dict[str, str]) -> tuple[str, ...] | None:
    """The manager's properties where the manager is wanted too. Raises GraphProblem 400 for others."""
    text = query.get("$expand")
    if text is None:
        return None
    found = _EXPAND.fullmatch(text.strip())
    if found is None:
        raise GraphProblem(
            400, "BadRequest", f"Parsing OData Select and Expand failed: '{text}' can't be expanded."
        )
    return tuple((found[1] or "id,displayName,userPrincipalName").split(","))


def page_size(query: dict[str, str], *, largest: int) -> int:
    """How many objects a page has: what is asked for, silently at most `largest`. Raises GraphProblem 400."""
    text = query.get("$top")
    if text is None:
        return min(DEFAULT_PAGE, largest)
    if not text.isdigit() or int(text) < 1:
        message = f"Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive."
        raise GraphProblem(400, "Request_BadRequest", message)
    return min(int(text), largest)


def read_filter(text: str) -> Filter:
    """The condition that a $filter expresses. Raises GraphProblem 400 for what can't be filtered by."""
    clauses = [_clause(part.strip()) for part in re.split(r"\s+and\s+(?![^(]*\))", text.strip())]
    if len(clauses) > 1 and any(clause.on_sign_ins for clause in clauses):
        raise _unsupported("Filter on signInActivity can't be combined with other filters.")
    return Filter(
        matches=lambda properties: all(clause.matches(properties) for clause in clauses),
        advanced=any(clause.advanced for clause in clauses),
        by_identifier=any(clause.by_identifier for clause in clauses),
        on_sign_ins=any(clause.on_sign_ins for clause in clauses),
    )


def _clause(text: str) -> Filter:
    if found := _NEGATION.fullmatch(text):
        inner = _clause((found[1] or found[2]).strip())
        return Filter(
            matches=lambda properties: not inner.matches(properties),
            advanced=True,
            by_identifier=inner.by_identifier,
        )
    if found := _HAS_LICENSE.fullmatch(text):
        sku_id = found[2].lower()
        if not is_guid(sku_id):
            raise _unsupported(f"Invalid filter clause: '{sku_id}' is no Guid.")
        return Filter(
            matches=lambda properties: any(one["skuId"] == sku_id for one in properties["assignedLicenses"])
        )
    if found := _LICENSE_COUNT.fullmatch(text):
        negated, number = found[1] == "ne", int(found[2])
        return Filter(
            matches=lambda properties: (len(properties["assignedLicenses"]) == number) != negated,
            advanced=True,
        )
    if found := _FUNCTION.fullmatch(text):
        return _text_function(found[1].lower(), found[2], found[3].replace("''", "'").lower())
    if found := _COMPARISON.fullmatch(text):
        return _comparison(found[1], found[2], found[3])
    raise _unsupported(f"Invalid filter clause: {text}")


def _text_function(function: str, name: str, value: str) -> Filter:
    _known(name)
    ends = function == "endswith"

    def matches(properties: Json) -> bool:
        text = str(properties.get(name) or "").lower()
        return text.endswith(value) if ends else text.startswith(value)

    return Filter(matches=matches, advanced=ends, by_identifier=name in _IDENTIFIERS)


def _comparison(path: str, operator: str, literal: str) -> Filter:
    name, _, part = path.partition("/")
    _known(name)
    value = _value(literal)

    def matches(properties: Json) -> bool:
        actual = properties.get(name)
        if part:
            actual = actual.get(part) if isinstance(actual, dict) else None
        if isinstance(actual, str):
            actual = actual.lower()
        if operator in {"eq", "ne"}:
            return (actual == value) == (operator == "eq")
        if not isinstance(actual, str) or not isinstance(value, str):
            return False
        return actual <= value if operator == "le" else actual >= value

    return Filter(
        matches=matches,
        advanced=operator == "ne" or name in {"companyName", "officeLocation"},
        by_identifier=name in _IDENTIFIERS,
        on_sign_ins=name == "signInActivity",
    )


def _known(name: str) -> None:
    if name not in USER_PROPERTIES:
        raise _unsupported(f"Invalid filter clause: Could not find a property named '{name}'.")


def _value(literal: str) -> str | bool | None:
    if literal in {"true", "false"}:
        return literal == "true"
    if literal == "null":
        return None
    return literal.strip("'").replace("''", "'").lower()


def _unsupported(message: str) -> GraphProblem:
    return GraphProblem(400, "Request_UnsupportedQuery", message)
