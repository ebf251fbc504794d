"""The pages as `streamlit run app.py` shows them, without a browser: shell, guard and page run for real."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from core import bootstrap
from core.bootstrap import open_runtime, runtime
from core.settings import PROJECT, Settings, load_settings

SHELL = PROJECT / "core" / "ui" / "shell.py"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An own data folder, none of the developer's settings, nothing cached; add settings with `setenv`."""
    for name in [name for name in os.environ if name.startswith("SEATWISE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SEATWISE_DATA_DIR", str(tmp_path))

    def load() -> Settings:
        return load_settings(os.environ, tmp_path / "no-secrets.toml")

    monkeypatch.setattr(bootstrap, "open_runtime", lambda: open_runtime(load))
    monkeypatch.setattr(st.secrets, "load_if_toml_exists", lambda: False)
    runtime.cache_clear()
    st.cache_data.clear()
    st.cache_resource.clear()
    yield monkeypatch
    runtime().close()
    runtime.cache_clear()


@pytest.fixture
def live_tenant(environment: pytest.MonkeyPatch) -> None:
    """A live tenant is configured instead of the demo."""
    environment.setenv("SEATWISE_APPLICATIONS__CONTOSO__NAME", "Contoso")
    environment.setenv("SEATWISE_APPLICATIONS__CONTOSO__TENANT_ID", "contoso.example")
    environment.setenv("SEATWISE_APPLICATIONS__CONTOSO__CLIENT_ID", "5ea77135-0000-4000-8000-0000000000c2")
    environment.setenv("SEATWISE_APPLICATIONS__CONTOSO__CLIENT_SECRET", "not-a-secret")


@pytest.fixture
def engine(environment: pytest.MonkeyPatch) -> Engine:  # noqa: ARG001 - is set up first
    """The database that the pages read; the application that they show is number 1."""
    return runtime().engine


@pytest.fixture
def app(environment: pytest.MonkeyPatch) -> AppTest:  # noqa: ARG001 - is set up first
    """The app, not run yet."""
    return AppTest.from_file(SHELL, default_timeout=30)
