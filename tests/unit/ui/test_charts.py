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


def test_areas_end_at_a_gap_and_begin_anew() -> None:
    series = [charts.AreaSeries(look=LOOK, values=[1, 2, 3], hovers=["a", "b", "c"])]
    figure = charts.stacked_areas(["Aug", "Sep", "Oct", "Nov"], [[0, 1], [3]], series)
    assert [(list(area.x), list(area.y), area.stackgroup) for area in figure.data] == [
        ([0, 1], [1, 2], "run0"),
        ([3], [3], "run1"),
    ]
    assert [area.showlegend for area in figure.data] == [True, False]
    assert "markers" in figure.data[1].mode  # a single day has no width
    assert list(figure.layout.xaxis.ticktext) == ["Aug", "Sep", "Oct", "Nov"]


def test_many_places_are_labelled_sparsely_up_to_the_latest() -> None:
    figure = charts.stacked_areas([str(place) for place in range(60)], [], [])
    labels = list(figure.layout.xaxis.ticktext)
    assert labels[-1] == "59"
    assert len(labels) <= 13
