from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from core.integration.catalog import (
    Catalog,
    CatalogRefused,
    load_catalog,
    preview_catalog,
    read_names,
    shipped_size,
    use_shipped_catalog,
)
from core.rights import Actor, RightRefused, Role
from core.store.engine import reading, writing
from core.store.tables import CatalogLoad, CatalogPlan, CatalogType, LicenseType
from tests.support.catalogs import E3, NEW_TYPE, ROW, TEAMS, catalog_file, shipped_rows

ADMINISTRATOR = Actor(name="Ada", role=Role.ADMINISTRATOR)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
NEWER = catalog_file(
    [
        *shipped_rows(renamed={E3: "Microsoft 365 E3 Plus"}),
        ("Training Portal", "TRAINING", NEW_TYPE, *ROW[3:]),
    ]
)


def names(engine: Engine) -> Catalog:
    with reading(engine) as session:
        return read_names(session)


def load(engine: Engine, content: bytes = NEWER, **others: int) -> None:
    load_catalog(engine, content, file_name="names.csv", actor=ADMINISTRATOR, now=NOW, **others)


def keep_type(engine: Engine, sku_id: str, part_number: str, product_name: str, application: int = 1) -> None:
    with writing(engine) as session:
        session.add(
            LicenseType(
                application_id=application,
                sku_id=sku_id,
                part_number=part_number,
                product_name=product_name,
                applies_to="User",
                capability_status="Enabled",
                enabled=1,
                warning=0,
                suspended=0,
                locked_out=0,
                consumed=0,
                seen_in=1,
            )
        )


def product_names(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return sorted(session.exec(select(LicenseType.product_name)))


def test_without_a_load_the_shipped_names_are_in_force(engine: Engine) -> None:
    found = names(engine)
    assert found.loaded is None
    assert found.product_name(E3, "SPE_E3") == "Microsoft 365 E3"
    assert found.plan_name(TEAMS, "TEAMS1") == "Microsoft Teams"
    assert found.product_name(NEW_TYPE, "TRAINING") == "TRAINING"
    assert found.plan_name(NEW_TYPE, "PLAN") == "PLAN"


def test_a_preview_counts_and_changes_nothing(engine: Engine) -> None:
    change = preview_catalog(engine, NEWER)
    assert change.new == ("Training Portal",)
    assert [(each.before, each.after) for each in change.renamed] == [
        ("Microsoft 365 E3", "Microsoft 365 E3 Plus")
    ]
    assert (change.gone, change.lost, change.must_confirm) == ((), 0, False)
    assert (change.types, change.plans) == (620, 1)
    assert names(engine).loaded is None


def test_loaded_names_go_before_shipped_ones_and_types_on_record_are_renamed_at_once(engine: Engine) -> None:
    keep_type(engine, E3, "SPE_E3", "Microsoft 365 E3")
    keep_type(engine, NEW_TYPE, "TRAINING", "TRAINING", application=2)
    load(engine)
    assert product_names(engine) == ["Microsoft 365 E3 Plus", "Training Portal"]
    loaded = names(engine).loaded
    assert loaded is not None
    assert (loaded.file_name, loaded.types, loaded.plans, loaded.by, loaded.at) == (
        "names.csv",
        620,
        1,
        "Ada",
        NOW,
    )


def test_what_the_file_does_not_know_keeps_its_shipped_name(engine: Engine) -> None:
    load(engine, catalog_file(shipped_rows(without=1)))
    dropped = shipped_rows()[-1]
    assert names(engine).product_name(dropped[2].lower(), "X") == dropped[0]
    assert names(engine).plan_name("00283e6b-2bd8-440f-a2d5-87358e4c89a1", "X") != "X"


def test_a_second_file_takes_the_place_of_the_first(engine: Engine) -> None:
    load(engine)
    assert preview_catalog(engine, catalog_file(shipped_rows())).gone == ("Training Portal",)
    load(engine, catalog_file(shipped_rows()))
    assert names(engine).product_name(NEW_TYPE, "TRAINING") == "TRAINING"
    assert names(engine).product_name(E3, "SPE_E3") == "Microsoft 365 E3"


def test_the_shipped_catalog_can_be_taken_again(engine: Engine) -> None:
    keep_type(engine, E3, "SPE_E3", "Microsoft 365 E3")
    keep_type(engine, NEW_TYPE, "TRAINING", "TRAINING")
    load(engine)
    use_shipped_catalog(engine, actor=ADMINISTRATOR, now=LATER)
    assert names(engine).loaded is None
    assert product_names(engine) == ["Microsoft 365 E3", "TRAINING"]
    with reading(engine) as session:
        assert not session.exec(select(CatalogType)).all()
        assert not session.exec(select(CatalogPlan)).all()
        record = session.exec(select(CatalogLoad).order_by(CatalogLoad.at)).all()  # type: ignore[arg-type]
    assert [(each.file_name, each.by, each.at) for each in record] == [
        ("names.csv", "Ada", NOW),
        ("", "Ada", LATER),
    ]


def test_going_back_to_what_is_in_force_leaves_no_record(engine: Engine) -> None:
    use_shipped_catalog(engine, actor=ADMINISTRATOR, now=NOW)
    with reading(engine) as session:
        assert not session.exec(select(CatalogLoad)).all()


def test_a_file_that_lost_more_than_a_third_must_be_confirmed_by_the_number(engine: Engine) -> None:
    types, _ = shipped_size()
    third = types // 3
    load(engine, catalog_file(shipped_rows(without=third)))
    short = catalog_file(shipped_rows(without=third + 1))
    for wrong in ({}, {"confirm_lost": third}):
        with pytest.raises(CatalogRefused, match=f"lacks {third + 1} of the {types}"):
            load(engine, short, **wrong)
    assert names(engine).loaded is not None
    load(engine, short, confirm_lost=third + 1)
    loaded = names(engine).loaded
    assert loaded is not None
    assert loaded.types == types - third - 1


def test_a_file_with_an_error_changes_nothing_and_the_errors_are_told(engine: Engine) -> None:
    load(engine)
    with pytest.raises(CatalogRefused, match=r"line 2, GUID: .*, and 1 more") as refused:
        load(engine, catalog_file([("E3", "SPE_E3", "x", *ROW[3:]), ("", *ROW[1:])]))
    assert [each.line for each in refused.value.errors] == [2, 3]
    assert names(engine).product_name(E3, "SPE_E3") == "Microsoft 365 E3 Plus"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.OPERATOR])
def test_only_an_administrator_changes_the_catalog(engine: Engine, role: Role) -> None:
    actor = Actor(name="Otto", role=role)
    with pytest.raises(RightRefused):
        load_catalog(engine, NEWER, file_name="names.csv", actor=actor, now=NOW)
    with pytest.raises(RightRefused):
        use_shipped_catalog(engine, actor=actor, now=NOW)
    assert names(engine).loaded is None
