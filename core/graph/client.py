"""The client of one tenant: all that the product asks of Microsoft Graph, behind one thread-safe object."""

import copy
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

from core.graph import directory, licensing, usage
from core.graph.answer import Sender
from core.graph.audit_log import LicenseChange, license_changes
from core.graph.connection import Connection
from core.graph.credentials import Credentials
from core.graph.directory import (
    DirectoryGroup,
    Organization,
    Read,
    SignInPage,
    SubscribedSku,
)
from core.graph.errors import UnexpectedAnswer
from core.graph.licensing import LicenseCall
from core.graph.limits import Limiter, WriteLimiter
from core.graph.mail import send_mail
from core.graph.membership import remove_member
from core.graph.permissions import roles_of
from core.graph.retry import PATIENT, Patience
from core.graph.roles import AdminRoles, can_read_admin_roles, read_admin_roles
from core.graph.sender import RequestsSender
from core.graph.statistics import Statistics
from core.graph.subscriptions import CompanySubscription, list_subscriptions
from core.graph.transport import InTime, ShouldStop, Tokens, Transport
from core.graph.usage import Row, UsageReport
from core.graph.users import DirectoryUser, UserPage


class GraphClient:
    """Microsoft Graph for one application. Every method raises errors of `core.graph.errors` only.

    Reads are repeated with patience; writes are sent once. `limiter` keeps listings of sign-ins within
    Microsoft's limit; `write_limiter` is for whoever paces writes (`core.graph.pacing`). `sender` and
    `tokens` are the seams for tests.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        sender: Sender | None = None,
        tokens: Tokens | None = None,
        sleep: Callable[[float], None] = time.sleep,
        should_stop: ShouldStop = lambda: False,
        patience: Patience = PATIENT,
        limiter: Limiter | None = None,
        write_limiter: WriteLimiter | None = None,
    ) -> None:
        self.connection = connection
        self.write_limiter = write_limiter
        self._credentials = Credentials(connection) if tokens is None else None
        self._tokens: Tokens = self._credentials or tokens  # type: ignore[assignment]  # one of the two is set
        self._sender = sender or RequestsSender(connection)
        self._transport = Transport(
            connection.graph,
            self._tokens,
            self._sender,
            sleep=sleep,
            should_stop=should_stop,
            patience=patience,
            limiter=limiter,
        )

    def until(self, should_stop: ShouldStop) -> "GraphClient":
        """The same client, whose waits also end with `Stopped` as soon as `should_stop` says so."""
        return self._over(self._transport.until(should_stop))

    def sending_while(self, in_time: InTime) -> "GraphClient":
        """The same client, which sends nothing any more as soon as `in_time` says no: that is Unreachable."""
        return self._over(self._transport.sending_while(in_time))

    def in_background(self) -> "GraphClient":
        """The same client for a scan that nobody waits for.

        It goes by low priority and slows down before Microsoft refuses. Its statistics are its own, and part
        of those of this client.
        """
        return self._over(self._transport.in_background())

    def _over(self, transport: Transport) -> "GraphClient":
        other = copy.copy(self)
        other.__dict__["_transport"] = transport
        return other

    def close(self) -> None:
        """Close all connections."""
        self._sender.close()
        if self._credentials is not None:
            self._credentials.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def statistics(self) -> Statistics:
        """What went over the wire."""
        return self._transport.statistics

    def leads_to(self, link: str) -> bool:
        """Whether a link that was kept leads to the host that is configured now."""
        try:
            self._transport.address(link)
        except UnexpectedAnswer:
            return False
        return True

    # ------------------------------------------------------------------ who we are

    def sign_in(self) -> frozenset[str]:
        """Get a token; the permissions that it claims. Raises SignInFailed or Unreachable."""
        return roles_of(self._tokens.token())

    def get_organization(self) -> Organization:
        """The tenant that the token is for."""
        return directory.get_organization(self._transport)

    def license_changes(self, since: datetime, until: datetime) -> Iterator[LicenseChange]:
        """What the audit log tells of changes of licenses between two moments."""
        return license_changes(self._transport, since, until)

    # ------------------------------------------------------------------ the directory

    def list_subscribed_skus(self) -> list[SubscribedSku]:
        """All license types."""
        return directory.list_subscribed_skus(self._transport)

    def list_subscriptions(self) -> list[CompanySubscription]:
        """The subscriptions behind the license types."""
        return list_subscriptions(self._transport)

    def list_users(
        self, start: str | None = None, *, dropped: tuple[str, ...] = (), ahead: int = 0
    ) -> Generator[UserPage, None, None]:
        """All users, page by page, or from a kept nextLink on, with what its listing had to leave out."""
        return directory.list_users(self._transport, start, dropped=dropped, ahead=ahead)

    def list_sign_ins(self, start: str | None = None, *, ahead: int = 0) -> Generator[SignInPage, None, None]:
        """The last sign-ins of all users, page by page, or from a kept nextLink on."""
        return directory.list_sign_ins(self._transport, start, ahead=ahead)

    def count_users(self) -> int:
        """How many users there are."""
        return directory.count_users(self._transport)

    def get_users(self, user_ids: Sequence[str]) -> dict[str, Read[DirectoryUser]]:
        """Users by id, in batches."""
        return directory.get_users(self._transport, user_ids)

    def get_user(self, user_id: str) -> DirectoryUser:
        """One user. Raises NotFound."""
        read = directory.get_users(self._transport, [user_id])[user_id]
        if read.value is None:
            raise read.error or UnexpectedAnswer(f"Reading the user {user_id}: no answer")
        return read.value

    def get_groups(self, group_ids: Sequence[str]) -> dict[str, Read[DirectoryGroup]]:
        """Groups by id, in batches."""
        return directory.get_groups(self._transport, group_ids)

    def mailbox_purposes(self, user_ids: Sequence[str]) -> dict[str, Read[str]]:
        """What mailboxes are for, by user id, in batches."""
        return directory.mailbox_purposes(self._transport, user_ids)

    def read_admin_roles(self) -> AdminRoles:
        """Who holds a role of Microsoft Entra ID, or may activate one."""
        return read_admin_roles(self._transport)

    def can_read_admin_roles(self) -> None:
        """Try whether the admin roles may be read; raises where not."""
        can_read_admin_roles(self._transport)

    # ------------------------------------------------------------------ usage reports

    def names_concealed(self) -> bool:
        """Whether names in usage reports are concealed."""
        return usage.names_concealed(self._transport)

    def read_report(self, report: UsageReport[Row]) -> Iterator[Row]:
        """The rows of a usage report, which is fetched whole before the first one is given."""
        return usage.read_report(self._transport, self.connection, report)

    def first_rows(self, report: UsageReport[Row], most: int) -> list[Row]:
        """The first rows of a usage report, without downloading much more than them."""
        return usage.first_rows(self._transport, self.connection, report, most)

    # ------------------------------------------------------------------ licenses

    def remove_license(self, user_id: str, sku_id: str) -> LicenseCall:
        """Remove one license from one user, sent once. An answer is no proof: read the user again."""
        return licensing.remove_license(self._transport, user_id, sku_id)

    def add_license(self, user_id: str, sku_id: str, disabled_plans: Sequence[str]) -> LicenseCall:
        """Assign one license to one user, sent once."""
        return licensing.add_license(self._transport, user_id, sku_id, disabled_plans)

    def remove_member(self, group_id: str, user_id: str) -> str | None:
        """Take a user out of a group, sent once; Graph's own id of the request."""
        return remove_member(self._transport, group_id, user_id)

    # ------------------------------------------------------------------ mail

    def send_mail(
        self,
        sender: str,
        *,
        to: str,
        subject: str,
        html: str,
        copy_to: Sequence[str] = (),
        reply_to: Sequence[str] = (),
        attachments: Sequence[tuple[str, str, bytes]] = (),
    ) -> str | None:
        """Send one mail as `sender`, once; Graph's own id of the request."""
        return send_mail(
            self._transport,
            sender,
            to=to,
            subject=subject,
            html=html,
            copy_to=copy_to,
            reply_to=reply_to,
            attachments=attachments,
        )
