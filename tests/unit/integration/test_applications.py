from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from core.integration.applications import TenantChangedError, fix_tenant, register_applications
from core.settings import ApplicationSettings
from core.store.engine import reading, writing
from core.store.tables import Application
from tests.support.databases import sqlite_database

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TENANT = "11111111-aaaa-4aaa-8aaa-111111111111"
OTHER = "22222222-bbbb-4bbb-8bbb-222222222222"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with sqlite_database(tmp_path) as made:
        yield made


def configured(key: str, name: str) -> ApplicationSettings:
    return ApplicationSettings(key=key, name=name, tenant_id=TENANT, client_id="c", is_demo=True)


def test_every_configured_application_gets_one_row(engine: Engine) -> None:
    both = [configured("contoso", "Contoso"), configured("fabrikam", "Fabrikam")]
    ids = register_applications(engine, both, NOW)
    assert register_applications(engine, both, NOW) == ids
    assert sorted(ids) == ["contoso", "fabrikam"]
    with reading(engine) as session:
        assert len(session.exec(select(Application)).all()) == 2


def test_a_new_name_reaches_the_row_and_its_id_stays(engine: Engine) -> None:
    ids = register_applications(engine, [configured("contoso", "Contoso")], NOW)
    assert register_applications(engine, [configured("contoso", "Contoso Ltd")], NOW) == ids
    with reading(engine) as session:
        assert session.get_one(Application, ids["contoso"]).name == "Contoso Ltd"


def test_an_application_that_is_no_longer_configured_keeps_its_row(engine: Engine) -> None:
    ids = register_applications(engine, [configured("contoso", "Contoso")], NOW)
    register_applications(engine, [configured("fabrikam", "Fabrikam")], NOW)
    with reading(engine) as session:
        assert session.get(Application, ids["contoso"]) is not None


def test_the_first_tenant_stays_and_another_one_is_refused(engine: Engine) -> None:
    application_id = register_applications(engine, [configured("contoso", "Contoso")], NOW)["contoso"]
    for same in (TENANT, TENANT.upper()):
        with writing(engine) as session:
            fix_tenant(session, application_id, same)
    with pytest.raises(TenantChangedError, match=f"contoso.*{TENANT}.*{OTHER}"), writing(engine) as session:
        fix_tenant(session, application_id, OTHER)
    with reading(engine) as session:
        assert session.get_one(Application, application_id).tenant_id == TENANT
