"""Whom exemptions and cooldowns spare on a day: read once, asked for many seats."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from core.policies.cooldowns import cooling
from core.policies.exempting import exemptions_in_force
from core.policies.exemptions import InForce, SeatFacts, exempt_by


@dataclass(frozen=True, kw_only=True, slots=True)
class Sparing:
    """What holds on a day. The answers are sentences for people; None where nothing spares the seat."""

    exemptions: InForce
    cooldowns: Mapping[tuple[str, str], str]

    def exempt(
        self, user_id: str, sku_id: str, *, department: str | None, group_ids: Collection[str]
    ) -> str | None:
        """Which exemption spares a seat. `group_ids`: the groups that give the person any license."""
        facts = SeatFacts(
            user_id=user_id, sku_id=sku_id, department=department, group_ids=frozenset(group_ids)
        )
        exemption = exempt_by(self.exemptions, facts)
        return None if exemption is None else exemption.sentence

    def cooldown(self, user_id: str, sku_id: str) -> str | None:
        """Why a seat is not offered for a while."""
        return self.cooldowns.get((user_id, sku_id))


def read_sparing(
    session: Session, application_id: int, today: date, user_ids: Collection[str] | None = None
) -> Sparing:
    """What holds on this day. `user_ids`: the cooldowns of these people only; as many as a query takes."""
    return Sparing(
        exemptions=exemptions_in_force(session, application_id, today),
        cooldowns=cooling(session, application_id, today, user_ids),
    )
