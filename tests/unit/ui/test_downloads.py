import io
from collections.abc import Iterator
from datetime import date

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.exports import Format, export
from core.ui import tables
from core.ui.downloads import cells, frame_table


def test_rows_are_turned_into_cells_batch_by_batch() -> None:
    opened: list[int] = []

    def batches() -> Iterator[list[int]]:
        for batch in ([1, 2], [3]):
            opened.append(len(batch))
            yield batch

    found = iter(cells(batches, lambda number: (number, str(number))))
    assert next(iter(found)) == [(1, "1"), (2, "2")]
    assert opened == [2]


def page() -> None:
    import pandas as pd  # noqa: PLC0415 - runs as a script of its own

    from core.ui import downloads, tables  # noqa: PLC0415

    frame = pd.DataFrame({"name": ["=1+1", "b"], "seats": [1, 2], "hidden": [0, 0]})
    columns = {"name": tables.text("Name"), "seats": tables.count("Seats")}
    downloads.offer_frame("Download", frame, columns, file_stem="table", key="file")


@pytest.mark.parametrize(("ending", "place"), [("csv", 0), ("xlsx", 1), ("parquet", 2)])
def test_a_table_can_be_had_in_three_formats(ending: str, place: int) -> None:
    buttons = AppTest.from_function(page, default_timeout=30).run().get("download_button")
    assert [button.proto.label for button in buttons] == ["CSV", "Excel", "Parquet"]
    assert buttons[place].proto.id.endswith(f"file-{ending}")


def test_a_file_has_what_the_table_shows_under_the_same_headings() -> None:
    frame = pd.DataFrame(
        {
            "hidden": [0, 0],
            "seats": [1, 2],
            "name": ["=1+1", None],
            "day": [date(2026, 11, 24), None],
            "share": [0.5, None],
        }
    )
    columns = {
        "name": tables.text("Name"),
        "seats": tables.count("Seats"),
        "day": tables.day("Day"),
        "share": tables.share("Utilization"),
    }
    headings, rows = frame_table(frame, columns)
    file = io.BytesIO()
    export([rows], headings, file, Format.CSV)
    assert file.getvalue().decode("utf-8-sig").splitlines() == [
        "Name,Seats,Day,Utilization",
        "'=1+1,1,2026-11-24,0.5",
        ",2,,",
    ]
