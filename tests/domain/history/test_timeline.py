"""Timelines and their figures, compared with a plain recomputation minute by minute."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.change import Change
from bot.domain.history.timeline import Span, Timeline, timeline
from bot.domain.job import Status, StatusClass
from bot.domain.status_filter import is_problem
from bot.domain.tracked_job import Gap, TrackedJob
from bot.watch.decide import PollFailed, decide
from tests.cast import DEPLOYING, ENDED, ERROR, HOUR, MINUTE, NOON, ORDERS, STOPPED, UP, WARNING, WORKSPACE, change, job

TRACKED = TrackedJob(1, WORKSPACE, ORDERS, "orders", UP, NOON, NOON, followed=True, since_is_exact=True)

# What happens in some minutes: the status that polls show, or None while nobody can poll.
Stretch = tuple[Status | None, int]
STRETCHES = st.lists(
    st.tuples(st.sampled_from([UP, UP, WARNING, ERROR, DEPLOYING, STOPPED, ENDED, None]), st.integers(1, 40)),
    min_size=1,
    max_size=12,
)


def polled(stretches: Sequence[Stretch], *, can_say_why: bool) -> tuple[TrackedJob, list[Change], list[Gap]]:
    """Poll a job every minute through all that happens, as the poller does. If nobody can poll, the polls fail or, if
    there is no reason to note, are left out."""
    tracked, changes, at = TRACKED, [], NOON
    for status, minutes in stretches:
        for _ in range(minutes):
            at += MINUTE
            if status is None and not can_say_why:
                continue
            decision = decide(tracked, job(status) if status else PollFailed("busy"), at, MINUTE, 0)
            tracked = decision.tracked
            changes += [one for one in decision.notifications if isinstance(one, Change)]
    return tracked, changes[::-1], list(tracked.gaps)


def plain(
    tracked: TrackedJob, changes: Sequence[Change], gaps: Sequence[Gap], at: datetime, until: datetime
) -> Status | None:
    """The status in the minute that begins then, from all changes and gaps; None if it is unknown."""
    if any(gap.since <= at < gap.until for gap in gaps):
        return None
    if any(one.old_seen_at and one.old_seen_at <= at < one.at and not one.at_is_exact for one in changes):
        return None
    limit = HOUR if tracked.failure is None and tracked.status in (STOPPED, ENDED) else 10 * MINUTE
    if until - tracked.polled_at > limit and at >= tracked.polled_at:
        return None
    return plain_status(tracked, changes, at)


def plain_status(tracked: TrackedJob, changes: Sequence[Change], at: datetime) -> Status:
    """The status at a time, as far as the latest poll showed it."""
    before = [one for one in changes if one.at <= at]
    if before:
        return before[0].new
    return changes[-1].old if changes else tracked.status


@settings(max_examples=50, deadline=None)
@given(STRETCHES, st.booleans(), st.integers(0, 60), st.integers(0, 60))
def test_the_figures_equal_a_plain_recomputation(
    stretches: list[Stretch], can_say_why: bool, skipped: int, later: int
) -> None:
    """Every figure is what counting the minutes gives, over any changes and blind times; and what the timeline shows
    as known is what really was."""
    tracked, changes, gaps = polled(stretches, can_say_why=can_say_why)
    end = NOON + sum(minutes for _, minutes in stretches) * MINUTE
    since, until = min(NOON + skipped * MINUTE, end), end + later * MINUTE
    found = timeline(tracked, changes, gaps, since, until)
    minutes = [since + number * MINUTE for number in range((until - since) // MINUTE)]
    statuses = [plain(tracked, changes, gaps, at, until) for at in minutes]
    figures = found.figures
    assert [shown(found, at) for at in minutes] == statuses
    assert figures.known == sum(one is not None for one in statuses) * MINUTE
    assert figures.healthy == statuses.count(UP) * MINUTE
    assert figures.blind == statuses.count(None) * MINUTE
    polled_last = {gap.since for gap in gaps} | {one.old_seen_at for one in changes if not one.at_is_exact}
    polled_last |= {tracked.polled_at}
    seen = [
        plain_status(tracked, changes, at) if status is None and at in polled_last else status
        for at, status in zip(minutes, statuses, strict=True)
    ]
    assert (figures.incidents, figures.is_open, [one.length for one in figures.recoveries]) == counted(seen)
    really = [NOON_STATUS, *(status for status, length in stretches for _ in range(length))]
    for at, status in zip(minutes, statuses, strict=True):
        number = (at - NOON) // MINUTE
        if number < len(really) and really[number] is not None and status is not None:
            assert status == really[number]


NOON_STATUS = TRACKED.status


def shown(found: Timeline, at: datetime) -> Status | None:
    (span,) = [span for span in found.spans if span.since <= at < span.until]
    return span.status


def counted(statuses: Sequence[Status | None]) -> tuple[int, bool, list[timedelta]]:
    """The number of incidents, whether one is open, and the times to recovery, from what each minute shows: its status
    or, in the first one of a blind time, what the last poll showed."""
    incidents, began, is_open, recoveries = 0, 0, False, []
    for number, status in enumerate(statuses):
        if status is not None and is_problem(status) and not is_open:
            incidents, began, is_open = incidents + 1, number, True
        elif status is not None and status.status_class is StatusClass.HEALTHY and is_open:
            is_open = False
            recoveries += [(number - began) * MINUTE] if began else []
    return incidents, is_open, recoveries


def test_it_begins_with_the_watch() -> None:
    """The time before the watch began is neither known nor blind: nobody watched yet."""
    found = timeline(TRACKED, [], [], NOON - 24 * HOUR, NOON + HOUR / 10)
    assert (found.asked_since, found.since) == (NOON - 24 * HOUR, NOON)
    assert found.spans == (Span(NOON, NOON + HOUR / 10, UP),)
    later = timeline(TRACKED, [], [], NOON - HOUR, NOON + HOUR / 10, watched_since=NOON + 2 * MINUTE)
    assert (later.since, later.figures.known) == (NOON + 2 * MINUTE, 4 * MINUTE)


def test_what_the_records_contradict_is_blind() -> None:
    """If a change doesn't begin with the status that the one before it ended with, the time between is blind as far as
    nobody saw the status."""
    first = change(UP, ERROR, NOON + HOUR)
    second = replace(change(WARNING, UP, NOON + 3 * HOUR), old_since=NOON + 2 * HOUR)
    tracked = replace(TRACKED, status_since=second.at, polled_at=NOON + 4 * HOUR)
    found = timeline(tracked, [second, first], [], NOON, NOON + 4 * HOUR)
    assert [(span.status, span.length / HOUR) for span in found.spans] == [(UP, 1), (None, 1), (WARNING, 1), (UP, 1)]
    assert found.last_change == second


def test_a_proven_change_ends_the_blind_time() -> None:
    """If the service says when a status began, the job's status is known from then on, though nobody polled it yet."""
    ended = replace(change(UP, ENDED, NOON + HOUR), old_since=NOON, old_seen_at=NOON)
    tracked = replace(TRACKED, status=ENDED, status_since=ended.at, polled_at=NOON + 2 * HOUR)
    found = timeline(tracked, [ended], [Gap(NOON, NOON + 2 * HOUR)], NOON, NOON + 3 * HOUR)
    assert [(span.status, span.length / HOUR) for span in found.spans] == [(None, 1), (ENDED, 2)]


