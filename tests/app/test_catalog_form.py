"""Loading product names: the content of the dialog, which a session without a browser cannot keep open."""

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from core.integration.catalog import read_names
from core.store.engine import reading
from core.store.tables import CatalogLoad
from tests.support.catalogs import E3, NEW_TYPE, ROW, catalog_file, shipped_rows
from tests.support.pages import buttons, click, run, shown

NEWER = catalog_file(
    [
        *shipped_rows(renamed={E3: "Microsoft 365 E3 Plus"}),
        ("Training Portal", "TRAINING", NEW_TYPE, *ROW[3:]),
    ]
)


def _form() -> None:
    from core.rights import Actor, Role  # noqa: PLC0415 - the script of a session of its own
    from core.ui.catalog_view import load_form  # noqa: PLC0415 - as above

    load_form(Actor(name="Ada", role=Role.ADMINISTRATOR))


@pytest.fixture
def form(engine: Engine) -> AppTest:  # noqa: ARG001 - is set up first
    return run(AppTest.from_function(_form, default_timeout=30))


def upload(form: AppTest, content: bytes) -> AppTest:
    form.file_uploader(key="catalog-file").set_value(("names.csv", content, "text/csv"))
    return run(form)


def loads(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as session:
        return [(each.file_name, each.by) for each in session.exec(select(CatalogLoad))]


def test_before_a_file_is_chosen_nothing_can_be_loaded(form: AppTest) -> None:
    assert buttons(form) == {}


def test_a_file_is_previewed_and_then_loaded(form: AppTest, engine: Engine) -> None:
    upload(form, NEWER)
    assert "1 new · 1 renamed · 0 not in the file · 620 license types and 1 service plan in all" in shown(
        form
    )
    changes = form.dataframe[0].value
    assert list(changes["change"]) == ["↔ Renamed", "+ New"]
    assert list(changes["after"]) == ["Microsoft 365 E3 Plus", "Training Portal"]
    assert loads(engine) == []
    click(form, "Load 620 license types")
    assert loads(engine) == [("names.csv", "Ada")]
    with reading(engine) as session:
        assert read_names(session).product_name(NEW_TYPE, "TRAINING") == "Training Portal"


def test_errors_are_listed_by_line_and_column_and_nothing_can_be_loaded(
    form: AppTest, engine: Engine
) -> None:
    upload(form, catalog_file([ROW, ("E3", "SPE_E3", "no-guid", *ROW[3:]), ("", *ROW[1:])]))
    assert "2 errors: nothing will be loaded." in shown(form)
    errors = form.dataframe[0].value
    assert list(errors["line"]) == [3, 4]
    assert list(errors["column"]) == ["GUID", "Product_Display_Name"]
    assert list(errors["found"]) == ["no-guid", "nothing"]
    assert buttons(form) == {}
    assert loads(engine) == []


def test_a_file_that_is_cut_off_needs_its_number_typed(form: AppTest, engine: Engine) -> None:
    upload(form, catalog_file(shipped_rows(without=400)))
    assert "lacks 400 of the 619 license types" in form.warning[0].value
    assert buttons(form) == {"Load 219 license types": False}
    form.number_input[0].set_value(399)
    assert buttons(run(form)) == {"Load 219 license types": False}
    form.number_input[0].set_value(400)
    run(form)
    click(form, "Load 219 license types")
    assert loads(engine) == [("names.csv", "Ada")]
