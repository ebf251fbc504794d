"""What reclaiming has brought: read from the requests, the purchases and the days that were kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from core.spend import money
from core.spend.figures import Figure, Spend, TypeUse, sum_figures
from core.spend.money import allocate_units, seat_price
from core.spend.realized import Counted, avoided, latest_start, realized
from core.store.tables import DailySnapshot, ReclamationRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class Savings:
    """What reclaiming has brought in one currency; these figures are never summed.

    `invoice_reduced`: seats that were reclaimed and then dropped at a renewal. `purchase_avoided`: reclaimed
    seats that were assigned anew when no other was free, until the first renewal. `freed_still_paid`: other
    reclaimed seats that nobody holds, paid until the first date on which one of them could be dropped.
    """

    invoice_reduced: Figure
    purchase_avoided: Figure
    freed_still_paid: Figure


def read_savings(
    session: Session,
    application_id: int,
    figures: Spend,
    types: Iterable[TypeUse],
    terms: Mapping[str, Sequence[money.Purchase]],
) -> dict[str, Savings]:
    """By currency; every currency of the spend has an entry, and those of past purchases that brought any.

    Args:
        session: of the database.
        application_id: the application.
        figures: of the day, which names it.
        types: how each license type is used now.
        terms: the purchases by SKU id, whenever they are valid.
    """
    on = figures.as_of
    found: dict[str, dict[str, list[Figure]]] = {each.currency: {} for each in figures.currencies}
    unassigned = {use.sku_id: use.unassigned for use in types}
    reclaimed = _reclaimed_on(session, application_id)
    counted = _counted(session, application_id, reclaimed, on)
    for sku_id, days in reclaimed.items():
        bought = terms.get(sku_id, ())
        came_to = realized(bought, days, on=on)
        spared = min(
            came_to.remaining, avoided(counted.get(sku_id, ()), days, since=latest_start(bought, on))
        )
        freed = min(came_to.remaining - spared, unassigned.get(sku_id, 0))
        for kind, by_currency in (
            ("reduced", came_to.invoice_reduced),
            ("avoided", _until_renewal(bought, spared, on)),
            ("freed", _until_renewal(bought, freed, on)),
        ):
            for currency, figure in by_currency.items():
                found.setdefault(currency, {}).setdefault(kind, []).append(figure)
    return {
        currency: Savings(
            invoice_reduced=sum_figures(by_kind.get("reduced", ()), currency),
            purchase_avoided=sum_figures(by_kind.get("avoided", ()), currency),
            freed_still_paid=sum_figures(by_kind.get("freed", ()), currency),
        )
        for currency, by_kind in found.items()
    }


def _counted(
    session: Session, application_id: int, sku_ids: Iterable[str], on: date
) -> dict[str, list[Counted]]:
    """The kept days of these types, up to a day."""
    rows = session.exec(
        select(DailySnapshot).where(
            DailySnapshot.application_id == application_id,
            col(DailySnapshot.sku_id).in_(list(sku_ids)),
            col(DailySnapshot.taken_on) <= on,
        )
    )
    found: dict[str, list[Counted]] = {}
    for row in rows:
        day = Counted(on=row.taken_on, seats=row.purchased, assigned=row.assigned)
        found.setdefault(row.sku_id, []).append(day)
    return found


def _reclaimed_on(session: Session, application_id: int) -> dict[str, list[date]]:
    """The days of verified reclamations that were not restored, by SKU id."""
    reclaimed = select(ReclamationRequest.sku_id, ReclamationRequest.reclaimed_at).where(
        ReclamationRequest.application_id == application_id,
        ReclamationRequest.state == "reclaimed",
        col(ReclamationRequest.reclaimed_at).is_not(None),
    )
    found: dict[str, list[date]] = {}
    for sku_id, at in session.exec(reclaimed):
        if at is not None:
            found.setdefault(sku_id, []).append(at.date())
    return found


def _until_renewal(purchases: Sequence[money.Purchase], seats: int, on: date) -> dict[str, Figure]:
    """What seats of one type cost, shared out by the paid ones, until the first renewal of each currency."""
    prices = seat_price(purchases, on)
    valid = [each for each in purchases if each.valid_on(on) and each.annual is not None]
    paid = [sum(each.seats for each in valid if each.currency == currency) for currency in prices]
    if not paid:
        return {}
    shares = allocate_units(min(seats, sum(paid)), paid)
    found: dict[str, Figure] = {}
    for (currency, price), share in zip(prices.items(), shares, strict=True):
        ends = [
            each.ends_on
            for each in valid
            if each.currency == currency and each.seats and each.ends_on is not None
        ]
        until = min(ends, default=None) if share else None
        found[currency] = Figure(seats=share, annual=price.times(share), by_date=until)
    return found
