"""Quiet hours in the database: what they hold back, and what their end delivers."""

from dataclasses import replace
from datetime import time

from sqlalchemy import update

from bot.domain.change import Change
from bot.domain.channel.quiet_hours import NOTHING, QuietHours
from bot.domain.history.period import BlindTime
from bot.domain.job import JobRef
from bot.domain.notification.jobs import JobAdded, JobUnavailable
from bot.domain.notification.service import LastStatus, Outage
from bot.domain.notification.silences import QuietHoursEnded
from bot.domain.status_filter import PROBLEMS, StatusFilter
from bot.store import mutes, outages, outbox, pauses, reconcile
from bot.store.channels import quiet_hours
from bot.store.database import Database
from bot.store.patterns import members
from bot.store.sql.tables import GapRow, TrackedJobRow
from tests.cast import (
    CLICKS,
    DEV,
    ENDED,
    ERROR,
    HOUR,
    MINUTE,
    NOON,
    OPS,
    ORDERS,
    SECOND,
    STOPPED,
    UP,
    WARNING,
    WORKSPACE,
    change,
    job,
)
from tests.store.channels.windows import PLACE, choose, only, tick, told
from tests.store.pattern_steps import add, found, watch
from tests.store.steps import becomes, pending, pending_changes, plan_of, sql, subscribe, the_job, the_subscription

HOURS = QuietHours(time(11), time(13))  # around noon
END = NOON + HOUR


async def test_only_what_breaks_through_is_told_in_quiet_hours(database: Database) -> None:
    """Errors and their recovery break through, a warning waits for the end: there each job that differs is told once,
    what came and went is told by name, and what was told before isn't told again."""
    await subscribe(database)
    await subscribe(database, job(UP, CLICKS, "clicks"))
    await subscribe(database, destination=DEV)
    await choose(database, HOURS, NOON)
    await becomes(database, WARNING, ERROR, UP, WARNING)
    await becomes(database, STOPPED, UP, ref=CLICKS)
    assert await pending_changes(database, OPS) == [ERROR, UP]
    assert await pending_changes(database, DEV) == [WARNING, ERROR, UP, WARNING]
    await told(database)
    await tick(database, END - SECOND)
    async with database.writing() as session:
        await reconcile.reconsider(session)
    await tick(database, END - SECOND)
    assert await told(database) == []

    await tick(database)
    at_end = await told(database)
    assert [type(one) for one in at_end] == [Change, QuietHoursEnded]
    assert (only(at_end, Change).old, only(at_end, Change).new) == (UP, WARNING)
    ended = only(at_end, QuietHoursEnded)
    assert (ended.since, ended.at, ended.meanwhile.changes) == (NOON, END, 6)
    assert [one.title for one in ended.meanwhile.recovered] == ["clicks"]
    assert ended.meanwhile.failing_count == 0
    await tick(database, END + MINUTE)
    await becomes(database, UP)
    assert await pending_changes(database, OPS) == [UP]


async def test_what_was_told_in_quiet_hours_and_still_fails_is_named_at_their_end(database: Database) -> None:
    """An error of the night is a part of the summary, without an alert of its own."""
    await subscribe(database)
    await choose(database, HOURS, NOON)
    await becomes(database, ERROR)
    assert len(await told(database)) == 1
    await tick(database)
    [ended] = await told(database)
    assert isinstance(ended, QuietHoursEnded)
    assert (ended.meanwhile.failing, ended.meanwhile.failing_count) == ((LastStatus("orders", ERROR),), 1)


async def test_other_filters_of_what_breaks_through(database: Database) -> None:
    """`problems` lets warnings through. With `nothing` neither errors come, nor that the bot can't see any; the end
    tells both."""
    await subscribe(database)
    await choose(database, QuietHours(time(11), time(13), StatusFilter(PROBLEMS)), NOON)
    await becomes(database, WARNING)
    assert await pending_changes(database) == [WARNING]
    await choose(database, QuietHours(time(11), time(13), NOTHING), NOON)
    await told(database)
    await becomes(database, ERROR)
    unavailable = JobUnavailable(ORDERS, "orders", ERROR, "it hangs", NOON)
    async with database.writing() as session:
        await outbox.notify_subscribers(session, await the_job(database), unavailable, NOON)
        assert not await outages.begin(session, "no answer", NOON, NOON)
    assert await told(database) == []
    await choose(database, HOURS, NOON)
    async with database.writing() as session:
        await outbox.notify_subscribers(session, await the_job(database), unavailable, NOON)
        assert await outages.begin(session, "no answer", NOON, NOON)
    assert [type(one) for _, one in await pending(database)] == [JobUnavailable, Outage]
    await tick(database)
    assert only(await told(database), Change).new == ERROR


