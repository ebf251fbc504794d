import pandas as pd
import pytest

from core.ui import tables, theme


def test_a_key_is_another_one_for_other_rows_or_another_order() -> None:
    assert tables.ids_key("t", ["a", "b"]) == tables.ids_key("t", ["a", "b"])
    others = [["b", "a"], ["a"], ["a", "b", "c"], ["ab"]]
    assert len({tables.ids_key("t", ids) for ids in [["a", "b"], *others]}) == 5


def test_the_tint_of_a_cell_follows_its_own_text() -> None:
    looks = tables.looks_by_label(theme.STATUS_LOOKS.values())
    frame = pd.DataFrame({"status": ["◐ Inactive", "● Active", "Something else"], "name": ["x", "y", "z"]})
    styled = tables.color_looks(frame, {"status": looks})
    html = styled.to_html()
    assert f"{theme.INACTIVE}{theme.TINT}" in html
    assert f"{theme.ACTIVE}{theme.TINT}" in html
    assert theme.UNKNOWN not in html


@pytest.mark.parametrize(("rows", "shown"), [(0, 1), (1, 1), (12, 12), (500, 12)])
def test_a_table_is_as_high_as_its_rows_up_to_a_limit(rows: int, shown: int) -> None:
    assert tables.height_of(rows, most=12) == tables.ROW_HEIGHT * (shown + 1) + 3
