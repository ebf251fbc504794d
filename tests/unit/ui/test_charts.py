import pytest

from core.ui import charts, theme

LOOK = theme.Look(word="Active", sign="●", color=theme.ACTIVE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>x</b> & y", "&lt;b&gt;x&lt;/b&gt; &amp; y"),
        ("two\nlines", "two lines"),
        ("A very long name of a license type", "A very lo…"),
    ],
)
def test_what_the_tenant_named_is_no_markup(text: str, shown: str) -> None:
    assert charts.chart_text(text, None if len(text) < 20 else 10) == shown


def test_equal_labels_stay_two_bars() -> None:
    parts = [charts.BarPart(value=1, hover="1"), charts.BarPart(value=2, hover="2")]
    figure = charts.stacked_bars(["Twin", "Twin"], [charts.BarSeries(look=LOOK, parts=parts)])
    assert list(figure.data[0].y) == [0, 1]
    assert list(figure.layout.yaxis.ticktext) == ["Twin  ", "Twin  "]


def test_the_first_label_is_on_top_and_a_missing_segment_is_left_out() -> None:
    parts = [None, charts.BarPart(value=2, hover="2", click={"license": ["B"]})]
    figure = charts.stacked_bars(["A", "B"], [charts.BarSeries(look=LOOK, parts=parts)])
    low, high = figure.layout.yaxis.range
    assert low > high
    assert list(figure.data[0].y) == [1]
    assert figure.data[0].customdata[0][0] == {"license": ["B"]}