async def test_what_nobody_could_see_in_quiet_hours_is_told_at_their_end(database: Database) -> None:
    """If the jobs couldn't be polled for a while, the summary says of how many and when, but not of
    what reaches into them for a moment."""
    await subscribe(database)
    await subscribe(database, job(UP, CLICKS, "clicks"))
    await choose(database, QuietHours(time(11), time(13), NOTHING), NOON)
    gaps = ((1, -30, 0.5), (1, 5, 20), (2, 6, 21), (2, 30, 45))
    async with database.writing() as session:
        assert not await outages.begin(session, "no answer", NOON, NOON)
        assert not await outages.end(session, NOON, not_before=NOON)
        session.add_all(
            GapRow(workspace=WORKSPACE, watched_job_id=id, since=NOON + since * MINUTE, until=NOON + until * MINUTE)
            for id, since, until in gaps
        )
        await session.execute(update(TrackedJobRow).values(polled_at=END))
    await tick(database)
    ended = only(await told(database), QuietHoursEnded)
    assert ended.meanwhile.blind == (
        BlindTime(NOON + 5 * MINUTE, NOON + 21 * MINUTE, 2),
        BlindTime(NOON + 30 * MINUTE, NOON + 45 * MINUTE, 1),
    )


async def test_what_breaks_through_from_now_on_is_told_now(database: Database) -> None:
    """If errors break through that didn't, the errors so far are told, and only they; once."""
    await subscribe(database)
    await subscribe(database, job(UP, CLICKS, "clicks"))
    await choose(database, QuietHours(time(11), time(13), NOTHING), NOON)
    await becomes(database, ERROR)
    await becomes(database, WARNING, ref=CLICKS)
    await tick(database, NOON + MINUTE)
    assert await told(database) == []
    await choose(database, HOURS, NOON + MINUTE)
    await tick(database, NOON + MINUTE)
    assert only(await told(database), Change).title == "orders"
    await tick(database)
    assert only(await told(database), Change).title == "clicks"


async def test_quiet_hours_after_a_downtime(database: Database) -> None:
    """Nothing is told twice or left out if the bot was down at their beginning or their end, or all the time; what is
    said of their beginning and end is true."""
    await subscribe(database)
    await choose(database, HOURS, NOON - 2 * HOUR)
    await tick(database, NOON)  # it was down at 11:00
    await becomes(database, WARNING)
    assert await pending(database) == []
    await tick(database, NOON + 3 * HOUR)  # and at 13:00
    at_end = await told(database)
    ended = only(at_end, QuietHoursEnded)
    assert (ended.since, ended.at) == (NOON - HOUR, NOON + 3 * HOUR)
    assert only(at_end, Change).new == WARNING
    await tick(database, NOON + 30 * HOUR)  # down over all of the next ones
    assert await told(database) == []
    await tick(database, NOON + 48 * HOUR)
    await becomes(database, UP)
    await tick(database, NOON + 72 * HOUR)  # down from one day's to the next day's
    assert await told(database) == []
    await tick(database, NOON + 73 * HOUR)
    assert only(await told(database), QuietHoursEnded).since == NOON + 47 * HOUR


async def test_quiet_hours_that_are_turned_off_or_moved(database: Database) -> None:
    """Those in force end at once if they are turned off, or if others are chosen that aren't in force now; other hours
    that are go on."""
    await subscribe(database)
    await choose(database, HOURS, NOON)
    await becomes(database, WARNING)
    assert not await choose(database, QuietHours(time(12), time(14)), NOON + MINUTE)
    assert await pending(database) == []
    assert await choose(database, QuietHours(time(20), time(22)), NOON + MINUTE)
    at_end = await told(database)
    assert (only(at_end, QuietHoursEnded).since, only(at_end, Change).new) == (NOON, WARNING)
    await choose(database, HOURS, NOON)
    assert await choose(database, None, NOON + MINUTE)
    await tick(database)
    assert [type(one) for one in await told(database)] == [QuietHoursEnded]


async def test_the_clock_of_the_place_counts(database: Database) -> None:
    """In India the same hours come five and a half hours earlier; nothing is said where nothing is watched."""
    await choose(database, HOURS, NOON - 6 * HOUR, zone="Asia/Kolkata")
    await subscribe(database, at=NOON - 6 * HOUR)
    await becomes(database, WARNING)
    assert await pending(database) == []
    await tick(database, NOON - 4.5 * HOUR)
    assert [type(one) for one in await told(database)] == [Change, QuietHoursEnded]


