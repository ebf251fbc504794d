"""A license type that the tenant lost while purchases, assignments and opportunities still refer to it."""

import json

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from core.store.engine import writing
from core.store.tables import LicenseType
from tests.support.holdings import (
    E3,
    READ_AT,
    VISIO,
    Holding,
    Person,
    keep_opportunities,
    keep_people,
    keep_price,
    keep_sources,
)
from tests.support.pages import open_page, shown

PEOPLE = (
    Person(name="Anna", holds=(Holding(), Holding(sku_id=VISIO))),
    Person(name="Ben", holds=(Holding(status="inactive"),)),
)


@pytest.fixture
def filled(app: AppTest, engine: Engine) -> AppTest:
    """Microsoft 365 E3 is gone: two people hold it, one of them inactive, and it is paid until 2029."""
    keep_people(engine, 1, PEOPLE)
    keep_opportunities(engine, 1, PEOPLE)
    keep_sources(engine, 1)
    keep_price(engine, 1, E3, "36")
    with writing(engine) as session:
        session.get_one(LicenseType, (1, E3)).gone_at = READ_AT
    return app


@pytest.mark.parametrize(
    "page",
    [
        "overview",
        "activity",
        "license_details",
        "reclamation",
        "reclamation_history",
        "policies",
        "applications",
    ],
)
def test_no_page_breaks(filled: AppTest, page: str) -> None:
    open_page(filled, f"{page}.py")


def test_overview_shows_what_is_paid_for_nothing_and_no_seats_of_the_tenant(filled: AppTest) -> None:
    filled.run()
    figure = json.loads(filled.get("plotly_chart")[0].proto.spec)
    split = {trace["name"]: trace["x"] for trace in figure["data"]}
    assert split == {"Active": [36.0], "Inactive": [36.0], "Unassigned": [3528.0]}
    used = filled.dataframe[0].value.set_index("label")
    assert (used.loc["Microsoft 365 E3", "purchased"], used.loc["Microsoft 365 E3", "assigned"]) == (0, 2)


def test_its_assignments_keep_its_name_and_cost(filled: AppTest) -> None:
    open_page(filled, "activity.py")
    types = list(filled.dataframe[0].value["license_type"])
    assert sorted(types) == ["Microsoft 365 E3", "Microsoft 365 E3", "Visio Plan 2"]
    assert r"\$72\.00 \/ month" in shown(filled)
