"""The spend of an application as a document: the figures, what they are made of, what they leave out."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from core.documents import Document, Section, Table
from core.exports_table import Cell, Column, Kind
from core.spend.figures import CurrencySpend, Figure, Reduction, SpendPart, TypeSpend
from core.spend.grouping import Grouping
from core.spend.money import Money, total
from core.spend.summary import GroupSpend, Renewal, SpendSummary

_COUNT, _AMOUNT, _DAY = Kind.INTEGER, Kind.DECIMAL, Kind.DATE
_PARTS: Final = {
    SpendPart.ACTIVE: "Active",
    SpendPart.INACTIVE: "Inactive",
    SpendPart.NEVER_ACTIVE: "Never active",
    SpendPart.UNKNOWN: "Unknown",
    SpendPart.UNASSIGNED: "Unassigned",
}
_MEANING: Final = (
    "Exposure: inactive, never active and unassigned seats; unknown ones stand beside it.",
    "Reassignable now: free seats and those that can be reclaimed with High confidence.",
    "Reducible at renewal: of these, less the reserve, those in purchases whose notice date is still ahead.",
    "The figures are never summed.",
)
_NONE_GIVEN: Final = "(none given)"


def spend_report(summary: SpendSummary, *, name: str, made_at: datetime) -> Document:
    """The report for the day of a summary.

    Args:
        summary: of one application.
        name: of the application.
        made_at: when the report was made.
    """
    counted = f"{summary.counted_at:%Y-%m-%d %H:%M} UTC" if summary.counted_at else "never"
    about = [
        f"{name} · purchases valid on {summary.as_of} · seats read from the tenant: {counted}",
        f"Made {made_at:%Y-%m-%d %H:%M} UTC",
        "Currencies are never added. Amounts are what was entered as purchases, not what was invoiced.",
    ]
    if summary.spend.unpriced:
        about.append(f"{len(summary.spend.unpriced)} license types have no price: no amount covers them.")
    sections = [_figures(summary), *(_types(each, summary) for each in summary.spend.currencies)]
    sections.append(_renewals(summary))
    sections += [
        _groups(summary.groups[Grouping.DEPARTMENT], each.currency) for each in summary.spend.currencies
    ]
    sections.append(_not_covered(summary))
    return Document(title="License spend", about=about, sections=sections)


def _figures(summary: SpendSummary) -> Section:
    rows: list[Sequence[Cell]] = []
    for each in summary.spend.currencies:
        savings = summary.savings[each.currency]
        figures = {
            "Spend": Figure(seats=each.user_seats, annual=each.annual),
            "Exposure": each.exposure,
            "Unknown": each.unknown,
            "Reassignable now": each.reassignable_now,
            "Reducible at renewal": each.reducible_at_renewal,
            "Realized: invoice reduced": savings.invoice_reduced,
            "Realized: purchase avoided": savings.purchase_avoided,
            "Freed, still paid": savings.freed_still_paid,
        }
        rows += [
            (label, each.currency, figure.seats, figure.monthly.amount, figure.annual.amount, figure.by_date)
            for label, figure in figures.items()
        ]
    columns = [
        Column(name="Figure"),
        Column(name="Currency"),
        Column(name="Seats", kind=_COUNT),
        Column(name="Per month", kind=_AMOUNT),
        Column(name="Per year", kind=_AMOUNT),
        Column(name="By", kind=_DAY),
    ]
    return Section(heading="Figures", sentences=_MEANING, table=Table(columns=columns, rows=rows))


def _types(spend: CurrencySpend, summary: SpendSummary) -> Section:
    names = summary.names
    columns = [
        Column(name="License type"),
        Column(name="Paid seats", kind=_COUNT),
        *(Column(name=label, kind=_COUNT) for label in _PARTS.values()),
        Column(name="Per month", kind=_AMOUNT),
        Column(name="Per year", kind=_AMOUNT),
        Column(name="Exposure a year", kind=_AMOUNT),
    ]
    rows = [_type_row(row, names.get(row.sku_id, row.part_number)) for row in spend.by_license_type]
    all_types: list[Cell] = ["Total", spend.user_seats, *(spend.split[part].seats for part in _PARTS)]
    amounts: list[Cell] = [spend.monthly.amount, spend.annual.amount, spend.exposure.annual.amount]
    return Section(
        heading=f"Spend by license type, {spend.currency}",
        table=Table(columns=columns, rows=rows, total=[*all_types, *amounts]),
    )


def _type_row(row: TypeSpend, name: str) -> list[Cell]:
    seats: list[Cell] = [row.split[part].seats for part in _PARTS]
    if row.split[SpendPart.COMPANY].annual.millionths:
        name = f"{name} (for the company as a whole)"
    return [name, row.user_seats, *seats, row.monthly.amount, row.annual.amount, row.exposure.annual.amount]


def _renewals(summary: SpendSummary) -> Section:
    columns = [
        Column(name="Notice by", kind=_DAY),
        Column(name="Ends", kind=_DAY),
        Column(name="License type"),
        Column(name="Purchase"),
        Column(name="Seats", kind=_COUNT),
        Column(name="Order", kind=_COUNT),
        Column(name="Currency"),
        Column(name="Per year", kind=_AMOUNT),
        Column(name="Saves a year", kind=_AMOUNT),
    ]
    rows = [_renewal_row(each, each.reduction(summary.spend)) for each in summary.renewals]
    sentences = [
        "Order: the seats to renew, so that the ones nobody needs are dropped and the reserve is kept."
        if rows
        else "No purchase with an end is entered."
    ]
    return Section(
        heading="Renewals ahead",
        sentences=sentences,
        table=Table(columns=columns, rows=rows) if rows else None,
    )


def _renewal_row(renewal: Renewal, reduction: Reduction | None) -> list[Cell]:
    return [
        renewal.notice_by,
        renewal.ends_on,
        renewal.name,
        renewal.line,
        renewal.seats,
        renewal.seats - (reduction.seats if reduction else 0),
        renewal.annual.currency if renewal.annual else None,
        renewal.annual.amount if renewal.annual else None,
        reduction.annual.amount if reduction else Decimal(0),
    ]


def _groups(groups: Sequence[GroupSpend], currency: str) -> Section:
    columns = [
        Column(name="Department"),
        Column(name="Seats", kind=_COUNT),
        Column(name="Per month", kind=_AMOUNT),
        Column(name="Per year", kind=_AMOUNT),
    ]
    of_currency = [each for each in groups if each.currency == currency]
    rows: list[Sequence[Cell]] = [
        (each.name or _NONE_GIVEN, each.seats, _monthly(each.annual).amount, each.annual.amount)
        for each in of_currency
    ]
    whole = total((each.annual for each in of_currency), currency)
    last = ("Total", sum(each.seats for each in of_currency), _monthly(whole).amount, whole.amount)
    return Section(
        heading=f"Assigned seats by department, {currency}",
        sentences=["Seats that nobody holds belong to no department."],
        table=Table(columns=columns, rows=rows, total=last),
    )


def _monthly(annual: Money) -> Money:
    return Figure(seats=0, annual=annual).monthly


def _not_covered(summary: SpendSummary) -> Section:
    columns = [Column(name="License type"), Column(name="Part number"), Column(name="Seats", kind=_COUNT)]
    columns.append(Column(name="Assigned", kind=_COUNT))
    names = summary.names
    rows = [
        (names.get(each.sku_id, each.part_number), each.part_number, each.seats, each.assigned)
        for each in (*summary.spend.unpriced, *summary.spend.outside_run_rate)
    ]
    sentences = [
        "License types without a price, and those with a one-time price without an end."
        if rows
        else "Every license type that is not free has a price."
    ]
    return Section(
        heading="What no amount covers",
        sentences=sentences,
        table=Table(columns=columns, rows=rows) if rows else None,
    )
