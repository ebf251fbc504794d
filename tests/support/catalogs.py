"""Files of product names as Microsoft publishes them."""

import csv
import io
from collections.abc import Iterable, Sequence

from core.integration.catalog_file import COLUMNS
from core.reference import read_table

E3 = "05e9a617-0261-4cee-bb44-138d3ef5d965"
TEAMS = "57ff2da0-773e-42df-b2af-ffb7a2317929"
NEW_TYPE = "aaaaaaaa-0000-4000-8000-000000000001"
ROW = ("Microsoft 365 E3", "SPE_E3", E3, "TEAMS1", TEAMS, "Microsoft Teams")


def catalog_file(
    rows: Iterable[Sequence[str]], *, encoding: str = "utf-8-sig", separator: str = ",", heading: str = ""
) -> bytes:
    """A file with these rows, below Microsoft's headings or another line."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(heading.split(",") if heading else COLUMNS)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def shipped_rows(*, without: int = 0, renamed: dict[str, str] | None = None) -> list[tuple[str, ...]]:
    """A row for each shipped type, with one plan; the last `without` of them left out, some renamed."""
    skus = read_table("skus")
    return [
        (
            (renamed or {}).get(row["sku_id"], row["product_name"]),
            row["sku_part_number"],
            row["sku_id"].upper(),
            "TEAMS1",
            TEAMS,
            "Microsoft Teams",
        )
        for row in skus[: len(skus) - without]
    ]
