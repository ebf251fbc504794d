"""What taking somebody out of a group asks of the tenant: read person and group now, and one call."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from core.graph import (
    DirectoryGroup,
    DirectoryUser,
    GraphClient,
    GraphError,
    LicenseState,
    MembershipError,
    MembershipErrorKind,
    NotFound,
    Read,
    ServerFailed,
    Throttled,
)
from core.reclamation.candidates import purpose_of
from core.reclamation.facts import Seen
from core.reclamation.ledger import Request
from core.reclamation.memberships import GroupFacts
from core.reclamation.opportunities import MailboxPurpose
from core.reclamation.tenant import Answer, Outcome, Unread, answer_of

_REFUSALS: Final = {
    MembershipErrorKind.NOT_MEMBER: (
        Outcome.GONE,
        (
            "Microsoft knows no such member: somebody took the person out of the group just before, or the "
            "person or the group is gone. Sync to see what is left."
        ),
    ),
    MembershipErrorKind.PERMISSION: (
        Outcome.REFUSED,
        (
            "Microsoft refused to remove the member: look whether GroupMember.ReadWrite.All is granted, and "
            "whether the group has become dynamic or role-assignable."
        ),
    ),
    MembershipErrorKind.SYNCED: (
        Outcome.REFUSED,
        "The group is synced: its members can be changed in the local Active Directory alone.",
    ),
    MembershipErrorKind.MAIL_ENABLED: (
        Outcome.REFUSED,
        "Microsoft Graph can't change who is in a mail-enabled group: use the Exchange admin center.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What Graph has just shown of a person and the group that gives a license.

    `at`: Graph's own time. `user`: None where there is none any more. `purpose`: of the mailbox; None where
    it could not be read.
    """

    at: datetime
    user: DirectoryUser | None
    group_id: str
    sku_id: str
    purpose: MailboxPurpose | None = None

    @property
    def entry(self) -> LicenseState | None:
        """The license as this group gives it."""
        return next((each for each in self._of_type if each.assigned_by_group == self.group_id), None)

    @property
    def otherwise(self) -> bool:
        """Whether the license is also assigned directly, or given by another group."""
        return any(each.assigned_by_group != self.group_id for each in self._of_type)

    @property
    def lost_types(self) -> frozenset[str]:
        """SKU ids of all that the person holds through this group alone."""
        states = self.user.license_states if self.user else ()
        kept = {each.sku_id for each in states if each.assigned_by_group != self.group_id}
        return frozenset(each.sku_id for each in states) - kept

    @property
    def _of_type(self) -> tuple[LicenseState, ...]:
        states = self.user.license_states if self.user else ()
        return tuple(each for each in states if each.sku_id == self.sku_id)

    def seen(self) -> Seen:
        """The entry of the group in the place of a direct one, to be judged by the same rules."""
        entry, user = self.entry, self.user
        return Seen(
            at=self.at,
            exists=user is not None,
            account_enabled=user.account_enabled if user else False,
            management_restricted=user.management_restricted if user else None,
            direct=entry is not None,
            updated_at=entry.updated_at if entry else None,
            mailbox_purpose=self.purpose,
        )

    def evidence(self) -> dict[str, Any]:
        """As it is written into an event."""
        return {
            "read_at": self.at.isoformat(),
            "exists": self.user is not None,
            "account_enabled": self.user.account_enabled if self.user else None,
            "states": [
                f"{each.assigned_by_group or 'direct'} {each.state} {each.error or ''}".rstrip()
                for each in self._of_type
            ],
            "lost_types": sorted(self.lost_types),
        }


def read_standing(client: GraphClient, request: Request, *, mailbox: bool) -> Standing | Unread:
    """The person as Graph shows them now. `mailbox`: also read what the mailbox is for."""
    try:
        read = client.get_users([request.user_id])[request.user_id]
        purposes = client.mailbox_purposes([request.user_id]) if mailbox else {}
    except GraphError as error:
        return Unread(reason=error.message, retry_after=error.retry_after)
    gone = isinstance(read.error, NotFound)
    if read.date is None or (read.value is None and not gone):
        return _unread(read.error, "the answer does not say when it was given")
    purpose = purposes.get(request.user_id)
    if purpose is not None and isinstance(purpose.error, Throttled | ServerFailed):
        return _unread(purpose.error, "")
    return Standing(
        at=read.date,
        user=read.value,
        group_id=request.via_group_id or "",
        sku_id=request.sku_id.lower(),
        purpose=_purpose(purpose),
    )


def read_group(client: GraphClient, group_id: str) -> GroupFacts | Unread | None:
    """The group as Graph shows it now; None where there is none any more."""
    try:
        read: Read[DirectoryGroup] = client.get_groups([group_id])[group_id]
    except GraphError as error:
        return Unread(reason=error.message, retry_after=error.retry_after)
    if isinstance(read.error, NotFound):
        return None
    if read.value is None:
        return _unread(read.error, "no answer")
    group = read.value
    return GroupFacts(
        group_id=group.id,
        name=group.display_name or group.id,
        dynamic=group.dynamic,
        synced=group.synced,
        role_assignable=group.role_assignable,
        mail_enabled=group.mail_enabled,
        security_enabled=group.security_enabled,
        unified=group.unified,
    )


def take_out(client: GraphClient, group_id: str, user_id: str) -> Answer:
    """Take exactly this person out of exactly this group, in one call that is sent once. Never raises."""
    try:
        request_id = client.remove_member(group_id, user_id)
    except MembershipError as error:
        outcome, text = _REFUSALS.get(error.kind, (Outcome.REFUSED, error.message))
        return Answer(outcome=outcome, text=text, request_id=error.request_id)
    except GraphError as error:
        return answer_of(error)
    text = "Microsoft accepted the removal from the group."
    return Answer(outcome=Outcome.ACCEPTED, text=text, request_id=request_id)


def _purpose(read: Read[str] | None) -> MailboxPurpose | None:
    return purpose_of(read.value) if read and read.value else None


def _unread(error: GraphError | None, otherwise: str) -> Unread:
    return Unread(
        reason=error.message if error else otherwise, retry_after=error.retry_after if error else None
    )
