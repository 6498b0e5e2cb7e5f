"""The pace of messages, for each destination and for all together."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.destination import Destination
from bot.notify.pace import Pace, Urgency, next_attempt
from tests.cast import DEV, MINUTE, NOON, OPS, OTHER_WORKSPACE, SECOND, WORKSPACE

failures = st.integers(min_value=0, max_value=10**6)
chances = st.floats(min_value=0, max_value=1)
waits = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=1))
# Far from the end of the calendar.
moments = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1))  # noqa: DTZ001 - both kinds are taken


def wait(
    failed: int, chance: float, retry_after: timedelta | None = None, waiting: timedelta = timedelta(0)
) -> timedelta:
    return next_attempt(NOON, failed, waiting, retry_after, chance) - NOON


@given(moments, failures, waits, waits, chances)
def test_retry_after_is_obeyed(
    now: datetime, failed: int, waiting: timedelta, retry_after: timedelta, chance: float
) -> None:
    """Retry-After is waited for in full, and at most a second longer, however often it failed before."""
    at = next_attempt(now, failed, waiting, retry_after, chance)
    assert now + retry_after <= at <= now + retry_after + SECOND


@given(moments, failures, waits, chances)
def test_backoff_has_bounds(now: datetime, failed: int, waiting: timedelta, chance: float) -> None:
    """Without Retry-After the next attempt is a second away at least, and a minute more at most."""
    at = next_attempt(now, failed, waiting, None, chance)
    assert now + SECOND <= at <= now + MINUTE + 0.5 * SECOND


@given(failures, waits, waits, chances)
def test_backoff_never_shrinks(failed: int, waiting: timedelta, more: timedelta, chance: float) -> None:
    """With the same chance, neither a further failure nor a longer refusal makes the next attempt come sooner."""
    assert wait(failed, chance, waiting=waiting) <= wait(failed + 1, chance, waiting=waiting + more)


@given(failures, chances, chances)
def test_chance_spreads_the_attempts(failed: int, one: float, other: float) -> None:
    """A larger chance means a later attempt, so that those that failed together don't come back together."""
    assert wait(failed, min(one, other)) <= wait(failed, max(one, other))
    assert wait(failed, 0.0) < wait(failed, 1.0)
    assert wait(failed, 0.0, MINUTE) < wait(failed, 1.0, MINUTE)


LONGEST = [
    ("before any failure: a second", 0, 0, 1),
    ("after the first failure: two", 1, 0, 2),
    ("then three, as long as the outage is short", 1000, 0, 3),
    ("or of minutes", 1000, 7, 3),
    ("four seconds after ten minutes", 1000, 10, 4),
    ("24 after an hour", 1000, 60, 24),
    ("and never more than a minute", 1000, 1440, 60),
    ("a first failure is a hiccup, however old the message is", 0, 1440, 1),
]


@pytest.mark.parametrize(
    ("failed", "minutes", "seconds"), [row[1:] for row in LONGEST], ids=[row[0] for row in LONGEST]
)
def test_the_backoff_grows_with_the_outage(failed: int, minutes: int, seconds: int) -> None:
    """The longest wait doubles with each failure, up to three seconds or what is little beside the outage so far; the
    shortest is half of it."""
    waiting = minutes * MINUTE
    assert wait(failed, 1.0, waiting=waiting) == (seconds + 0.5) * SECOND
    assert wait(failed, 0.0, waiting=waiting) == (seconds / 2 + 0.5) * SECOND


def test_a_retry_after_of_zero_is_obeyed() -> None:
    """A Retry-After of zero is obeyed, not taken for a missing one."""
    assert timedelta(0) <= wait(20, 1.0, timedelta(0)) <= SECOND


# ── one destination ─────────────────────────────────────────────────────────────────────────────────────────────────

HERE = Destination(WORKSPACE, OPS)
THERE = Destination(WORKSPACE, DEV)
ELSEWHERE = Destination(OTHER_WORKSPACE, OPS)
SOON = 0.001
START = 1_000.0
GAPS = [1, 2, 4, 8, 15, 15, 15]


def test_a_busy_destination_gets_slower() -> None:
    """After each message that follows at once the next waits twice as long, up to fifteen seconds."""
    pace, now = Pace(), START
    for gap in GAPS:
        pace.accepted(HERE, now)
        assert HERE in pace.not_ready(now + gap - SOON)
        now += gap
        assert HERE not in pace.not_ready(now)


