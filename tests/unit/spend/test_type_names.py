"""Names that tell license types apart."""

import pytest
from sqlalchemy import Engine

from core.spend.type_names import Named, distinct_names, read_type_names
from core.store.engine import reading, writing
from core.store.tables import LicenseType
from tests.support.license_types import E3, E5, TWIN_A


@pytest.mark.parametrize(
    ("types", "names"),
    [
        ([("a", "Visio Plan 2", "VISIOCLIENT"), ("b", "Project", "PROJECT")], ["Visio Plan 2", "Project"]),
        (
            [("a", "Visio Plan 2", "VISIOCLIENT"), ("b", "Visio Plan 2", "VISIO_FACULTY")],
            ["Visio Plan 2 (VISIOCLIENT)", "Visio Plan 2 (VISIO_FACULTY)"],
        ),
        (
            [("a", "Visio", "VISIO"), ("b", "Visio", "VISIO"), ("c", "Visio", "VISIO_GOV")],
            ["Visio (a)", "Visio (b)", "Visio (VISIO_GOV)"],
        ),
        ([], []),
    ],
)
def test_only_names_that_clash_are_told_apart(types: list[Named], names: list[str]) -> None:
    assert list(distinct_names(types).values()) == names


def test_types_of_the_tenant_go_by_product_name_and_only_twins_also_by_part_number(engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(LicenseType, (1, E5)).product_name = "Microsoft 365 E3"
    with reading(engine) as session:
        found = read_type_names(session, 1)
    assert (found[E3], found[E5]) == ("Microsoft 365 E3 (SPE_E3)", "Microsoft 365 E3 (SPE_E5)")
    assert found[TWIN_A] == "Twin A"
