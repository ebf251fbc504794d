"""Links between pages: the Activity page with a filter in its address."""

from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

import streamlit as st

from core.activity.evidence import ActivityStatus
from core.activity.listing import NOT_GIVEN
from core.settings import PROJECT
from core.spend.grouping import Grouping
from core.ui import theme
from core.ui.context import link_parameters

LICENSE: Final = "license"
STATUS: Final = "status"
DEPARTMENT: Final = "department"
COUNTRY: Final = "country"
COMPANY: Final = "company"
COST_CENTER: Final = "cost-center"
MANAGER: Final = "manager"
EMPLOYEE: Final = "employee"
ACCOUNT: Final = "account"
ASSIGNED_BY: Final = "assigned"
TEXT: Final = "q"

GROUPS: Final = {
    Grouping.DEPARTMENT: DEPARTMENT,
    Grouping.COUNTRY: COUNTRY,
    Grouping.COMPANY: COMPANY,
    Grouping.COST_CENTER: COST_CENTER,
    Grouping.MANAGER: MANAGER,
}
"""The parameter by which the Activity page filters for a group."""

NONE_LABEL: Final = "(none)"
"""In the filters: the accounts of which none is known."""

_PAGES: Final = PROJECT / "pages"


def activity_parameters(
    *,
    license_type: str | None = None,
    status: ActivityStatus | None = None,
    groups: Mapping[str, str] | None = None,
) -> dict[str, list[str]]:
    """The filter as parameters of the address.

    Args:
        license_type: the label of the license type in `core.activity.listing.choices`.
        status: the activity status.
        groups: values for parameters of `GROUPS`; `NOT_GIVEN` for those without one.
    """
    found = {name: [value if value != NOT_GIVEN else NONE_LABEL] for name, value in (groups or {}).items()}
    if license_type is not None:
        found[LICENSE] = [license_type]
    if status is not None:
        found[STATUS] = [theme.STATUS_LOOKS[status].word]
    return found


def open_activity(parameters: Mapping[str, Sequence[str]]) -> NoReturn:
    """Go to the Activity page with this filter, of the application that is shown."""
    st.switch_page(
        _PAGES / "activity.py",
        query_params={**link_parameters(), **{k: list(v) for k, v in parameters.items()}},
    )


def link_to(file: str, label: str) -> None:
    """A link to the page in this file, for the same application; nothing while there is no such page."""
    if (_PAGES / file).is_file():
        st.page_link(_PAGES / file, label=label, query_params=link_parameters())