def test_a_recovery_that_nobody_saw_is_not_exact() -> None:
    """The time to recovery is inexact if the problem or its end fell into a blind time, and unknown if the problem is
    older than the timeline."""
    down, up = change(UP, ERROR, NOON + HOUR), replace(change(ERROR, UP, NOON + 3 * HOUR), old_since=NOON + HOUR)
    tracked = replace(TRACKED, status_since=up.at, polled_at=NOON + 4 * HOUR)
    whole = timeline(tracked, [up, down], [], NOON, NOON + 4 * HOUR).figures
    assert (whole.longest_recovery, whole.recoveries_are_exact) == (2 * HOUR, True)
    for gap in (Gap(NOON, NOON + HOUR), Gap(NOON + 2 * HOUR, NOON + 3 * HOUR)):
        blind = timeline(tracked, [up, down], [gap], NOON, NOON + 4 * HOUR).figures
        assert (blind.longest_recovery, blind.recoveries_are_exact) == (2 * HOUR, False)
    late = timeline(tracked, [up, down], [], NOON + 2 * HOUR, NOON + 4 * HOUR).figures
    assert (late.incidents, late.mean_recovery, late.healthy_share) == (1, None, 0.5)


def test_what_one_poll_showed_between_two_blind_times_counts() -> None:
    """A recovery that only the last poll before a blind time saw is one, and so is a problem between two of them."""
    down, up = change(UP, ERROR, NOON + HOUR), replace(change(ERROR, UP, NOON + 2 * HOUR), old_since=NOON + HOUR)
    tracked = replace(TRACKED, status_since=up.at, polled_at=NOON + 4 * HOUR)
    after = timeline(tracked, [up, down], [Gap(up.at, NOON + 3 * HOUR)], NOON, NOON + 4 * HOUR).figures
    assert (after.longest_recovery, after.recoveries_are_exact) == (HOUR, True)
    gaps = [Gap(down.at, up.at), Gap(NOON, down.at)]
    between = timeline(tracked, [up, down], gaps, NOON, NOON + 4 * HOUR).figures
    assert (between.incidents, between.longest_recovery, between.recoveries_are_exact) == (1, HOUR, False)
    assert between.blind == 2 * HOUR
