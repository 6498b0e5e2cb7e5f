"""How fast destinations are told: each by itself, and all of them together."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.destination import Destination
from bot.notify.pace import Pace, next_try
from tests.cast import DEV, MINUTE, NOON, OPS, OTHER_WORKSPACE, SECOND, WORKSPACE

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


# ── one destination ─────────────────────────────────────────────────────────────────────────────────────────────────

HERE: Destination = (WORKSPACE, OPS)
THERE: Destination = (WORKSPACE, DEV)
ELSEWHERE: Destination = (OTHER_WORKSPACE, OPS)
SOON = 0.001
START = 1_000.0
GAPS = [1, 2, 4, 8, 15, 15, 15]


def test_a_flow_gets_slower() -> None:
    """After each message that follows as soon as it may the next waits twice as long, up to fifteen seconds."""
    pace, now = Pace(), START
    for gap in GAPS:
        pace.told(HERE, now)
        assert HERE in pace.resting(now + gap - SOON)
        now += gap
        assert HERE not in pace.resting(now)


def test_the_rest_of_a_message_follows_at_once() -> None:
    """What did not fit into a message follows after a second, however slow the flow was; the flow itself is no slower
    for it afterwards."""
    pace, now = Pace(), START
    for gap in (1, 2, 4):
        pace.told(HERE, now)
        now += gap
    pace.told(HERE, now)
    pace.continues(HERE, now)
    assert HERE in pace.resting(now + 1 - SOON)
    assert HERE not in pace.resting(now + 1)
    pace.told(HERE, now + 1)
    assert HERE in pace.resting(now + 1 + 8 - SOON)
    assert HERE not in pace.resting(now + 1 + 8)


@pytest.mark.parametrize("before", range(len(GAPS)))
def test_after_a_rest_it_begins_anew(before: int) -> None:
    """A destination that had nothing to hear for as long as it last had to wait is told again with a second's gap;
    one that rested less goes on as it was."""
    for rest, expected in ((0, 1), (-SOON, min(15, 2 * GAPS[before]))):
        pace, now = Pace(), START
        for gap in GAPS[: before + 1]:
            pace.told(HERE, now)
            now += gap
        now += GAPS[before] + rest
        pace.told(HERE, now)
        assert HERE in pace.resting(now + expected - SOON)
        assert HERE not in pace.resting(now + expected)


def test_looking_changes_nothing() -> None:
    """How often it is asked who rests has no influence on the gaps."""
    asked, left_alone = Pace(), Pace()
    now = START
    for gap in GAPS:
        for pace in (asked, left_alone):
            pace.told(HERE, now)
        for step in range(4 * gap + 1):
            asked.resting(now + step / 4)
        now += gap
    assert {place for place in (HERE,) if place in asked.resting(now - SOON)} == set(left_alone.resting(now - SOON))


def test_each_destination_by_itself() -> None:
    """A channel that was told keeps no other one waiting, not even its namesake in another workspace."""
    pace = Pace()
    pace.told(HERE, START)
    assert set(pace.resting(START)) == {HERE}
    pace.told(THERE, START)
    pace.told(ELSEWHERE, START)
    assert set(pace.resting(START)) == {HERE, THERE, ELSEWHERE}


# How long until the next moment in milliseconds, and how many messages want to go out then.
arrivals = st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 30)), max_size=80)
starts = st.floats(min_value=0, max_value=10**7)


@given(starts, arrivals)
def test_one_destination_hears_no_more_than_a_message_a_second(start: float, arrivals: list[tuple[int, int]]) -> None:
    """Whenever news arrive for it, a second at least lies between two messages, and sixteen never pass without one
    while something waits."""
    pace, milliseconds, told = Pace(), 0, [float("-inf")]
    for pause, _ in arrivals:
        milliseconds += pause
        now = start + milliseconds / 1_000
        if HERE not in pace.resting(now):
            pace.told(HERE, now)
            told.append(now)
        else:
            assert now - told[-1] < 15
    assert all(later - earlier >= 1 - 1e-6 for earlier, later in pairwise(told))


# ── everybody ───────────────────────────────────────────────────────────────────────────────────────────────────────


@given(starts, arrivals)
def test_all_destinations_together(start: float, arrivals: list[tuple[int, int]]) -> None:
    """Whatever wants to go out and when: within any T seconds at most 20 + 5 T messages do."""
    pace, milliseconds = Pace(), 0
    told: list[float] = []
    for pause, wanted in arrivals:
        milliseconds += pause
        now = start + milliseconds / 1_000
        room = pace.room(now)
        assert 0 <= room <= 20
        for number in range(min(room, wanted)):
            pace.told((WORKSPACE, f"C{milliseconds}-{number}"), now)
            told.append(now)
    for first, earlier in enumerate(told):
        for last in range(first, len(told)):
            assert last - first + 1 <= 20 + 5 * (told[last] - earlier) + 1e-4


@given(starts)
def test_the_global_limit_is_used_in_full(start: float) -> None:
    """A burst of twenty goes out at once, then one every fifth of a second, and after four quiet seconds twenty."""
    pace, now = Pace(), start
    told = 0
    for expected in (20, *[1] * 10):
        assert pace.room(now) == expected
        for _ in range(expected):
            pace.told((WORKSPACE, f"C{told}"), now)
            told += 1
        assert pace.room(now) == 0
        assert pace.room(now + 0.19) == 0
        now += 0.2
    assert pace.room(now + 4) == 20
    assert pace.room(now + 1_000) == 20


# ── what Slack wants ────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_limited_destination_is_its_own_affair() -> None:
    """A rate limit for one destination, however often it is said, leaves all others alone."""
    pace = Pace()
    for second in range(3):
        pace.limited(HERE, 30, START + second)
    assert pace.room(START + 3) == 20


def test_the_second_limited_destination_means_everybody() -> None:
    """Two destinations that are limited at the same time mean that Slack means all: nobody is told for as long as it
    said last."""
    pace = Pace()
    pace.limited(HERE, 30, START)
    pace.limited(THERE, 10, START + 29)
    assert pace.room(START + 29) == pace.room(START + 39 - SOON) == 0
    assert pace.room(START + 39) == 20


def test_limits_one_after_the_other_are_no_such_sign() -> None:
    """A destination that is limited when the other one's time is over is limited alone."""
    pace = Pace()
    pace.limited(HERE, 30, START)
    pace.limited(THERE, 10, START + 30)
    assert pace.room(START + 30) == 20


def test_quiet() -> None:
    """Nobody is told for as long as was asked, and a shorter wish does not end a longer one."""
    pace = Pace()
    pace.quiet(60, START)
    pace.quiet(5, START + 1)
    assert pace.room(START) == pace.room(START + 10) == pace.room(START + 60 - SOON) == 0
    assert pace.room(START + 60) == 20
