"""License details (what was purchased), rollups that pages total from, and daily snapshots."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from core.store.types import MoneyType, PackedJson, UtcDateTime


class Purchase(SQLModel, table=True):
    """Seats of one license type bought under one identifier at one price, valid between two days.

    Or a fixed fee or a discount beside them, which has no seats.
    """

    __tablename__ = "purchases"
    __table_args__ = (
        Index(
            "uq_purchases_start",
            "application_id",
            "sku_id",
            "purchase_identifier",
            "kind",
            "starts_on",
            unique=True,
        ),
        # Nothing equals nothing in no index, so those without a start need one of their own.
        Index(
            "uq_purchases_no_start",
            "application_id",
            "sku_id",
            "purchase_identifier",
            "kind",
            unique=True,
            sqlite_where=text("starts_on IS NULL"),
            postgresql_where=text("starts_on IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="applications.id")
    sku_id: str = Field(max_length=36)
    purchase_identifier: str
    seats: int
    cost_per_seat: Decimal = Field(sa_type=MoneyType)
    """For one seat and one payment period; of a fee or discount the amount of one payment period."""
    currency: str = Field(max_length=3)
    frequency: str = Field(max_length=20)
    starts_on: date | None = None
    """The first day that it is valid. Nothing: since ever."""
    ends_on: date | None = None
    """The last day that it is valid; at its end it renews or lapses. Nothing: open-ended."""
    notice_days: int | None = None
    notes: str = ""
    kind: str = Field(default="seats", max_length=8)
    """A word of `core.spend.money.LineKind`."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class ExchangeRate(SQLModel, table=True):
    """What one unit of a currency comes to in another, from a day on, as somebody entered it."""

    __tablename__ = "exchange_rates"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    currency: str = Field(primary_key=True, max_length=3)
    into: str = Field(primary_key=True, max_length=3)
    valid_from: date = Field(primary_key=True)
    rate: Decimal = Field(sa_type=MoneyType)
    entered_at: datetime = Field(sa_type=UtcDateTime)
    entered_by: str


class AssignmentRollup(SQLModel, table=True):
    """Seats counted by one thing at a time, so that what pages total from does not grow with the tenant.

    `dimension` is `all` or a word of `core.spend.grouping.Grouping`; the rows of each sum to those of `all`.
    """

    __tablename__ = "assignment_rollups"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    dimension: str = Field(primary_key=True, max_length=12)
    value: str = Field(primary_key=True)
    """Empty where none is given, and in `all`."""
    sku_id: str = Field(primary_key=True, max_length=36)
    activity_status: str = Field(primary_key=True, max_length=12)
    seats: int
    reclaimable: int
    """Of these seats, the ones with an opportunity of High confidence and no blocker."""


class DailySnapshot(SQLModel, table=True):
    """The seats of one license type on one day."""

    __tablename__ = "daily_snapshots"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    taken_on: date = Field(primary_key=True)
    sku_id: str = Field(primary_key=True, max_length=36)
    purchased: int
    assigned: int
    active: int
    inactive: int
    never_active: int
    unknown: int


class DailyCost(SQLModel, table=True):
    """What one license type cost on one day, per currency."""

    __tablename__ = "daily_costs"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    taken_on: date = Field(primary_key=True)
    sku_id: str = Field(primary_key=True, max_length=36)
    currency: str = Field(primary_key=True, max_length=3)
    seats: int
    annual: Decimal = Field(sa_type=MoneyType)


class DailyShare(SQLModel, table=True):
    """Who held the seats of one license type on one day, by what people are grouped by.

    What a group costs is not kept: it follows exactly from the cost of the type and these seats.
    """

    __tablename__ = "daily_shares"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    dimension: str = Field(primary_key=True, max_length=12)
    taken_on: date = Field(primary_key=True)
    sku_id: str = Field(primary_key=True, max_length=36)
    seats: dict[str, list[int]] = Field(sa_type=PackedJson)
    """By group, empty where none is given: active, inactive, never active, unknown."""
