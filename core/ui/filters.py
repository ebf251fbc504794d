"""The filter bar of the Activity page, bound to the page's address: what is chosen can be sent as a link."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.activity.listing import NOT_GIVEN, ActivityFilter, AssignedBy, Choice, Choices
from core.ui import links, theme

_ENABLED: Final = {"Enabled": True, "Disabled": False}


def filter_bar(offered: Choices) -> ActivityFilter:
    """Draw the filters, license type first; what is chosen."""
    types = {each.label: each.sku_id for each in offered.license_types}
    statuses = {look.word: status for status, look in theme.STATUS_LOOKS.items()}
    ways = {way.label: way for way in AssignedBy}
    hr = {status.label: status for status in offered.employee_statuses}
    employees: list[str] = []
    first, second, *between, last = st.columns([1.7, 1.2, 1.2, 1.1] if hr else [2, 1.4, 1.2])
    with first:
        chosen_types = several("License type", list(types), key=links.LICENSE, none="All license types")
    with second:
        chosen_statuses = several(
            "Activity status", list(statuses), key=links.STATUS, none="Any activity status"
        )
    with last:
        text = st.text_input(
            "Search",
            key=links.TEXT,
            bind="query-params",
            placeholder="Name or address",
            icon=":material/search:",
            max_chars=200,
            label_visibility="collapsed",
        )
    for place in between:
        with place:
            employees = several("Employee status", list(hr), key=links.EMPLOYEE, none="Any employee status")
    columns = st.columns(5 if offered.several_companies else 4)
    centers, managers = _of_roster(offered)
    with columns[0]:
        departments = _groups("Department", offered.departments, key=links.DEPARTMENT)
    with columns[1]:
        countries = _groups("Country", offered.countries, key=links.COUNTRY)
    with columns[2]:
        account = st.selectbox(
            "Account",
            list(_ENABLED),
            index=None,
            key=links.ACCOUNT,
            bind="query-params",
            placeholder="Any account state",
            label_visibility="collapsed",
        )
    with columns[3]:
        chosen_ways = several("Assigned by", list(ways), key=links.ASSIGNED_BY, none="Assigned in any way")
    companies: tuple[str, ...] = ()
    if offered.several_companies:
        with columns[4]:
            companies = _groups("Company", offered.companies, key=links.COMPANY)
    return ActivityFilter(
        sku_ids=tuple(types[label] for label in chosen_types),
        statuses=tuple(statuses[word] for word in chosen_statuses),
        departments=departments,
        countries=countries,
        companies=companies,
        cost_centers=centers,
        managers=managers,
        employee_statuses=tuple(hr[label] for label in employees),
        account_enabled=None if account is None else _ENABLED[account],
        assigned_by=tuple(ways[label] for label in chosen_ways),
        text=text or "",
    )


def _of_roster(offered: Choices) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Filters by what only an HR roster tells, in a row of their own; none where it tells nothing."""
    centers: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    with_centers = any(each.value != NOT_GIVEN for each in offered.cost_centers)
    if not with_centers and not offered.managers_known:
        return centers, managers
    left, right, _ = st.columns([1, 1, 2])
    if with_centers:
        with left:
            centers = _groups("Cost center", offered.cost_centers, key=links.COST_CENTER)
    if offered.managers_known:
        with right:
            address = st.text_input(
                "Manager",
                key=links.MANAGER,
                bind="query-params",
                placeholder="Any manager, by e-mail address",
                icon=":material/supervisor_account:",
                max_chars=320,
                label_visibility="collapsed",
            ).strip()
        if address:
            managers = (NOT_GIVEN if address == links.NONE_LABEL else address,)
    return centers, managers


def several(label: str, options: Sequence[str], *, key: str, none: str, in_address: bool = True) -> list[str]:
    """A filter of which several options can be chosen; `none` is shown while none is.

    `in_address`: the page's address holds the choice.
    """
    return st.multiselect(
        label,
        options,
        key=key,
        bind="query-params" if in_address else None,
        placeholder=none,
        label_visibility="collapsed",
        select_all=False,  # it would be the first thing that Enter picks
    )


def _groups(label: str, offered: Sequence[Choice], *, key: str) -> tuple[str, ...]:
    values = {links.NONE_LABEL if each.value == NOT_GIVEN else each.value: each.value for each in offered}
    return tuple(values[each] for each in several(label, list(values), key=key, none=f"Any {label.lower()}"))
