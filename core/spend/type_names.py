"""What license types are called where they stand side by side: the product name, which several may share."""

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlmodel import Session, col, select

from core.store.tables import LicenseType

Named = tuple[str, str, str]
"""SKU id, product name and part number of a license type."""


def distinct_names(types: Iterable[Named]) -> dict[str, str]:
    """Names by SKU id that tell these license types apart.

    The product name; where types share it, their part numbers go with it, and the SKU id where they share
    that one, too.
    """
    listed = list(types)
    products = Counter(product for _, product, _ in listed)
    parts = Counter((product, part) for _, product, part in listed)
    return {
        sku_id: product
        if products[product] == 1
        else f"{product} ({part if parts[product, part] == 1 else sku_id})"
        for sku_id, product, part in listed
    }


def read_type_names(session: Session, application_id: int) -> Mapping[str, str]:
    """The names of all license types that an application has or had."""
    own = select(col(LicenseType.sku_id), col(LicenseType.product_name), col(LicenseType.part_number)).where(
        col(LicenseType.application_id) == application_id
    )
    return distinct_names(session.exec(own))
