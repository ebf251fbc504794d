"""Exchange rates on record: entered by people, dated, and never fetched from anywhere."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session, select

from core.rights import Actor, Role, require
from core.spend.conversion import Rate
from core.spend.currencies import UnknownCurrency, currency_of
from core.store.engine import reading, writing
from core.store.tables import ExchangeRate

_RATE: Final = re.compile(r"[0-9]{1,8}(\.[0-9]{1,6})?")
_SMALLEST: Final = Decimal("0.001")  # below it six decimals leave fewer than four digits


class RateRefused(ValueError):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """The rate cannot be kept as entered; nothing was changed. `problems` says why, by field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in problems.items()))
        self.problems = problems


def list_rates(engine: Engine, application_id: int) -> list[Rate]:
    """All rates by pair, the newest first."""
    with reading(engine) as session:
        return read_rates(session, application_id)


def read_rates(session: Session, application_id: int) -> list[Rate]:
    """All rates by pair, the newest first."""
    rows = session.exec(select(ExchangeRate).where(ExchangeRate.application_id == application_id)).all()
    rates = [
        Rate(currency=row.currency, into=row.into, rate=row.rate, valid_from=row.valid_from) for row in rows
    ]
    return sorted(rates, key=lambda each: (each.currency, each.into, -each.valid_from.toordinal()))


def enter_rate(
    engine: Engine,
    application_id: int,
    *,
    currency: str,
    into: str,
    rate: str,
    valid_from: date,
    actor: Actor,
    now: datetime,
) -> Rate:
    """Put a rate on record: one unit of `currency` is `rate` units of `into`, from a day on.

    The rates before it stay; one of the same pair and day is replaced.

    Raises:
        RightRefused: the actor is no analyst.
        RateRefused: a field is wrong.
    """
    require(actor, Role.ANALYST)
    entered = _checked(currency, into, rate, valid_from)
    with writing(engine) as session:
        session.merge(
            ExchangeRate(
                application_id=application_id,
                currency=entered.currency,
                into=entered.into,
                valid_from=entered.valid_from,
                rate=entered.rate,
                entered_at=now,
                entered_by=actor.name,
            )
        )
    return entered


def remove_rate(
    engine: Engine, application_id: int, *, currency: str, into: str, valid_from: date, actor: Actor
) -> None:
    """Take back a rate that was entered wrongly.

    Raises:
        RightRefused: the actor is no analyst.
        RateRefused: there is no such rate.
    """
    require(actor, Role.ANALYST)
    with writing(engine) as session:
        row = session.get(ExchangeRate, (application_id, currency.upper(), into.upper(), valid_from))
        if row is None:
            raise RateRefused({"valid_from": f"there is no rate of {currency} in {into} from {valid_from}"})
        session.delete(row)


def _checked(currency: str, into: str, rate: str, valid_from: date) -> Rate:
    problems: dict[str, str] = {}
    codes = {"currency": currency.strip().upper(), "into": into.strip().upper()}
    for field, code in codes.items():
        try:
            currency_of(code)
        except UnknownCurrency as error:
            problems[field] = str(error)
    if not problems and codes["currency"] == codes["into"]:
        problems["into"] = "choose two different currencies"
    amount = Decimal(rate.strip()) if _RATE.fullmatch(rate.strip()) else None
    if amount is None or not amount:
        problems["rate"] = "enter a positive number with a point and at most six decimals: 1.0842"
    elif amount < _SMALLEST:
        problems["rate"] = (
            f"enter this rate the other way round, of {codes['into']} in {codes['currency']}: six decimals "
            "are too few for it in this direction"
        )
    if problems or amount is None:
        raise RateRefused(problems)
    return Rate(currency=codes["currency"], into=codes["into"], rate=amount, valid_from=valid_from)
