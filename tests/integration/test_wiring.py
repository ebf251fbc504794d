"""What the process wires together: the clients that pages, commands and workers get."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from core.bootstrap import Runtime, open_runtime
from core.settings import load_settings
from core.store.engine import reading
from core.store.tables import RateLimit


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Runtime]:
    """The runtime of the demo tenant, which nobody has synced."""
    runtime = open_runtime(
        lambda: load_settings({"SEATWISE_DATA_DIR": str(tmp_path)}, tmp_path / "no-secrets.toml")
    )
    yield runtime
    runtime.close()


@pytest.mark.parametrize("make", ["client", "fresh_client"])
def test_whoever_reads_sign_ins_takes_a_slot_that_all_processes_share(demo: Runtime, make: str) -> None:
    (key,) = demo.settings.applications
    with getattr(demo, make)(key) as client:
        next(client.list_sign_ins())
    with reading(demo.engine) as session:
        (row,) = session.exec(select(RateLimit))
    assert (row.application_id, row.name) == (demo.application_id(key), "sign_ins")
