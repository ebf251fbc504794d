"""Tables as files: CSV, Excel, Parquet and JSON, written batch by batch: memory does not grow with the rows.

A text that a spreadsheet would run as a formula is defused in CSV; Excel files are written with formulas and
links off. Decimals keep every digit in CSV and JSON, six after the point in Parquet, fifteen in all in Excel.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from core.exports_csv import defused, undefused, write_csv
from core.exports_excel import write_xlsx
from core.exports_table import Batches, Cell, Column, Kind, utc, without_control_characters

__all__ = [
    "Batches",
    "Cell",
    "Column",
    "Format",
    "Kind",
    "UnknownFormatError",
    "defused",
    "export",
    "format_of",
    "undefused",
    "write_csv",
    "write_json",
    "write_parquet",
    "write_xlsx",
]

PARQUET_GROUP_ROWS: Final = 20_000

_MILLIONTH: Final = Decimal("0.000001")  # the digits that money has in the database


class Format(StrEnum):
    """The formats of a file, by its ending."""

    CSV = "csv"  # UTF-8 with a byte order mark, so that Excel reads it
    XLSX = "xlsx"
    PARQUET = "parquet"
    JSON = "json"  # one array with an object for each row; decimals are strings

    @property
    def media_type(self) -> str:
        """What a browser is told about the file."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES: Final = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.JSON: "application/json",
}


class UnknownFormatError(ValueError):
    """A file's ending names none of the formats."""


def format_of(path: Path) -> Format:
    """The format that the file's ending names.

    Raises:
        UnknownFormatError: it names none; the message lists those there are.
    """
    ending = path.suffix.removeprefix(".").lower()
    if ending not in set(Format):
        known = ", ".join(f".{each}" for each in Format)
        raise UnknownFormatError(f"{path.name}: its ending must name the format: one of {known}")
    return Format(ending)


def export(
    batches: Batches, columns: Sequence[Column], target: Path | BinaryIO, file_format: Format | None = None
) -> int:
    """Write all rows and return how many they were; a file at a path appears only when it is complete.

    Args:
        batches: lists of rows; a row has one cell for each column, in their order.
        columns: headings and kinds.
        target: a path, or a buffer open for writing, which stays open.
        file_format: needed for a buffer; for a path it follows from the ending.

    Raises:
        UnknownFormatError: the path's ending names no format.
        ValueError: a row has more or fewer cells than there are columns, or a time has no time zone.
    """
    if not isinstance(target, Path):
        if file_format is None:
            raise ValueError("a buffer has no ending: name the format")
        return _WRITERS[file_format](batches, columns, target)
    writer = _WRITERS[file_format or format_of(target)]
    part = target.with_name(f".{target.name}.{uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            count = writer(batches, columns, file)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return count


# ---------------------------------------------------------------- Parquet and JSON


def write_parquet(batches: Batches, columns: Sequence[Column], file: BinaryIO) -> int:
    """A Parquet file; decimals are rounded to millionths, times are in UTC."""
    schema = pa.schema([(column.name, _PARQUET_TYPES[column.kind]) for column in columns])
    count = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _grouped(batches, PARQUET_GROUP_ROWS):
            cells = [
                [_parquet_cell(value, c.kind) for value, c in zip(r, columns, strict=True)] for r in group
            ]
            arrays = [pa.array([row[n] for row in cells], type=each.type) for n, each in enumerate(schema)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            count += len(group)
    return count


_PARQUET_TYPES: Final = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.DECIMAL: pa.decimal128(38, 6),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.DATETIME: pa.timestamp("us", tz="UTC"),
}


def _parquet_cell(value: Cell, kind: Kind) -> Cell:
    if value is None:
        return None
    if kind is Kind.TEXT:
        return without_control_characters(str(value))
    if kind is Kind.DECIMAL and isinstance(value, Decimal | int):
        return Decimal(value).quantize(_MILLIONTH)
    return utc(value) if isinstance(value, datetime) else value


def _grouped(batches: Batches, size: int) -> Iterator[list[Sequence[Cell]]]:
    group: list[Sequence[Cell]] = []
    for batch in batches:
        for row in batch:
            group.append(row)
            if len(group) == size:
                yield group
                group = []
    if group:
        yield group


def write_json(batches: Batches, columns: Sequence[Column], file: BinaryIO) -> int:
    """One array with one object a row and line; decimals are strings, dates and times ISO 8601."""
    count = 0
    file.write(b"[")
    for batch in batches:
        for row in batch:
            cells = {
                column.name: _json_cell(value, column.kind)
                for value, column in zip(row, columns, strict=True)
            }
            file.write((b",\n" if count else b"\n") + orjson.dumps(cells, option=orjson.OPT_UTC_Z))
            count += 1
    file.write(b"\n]\n")
    return count


def _json_cell(value: Cell, kind: Kind) -> Cell:
    if value is None:
        return None
    if kind is Kind.TEXT:
        return without_control_characters(str(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    return utc(value) if isinstance(value, datetime) else value


_WRITERS: Final[dict[Format, Callable[[Batches, Sequence[Column], BinaryIO], int]]] = {
    Format.CSV: write_csv,
    Format.XLSX: write_xlsx,
    Format.PARQUET: write_parquet,
    Format.JSON: write_json,
}
