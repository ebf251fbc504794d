"""What a run asks for, in seats and money by license type, for whoever has to decide on it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import func, select
from sqlmodel import Session

from core.reclamation.prices import NO_PRICE, seat_prices
from core.spend.money import Money
from core.store.bulk import table_of
from core.store.tables import ReclamationRequest

_REQUESTS: Final = table_of(ReclamationRequest).c


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedType:
    """One license type of a run. `costs`: what its seats cost in a year, one or the other by currency."""

    license_type: str
    seats: int
    costs: tuple[Money, ...]


def asked_types(session: Session, application_id: int, run_id: int, on: date) -> list[AskedType]:
    """What a run asks for, the type with most requests first."""
    prices = seat_prices(session, application_id, on)
    count = func.count().label("seats")
    query = (
        select(_REQUESTS.sku_id, _REQUESTS.product_name, count)
        .where(_REQUESTS.run_id == run_id, _REQUESTS.application_id == application_id)
        .group_by(_REQUESTS.sku_id, _REQUESTS.product_name)
        .order_by(count.desc(), _REQUESTS.product_name)
    )
    found: list[AskedType] = []
    for sku_id, name, seats in session.connection().execute(query):
        costs = tuple(each.times(seats) for each in prices.get(sku_id, NO_PRICE).amounts)
        found.append(AskedType(license_type=name, seats=seats, costs=costs))
    return found