def passes(pace: Pace, urgency: Urgency, now: float) -> bool:
    """Whether a destination that must wait for its next message gets such a one."""
    assert HERE in pace.not_ready(now)
    return HERE in pace.waiting(now) and pace.lets_pass(HERE, urgency, now)


def test_lists_follow_at_once() -> None:
    """The list behind a message follows after a second, a part a second, however long the gap was; it changes neither
    the gap nor when the next message may follow."""
    pace, now = Pace(), START
    for gap in (1, 2, 4):
        pace.accepted(HERE, now)
        now += gap
    pace.accepted(HERE, now)
    for part in range(1, 8):
        assert not passes(pace, Urgency.LIST, now + part - SOON)
        assert passes(pace, Urgency.LIST, now + part)
        assert not passes(pace, Urgency.NEWS, now + part)
        pace.accepted(HERE, now + part, Urgency.LIST)
    now += 8
    assert HERE not in pace.not_ready(now)
    pace.accepted(HERE, now, Urgency.LIST)
    assert HERE not in pace.not_ready(now + 1), "it waited for nothing but the list"
    pace.accepted(HERE, now + 1)
    assert HERE in pace.not_ready(now + 1 + 15 - SOON), "the gap is 15 seconds after one of eight"


@pytest.mark.parametrize("before", range(len(GAPS)))
def test_an_idle_destination_starts_anew(before: int) -> None:
    """A destination that was idle for as long as its last gap starts anew with a second; otherwise the gap grows on."""
    for rest, expected in ((0, 1), (-SOON, min(15, 2 * GAPS[before]))):
        pace, now = Pace(), START
        for gap in GAPS[: before + 1]:
            pace.accepted(HERE, now)
            now += gap
        now += GAPS[before] + rest
        pace.accepted(HERE, now)
        assert HERE in pace.not_ready(now + expected - SOON)
        assert HERE not in pace.not_ready(now + expected)


def test_asking_changes_nothing() -> None:
    """Asking which destinations aren't ready doesn't influence the gaps."""
    asked, left_alone = Pace(), Pace()
    now = START
    for gap in GAPS:
        for pace in (asked, left_alone):
            pace.accepted(HERE, now)
        for step in range(4 * gap + 1):
            asked.not_ready(now + step / 4)
        now += gap
    assert {place for place in (HERE,) if place in asked.not_ready(now - SOON)} == set(left_alone.not_ready(now - SOON))


def test_each_destination_has_its_own_gap() -> None:
    """A message to one channel delays no other, not even one with the same ID in another workspace."""
    pace = Pace()
    pace.accepted(HERE, START)
    assert set(pace.not_ready(START)) == {HERE}
    pace.accepted(THERE, START)
    pace.accepted(ELSEWHERE, START)
    assert set(pace.not_ready(START)) == {HERE, THERE, ELSEWHERE}


def test_what_is_urgent_waits_for_what_was_urgent() -> None:
    """A busy destination gets something urgent a second after its last message. What is urgent after that waits twice
    as long each time, up to four seconds, whatever else is posted; after a rest of its own it passes at once again."""
    pace, now = Pace(), START
    for gap in (1, 2, 4):
        pace.accepted(HERE, now)
        now += gap
    pace.accepted(HERE, now)
    assert not passes(pace, Urgency.URGENT, now + 1 - SOON)
    assert passes(pace, Urgency.URGENT, now + 1)
    now += 1
    for gap in (1, 2, 4, 4):
        pace.accepted(HERE, now, Urgency.URGENT)
        assert not passes(pace, Urgency.URGENT, now + gap - SOON)
        assert passes(pace, Urgency.URGENT, now + gap)
        now += gap
    pace.accepted(HERE, now, Urgency.URGENT)
    pace.accepted(HERE, now + 8 - 1)
    assert passes(pace, Urgency.URGENT, now + 8), "four seconds of rest after the gap of four"
    pace.accepted(HERE, now + 8, Urgency.URGENT)
    assert passes(pace, Urgency.URGENT, now + 9)


