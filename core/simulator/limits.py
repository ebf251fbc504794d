"""The service limits that a client meets first (contract §7.2 and §6.6), each switched on by a condition."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass

from core.simulator.config import TenantConfig
from core.simulator.wire import GraphProblem


@dataclass(frozen=True, kw_only=True)
class Limit:
    """So many requests in so many seconds."""

    name: str
    requests: int
    seconds: float


SIGN_INS = Limit(name="IdentityReports", requests=5, seconds=10.0)
REPORTS = Limit(name="Reports", requests=14, seconds=600.0)
DIRECTORY_SECONDS = 10.0
WRITES = Limit(name="Writes", requests=3000, seconds=150.0)


class Limiter:
    """Counts requests in sliding windows. Requests that are refused count too, as Microsoft says."""

    def __init__(self, config: TenantConfig) -> None:
        self._scope = f"{config.client_id}/{config.tenant_id}"
        self._windows: defaultdict[str, deque[float]] = defaultdict(deque)

    def forget(self) -> None:
        """Empties all windows."""
        self._windows.clear()

    def use(self, limit: Limit, key: str, now: float, time_scale: float, *, cost: int = 1) -> float:
        """Takes one request, which counts as `cost`, out of a window and gives the share that is used.

        Windows pass `time_scale` times as fast. Raises GraphProblem 429 where the limit is reached.
        """
        seconds = limit.seconds / time_scale
        window = self._windows[f"{limit.name}/{key}"]
        while window and window[0] <= now - seconds:
            window.popleft()
        window.extend([now] * cost)
        if len(window) <= limit.requests:
            return len(window) / limit.requests
        # The wait ends when enough requests have left the window for one more.
        while len(window) > 2 * limit.requests:
            window.popleft()
        wait = max(1, math.ceil(window[-limit.requests] + seconds - now))
        raise GraphProblem(
            429,
            "UnknownError" if limit is REPORTS else "TooManyRequests",
            "This request is throttled. Please try again after the value specified in the Retry-After "
            "header. "
            "CorrelationId: 00000000-0000-0000-0000-000000000000"
            if limit is REPORTS
            else "Please retry again later.",
            Retry_After=str(wait),
            x_ms_throttle_scope=f"Application_Tenant/{limit.name}/{self._scope}",
            x_ms_throttle_information="WriteLimitExceeded"
            if limit is WRITES
            else "ResourceUnitLimitExceeded",
        )
