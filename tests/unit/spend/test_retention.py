from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.spend.grouping import Grouping
from core.spend.retention import MONTHS_OF_DAYS, outlived

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("kept", "gone"),
    [
        ([], []),
        ([TODAY], []),
        ([date(2025, 10, 1), date(2025, 10, 2)], []),
        ([date(2025, 9, 28), date(2025, 9, 29), date(2025, 9, 30)], [date(2025, 9, 28), date(2025, 9, 29)]),
        ([date(2025, 9, 3)], []),
        ([date(2025, 8, 3), date(2025, 8, 20), date(2025, 9, 3)], [date(2025, 8, 3)]),
        ([date(2024, 9, 3), date(2025, 9, 3)], []),
    ],
)
def test_before_thirteen_months_only_the_last_day_of_a_month_is_kept(
    kept: list[date], gone: list[date]
) -> None:
    assert outlived(kept, Grouping.DEPARTMENT, TODAY) == gone


def test_each_day_of_managers_is_kept_for_two_months() -> None:
    days = [date(2026, 8, 30), date(2026, 8, 31), date(2026, 9, 1), TODAY]
    assert outlived(days, Grouping.MANAGER, TODAY) == [date(2026, 8, 30)]


@settings(deadline=None)
@given(st.sets(st.integers(0, 900)), st.sampled_from(Grouping))
def test_forgetting_day_by_day_keeps_each_month_and_never_a_day_too_few(
    ages: set[int], grouping: Grouping
) -> None:
    days = {TODAY - timedelta(days=age) for age in ages}
    kept: set[date] = set()
    for day in sorted(days):  # as it goes: every day forgets, and is then kept itself
        kept.add(day)
        kept -= set(outlived(kept, grouping, day))
    assert {(day.year, day.month) for day in kept} == {(day.year, day.month) for day in days}
    recent = {day for day in days if (TODAY - day).days < 28 * MONTHS_OF_DAYS[grouping]}
    assert recent <= kept
