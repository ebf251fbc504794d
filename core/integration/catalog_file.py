"""Reads Microsoft's list of product names and service plans (contract §9): all of it, or what is wrong.

One row for each license type and service plan, under the headings
`Product_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,Service_Plans_Included_Friendly_Names`.
The published file has stray spaces, tabs and no-break spaces, ids in either case, rows that occur twice, and
part numbers that several license types share; so everything goes by the GUID in lower case.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from core.table_files import Expected, LineError, TableLine, UnreadableFile, is_clean, read_table

COLUMNS: Final = (
    "Product_Display_Name",
    "String_Id",
    "GUID",
    "Service_Plan_Name",
    "Service_Plan_Id",
    "Service_Plans_Included_Friendly_Names",
)
MOST_BYTES: Final = 10_000_000
"""Microsoft's own file has not one million."""

MOST_ROWS: Final = 100_000
_LONGEST_NAME: Final = 300
_MOST_ERRORS: Final = 200
_PRODUCT, _PART, _SKU, _PLAN, _PLAN_ID, _FRIENDLY = COLUMNS
_GUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_INVISIBLE: Final = re.compile("[\u200b-\u200d\u2060\ufeff]")
_BOM_AS_WINDOWS_1252: Final = "ï»¿"


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeNames:
    """What a license type is called."""

    part_number: str
    product_name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanNames:
    """What a service plan is called."""

    name: str
    friendly_name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogFile:
    """Names by SKU id and by service plan id. With errors there are none."""

    types: Mapping[str, TypeNames]
    plans: Mapping[str, PlanNames]
    errors: tuple[LineError, ...]


def read_catalog(content: bytes) -> CatalogFile:
    """Read the content of a file: CSV with commas, semicolons or tabs, in UTF-8 or Windows-1252, or Excel.

    Where one id has several names the first one counts, as it does on Microsoft's own pages.
    """
    if len(content) > MOST_BYTES:
        return _refused(_whole(f"{len(content):,} bytes", f"at most {MOST_BYTES:,} bytes"))
    try:
        table = read_table(content)
    except UnreadableFile as unreadable:
        return _refused(unreadable.error)
    headings = [_cell(each).removeprefix(_BOM_AS_WINDOWS_1252).casefold() for each in table.headings]
    if wrong := _wrong_headings(headings, table.heading_line):
        return _refused(*wrong)
    if len(table.records) > MOST_ROWS:
        return _refused(_whole(f"{len(table.records):,} rows", f"at most {MOST_ROWS:,} rows"))
    places = {name: headings.index(name.casefold()) for name in COLUMNS}
    types: dict[str, TypeNames] = {}
    plans: dict[str, PlanNames] = {}
    errors: list[LineError] = []
    for number, cells in table.records:
        if len(cells) > len(headings):
            expected = f"{len(headings)} cells; quote a cell that contains the separator"
            errors.append(LineError(line=number, column="", found=f"{len(cells)} cells", expected=expected))
        else:
            padded = [*map(_cell, cells), *[""] * (len(headings) - len(cells))]
            line = TableLine(number, {name: padded[place] for name, place in places.items()})
            _read_line(line, types, plans)
            errors += line.errors
        if len(errors) >= _MOST_ERRORS:
            break
    if not errors and not types:
        errors = [_whole("no rows below the headings", "a row for each license type and service plan")]
    return (
        _refused(*errors)
        if errors
        else CatalogFile(types=MappingProxyType(types), plans=MappingProxyType(plans), errors=())
    )


def _refused(*errors: LineError) -> CatalogFile:
    return CatalogFile(types=MappingProxyType({}), plans=MappingProxyType({}), errors=errors)


def _whole(found: str, expected: str) -> LineError:
    return LineError(line=1, column="", found=found, expected=expected)


def _cell(text: str) -> str:
    """A cell without what nobody sees: strange spaces become plain ones, and none are left at its ends."""
    return " ".join(_INVISIBLE.sub("", text).split())


def _wrong_headings(headings: list[str], line: int) -> list[LineError]:
    errors = []
    for name in COLUMNS:
        count = headings.count(name.casefold())
        if count != 1:
            found = "no such heading" if not count else f"the heading {count} times"
            errors.append(LineError(line=line, column=name, found=found, expected=f"the heading {name} once"))
    return errors


def _read_line(line: TableLine, types: dict[str, TypeNames], plans: dict[str, PlanNames]) -> None:
    """Take the names of a line in, unless something is wrong with it."""
    sku_id = line.read(_SKU, _guid, "")
    product, part = line.read(_PRODUCT, _name, ""), line.read(_PART, _name, "")
    plan_id = plan = friendly = ""
    if any(line.cells[name] for name in (_PLAN, _PLAN_ID, _FRIENDLY)):  # some types have none
        plan_id = line.read(_PLAN_ID, _guid, "")
        plan = line.read(_PLAN, _name, "")
        friendly = line.read(_FRIENDLY, _maybe_name, "")
    if line.errors:
        return
    types.setdefault(sku_id, TypeNames(part_number=part, product_name=product))
    if plan_id:
        plans.setdefault(plan_id, PlanNames(name=plan, friendly_name=friendly or plan))


def _guid(text: str) -> str:
    lowered = text.lower()
    if not _GUID.fullmatch(lowered):
        raise Expected("a GUID, like 05e9a617-0261-4cee-bb44-138d3ef5d965")
    return lowered


def _name(text: str) -> str:
    if not text:
        raise Expected("a name")
    return _maybe_name(text)


def _maybe_name(text: str) -> str:
    if len(text) > _LONGEST_NAME or not is_clean(text):
        raise Expected(f"at most {_LONGEST_NAME} characters, without control characters")
    return text
