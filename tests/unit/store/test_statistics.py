from pathlib import Path

from sqlalchemy import Engine

from core.store.engine import reading
from core.store.statistics import refresh_statistics
from tests.support.applications import database_of_two_applications
from tests.support.holdings import Person, keep_people

LISTED_BY_NAME = (
    "EXPLAIN QUERY PLAN SELECT a.user_id, a.sku_id FROM users u JOIN assignments a "
    "ON a.application_id = u.application_id AND a.user_id = u.user_id "
    "WHERE u.application_id = 1 ORDER BY u.display_name, u.user_id, a.sku_id LIMIT 200"
)


def test_sqlite_enters_the_list_of_people_by_name_once_it_has_counted(tmp_path: Path) -> None:
    with database_of_two_applications("sqlite", tmp_path) as engine:
        keep_people(engine, 1, [Person(name=f"Person {number}") for number in range(200)])
        assert sorts(engine)
        refresh_statistics(engine)
        assert not sorts(engine)


def test_counting_anew_works_on_each_database(engine: Engine) -> None:
    refresh_statistics(engine)


def sorts(engine: Engine) -> bool:
    """Whether the list is sorted as a whole instead of being read in the order of an index."""
    with reading(engine) as session:
        plan = session.connection().exec_driver_sql(LISTED_BY_NAME)
        return any(str(step[3]) == "USE TEMP B-TREE FOR ORDER BY" for step in plan)
