"""How long to wait for what: leases, checks that age, replicas that lag, answers that stay away."""

from datetime import datetime, timedelta
from typing import Final

FRESH_FOR: Final = timedelta(hours=6)
"""Nobody loses a license on a pass over the sign-ins that is older than this when the run gets to it."""

LEASE: Final = timedelta(seconds=120)
"""How long a worker has a request to itself: longer than a call may take, with the time until it is sent.
Only if it dies meanwhile, another one takes over after it."""

SEND_WITHIN: Final = timedelta(seconds=10)
"""A write goes out so soon after its intent, or not at all: a process that was frozen in between may wake
when another one has taken over, and the license was granted anew. Shorter than a worker may keep silent."""

MAIL_LEASE: Final = timedelta(minutes=10)
"""The same while a mail is on its way: longer than any mail server is waited for."""

CHECK_HOLDS: Final = timedelta(seconds=60)
"""A removal rests on a check no older than this; otherwise the user is read again."""

FOR_A_PLACE: Final = 20.0
"""Seconds to wait for a place among the writes in flight, before the request is put off."""

PAUSED: Final = timedelta(seconds=30)
"""While reclamation is paused, a request that was in hand already looks this often whether it may go on."""

UNREADABLE: Final = timedelta(minutes=30)
"""A user that cannot be read before the removal for this long: the request fails, nothing was touched."""

REPLICAS: Final = timedelta(minutes=10)
"""After an accepted removal Microsoft may show the license for a while: 2 to 5 minutes were seen (§5.1)."""

UNRESOLVED: Final = timedelta(hours=24)
"""A removal whose outcome cannot be learned for this long fails, and says that a person must look."""

GROUPS: Final = timedelta(hours=48)
"""Microsoft takes the licenses of a group that was left away in its own time: under load a day and more."""

GROUPS_RARELY: Final = timedelta(minutes=15)
"""How rarely that is looked at in the end."""

MOST_ATTEMPTS: Final = 12
"""Removals of one license that are tried before the request fails: with the pauses, about 20 minutes."""

SETTLING: Final = timedelta(minutes=2)
"""After a removal without an answer, a license that still shows may be gone already: wait so long before
leaving it alone for another reason."""

MOST_MAIL_ATTEMPTS: Final = 12
"""Times that a mail is offered which is not taken at the moment: with the pauses, about half an hour."""

_FIRST_LOOK: Final = timedelta(seconds=0.5)
_RARELY: Final = timedelta(seconds=30)
_FIRST_PAUSE: Final = timedelta(seconds=2)
_LONGEST_PAUSE: Final = timedelta(minutes=5)


def next_look(since: datetime, now: datetime, rarely: timedelta = _RARELY) -> datetime:
    """When to look again at something that began at `since`: soon at first, then ever more rarely."""
    return now + min(rarely, max(_FIRST_LOOK, (now - since) / 2))


def after_pause(now: datetime, retry_after: float | None, attempt: int = 1) -> datetime:
    """When to try again what Microsoft did not want to do now: as it asks, else ever more rarely."""
    if retry_after is not None:
        return now + timedelta(seconds=retry_after)
    return now + min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << (attempt - 1)))