@given(st.lists(st.floats(0, 10), min_size=5, max_size=150))
@example([number / 10 for number in range(101)])
@example([0, 2, 4, 6, 6.25, 7.25, 9.25])
def test_many_jobs_that_fail_are_few_messages(times: list[float]) -> None:
    """Jobs that are seen to fail within ten seconds are at most five messages if one follows the other within a second,
    seven if there are rests in between; and none waits longer than four seconds."""
    pace, due, sent = Pace(), sorted(START + time for time in times), list[float]()
    now, waiting = START, list[float]()
    while due or waiting:
        while due and due[0] <= now:
            waiting.append(due.pop(0))
        if waiting and (HERE not in pace.not_ready(now) or passes(pace, Urgency.URGENT, now)):
            assert now - waiting[0] <= 4.1
            pace.accepted(HERE, now, Urgency.URGENT)
            sent.append(now)
            waiting.clear()
        now += 0.05
    rests = any(later - earlier > 1 for earlier, later in pairwise(sorted(times)))
    assert len(sent) <= (7 if rests else 5)
    assert all(later - earlier >= 0.99 for earlier, later in pairwise(sent))


# How long until the next moment in milliseconds, and how many messages want to go out then.
arrivals = st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 30)), max_size=80)
starts = st.floats(min_value=0, max_value=10**7)


@given(starts, arrivals)
def test_one_destination_gets_a_message_a_second_at_most(start: float, arrivals: list[tuple[int, int]]) -> None:
    """Messages to one destination are at least a second apart, and at most fifteen if something waits."""
    pace, milliseconds, sent = Pace(), 0, [float("-inf")]
    for pause, _ in arrivals:
        milliseconds += pause
        now = start + milliseconds / 1_000
        if HERE not in pace.not_ready(now):
            pace.accepted(HERE, now)
            sent.append(now)
        else:
            assert now - sent[-1] < 15
    assert all(later - earlier >= 1 - 1e-6 for earlier, later in pairwise(sent))


# ── all of them ──────────────────────────────────────────────────────────────────────────────────────────────────────


@given(starts, arrivals)
def test_all_destinations_together(start: float, arrivals: list[tuple[int, int]]) -> None:
    """Within any T seconds at most 20 + 5 T messages are sent."""
    pace, milliseconds = Pace(), 0
    sent: list[float] = []
    for pause, wanted in arrivals:
        milliseconds += pause
        now = start + milliseconds / 1_000
        room = pace.room(now)
        assert 0 <= room <= 20
        for _ in range(min(room, wanted)):
            pace.trying(now)
            sent.append(now)
    for first, earlier in enumerate(sent):
        for last in range(first, len(sent)):
            assert last - first + 1 <= 20 + 5 * (sent[last] - earlier) + 1e-4


@given(starts)
def test_the_limit_of_the_workspace_is_used_in_full(start: float) -> None:
    """Twenty messages go out at once, then one every fifth of a second, and twenty again after four idle seconds."""
    pace, now = Pace(), start
    sent = 0
    for expected in (20, *[1] * 10):
        assert pace.room(now) == expected
        for _ in range(expected):
            pace.trying(now)
            sent += 1
        assert pace.room(now) == 0
        assert pace.room(now + 0.19) == 0
        now += 0.2
    assert pace.room(now + 4) == 20
    assert pace.room(now + 1_000) == 20


# ── rate limits ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_limited_destination_holds_back_no_other() -> None:
    """A rate limit for one destination, however often repeated, holds back no other."""
    pace = Pace()
    for second in range(3):
        pace.rate_limited(HERE, 30, START + second)
    assert pace.room(START + 3) == 20


def test_a_second_limited_destination_holds_back_everybody() -> None:
    """Two destinations limited at the same time hold back all, for as long as Slack said last; then one message shows
    whether that is over."""
    pace = Pace()
    pace.rate_limited(HERE, 30, START)
    pace.rate_limited(THERE, 10, START + 29)
    assert pace.room(START + 29) == pace.room(START + 39 - SOON) == 0
    assert pace.room(START + 39) == 1
    assert pace.room(START + 39, under_way=1) == 0


def test_limits_one_after_the_other_are_separate() -> None:
    """A destination that is limited after the other one's limit is over is limited alone."""
    pace = Pace()
    pace.rate_limited(HERE, 30, START)
    pace.rate_limited(THERE, 10, START + 30)
    assert pace.room(START + 30) == 20


def test_the_longest_hold_counts() -> None:
    """Nothing is sent while all are held, and a shorter hold doesn't end a longer one."""
    pace = Pace()
    pace.hold_all(60, START)
    pace.hold_all(5, START + 1)
    assert pace.room(START) == pace.room(START + 10) == pace.room(START + 60 - SOON) == 0
    assert pace.room(START + 60) == 20


# ── Slack refuses everybody ─────────────────────────────────────────────────────────────────────────────────────────


