"""Reads and changes an application's policies. Every change is on record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select

from core.activity.evidence import THRESHOLDS
from core.policies.assessing import ask_assessment
from core.policies.settings import SPECS, Pause, Policies, Setting, problems_of, threshold_problem
from core.rights import Actor, Role, require
from core.store.bulk import upsert
from core.store.engine import writing
from core.store.tables import Application, LicenseType, Policy, PolicyChange, TypePolicy

PAUSED: Final = "paused"
"""The word by which a pause is on record among the changes."""
LONGEST_REASON: Final = 500


class PolicyRefused(ValueError):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """Nothing was changed. `problems`: a sentence by what it is wrong with, a setting or a SKU id."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change of one policy, as people see it. `license_type`: whose own threshold it is."""

    at: datetime
    by: str
    setting: str
    license_type: str | None
    before: str | None
    after: str | None


def read_policies(session: Session, application_id: int) -> Policies:
    """The policies in force; the defaults where nobody has set any."""
    own = session.exec(select(TypePolicy).where(TypePolicy.application_id == application_id))
    thresholds = {each.sku_id: each.threshold_days for each in own}
    row = session.get(Policy, application_id)
    if row is None:
        return Policies(thresholds=thresholds)
    return Policies(
        values={setting: getattr(row, setting.value) for setting in Setting},
        thresholds=thresholds,
        pause=_pause(row),
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def read_pause(session: Session, application_id: int) -> Pause | None:
    """Whether reclamation is paused; None where it is not."""
    row = session.get(Policy, application_id)
    return None if row is None else _pause(row)


def change_policies(
    engine: Engine,
    application_id: int,
    *,
    values: Mapping[Setting, int],
    thresholds: Mapping[str, int | None] | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Set what is named and leave the rest as it is; how many policies have changed by it.

    Args:
        engine: the product's database.
        application_id: the application.
        values: the settings to set.
        thresholds: of license types, by SKU id; None for the application's again.
        actor: who changes them.
        now: this moment.

    Raises:
        RightRefused: the actor is no administrator.
        PolicyRefused: a value is out of bounds, or a license type is not known; nothing was changed.
    """
    require(actor, Role.ADMINISTRATOR)
    thresholds = thresholds or {}
    with writing(engine) as session:
        _lock(session, application_id)
        before = read_policies(session, application_id)
        _refuse_wrong(session, application_id, {**before.values, **values}, thresholds)
        changed = {setting: value for setting, value in values.items() if value != before[setting]}
        own = {sku: days for sku, days in thresholds.items() if days != before.thresholds.get(sku)}
        if not changed and not own:
            return 0
        _write(session, application_id, {each.value: value for each, value in changed.items()}, actor, now)
        _write_thresholds(session, application_id, own, actor, now)
        for setting, value in changed.items():
            _record(session, application_id, setting.value, str(before[setting]), str(value), actor, now)
        for sku_id, days in own.items():
            old, new = before.thresholds.get(sku_id), days
            _record(
                session,
                application_id,
                Setting.THRESHOLD_DAYS.value,
                None if old is None else str(old),
                None if new is None else str(new),
                actor,
                now,
                sku_id=sku_id,
            )
        if own or any(SPECS[setting].judged for setting in changed):
            ask_assessment(session, application_id, now)
        return len(changed) + len(own)


def pause(engine: Engine, application_id: int, reason: str, *, actor: Actor, now: datetime) -> None:
    """Let no removal begin from now on. What was removed already is still verified, and can be restored.

    Raises:
        RightRefused: the actor is no administrator.
        PolicyRefused: the reason is missing or too long, or reclamation is paused already.
    """
    require(actor, Role.ADMINISTRATOR)
    reason = " ".join(reason.split())
    if not reason:
        raise PolicyRefused({PAUSED: "Pausing needs a reason, for those who find that nothing goes on."})
    if len(reason) > LONGEST_REASON:
        raise PolicyRefused(
            {PAUSED: f"The reason has {len(reason)} characters; {LONGEST_REASON} are the most."}
        )
    with writing(engine) as session:
        _lock(session, application_id)
        if (paused := read_pause(session, application_id)) is not None:
            raise PolicyRefused({PAUSED: paused.sentence})
        columns = {"paused_at": now, "paused_by": actor.name, "pause_reason": reason}
        _write(session, application_id, columns, actor, now)
        _record(session, application_id, PAUSED, None, reason, actor, now)


def resume(engine: Engine, application_id: int, *, actor: Actor, now: datetime) -> None:
    """Let what waits go on.

    Raises:
        RightRefused: the actor is no administrator.
        PolicyRefused: reclamation is not paused.
    """
    require(actor, Role.ADMINISTRATOR)
    with writing(engine) as session:
        _lock(session, application_id)
        paused = read_pause(session, application_id)
        if paused is None:
            raise PolicyRefused({PAUSED: "Reclamation is not paused: somebody has resumed it already."})
        columns = {"paused_at": None, "paused_by": None, "pause_reason": None}
        _write(session, application_id, columns, actor, now)
        _record(session, application_id, PAUSED, paused.reason, None, actor, now)


def list_changes(session: Session, application_id: int) -> list[Change]:
    """All changes, the latest first."""
    query = (
        select(PolicyChange, LicenseType.product_name)
        .outerjoin(
            LicenseType,
            (col(LicenseType.application_id) == col(PolicyChange.application_id))
            & (col(LicenseType.sku_id) == col(PolicyChange.sku_id)),
        )
        .where(PolicyChange.application_id == application_id)
        .order_by(col(PolicyChange.id).desc())
    )
    return [
        Change(
            at=row.at,
            by=row.by,
            setting=row.setting,
            license_type=None if row.sku_id is None else name or row.sku_id,
            before=row.before,
            after=row.after,
        )
        for row, name in session.exec(query)
    ]


def _lock(session: Session, application_id: int) -> None:
    """Let two changes follow one another, so that each records what it really found."""
    session.exec(select(Application.id).where(Application.id == application_id).with_for_update())


def _refuse_wrong(
    session: Session,
    application_id: int,
    values: Mapping[Setting, int],
    thresholds: Mapping[str, int | None],
) -> None:
    problems: dict[str, str] = {each.value: problem for each, problem in problems_of(values).items()}
    for sku_id, days in thresholds.items():
        if days is not None and days not in THRESHOLDS:
            problems[sku_id] = threshold_problem(days)
        elif session.get(LicenseType, (application_id, sku_id)) is None:
            problems[sku_id] = f"No license type {sku_id} is known, as far as the last sync shows."
    if problems:
        raise PolicyRefused(problems)


def _write(
    session: Session, application_id: int, columns: Mapping[str, object], actor: Actor, now: datetime
) -> None:
    row = {"application_id": application_id, "changed_at": now, "changed_by": actor.name}
    upsert(session, Policy, [row | dict(columns)])


def _write_thresholds(
    session: Session, application_id: int, thresholds: Mapping[str, int | None], actor: Actor, now: datetime
) -> None:
    row = {"application_id": application_id, "changed_at": now, "changed_by": actor.name}
    set_anew = [
        {**row, "sku_id": sku_id, "threshold_days": days}
        for sku_id, days in thresholds.items()
        if days is not None
    ]
    upsert(session, TypePolicy, set_anew)
    taken_back = [sku_id for sku_id, days in thresholds.items() if days is None]
    session.connection().execute(
        delete(TypePolicy).where(
            col(TypePolicy.application_id) == application_id, col(TypePolicy.sku_id).in_(taken_back)
        )
    )


def _record(
    session: Session,
    application_id: int,
    setting: str,
    before: str | None,
    after: str | None,
    actor: Actor,
    now: datetime,
    *,
    sku_id: str | None = None,
) -> None:
    session.add(
        PolicyChange(
            application_id=application_id,
            setting=setting,
            sku_id=sku_id,
            before=before,
            after=after,
            at=now,
            by=actor.name,
        )
    )


def _pause(row: Policy) -> Pause | None:
    if row.paused_at is None:
        return None
    return Pause(at=row.paused_at, by=row.paused_by or "", reason=row.pause_reason or "")
