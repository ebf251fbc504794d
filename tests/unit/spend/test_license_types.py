import pytest
from sqlalchemy import Engine

from core.spend.license_types import (
    AmbiguousLicenseType,
    UnknownLicenseType,
    find_license_type,
    license_type_finder,
    read_license_types,
)
from core.store.engine import reading, writing
from core.store.tables import LicenseType
from tests.support.license_types import E3, OLD, TWIN_A, TWIN_B, count_seats


@pytest.mark.parametrize("text", ["SPE_E3", "spe_e3", " SPE_E3 ", E3, E3.upper(), "microsoft 365 E3"])
def test_a_type_is_found_by_part_number_sku_id_or_product_name(engine: Engine, text: str) -> None:
    with reading(engine) as session:
        assert find_license_type(session, 1, text) == E3


def test_a_text_that_fits_several_types_lists_their_ids(engine: Engine) -> None:
    with reading(engine) as session, pytest.raises(AmbiguousLicenseType, match=f"{TWIN_A}, {TWIN_B}"):
        find_license_type(session, 1, "TWIN")


@pytest.mark.parametrize("text", ["SPE_E4", "", "SPE", "Microsoft 365"])
def test_a_text_that_fits_no_type_is_named(engine: Engine, text: str) -> None:
    with reading(engine) as session, pytest.raises(UnknownLicenseType, match=repr(text)):
        find_license_type(session, 1, text)


def test_types_of_another_application_are_not_found(engine: Engine) -> None:
    with reading(engine) as session:
        assert license_type_finder(session, 2)("SPE_E3") == []


def test_a_type_that_the_tenant_no_longer_has_is_still_found(engine: Engine) -> None:
    with reading(engine) as session:
        assert find_license_type(session, 1, "OLD_PLAN") == OLD


def test_seats_are_counted_by_status_over_all_departments(engine: Engine) -> None:
    count_seats(engine, E3, "active", 60)
    count_seats(engine, E3, "active", 5, department="")
    count_seats(engine, E3, "inactive", 10, reclaimable=4)
    count_seats(engine, E3, "never_active", 3, reclaimable=2)
    count_seats(engine, E3, "unknown", 2)
    with reading(engine) as session:
        [e3] = [each for each in read_license_types(session, 1) if each.use.sku_id == E3]
    use = e3.use
    assert (use.active, use.inactive, use.never_active, use.unknown) == (65, 10, 3, 2)
    assert (use.seats, use.assigned, use.reclaimable, use.unassigned) == (100, 80, 6, 20)


def test_more_holders_than_seats_leave_none_unassigned(engine: Engine) -> None:
    count_seats(engine, E3, "active", 130)
    with reading(engine) as session:
        [e3] = [each for each in read_license_types(session, 1) if each.use.sku_id == E3]
    assert e3.use.unassigned == 0


def test_what_failed_is_counted_beside_the_seats_and_microsoft_s_own_count_is_told(engine: Engine) -> None:
    count_seats(engine, E3, "active", 60)
    count_seats(engine, E3, "failed", 2)
    with writing(engine) as session:
        session.get_one(LicenseType, (1, E3)).consumed = 59
    with reading(engine) as session:
        [e3] = [each for each in read_license_types(session, 1) if each.use.sku_id == E3]
    assert (e3.use.assigned, e3.failed, e3.consumed, e3.use.unassigned) == (60, 2, 59, 40)


def test_a_type_for_the_company_has_no_seats_to_assign(engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(LicenseType, (1, E3)).applies_to = "Company"
    with reading(engine) as session:
        [e3] = [each for each in read_license_types(session, 1) if each.use.sku_id == E3]
    assert (e3.use.seats, e3.use.unassigned, e3.consumed) == (100, 0, None)


def test_types_that_are_gone_are_listed_only_on_demand_and_without_seats(engine: Engine) -> None:
    with reading(engine) as session:
        assert OLD not in [each.use.sku_id for each in read_license_types(session, 1)]
        [old] = [each for each in read_license_types(session, 1, with_gone=True) if each.gone]
    assert (old.use.sku_id, old.use.seats) == (OLD, 0)
