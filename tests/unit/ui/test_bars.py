from decimal import Decimal

from core.spend.figures import Figure, SpendPart
from core.spend.money import Money
from core.ui.bars import Bar, bars_file, bars_frame


def figure(seats: int, annual: str) -> Figure:
    return Figure(seats=seats, annual=Money(Decimal(annual), "USD"))


E3 = Bar(
    label="E3",
    split={SpendPart.ACTIVE: figure(10, "120.06"), SpendPart.UNASSIGNED: figure(1, "12")},
    parameters={},
)
VISIO = Bar(label="Visio", split={SpendPart.ACTIVE: figure(2, "2400")}, parameters={})


def test_the_table_shows_amounts_a_month_and_nothing_where_there_is_nothing() -> None:
    frame, columns = bars_frame([E3, VISIO], "License type")
    assert list(columns) == ["label", "total", "Active", "Unassigned"]
    assert list(frame["total"]) == ["$11.01", "$200"]
    assert frame["Unassigned"][0] == "$1.00"
    assert frame["Unassigned"].isna()[1]


def test_the_file_has_exact_amounts_beside_the_seats() -> None:
    columns, rows = bars_file([E3, VISIO], "License type", "USD")
    assert [column.name for column in columns] == [
        "License type",
        "Total seats",
        "Active seats",
        "Unassigned seats",
        "Total USD / month",
        "Active USD / month",
        "Unassigned USD / month",
    ]
    assert rows == [
        ["E3", 11, 10, 1, Decimal("11.005"), Decimal("10.005"), Decimal(1)],
        ["Visio", 2, 2, 0, Decimal(200), Decimal(200), Decimal(0)],
    ]


def test_without_a_currency_the_file_has_seats_alone() -> None:
    bar = Bar(label="E3", split={SpendPart.ACTIVE: 3, SpendPart.UNKNOWN: 1}, parameters={})
    columns, rows = bars_file([bar], "License type", None)
    assert [column.name for column in columns][1:] == ["Total seats", "Active seats", "Unknown seats"]
    assert rows == [["E3", 4, 3, 1]]
