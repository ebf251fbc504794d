"""The facts about an assignment that decide whether it could be reclaimed, and notes on them. No I/O."""

import functools
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.activity.evidence import Finding
from core.reclamation.downgrades import Downgrade
from core.reclamation.duplicates import Cover
from core.reclamation.hr_scenarios import HrFacts
from core.roster.status import EmployeeStatus
from core.spend.free_types import FreeReason


class MailboxPurpose(StrEnum):
    """Graph's `userPurpose` (contract §11), and `none` for an account without a mailbox."""

    USER = "user"
    LINKED = "linked"
    SHARED = "shared"
    ROOM = "room"
    EQUIPMENT = "equipment"
    OTHERS = "others"
    NONE = "none"


@functools.lru_cache(maxsize=64)
def purpose_of(word: str | None) -> MailboxPurpose | None:
    """What a mailbox is for; nothing where it was not read, or is a word that nobody knows yet."""
    return next((purpose for purpose in MailboxPurpose if purpose == word), None)


NOBODYS_MAILBOX: Final = frozenset({MailboxPurpose.SHARED, MailboxPurpose.ROOM, MailboxPurpose.EQUIPMENT})
"""Look like perfect candidates (disabled, never signed in) and are in use."""


class BlockerCode(StrEnum):
    """What stands against reclaiming."""

    EXEMPT = "exempt"
    COOLDOWN = "cooldown"
    INHERITED = "inherited"
    ALSO_INHERITED = "also_inherited"
    ON_LEAVE = "on_leave"
    YOUNG_ACCOUNT = "young_account"
    YOUNG_ASSIGNMENT = "young_assignment"
    MAILBOX = "mailbox"
    FREE_TYPE = "free_type"
    SELF_SERVICE_TYPE = "self_service_type"
    COMPANY_TYPE = "company_type"
    MANAGEMENT_RESTRICTED = "management_restricted"
    LICENSE_ERROR = "license_error"
    ADVICE = "advice"


class CautionCode(StrEnum):
    """What a person should know before deciding."""

    ADMIN_ROLE = "admin_role"
    BREAK_GLASS_ACCOUNT = "break_glass_account"
    SERVICE_ACCOUNT = "service_account"
    RESOURCE_ACCOUNT = "resource_account"
    ADMIN_ROLES_UNKNOWN = "admin_roles_unknown"
    COVER_ENDS = "cover_ends"
    MAILBOX_UNKNOWN = "mailbox_unknown"
    MANAGEMENT_RESTRICTION_UNKNOWN = "management_restriction_unknown"
    USED_AFTER_LEAVING = "used_after_leaving"
    ASSIGNED_UNKNOWN = "assigned_unknown"
    REASSIGNMENT = "reassignment"
    GUEST = "guest"
    LICENSE_WARNING = "license_warning"
    NO_PRICE = "no_price"


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """A blocker or caution: the code to filter by, and the sentence to show."""

    code: BlockerCode | CautionCode
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GivingGroup:
    """A group through which the license is inherited. `name`, `dynamic`, `synced`: None where not read.

    `also_gives`: names of the other license types that leaving the group would take away.
    """

    group_id: str
    name: str | None = None
    dynamic: bool | None = None
    synced: bool | None = None
    also_gives: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """All facts about one assignment that decide whether it could be reclaimed.

    `state` and `error` are Graph's words for the assignment (contract §4.2). `mailbox_purpose` and
    `management_restricted` are None where they could not be read. `priced`: a purchase with a price is valid.
    `hr`: what the HR roster says; None where there is no roster, or it leaves open whose account it is.
    `protections`: cautions that ask for the name of the account (`core.reclamation.protected`);
    `admin_roles_known`: False where it could hold a role that was not read. `exempt`, `cooldown`: the
    sentence of the exemption or cooldown that spares it. `cover`: another type of the user, which makes this
    one a duplicate. `downgrade`: a cheaper type that would do; `advice`: says so in sentences.
    """

    account_enabled: bool
    account_created_at: datetime | None
    guest: bool
    management_restricted: bool | None
    mailbox_purpose: MailboxPurpose | None
    direct: bool
    groups: tuple[GivingGroup, ...]
    state: str
    error: str | None
    assigned_at: datetime | None
    finding: Finding
    type_name: str
    free: FreeReason | None
    priced: bool
    for_company: bool
    self_service: bool
    protections: tuple[Note, ...] = ()
    admin_roles_known: bool = True
    hr: HrFacts | None = None
    exempt: str | None = None
    cooldown: str | None = None
    cover: Cover | None = None
    downgrade: Downgrade | None = None
    advice: tuple[str, ...] = ()

    @property
    def employee_status(self) -> EmployeeStatus | None:
        """What the HR roster says of the person."""
        return None if self.hr is None else self.hr.status