PLACES = [Destination(WORKSPACE, f"C{number}") for number in range(20)]


@dataclass
class World:
    """Slack, and destinations that wait. Time passes in twentieths of a second; a message takes one of them.

    `takes` says when Slack takes a message, and otherwise for how many seconds it asks to wait, if it says so.
    """

    takes: Callable[[float], bool]
    retry_after: float | None
    waiting: list[Destination] = field(default_factory=PLACES[:5].copy)
    pace: Pace = field(default_factory=Pace)
    now: float = START
    refused: list[float] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)
    under_way: list[tuple[Destination, float]] = field(default_factory=list)
    not_before: dict[Destination, float] = field(default_factory=dict)

    def run(self, seconds: float) -> None:
        for _ in range(round(20 * seconds)):
            self.now += 0.05
            self._end()
            self._begin()

    def _end(self) -> None:
        answered, self.under_way = self.under_way, []
        for place, sent in answered:
            if self.takes(sent):
                self.accepted.append(self.now)
                self.pace.accepted(place, sent)
                continue
            self.refused.append(self.now)
            self.waiting.append(place)
            if self.retry_after is None:
                self.pace.failed(place, self.now)
            else:
                self.pace.rate_limited(place, self.retry_after, self.now)
            self.not_before[place] = self.now + (self.retry_after or 3.5)

    def _begin(self) -> None:
        due = [place for place in self.waiting if self.not_before.get(place, START) <= self.now]
        for place in due[: min(10, self.pace.room(self.now))]:
            self.waiting.remove(place)
            self.pace.trying(self.now)
            self.under_way.append((place, self.now))


@given(st.sampled_from((None, 1.0)), st.floats(20, 900))
def test_the_end_of_a_refusal_is_noticed_soon(retry_after: float | None, seconds: float) -> None:
    """Whether Slack limits or fails everybody: one message at a time asks whether it still does, about every three
    seconds, and all that waited follows at once."""
    world = World(lambda sent: sent >= START + seconds, retry_after)
    world.run(seconds)
    assert len(world.refused) <= 6 + seconds / 3.4
    world.run(max(4.0, seconds / 150 + 1.5))
    assert len(world.accepted) == 5, world


def test_an_outage_of_hours_is_asked_about_every_minute() -> None:
    """While Slack refuses for hours, it is asked once a minute."""
    world = World(lambda sent: False, None)
    world.run(4 * 3600)
    before = len(world.refused)
    world.run(3600)
    assert 55 <= len(world.refused) - before <= 60


@given(st.floats(0.5, 3))
def test_a_workspace_that_takes_less_gets_less(per_second: float) -> None:
    """If Slack takes fewer messages in all than usual, the rate follows: it is used, and few messages are refused."""
    free_at = START

    def takes(sent: float) -> bool:
        nonlocal free_at
        after = max(free_at, sent) + 1 / per_second
        if after - sent > 3 / per_second:
            return False
        free_at = after
        return True

    world = World(takes, 1.0, waiting=PLACES * 20)
    world.run(60)
    assert len(world.refused) <= 8 + 0.2 * len(world.accepted)
    assert len(world.accepted) >= 0.6 * min(1, per_second) * 60, world.accepted


def test_a_lower_rate_is_forgotten() -> None:
    """A minute after Slack last limited everybody, the usual rate is tried again."""
    pace = Pace()
    pace.rate_limited(HERE, 1, START, everybody=True)
    pace.trying(START + 1)
    pace.accepted(HERE, START + 1)
    assert pace.room(START + 1) == 0
    assert pace.room(START + 2) == 1
    assert pace.room(START + 60) == 20


def test_one_failing_destination_holds_back_no_other() -> None:
    """A message that Slack always fails on, however often, holds back no other destination; nor do two of them between
    which another one was accepted."""
    pace = Pace()
    for second in range(3):
        pace.failed(HERE, START + second)
    pace.accepted(ELSEWHERE, START + 3)
    pace.failed(THERE, START + 4)
    assert pace.room(START + 10) == 20


def test_what_was_under_way_does_not_end_a_refusal() -> None:
    """Only a message sent after Slack began to refuse everybody shows that it stopped; one that Slack refuses for its
    own sake does, too."""
    pace = Pace()
    for place in (HERE, THERE):
        pace.failed(place, START)
    pace.accepted(ELSEWHERE, START)
    assert pace.room(START + 10) == 1
    pace.trying(START + 10)
    pace.answered()
    assert pace.room(START + 11) > 1
