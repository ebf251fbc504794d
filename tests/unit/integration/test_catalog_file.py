import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.integration.catalog_file import (
    COLUMNS,
    MOST_BYTES,
    MOST_ROWS,
    CatalogFile,
    PlanNames,
    TypeNames,
    read_catalog,
)
from tests.support.catalogs import E3, NEW_TYPE, ROW, TEAMS, catalog_file, shipped_rows

EXPECTED = CatalogFile(
    types={E3: TypeNames(part_number="SPE_E3", product_name="Microsoft 365 E3")},
    plans={TEAMS: PlanNames(name="TEAMS1", friendly_name="Microsoft Teams")},
    errors=(),
)


def errors(content: bytes) -> list[str]:
    found = read_catalog(content)
    assert not found.types
    assert not found.plans
    return [str(each) for each in found.errors]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_file_is_read_however_it_was_saved(encoding: str, separator: str) -> None:
    assert read_catalog(catalog_file([ROW], encoding=encoding, separator=separator)) == EXPECTED


def test_a_file_of_windows_with_a_mark_in_front_that_is_no_utf_8_is_read() -> None:
    row = ("Geschäft\xa0Premium", "SPB", E3, "TEAMS1", TEAMS, "Teams")
    content = b"\xef\xbb\xbf" + catalog_file([row], encoding="cp1252")
    assert read_catalog(content).types[E3].product_name == "Geschäft Premium"


def test_stray_spaces_tabs_and_invisible_signs_are_stripped_and_ids_are_in_lower_case() -> None:
    row = (
        "\u200bMicrosoft\xa0365  E3 ",
        " SPE_E3\t",
        f"\xa0{E3.upper()} ",
        "TEAMS1\xa0",
        f"\t{TEAMS.upper()}\ufeff",
        " Microsoft Teams\n",
    )
    assert read_catalog(catalog_file([row])) == EXPECTED


def test_rows_that_occur_twice_and_part_numbers_that_several_types_share_are_fine() -> None:
    found = read_catalog(catalog_file([ROW, ROW, ("Another", "SPE_E3", NEW_TYPE, *ROW[3:])]))
    assert not found.errors
    assert [names.part_number for names in found.types.values()] == ["SPE_E3", "SPE_E3"]
    assert len(found.plans) == 1


def test_of_several_names_of_one_id_the_first_counts() -> None:
    assert read_catalog(catalog_file([ROW, ("Microsoft 365 E3 (old)", *ROW[1:5], "Teams")])) == EXPECTED


def test_a_type_without_service_plans_is_taken() -> None:
    found = read_catalog(catalog_file([(*ROW[:3], "", "", "")]))
    assert found.types == EXPECTED.types
    assert not found.plans


def test_headings_may_be_in_another_order_case_and_company() -> None:
    heading = ",".join([*reversed([name.upper() for name in COLUMNS]), "Comment"])
    content = catalog_file([(*reversed(ROW), "anything")], heading=heading)
    assert read_catalog(content) == EXPECTED


def test_the_whole_shipped_list_is_read() -> None:
    found = read_catalog(catalog_file(shipped_rows()))
    assert (len(found.types), found.errors) == (619, ())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "line 1: found 'nothing'"),
        (catalog_file([]), "line 1: found 'no rows below the headings'"),
        (b"a,b\n1,2\n", "line 1, Product_Display_Name: found 'no such heading'"),
        (
            catalog_file([(*ROW, "x")], heading=",".join([*COLUMNS, "GUID"])),
            "line 1, GUID: found 'the heading 2 times'",
        ),
        (
            catalog_file([ROW, ("E3", "SPE_E3", "SPE_E3", *ROW[3:])]),
            "line 3, GUID: found 'SPE_E3', expected a GUID",
        ),
        (catalog_file([("", *ROW[1:])]), "line 2, Product_Display_Name: found '', expected a name"),
        (catalog_file([(*ROW[:4], "", "Teams")]), "line 2, Service_Plan_Id: found '', expected a GUID"),
        (catalog_file([("x" * 301, *ROW[1:])]), "expected at most 300 characters"),
        (catalog_file([(*ROW, "x")]), "line 2: found '7 cells', expected 6 cells"),
        (b"\xff\xfe" + "a,b".encode("utf-16-le"), "UTF-16"),
        (b'"unclosed,', "line"),
    ],
)
def test_what_is_wrong_is_said_by_line_and_column_and_nothing_is_taken(content: bytes, expected: str) -> None:
    assert expected in errors(content)[0]


def test_all_errors_are_listed_up_to_a_bound() -> None:
    bad = [("E3", "SPE_E3", f"no-guid-{number}", *ROW[3:]) for number in range(500)]
    assert len(errors(catalog_file(bad[:3]))) == 3
    assert len(errors(catalog_file(bad))) == 200


def test_a_file_that_is_too_large_is_not_even_read() -> None:
    assert "at most 10,000,000 bytes" in errors(b"x" * (MOST_BYTES + 1))[0]


def test_a_file_of_too_many_rows_is_refused() -> None:
    content = catalog_file([]) + b"a,b,c\n" * (MOST_ROWS + 1)
    assert "at most 100,000 rows" in errors(content)[0]


cells = st.text(max_size=30)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_with_a_reason(content: bytes) -> None:
    assert errors(content)


@given(st.lists(st.lists(cells, max_size=8), max_size=6), st.sampled_from([",", ";"]))
def test_any_cells_come_to_names_or_to_errors_and_never_to_both(
    rows: list[list[str]], separator: str
) -> None:
    found = read_catalog(catalog_file([ROW, *rows], encoding="utf-8", separator=separator))
    assert bool(found.types) != bool(found.errors)
    assert all(key == key.lower() for key in (*found.types, *found.plans))
    assert all(names.product_name.strip() and names.part_number.strip() for names in found.types.values())


@given(
    st.lists(
        st.tuples(
            st.uuids().map(str), st.from_regex(r"[A-Z_0-9]{1,20}", fullmatch=True), st.uuids().map(str)
        ),
        min_size=1,
        max_size=8,
        unique_by=(lambda row: row[0], lambda row: row[2]),
    ),
    st.sampled_from(["", " ", "\t", "\xa0", "\xa0 \t"]),
    st.sampled_from(["utf-8-sig", "cp1252"]),
)
def test_every_good_row_is_taken_whatever_strays_around_its_cells(
    rows: list[tuple[str, str, str]], stray: str, encoding: str
) -> None:
    dressed = [
        [f"{stray}{cell}{stray}" for cell in (f"Product {part}", part, sku.upper(), part, plan, "Plan")]
        for sku, part, plan in rows
    ]
    found = read_catalog(catalog_file(dressed, encoding=encoding))
    assert not found.errors
    assert {sku: names.part_number for sku, names in found.types.items()} == {
        sku: part for sku, part, _ in rows
    }
    assert set(found.plans) == {plan for _, _, plan in rows}
