"""Column types that mean the same on SQLite and PostgreSQL."""

import zlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

MILLIONTHS = Decimal(1_000_000)
_LARGEST = 2**63 - 1


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC and read back aware. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn any aware moment into UTC; SQLite has no time zone to keep."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone cannot be stored: {value.isoformat()}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Read a moment back, aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class MoneyType(TypeDecorator[Decimal]):
    """An exact amount, stored as an integer of millionths.

    SQLite reads decimal columns back as floats, and sums of them drift. An amount with more than six
    decimals, or beyond 64 bits of millionths, is refused rather than rounded.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Turn an amount into millionths."""
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError(f"an amount of money must be a Decimal, not {type(value).__name__}")
        scaled = value * MILLIONTHS
        if not scaled.is_finite() or scaled != scaled.to_integral_value() or abs(scaled) > _LARGEST:
            raise ValueError(f"the amount {value} cannot be stored exactly in millionths")
        return int(scaled)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ANN401, ARG002 - SQLAlchemy's signature; PostgreSQL sums bigints as Decimal
        """Read an amount back."""
        return None if value is None else Decimal(value) / MILLIONTHS


class PackedJson(TypeDecorator[Any]):
    """Anything that JSON can say, compressed: for counts by many names, of which a third or less remains."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ANN401, ARG002 - any JSON; SQLAlchemy's signature
        """Pack a value."""
        return None if value is None else zlib.compress(orjson.dumps(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ANN401, ARG002 - any JSON; SQLAlchemy's signature
        """Unpack a value."""
        return None if value is None else orjson.loads(zlib.decompress(value))
