from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.notify.pace import next_try
from tests.cast import MINUTE, NOON, SECOND

tries = st.integers(min_value=0, max_value=10**6)
chances = st.floats(min_value=0, max_value=1)
waits = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=1))
# Far from the end of the calendar.
moments = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1))  # noqa: DTZ001 - both kinds are taken


def wait(failed: int, chance: float, retry_after: timedelta | None = None) -> timedelta:
    return next_try(NOON, failed, retry_after, chance) - NOON


@given(moments, tries, waits, chances)
def test_slacks_own_wish_is_obeyed(now: datetime, failed: int, retry_after: timedelta, chance: float) -> None:
    """Retry-After is waited for in full, and at most a second longer, however often it failed before."""
    at = next_try(now, failed, retry_after, chance)
    assert now + retry_after <= at <= now + retry_after + SECOND


@given(moments, tries, chances)
def test_without_a_wish(now: datetime, failed: int, chance: float) -> None:
    """The next try is at least half a second away and, however often it failed, at most five minutes more than that."""
    at = next_try(now, failed, None, chance)
    assert now + 0.5 * SECOND <= at <= now + 5 * MINUTE + 0.5 * SECOND


@given(tries, chances)
def test_it_becomes_more_patient(failed: int, chance: float) -> None:
    """With the same luck a further failure never makes the next try come sooner."""
    assert wait(failed, chance) <= wait(failed + 1, chance)


@given(tries, chances, chances)
def test_luck_spreads_the_tries(failed: int, one: float, other: float) -> None:
    """More of chance means a later try: those that failed at once don't come back at once."""
    assert wait(failed, min(one, other)) <= wait(failed, max(one, other))
    assert wait(failed, 0.0) < wait(failed, 1.0)
    assert wait(failed, 0.0, MINUTE) < wait(failed, 1.0, MINUTE)


LONGEST = [
    ("before any failure: a second", 0, 1),
    ("after the first failure: two", 1, 2),
    ("it doubles", 2, 4),
    ("and doubles", 3, 8),
    ("the last power below the cap", 8, 256),
    ("then five minutes", 9, 300),
    ("and never more", 1000, 300),
]


@pytest.mark.parametrize(("failed", "seconds"), [row[1:] for row in LONGEST], ids=[row[0] for row in LONGEST])
def test_how_it_grows(failed: int, seconds: int) -> None:
    """The longest wait doubles with each failure up to five minutes; the shortest is always half a second."""
    assert wait(failed, 0.0) == 0.5 * SECOND
    assert wait(failed, 1.0) == (seconds + 0.5) * SECOND


def test_a_wish_for_no_wait_at_all() -> None:
    """A Retry-After of nothing is a wish too, not a missing one."""
    assert timedelta(0) <= wait(20, 1.0, timedelta(0)) <= SECOND
