"""Chargeback as documents: what each group bears of a month, or one group's own statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from core.documents import Document, Section, Table
from core.exports_table import Cell, Column, Kind
from core.spend.chargeback import NOBODY, Statement, Unassigned
from core.spend.grouping import Grouping
from core.spend.money import total

NOBODY_LABEL: Final = "Not assigned to anybody"
NONE_LABEL: Final = "(none given)"
_CHOICES: Final = {
    Unassigned.APART: "Seats that nobody holds are kept apart.",
    Unassigned.SPREAD: "Seats that nobody holds are spread over the others in proportion.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What a chargeback is of, and how it was made.

    `counted_days`: of the period's `days`, those on which seats were counted; the others take the counts of
    the day before. `unpriced`: license types that no amount covers.
    """

    name: str
    grouping: Grouping
    first: date
    last: date
    days: int
    counted_days: int
    unassigned: Unassigned
    unpriced: Sequence[str]
    made_at: datetime

    @property
    def period(self) -> str:
        """The month by its name, or the part of it that has passed."""
        whole = self.last.replace(day=1) == self.first and (self.last.toordinal() + 1) == _next(self.first)
        return f"{self.first:%B %Y}" if whole else f"{self.first} to {self.last}"


def _next(first: date) -> int:
    """The ordinal of the first day of the next month."""
    year, month = divmod(first.month, 12)
    return date(first.year + year, month + 1, 1).toordinal()


def chargeback_document(made: Sequence[Statement], names: Mapping[str, str], terms: Terms) -> Document:
    """All groups of a period: a section of totals for each currency, and one with all lines.

    Args:
        made: the statements, as `core.spend.chargeback.statements` orders them.
        names: product names by SKU id.
        terms: what it is of.
    """
    currencies = sorted({each.currency for each in made})
    sections = [
        _totals([each for each in made if each.currency == currency], currency, terms)
        for currency in currencies
    ]
    sections += [
        _lines([each for each in made if each.currency == currency], currency, names, terms)
        for currency in currencies
    ]
    title = f"License cost by {terms.grouping.label.lower()}, {terms.period}"
    return Document(title=title, about=_about(terms), sections=sections or [_nothing()])


def statement_document(
    made: Sequence[Statement], group: str | None, names: Mapping[str, str], terms: Terms
) -> Document:
    """One group's own statement: its license types, a section for each currency."""
    mine = [each for each in made if each.group == group]
    label = group_label(group)
    sections = [
        Section(
            heading=f"In {each.currency}",
            table=Table(
                columns=_COLUMNS_OF_LINES[1:],
                rows=[_line(each, place, names)[1:] for place in range(len(each.lines))],
                total=["Total", _seats(each), each.total.amount],
            ),
        )
        for each in mine
    ]
    title = f"License statement for {terms.grouping.label.lower()} {label}, {terms.period}"
    return Document(title=title, about=_about(terms), sections=sections or [_nothing()])


def group_label(group: str | None) -> str:
    """A group as people read it."""
    return NOBODY_LABEL if group is NOBODY else group or NONE_LABEL


def seats_shown(seats: Fraction) -> Decimal:
    """Seats on average of the days, to the hundredth."""
    return (Decimal(seats.numerator) / Decimal(seats.denominator)).quantize(Decimal("0.01"))


_COLUMNS_OF_LINES: Final = (
    Column(name="Group"),
    Column(name="License type"),
    Column(name="Seats", kind=Kind.DECIMAL),
    Column(name="Share", kind=Kind.DECIMAL),
)


def _about(terms: Terms) -> list[str]:
    counted = f"Seats were counted on {terms.counted_days} of {terms.days} days"
    about = [
        f"{terms.name} · {terms.first} to {terms.last} · made {terms.made_at:%Y-%m-%d %H:%M} UTC",
        f"From the purchases valid on each day, by the seats held. {_CHOICES[terms.unassigned]}",
        f"{counted}; the others take the counts of the nearest one. Seats are averages of the days.",
    ]
    if terms.unpriced:
        about.append(f"No amount covers these types, which have no price: {', '.join(terms.unpriced)}.")
    return about


def _nothing() -> Section:
    return Section(heading="Nothing to charge", sentences=["No purchase was valid on any of these days."])


def _totals(made: Sequence[Statement], currency: str, terms: Terms) -> Section:
    columns = [
        Column(name=terms.grouping.label),
        Column(name="Seats", kind=Kind.DECIMAL),
        Column(name=currency, kind=Kind.DECIMAL),
    ]
    rows = [(group_label(each.group), _seats(each), each.total.amount) for each in made]
    whole = total((each.total for each in made), currency)
    seats = sum((line.seats for each in made for line in each.lines), Fraction(0))
    last: list[Cell] = ["Total", seats_shown(seats), whole.amount]
    return Section(heading=f"Totals in {currency}", table=Table(columns=columns, rows=rows, total=last))


def _lines(made: Sequence[Statement], currency: str, names: Mapping[str, str], terms: Terms) -> Section:
    columns = [Column(name=terms.grouping.label), *_COLUMNS_OF_LINES[1:3]]
    columns.append(Column(name=currency, kind=Kind.DECIMAL))
    rows = [_line(each, place, names) for each in made for place in range(len(each.lines))]
    return Section(heading=f"Lines in {currency}", table=Table(columns=columns, rows=rows))


def _line(statement: Statement, place: int, names: Mapping[str, str]) -> list[Cell]:
    line = statement.lines[place]
    name = names.get(line.sku_id, line.sku_id)
    return [group_label(statement.group), name, seats_shown(line.seats), line.amount.amount]


def _seats(statement: Statement) -> Decimal:
    return seats_shown(sum((line.seats for line in statement.lines), Fraction(0)))
