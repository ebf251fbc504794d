from pathlib import Path

import pytest
from dbos import DBOSPortableJSONSerializer

from core.jobs.engine import configuration, jobs_database_url, prepare
from core.store.engine import make_engine


def test_the_job_engine_keeps_its_tables_beside_the_database(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'seatwise.db'}")
    assert jobs_database_url(engine) == f"sqlite:///{tmp_path / 'seatwise.jobs.db'}"
    prepare(engine)
    assert (tmp_path / "seatwise.jobs.db").exists()


def test_nothing_but_json_is_kept_and_nothing_is_reported_anywhere(tmp_path: Path) -> None:
    chosen = configuration(make_engine(f"sqlite:///{tmp_path / 'seatwise.db'}"), "worker-1")
    assert isinstance(chosen["serializer"], DBOSPortableJSONSerializer)
    assert (chosen["enable_otlp"], chosen["executor_id"], chosen["application_version"]) == (
        False,
        "worker-1",
        "1",
    )
    assert "conductor_key" not in chosen


def test_jobs_cannot_be_kept_in_memory() -> None:
    with pytest.raises(ValueError, match="database in a file"):
        jobs_database_url(make_engine("sqlite://"))
