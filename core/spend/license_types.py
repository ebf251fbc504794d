"""The tenant's license types: how they are used, in seats, and which one a text means."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from core.spend.figures import ASSIGNED, TypeUse
from core.spend.grouping import WHOLE
from core.spend.type_names import distinct_names
from core.store.tables import AssignmentRollup, LicenseType

COMPANY: Final = "Company"
"""What Microsoft says of a type that is for the organization as a whole."""
_FAILED: Final = "failed"
"""How counts name assignments that failed: nobody holds a seat by them."""


class UnknownLicenseType(ValueError):  # noqa: N818 - names what was found, as the message does
    """The tenant has no such license type."""


class AmbiguousLicenseType(ValueError):  # noqa: N818 - names what was found, as the message does
    """The text fits several license types of the tenant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenseTypeUse:
    """One license type of the tenant.

    `name`: the product name, told apart from others of that name. `gone`: the tenant no longer has it.
    `consumed`: seats in use by Microsoft's own count, which lags; nothing for a type that is gone or nobody
    can hold. `failed`: assignments that Microsoft could not carry out.
    """

    product_name: str
    name: str
    gone: bool
    use: TypeUse
    consumed: int | None
    failed: int


def read_license_types(
    session: Session, application_id: int, *, with_gone: bool = False
) -> list[LicenseTypeUse]:
    """The license types by product name, counted from the rollups: the cost doesn't grow with the tenant.

    Args:
        session: for reading.
        application_id: the application.
        with_gone: also the types that the tenant no longer has; they have no seats.
    """
    counts: dict[str, dict[str, tuple[int, int]]] = {}
    counted = (
        select(
            AssignmentRollup.sku_id,
            AssignmentRollup.activity_status,
            func.sum(AssignmentRollup.seats),
            func.sum(AssignmentRollup.reclaimable),
        )
        .where(AssignmentRollup.application_id == application_id, AssignmentRollup.dimension == WHOLE)
        .group_by(col(AssignmentRollup.sku_id), col(AssignmentRollup.activity_status))
    )
    for sku_id, status, seats, reclaimable in session.exec(counted):
        counts.setdefault(sku_id, {})[status] = (int(seats), int(reclaimable))
    rows = sorted(_rows(session, application_id), key=lambda row: (row.product_name, row.sku_id))
    names = distinct_names((row.sku_id, row.product_name, row.part_number) for row in rows)
    return [
        _use(row, names[row.sku_id], counts.get(row.sku_id, {}))
        for row in rows
        if with_gone or row.gone_at is None
    ]


def _use(row: LicenseType, name: str, counts: dict[str, tuple[int, int]]) -> LicenseTypeUse:
    active, inactive, never_active, unknown = (counts.get(status, (0, 0))[0] for status in ASSIGNED)
    for_company = row.applies_to == COMPANY
    return LicenseTypeUse(
        product_name=row.product_name,
        name=name,
        gone=row.gone_at is not None,
        use=TypeUse(
            sku_id=row.sku_id,
            part_number=row.part_number,
            seats=0 if row.gone_at is not None else row.purchased,
            active=active,
            inactive=inactive,
            never_active=never_active,
            unknown=unknown,
            reclaimable=sum(reclaimable for _, reclaimable in counts.values()),
            free=row.free,
            for_company=for_company,
        ),
        consumed=None if for_company or row.gone_at is not None else row.consumed,
        failed=counts.get(_FAILED, (0, 0))[0],
    )


def license_type_finder(session: Session, application_id: int) -> Callable[[str], Sequence[str]]:
    """A function that gives the SKU ids of the types that a text fits, in any case.

    A text is a part number, a SKU id or a product name. Types that the tenant no longer has are found only
    where no present one fits.
    """
    present: dict[str, set[str]] = {}
    gone: dict[str, set[str]] = {}
    for row in _rows(session, application_id):
        names = present if row.gone_at is None else gone
        for name in (row.sku_id, row.part_number, row.product_name):
            names.setdefault(name.casefold(), set()).add(row.sku_id)

    def find(text: str) -> Sequence[str]:
        wanted = text.strip().casefold()
        return sorted(present.get(wanted) or gone.get(wanted) or set())

    return find


def find_license_type(session: Session, application_id: int, text: str) -> str:
    """The SKU id of the one license type that a part number, SKU id or product name means.

    Raises:
        UnknownLicenseType: the tenant has none that fits.
        AmbiguousLicenseType: it has several; the message lists their ids.
    """
    fitting = license_type_finder(session, application_id)(text)
    if not fitting:
        raise UnknownLicenseType(
            f"no license type {text!r} in this tenant: use a part number, SKU id or product name as "
            "`license-types` lists them; a new one is known after a sync"
        )
    if len(fitting) > 1:
        raise AmbiguousLicenseType(
            f"{text!r} fits several license types, so use one of the ids {', '.join(fitting)}"
        )
    return fitting[0]


def _rows(session: Session, application_id: int) -> Sequence[LicenseType]:
    return session.exec(select(LicenseType).where(LicenseType.application_id == application_id)).all()
