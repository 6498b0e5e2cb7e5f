"""What a digest says of one job in its period."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.change import Change
from bot.domain.history.period import JobInPeriod, Period, Tally
from bot.domain.history.recorded import Recorded
from bot.domain.job import JobRef
from bot.domain.notification.silences import Meanwhile
from bot.domain.tracked_job import Gap, TrackedJob
from tests.cast import CLICKS, ERROR, HOUR, MINUTE, NOON, ORDERS, UP, WORKSPACE, change

DAY = timedelta(days=1)
BEGAN = NOON - HOUR
FAILING = TrackedJob(1, WORKSPACE, ORDERS, "orders", ERROR, BEGAN, NOON, followed=True, since_is_exact=True)


def period(job: TrackedJob, recorded: Recorded, watched_since: datetime = NOON - 9 * DAY) -> Period:
    tally = Tally(NOON - DAY, NOON)
    tally.add(job, recorded, watched_since=watched_since)
    return tally.period


def in_period(job: TrackedJob, *changes: Change, **more: object) -> JobInPeriod:
    watched_since = more.pop("watched_since", NOON - 9 * DAY)
    assert isinstance(watched_since, datetime)
    recorded = Recorded(changes, len(changes), last=changes[0] if changes else None)
    (one,) = period(job, replace(recorded, **more), watched_since).bad_now  # type: ignore[arg-type]
    return one


def test_how_long_problems_lasted_is_true_or_at_least() -> None:
    """It is exact if all of the period was seen, or at least the beginning of the problems."""
    began = change(UP, ERROR, BEGAN)
    for sentence, one, is_exact in (
        ("it began and is seen", in_period(FAILING, began), True),
        ("it was so all the time", in_period(replace(FAILING, status_since=NOON - 9 * DAY)), True),
        ("it was so when the watch began", in_period(FAILING, watched_since=BEGAN), False),
        (
            "nobody could tell for a while",
            in_period(FAILING, began, gaps=(Gap(NOON - 5 * HOUR, NOON - 4 * HOUR),)),
            False,
        ),
        ("it changed too often to count all", in_period(FAILING, began, total=501), False),
    ):
        assert one.bad_is_exact is is_exact, sentence


def test_every_change_counts() -> None:
    """Those that were too many to be read, too, unless nobody knows whether the job was watched then."""
    began = change(UP, ERROR, BEGAN)
    for watched_since, counted in ((NOON - 9 * DAY, 501), (NOON - 2 * HOUR, 1)):
        assert period(FAILING, Recorded([began], 501, last=began), watched_since).changes == counted


def test_a_job_that_cannot_be_checked_is_as_it_was_last_seen() -> None:
    """Its status isn't one of now: it was seen until a time, at least for so long; and the job counts as such."""
    began = change(UP, ERROR, BEGAN)
    for job in (
        replace(FAILING, failure="busy", polled_at=NOON - MINUTE),
        replace(FAILING, polled_at=NOON - 30 * MINUTE),
    ):
        one = in_period(job, began)
        assert (one.seen_until, one.since_is_exact) == (job.polled_at, False)
        assert period(job, Recorded([began], 1, last=began)).unavailable == 1
    assert in_period(FAILING, began).seen_until is None


def test_what_is_told_by_itself_is_no_earlier_problem() -> None:
    """A job that is watched by its name and by its run is told of once; an older run of it is another job."""
    same = replace(FAILING, id=2, followed=False)
    older = replace(same, id=3, ref=JobRef(ORDERS.dataflow, ORDERS.run - 1))
    for told, left in (((FAILING,), 1), ((FAILING, same), 1), ((FAILING, same, older), 0)):
        meanwhile = Meanwhile.of(Period(NOON - DAY, NOON, 2, bad=2), dict.fromkeys(told, True), 0)
        assert meanwhile.failing_count == left, told


def test_a_recovery_is_told_once() -> None:
    """A job that recovered meanwhile isn't named in the summary if an alert beside it says so."""
    clicks = replace(FAILING, id=2, ref=CLICKS, title="clicks")
    worst = tuple(JobInPeriod(job.target, job.title, ERROR, UP, NOON, 1, HOUR) for job in (FAILING, clicks))
    meanwhile = Meanwhile.of(Period(NOON - DAY, NOON, 2, changed=2, worst=worst), {FAILING: False}, 0)
    assert [one.title for one in meanwhile.recovered] == ["clicks"]


def test_nothing_happened_only_if_all_was_seen() -> None:
    """A period is known whole if the job was watched and could be checked all the time."""
    well = replace(FAILING, status=UP, status_since=NOON - 9 * DAY)
    assert period(well, Recorded()).is_all_known
    assert not period(well, Recorded(), NOON - HOUR).is_all_known
    assert not period(well, Recorded(gaps=(Gap(NOON - HOUR, NOON - 30 * MINUTE),))).is_all_known
