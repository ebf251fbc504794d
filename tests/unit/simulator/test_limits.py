import pytest

from core.simulator.config import TenantConfig
from core.simulator.limits import REPORTS, SIGN_INS, WRITES, Limit, Limiter
from core.simulator.wire import GraphProblem


def refused_after(limiter: Limiter, limit: Limit, now: float, key: str = "") -> int:
    """How many requests pass at this moment."""
    for passed in range(limit.requests + 1):
        try:
            limiter.use(limit, key, now, 1.0)
        except GraphProblem:
            return passed
    raise AssertionError("never refused")


@pytest.mark.parametrize("limit", [SIGN_INS, REPORTS, WRITES], ids=lambda limit: limit.name)
def test_as_many_requests_pass_as_the_limit_says(limit: Limit) -> None:
    assert refused_after(Limiter(TenantConfig()), limit, now=1000.0) == limit.requests


def test_each_report_has_a_window_of_its_own() -> None:
    limiter = Limiter(TenantConfig())
    assert refused_after(limiter, REPORTS, 1000.0, "one") == 14
    assert refused_after(limiter, REPORTS, 1000.0, "other") == 14


def test_who_waits_as_told_is_served() -> None:
    limiter = Limiter(TenantConfig())
    refused_after(limiter, SIGN_INS, now=1000.0)
    with pytest.raises(GraphProblem) as raised:
        limiter.use(SIGN_INS, "", 1001.0, 1.0)
    wait = float(raised.value.headers["Retry-After"])
    assert wait == 9
    limiter.use(SIGN_INS, "", 1001.0 + wait, 1.0)


def test_refused_requests_count_as_well() -> None:
    limiter = Limiter(TenantConfig())
    for second in range(20):
        try:
            limiter.use(SIGN_INS, "", 1000.0 + second, 1.0)
        except GraphProblem as problem:
            last = problem
    assert float(last.headers["Retry-After"]) > 5


def test_a_scaled_window_passes_faster() -> None:
    limiter = Limiter(TenantConfig())
    for _ in range(5):
        limiter.use(SIGN_INS, "", 1000.0, 10.0)
    assert limiter.use(SIGN_INS, "", 1001.1, 10.0) == pytest.approx(0.2)


def test_a_request_counts_as_much_as_it_costs() -> None:
    limiter, units = Limiter(TenantConfig()), Limit(name="Directory", requests=8, seconds=10.0)
    shares = [limiter.use(units, "", 1000.0, 1.0, cost=cost) for cost in (2, 1, 3)]
    assert shares == [0.25, 0.375, 0.75]
    with pytest.raises(GraphProblem):
        limiter.use(units, "", 1000.0, 1.0, cost=3)


def test_the_answer_names_scope_and_reason() -> None:
    limiter = Limiter(TenantConfig())
    for _ in range(3000):
        limiter.use(WRITES, "", 1000.0, 1.0)
    with pytest.raises(GraphProblem) as raised:
        limiter.use(WRITES, "", 1000.0, 1.0)
    assert raised.value.headers["x-ms-throttle-information"] == "WriteLimitExceeded"
    assert TenantConfig().tenant_id in raised.value.headers["x-ms-throttle-scope"]
