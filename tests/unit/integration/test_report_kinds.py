import itertools
from collections.abc import Sequence
from datetime import date

import pytest
from sqlalchemy import Engine

from core.activity.report_columns import REPORT_COLUMNS
from core.activity.workloads import DATES, Report
from core.graph.report_rows import ActivationRow, Product
from core.integration.report_kinds import KINDS, keep_activations, kinds_needed
from core.integration.sources import SourceName
from core.reference import read_table
from core.store.engine import reading, writing
from core.store.tables import User, UserActivity

DAY = date(2026, 11, 22)
EARLY, LATE = date(2025, 3, 1), date(2026, 10, 1)


@pytest.fixture(autouse=True)
def people(engine: Engine) -> None:
    with writing(engine) as session:
        for user_id in ("ada", "ben"):
            session.add(
                User(
                    application_id=1,
                    user_id=user_id,
                    user_principal_name=f"{user_id}@contoso.example",
                    display_name=user_id,
                    account_enabled=True,
                    seen_in=1,
                )
            )


def activation(product: Product, on: date | None, refreshed_on: date = DAY) -> ActivationRow:
    return ActivationRow(
        user_principal_name="",
        deleted=False,
        refreshed_on=refreshed_on,
        product=product,
        activated_on=on,
    )


def keep(engine: Engine, *pages: Sequence[tuple[str, ActivationRow]]) -> None:
    for page in pages:
        with writing(engine) as session:
            keep_activations(session, 1, page)


def kept(engine: Engine, user_id: str = "ada") -> tuple[date | None, ...]:
    with reading(engine) as session:
        activity = session.get_one(UserActivity, (1, user_id))
        return tuple(getattr(activity, name) for name in REPORT_COLUMNS[Report.ACTIVATIONS])


def test_a_user_has_a_date_for_each_product(engine: Engine) -> None:
    keep(
        engine,
        [
            ("ada", activation(Product.APPS, EARLY)),
            ("ada", activation(Product.VISIO, LATE)),
            ("ada", activation(Product.PROJECT, None)),
            ("ben", activation(Product.OTHER, LATE)),
        ],
    )
    assert kept(engine) == (DAY, EARLY, LATE, None)
    assert kept(engine, "ben") == (DAY, None, None, None)


def listed(engine: Engine, user_id: str = "ada") -> tuple[date | None, date | None]:
    with reading(engine) as session:
        activity = session.get_one(UserActivity, (1, user_id))
        return activity.visio_refreshed_on, activity.project_refreshed_on


def test_a_row_of_one_product_is_none_of_another(engine: Engine) -> None:
    keep(engine, [("ada", activation(Product.VISIO, None))], [("ada", activation(Product.APPS, LATE))])
    keep(engine, [("ben", activation(Product.APPS, LATE))])
    assert listed(engine) == (DAY, None)
    assert listed(engine, "ben") == (None, None)


ROWS = [
    ("ada", activation(Product.APPS, EARLY)),
    ("ada", activation(Product.APPS, LATE)),
    ("ada", activation(Product.APPS, None)),
]


@pytest.mark.parametrize("rows", list(itertools.permutations(ROWS)))
@pytest.mark.parametrize("at_once", [True, False])
def test_the_latest_activation_of_a_product_counts_in_whatever_order_rows_come(
    engine: Engine, rows: Sequence[tuple[str, ActivationRow]], *, at_once: bool
) -> None:
    keep(engine, *([rows] if at_once else [[row] for row in rows]))
    assert kept(engine) == (DAY, LATE, None, None)


def test_an_activation_that_was_is_not_undone_by_a_later_report(engine: Engine) -> None:
    keep(engine, [("ada", activation(Product.VISIO, EARLY, date(2026, 11, 1)))])
    keep(engine, [("ada", activation(Product.APPS, None))])
    assert kept(engine) == (DAY, None, EARLY, None)


def test_every_report_is_a_source_with_a_column_for_each_of_its_dates() -> None:
    assert [kind.evidence for kind in KINDS] == list(Report) == list(REPORT_COLUMNS)
    assert {kind.name for kind in KINDS} <= set(SourceName)
    for report, (refreshed_on, *dates) in REPORT_COLUMNS.items():
        assert len(dates) == len(DATES[report])
        assert {refreshed_on, *dates} <= set(UserActivity.model_fields)


@pytest.mark.parametrize(
    ("workloads", "spared"),
    [
        ({"exchange"}, {Report.COPILOT_USAGE, Report.ACTIVATIONS}),
        ({"exchange", "apps"}, {Report.COPILOT_USAGE}),
        ({"visio"}, {Report.COPILOT_USAGE}),
        ({"visio_web"}, {Report.COPILOT_USAGE, Report.ACTIVATIONS}),
        ({"copilot"}, {Report.ACTIVATIONS}),
        ({"copilot", "project"}, set()),
        (set(), set()),
    ],
)
def test_a_report_is_needed_where_a_plan_is_judged_by_it(workloads: set[str], spared: set[Report]) -> None:
    plans = {row["service_plan_id"] for row in read_table("workload_plans") if row["workload"] in workloads}
    assert {kind.evidence for kind in KINDS} - {kind.evidence for kind in kinds_needed(plans)} == spared