async def test_new_and_removed_jobs_wait(database: Database) -> None:
    """A job that was added to a pattern is told at the end, and alerts on errors before; one that was removed stays
    until then, and isn't said to be one that can't be checked."""
    _, pattern = await watch(database, "*", CLICKS)
    await add(database, pattern, found(CLICKS, name="clicks"))
    await choose(database, HOURS, NOON + SECOND)
    assert await add(database, pattern, found(ORDERS, at=NOON + MINUTE), new=True, at=NOON + MINUTE) == 0
    async with database.writing() as session:
        await members.note_missing(session, pattern, missing=[CLICKS.dataflow], back=[], asked_at=NOON)
        assert await members.remove(session, pattern.id, [CLICKS.dataflow], NOON + MINUTE) == 0
    await sql(database, f"UPDATE watched_jobs SET failure = 'no such job' WHERE dataflow = '{CLICKS.dataflow}'")
    await becomes(database, ERROR)
    assert await pending_changes(database) == [ERROR]
    await told(database)
    await tick(database)
    added, ended = await told(database)
    assert isinstance(added, JobAdded)
    assert isinstance(ended, QuietHoursEnded)
    assert ended.meanwhile.unavailable == 0, "it will be told that the job was removed"
    async with database.writing() as session:
        assert await members.remove(session, pattern.id, [CLICKS.dataflow], END) == 1


async def test_mutes_pauses_and_ends_in_quiet_hours(database: Database) -> None:
    """What a mute or a pause held back until quiet hours is told at their end, and so is the end of a single run, with
    which its watch ends."""
    await subscribe(database)
    await subscribe(database, job(UP, CLICKS, "clicks"))
    await subscribe(database, job(UP, JobRef("run", 1), "run"))
    async with database.writing() as session:
        await mutes.mute(session, PLACE, ORDERS, until=NOON + MINUTE, by="U1", now=NOON)
    await choose(database, HOURS, NOON)
    await becomes(database, WARNING)
    await becomes(database, ENDED, ref=JobRef("run", 1))
    await tick(database, NOON + MINUTE)
    async with database.writing() as session:
        await pauses.pause(session, PLACE, "is_archived", NOON)
    await becomes(database, STOPPED, ref=CLICKS)
    async with database.writing() as session:
        await pauses.resume(session, PLACE, NOON)
    await told(database)
    await tick(database, END - SECOND)
    assert await told(database) == []
    await tick(database)
    at_end = await told(database)
    assert sorted((one.title, one.new.words) for one in at_end if isinstance(one, Change)) == [
        ("clicks", "Stopped"),
        ("orders", "Running with Warning"),
        ("run", "Undeployed"),
    ]
    [ending] = [one for one in at_end if isinstance(one, Change) and one.ends]
    assert ending.title == "run"


async def test_an_idle_tick_reads_no_table(database: Database) -> None:
    """What is due is found by an index, and reconciliation doesn't read again and again what is held back."""
    await subscribe(database)
    await choose(database, HOURS, NOON)
    await becomes(database, WARNING)
    await tick(database, NOON + SECOND)
    assert (await the_subscription(database)).considered is not None
    async with database.writing() as session:
        plan = await plan_of(session, lambda: quiet_hours.turn_due(session, NOON + SECOND))
    assert "ix_channel_settings_quiet" in plan


async def test_a_change_at_the_very_end(postgresql: Database) -> None:
    """A change that is being recorded while quiet hours end is a part of their end, or is told by itself: it isn't
    lost in between, and neither waits for the other."""
    await subscribe(postgresql)
    await choose(postgresql, HOURS, NOON)
    job = await the_job(postgresql)
    async with postgresql.writing() as recording:
        slower = replace(change(UP, WARNING, NOON + SECOND), ref=job.ref)
        await outbox.record_change(recording, job, slower)
        await recording.execute(update(TrackedJobRow).values(status=WARNING.raw, status_since=NOON + SECOND))
        async with postgresql.writing() as ending:
            assert not await quiet_hours.turn_due(ending, END)
    await tick(postgresql)
    assert [type(one) for one in await told(postgresql)] == [Change, QuietHoursEnded]
    await choose(postgresql, QuietHours(time(12), time(14)), NOON)
    async with postgresql.writing() as ending:
        assert await quiet_hours.turn_due(ending, NOON + 2 * HOUR)
        await becomes(postgresql, UP)
    at_end = await told(postgresql)
    assert only(at_end, Change).new == UP
    assert len(at_end) == 2
