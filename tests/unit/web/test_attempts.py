from datetime import UTC, datetime, timedelta

from core.web.attempts import Attempts

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_an_address_may_fail_a_few_times_within_a_minute() -> None:
    attempts = Attempts(most=3)
    for number in range(3):
        assert not attempts.too_many("192.0.2.1", NOW + timedelta(seconds=number))
        attempts.count("192.0.2.1", NOW + timedelta(seconds=number))
    assert attempts.too_many("192.0.2.1", NOW + timedelta(seconds=3))
    assert not attempts.too_many("192.0.2.2", NOW + timedelta(seconds=3))


def test_after_a_minute_it_may_again() -> None:
    attempts = Attempts(most=1)
    attempts.count("192.0.2.1", NOW)
    assert attempts.too_many("192.0.2.1", NOW + timedelta(seconds=59))
    assert not attempts.too_many("192.0.2.1", NOW + timedelta(seconds=60))
