"""What a person enters as a purchase, checked as a whole, with one sentence for each field at fault."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from core.spend.currencies import currency_of
from core.spend.money import Frequency, LineKind
from core.spend.purchase_file import LONGEST_IDENTIFIER, LONGEST_NOTES
from core.table_files import is_clean

MOST_SEATS: Final = 9_999_999
LONGEST_NOTICE: Final = 9_999
_AMOUNT: Final = re.compile(r"[0-9]{1,8}(\.[0-9]{1,6})?")

_EXPECTED: Final[Mapping[str, str]] = {
    "license_type": "choose one of the tenant's license types",
    "purchase_identifier": "enter the contract, order or subscription number, in at most "
    f"{LONGEST_IDENTIFIER} characters",
    "kind": f"choose one of {', '.join(LineKind)}",
    "seats": f"enter a whole number of seats from 1 to {MOST_SEATS}; a fixed fee or discount has none",
    "cost_per_seat": "enter the price of one seat, or the whole fee or discount, for one payment "
    "period, from 0 to 99999999, with a point "
    "and at most six decimals, without separators: 1234.50",
    "currency": "choose an ISO 4217 currency such as USD, EUR or GBP",
    "frequency": f"choose one of {', '.join(Frequency)}",
    "starts_on": "enter a day as YYYY-MM-DD",
    "ends_on": "enter a day as YYYY-MM-DD",
    "notice_days": f"enter a whole number of days from 0 to {LONGEST_NOTICE}",
    "notes": f"enter at most {LONGEST_NOTES} characters, without control characters",
}


class PurchaseRefused(ValueError):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """The purchase cannot be kept as entered; nothing was changed. `problems` says why, by field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in problems.items()))
        self.problems = dict(problems)


def _amount(value: object) -> object:
    """A text as an amount; text in another shape is left for the field's own check to refuse."""
    return Decimal(value) if isinstance(value, str) and _AMOUNT.fullmatch(value.strip()) else value


def _clean(text: str) -> str:
    if not is_clean(text):
        raise ValueError("it has control characters")
    return text


class PurchaseInput(BaseModel):
    """A purchase as entered and found good. `license_type` is a SKU id.

    Only a purchase of seats has any. `cost_per_seat` of a fee or discount is its amount of one payment
    period.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    license_type: Annotated[str, StringConstraints(min_length=1, max_length=36)]
    purchase_identifier: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_IDENTIFIER),
        AfterValidator(_clean),
    ]
    kind: LineKind = LineKind.SEATS
    seats: Annotated[int, Field(strict=True, ge=0, le=MOST_SEATS, validate_default=True)] = 0
    cost_per_seat: Annotated[
        Decimal, BeforeValidator(_amount), Field(strict=True, ge=0, max_digits=14, decimal_places=6)
    ]
    currency: Annotated[
        str,
        StringConstraints(strip_whitespace=True, to_upper=True),
        AfterValidator(lambda code: currency_of(code).code),
    ]
    frequency: Frequency
    starts_on: date | None = None
    ends_on: date | None = None
    notice_days: Annotated[int, Field(strict=True, ge=0, le=LONGEST_NOTICE)] | None = None
    notes: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=LONGEST_NOTES), AfterValidator(_clean)
    ] = ""

    @field_validator("seats")
    @classmethod
    def _seats_where_there_are_some(cls, seats: int, info: ValidationInfo) -> int:
        kind = info.data.get("kind")  # not there where it is wrong itself
        if kind is not None and (kind is LineKind.SEATS) != (seats > 0):
            raise ValueError("a purchase of seats has some, another line has none")
        return seats

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.starts_on is not None and self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError(f"enter a day not before {self.starts_on}, the start")
        return self


def check_purchase(values: Mapping[str, Any]) -> PurchaseInput:
    """The values by field name as a purchase.

    Raises:
        PurchaseRefused: one sentence for each field that is wrong or missing.
    """
    try:
        return PurchaseInput.model_validate(dict(values))
    except ValidationError as error:
        problems: dict[str, str] = {}
        for detail in error.errors(include_url=False):
            if detail["loc"]:
                field = str(detail["loc"][0])
                problems[field] = _EXPECTED.get(field, "a purchase has no such field")
            else:  # of the whole purchase there is one rule only
                problems["ends_on"] = str(detail["ctx"]["error"])
        raise PurchaseRefused(problems) from None
