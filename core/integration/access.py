"""Application Access: when everybody was last active, and what follows from it.

Sources first, each on its own: one that is missing or fails takes nothing from the others. Then the
assessment of what is stored, so that the pages agree with the newest evidence even where a source failed.
"""

from sqlalchemy import func
from sqlmodel import Session, col, select

from core.graph import GraphClient
from core.integration.applications import confirm_tenant
from core.integration.assessment import refresh_rollups
from core.integration.classification import classify_assignments
from core.integration.mailboxes import read_mailboxes
from core.integration.offers import find_opportunities
from core.integration.outcome import NothingUsableError
from core.integration.progress import Progress
from core.integration.report_kinds import KINDS
from core.integration.reports import read_usage_reports
from core.integration.sign_ins import refresh_sign_ins
from core.integration.sources import SourceName, read_sources
from core.roster.applying import apply_roster
from core.store.engine import reading
from core.store.tables import User

__all__ = ["refresh_sign_ins", "run"]

_USABLE = frozenset({"available", "degraded", "stale"})


def run(client: GraphClient, progress: Progress) -> list[str]:
    """Read all sources of activity and judge everybody by them; what is missing, a sentence each.

    Raises:
        NothingUsableError: neither sign-ins nor any usage report could be used; everybody was judged by
            what was known before.
        GraphError: the tenant can't be reached at all.
    """
    engine, application_id = progress.engine, progress.application_id
    confirm_tenant(engine, client, application_id)
    with reading(engine) as session:
        people = session.exec(
            select(func.count())
            .select_from(User)
            .where(User.application_id == application_id, col(User.gone_at).is_(None))
        ).one()
    progress.count(expected=2 * people)  # at most: a row in the report and one in the sign-in pass each

    missing: list[str | None] = [*read_usage_reports(client, progress)]
    before = progress.counts.get("done", 0)
    progress.counts["expected"] = before + people  # not everybody is in the report

    def note_sign_ins(session: Session, read: int) -> None:
        progress.counts |= {"sign_ins": read, "done": before + read}
        progress.note(session)

    without_sign_ins = refresh_sign_ins(
        engine,
        client,
        application_id,
        clock=progress.clock,
        should_stop=progress.stop_asked,
        after_page=note_sign_ins,
        expected=people,
        log=progress.log,
    )
    missing.append(without_sign_ins)
    if without_sign_ins is None:  # the pass tells itself how many people there are
        progress.counts["expected"] = progress.counts.get("done", 0)
    changed = classify_assignments(engine, application_id, progress.clock(), after_page=progress.note)
    apply_roster(engine, application_id, progress.clock().date())
    missing.append(read_mailboxes(client, progress))
    offered = find_opportunities(engine, application_id, progress.clock(), after_page=progress.note)
    refresh_rollups(engine, application_id, progress.clock())
    progress.count(findings_changed=changed, opportunities=offered)
    sentences = [sentence for sentence in missing if sentence]
    with reading(engine) as session:
        sources = read_sources(session, application_id)
    if not any(
        name in sources and sources[name].status in _USABLE
        for name in (SourceName.SIGN_INS, *(kind.name for kind in KINDS))
    ):
        raise NothingUsableError(" ".join(sentences))
    return sentences
