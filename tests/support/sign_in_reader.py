"""A process that reads all sign-ins once, in small pages, within the limit that all processes share.

python -m tests.support.sign_in_reader DATABASE_URL CONNECTION_FACTS SPACING_SECONDS PAGE_SIZE
"""

import json
import subprocess
import sys
from datetime import timedelta

from sqlalchemy import Engine

from core.graph import GraphClient
from core.integration.limiter import SignInLimiter
from core.simulator.server import RunningSimulator
from core.store.engine import make_engine
from tests.support.small_pages import sign_ins_link
from tests.support.tenants import connection_from


def start_reader(
    engine: Engine, simulator: RunningSimulator, spacing: timedelta, page: int
) -> subprocess.Popen[bytes]:
    """Start such a process; it prints how many people it has read."""
    url = engine.url.render_as_string(hide_password=False)
    facts = json.dumps(simulator.connection_facts())
    program = [sys.executable, "-m", "tests.support.sign_in_reader", url, facts]
    return subprocess.Popen([*program, str(spacing.total_seconds()), str(page)], stdout=subprocess.PIPE)


def main(url: str, facts_text: str, spacing: str, page: str) -> None:
    """Read everybody's sign-ins."""
    connection = connection_from(json.loads(facts_text))
    limiter = SignInLimiter(make_engine(url), 1, spacing=timedelta(seconds=float(spacing)))
    with GraphClient(connection, limiter=limiter) as client:
        pages = client.list_sign_ins(sign_ins_link(connection.graph, int(page)))
        sys.stdout.write(str(sum(len(each.sign_ins) for each in pages)))


if __name__ == "__main__":
    main(*sys.argv[1:])
