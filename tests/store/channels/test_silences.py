"""Maintenance in the database: what it holds back, and what its end delivers."""

from datetime import time

import pytest

from bot.domain.change import Change
from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.channel.silence import MAX_PER_DESTINATION, TooManySilences
from bot.domain.job import JobRef
from bot.domain.notification.jobs import JobAdded, StillFailing
from bot.domain.notification.service import LastStatus
from bot.domain.notification.silences import QuietHoursEnded, SilenceEnded
from bot.store import mutes, pauses
from bot.store.channels import silences
from bot.store.database import Database, opened
from tests.cast import (
    ANN,
    BEN,
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
    job,
)
from tests.store.channels.windows import END, PLACE, begin, choose, only, tick, told
from tests.store.pattern_steps import add, found, watch
from tests.store.steps import (
    becomes,
    deliver_all,
    healthy,
    pending,
    pending_changes,
    run,
    sql,
    statements,
    subscribe,
    the_subscription,
)

PAYMENTS = JobRef("payments", 7)


async def test_maintenance_tells_at_its_end_what_happened(database: Database) -> None:
    """While it lasts nothing is told of the jobs that match. At its end each one that differs is told once, as is each
    that failed before and still does; with it how many changed, and what came and went."""
    for ref, name in ((ORDERS, "orders"), (CLICKS, "clicks"), (PAYMENTS, "payments")):
        await subscribe(database, job(UP, ref, name))
    await subscribe(database, destination=DEV)
    await becomes(database, ERROR, ref=PAYMENTS)
    await deliver_all(database)
    assert (await begin(database, now=NOON + 2 * SECOND))[1] == 3
    await becomes(database, UP, WARNING, ERROR)
    await becomes(database, UP, ERROR, UP, ref=CLICKS)
    await tick(database, END - SECOND)
    assert await pending_changes(database, OPS) == []
    assert await pending_changes(database, DEV) == [WARNING, ERROR]

    await tick(database)
    at_end = await told(database)
    ended, changed, still = only(at_end, SilenceEnded), only(at_end, Change), only(at_end, StillFailing)
    assert len(at_end) == 3
    assert (changed.title, changed.old, changed.new) == ("orders", UP, ERROR)
    assert (still.title, still.status, still.in_window) == ("payments", ERROR, True)
    assert (ended.by, ended.reason, ended.ended_by) == (BEN, "upgrade", None)
    assert (ended.since, ended.at) == (NOON + 2 * SECOND, END)
    meanwhile = ended.meanwhile
    assert (meanwhile.jobs, meanwhile.changed, meanwhile.failing_count) == (3, 2, 0)
    assert [one.title for one in meanwhile.recovered] == ["clicks"]
    await tick(database, END + HOUR)
    assert await told(database) == []
    await becomes(database, UP)
    assert await pending_changes(database, OPS) == [UP]


async def test_maintenance_in_which_nothing_happened(database: Database) -> None:
    """That is said, once."""
    await subscribe(database)
    await begin(database)
    await tick(database)
    assert only(await told(database), SilenceEnded).meanwhile.changes == 0
    await tick(database, END + HOUR)
    assert await told(database) == []


async def test_maintenance_concerns_what_matches_and_what_comes(database: Database) -> None:
    """Jobs that don't match, and other places, aren't muted. Those that are watched or added to a pattern meanwhile
    are; that they were added is told at the end."""
    _, pattern = await watch(database, "sales-*")
    await subscribe(database, job(UP, CLICKS, "clicks"))
    assert (await begin(database, "sales-*", now=NOON + SECOND))[1] == 0
    await subscribe(database, job(UP, ORDERS, "sales-eu"), at=NOON + MINUTE)
    new = found(JobRef("new", 1), at=NOON + MINUTE, name="sales-us")
    assert await add(database, pattern, new, new=True, at=NOON + MINUTE) == 0
    await becomes(database, ERROR)
    await becomes(database, ERROR, ref=CLICKS)
    [change] = await told(database)
    assert isinstance(change, Change)
    assert change.title == "clicks"

    await tick(database)
    at_end = await told(database)
    assert [type(one) for one in at_end] == [Change, JobAdded, SilenceEnded]
    assert (only(at_end, Change).title, only(at_end, JobAdded).title) == ("sales-eu", "sales-us")
    assert only(at_end, SilenceEnded).meanwhile.jobs == 2


async def test_a_persons_mute_and_maintenance(database: Database) -> None:
    """A mute from before keeps its end; if maintenance lasts longer, it goes on muting the job without a word. Who
    unmutes a job meanwhile has its alerts again. A mute that lasts until a change doesn't end maintenance either."""
    for ref, name in ((ORDERS, "orders"), (CLICKS, "clicks"), (PAYMENTS, "payments")):
        await subscribe(database, job(UP, ref, name))
    async with database.writing() as session:
        await mutes.mute(session, PLACE, ORDERS, until=NOON + MINUTE, by=ANN, now=NOON)
        await mutes.mute(session, PLACE, CLICKS, until=END, by=ANN, now=NOON, until_change=True)
    assert (await begin(database))[1] == 1
    async with database.writing() as session:
        await mutes.unmute(session, PLACE, PAYMENTS, NOON)
    await becomes(database, ERROR)
    await becomes(database, ERROR, ref=CLICKS)
    await becomes(database, ERROR, ref=PAYMENTS)
    await tick(database, NOON + MINUTE)
    [change] = await told(database)
    assert isinstance(change, Change)
    assert change.title == "payments"
    sub = await the_subscription(database)
    assert (sub.muted_until, sub.muted_by, sub.muted_at) == (END, BEN, NOON)
    await tick(database)
    at_end = await told(database)
    assert sorted(one.title for one in at_end if isinstance(one, Change)) == ["clicks", "orders"]


async def test_maintenance_said_again_moves_its_end(database: Database) -> None:
    """It is one with one end, whoever says it; what is still muted by another one stays so when one ends."""
    await subscribe(database, job(UP, ORDERS, "orders-eu"))
    await subscribe(database, job(UP, CLICKS, "clicks"))
    await begin(database)
    await begin(database, until=END + HOUR, by=ANN)
    await begin(database, "orders-*", until=END + 2 * HOUR)
    await becomes(database, ERROR)
    await tick(database)
    assert await told(database) == []
    await tick(database, END + HOUR)
    assert only(await told(database), SilenceEnded).by == ANN
    assert (await the_subscription(database, ref=CLICKS)).muted_until is None
    await tick(database, END + 2 * HOUR)
    at_end = await told(database)
    assert only(at_end, Change).title == "orders-eu"
    async with database.reading() as session:
        assert await silences.open_at(session, PLACE) == []


async def test_maintenance_ended_early(database: Database) -> None:
    """Its end tells the same, and who ended it. Without a pattern all of them end."""
    await subscribe(database)
    await begin(database)
    await begin(database, "x*")
    await becomes(database, ERROR)
    async with database.writing() as session:
        ended = await silences.end_early(session, PLACE, "orders-*", by=ANN, now=NOON + MINUTE)
        assert ended == []
        ended = await silences.end_early(session, PLACE, None, by=ANN, now=NOON + MINUTE)
    assert [one.glob for one in ended] == [None, "x*"]
    first, second = [one for _, one in await pending(database) if isinstance(one, SilenceEnded)]
    assert (first.ended_by, first.at, second.meanwhile.jobs) == (ANN, NOON + MINUTE, 0)
    assert await pending_changes(database) == [ERROR]
    await tick(database)
    assert len(await told(database)) == 3


async def test_a_run_that_ends_in_maintenance(database: Database) -> None:
    """The watch of a single run ends once its end was told."""
    await subscribe(database)
    await begin(database)
    await becomes(database, ENDED)
    await tick(database)
    at_end = await told(database)
    assert only(at_end, Change).ends
    assert only(at_end, SilenceEnded).meanwhile.changed == 1


async def test_there_is_a_limit(database: Database) -> None:
    """Each new job is compared with all maintenance of a place."""
    for number in range(MAX_PER_DESTINATION):
        await begin(database, f"{number}-*")
    with pytest.raises(TooManySilences):
        await begin(database, "one more")
    await begin(database, "0-*", until=END + HOUR)


async def test_the_transaction_that_ends_it_is_short(sqlite_url: str) -> None:
    """It asks as often however many jobs fail, and reads none of what happened: that was read before it. The same holds
    for the mutes of people that end together."""
    asked: dict[str, set[int]] = {"maintenance": set(), "mutes": set()}
    async with opened(sqlite_url) as database:
        for jobs in (2, 5):
            numbers = range(10 * jobs, 11 * jobs)
            for number in numbers:
                await subscribe(database, healthy(number))
                await becomes(database, ERROR, ref=run(number))
            await deliver_all(database)
            await begin(database)
            async with database.reading() as session:
                known = await silences.read_due(session, END)
            async with database.writing() as session:
                with statements("SELECT") as sent:
                    assert await silences.end_due(session, END, known)
                assert not [each for each in sent if "row_number" in each]  # of the changes of a time
                asked["maintenance"].add(len(sent))
                for number in numbers:
                    await mutes.mute(session, PLACE, run(number), until=END, by=BEN, now=NOON)
                with statements("SELECT") as sent:
                    assert await mutes.end_mutes(session, END) == jobs
                asked["mutes"].add(len(sent))
            still = [each for each in await told(database) if isinstance(each, StillFailing)]
            assert {one.started_by for one in still} == {"ann"}
    assert {what: len(counts) for what, counts in asked.items()} == {"maintenance": 1, "mutes": 1}


async def test_what_was_read_of_another_window_is_read_again(sqlite_url: str) -> None:
    """If the window that ends isn't the one of which it was read, what its end tells is true all the same."""
    async with opened(sqlite_url) as database:
        await subscribe(database)
        await begin(database, "x*", now=NOON - HOUR)
        async with database.reading() as session:
            known = await silences.read_due(session, END)
        async with database.writing() as session:
            await silences.end_early(session, PLACE, "x*", by=BEN, now=NOON)
        await begin(database)
        await becomes(database, ERROR)
        async with database.writing() as session:
            assert await silences.end_due(session, END, known)
        ended = [each for each in await told(database) if isinstance(each, SilenceEnded)]
    assert [(one.key, one.meanwhile.changes) for one in ended] == [("x*", 0), ("*", 1)]


async def test_maintenance_that_ends_in_quiet_hours(database: Database) -> None:
    """There only what breaks through is told, with the summary; if nothing does, their end tells all of it, along with
    the jobs that were added, and once."""
    _, pattern = await watch(database, "*")
    for ref, name in ((ORDERS, "orders"), (CLICKS, "clicks"), (PAYMENTS, "payments")):
        await subscribe(database, job(UP, ref, name))
    await becomes(database, WARNING, ref=PAYMENTS)
    await deliver_all(database)
    await begin(database, now=NOON + 2 * SECOND)
    new = found(JobRef("new", 1), at=NOON + 2 * MINUTE, name="new")
    await add(database, pattern, new, new=True, at=NOON + 2 * MINUTE)
    await becomes(database, STOPPED, UP, WARNING)
    await choose(database, QuietHours(time(12), time(14)), NOON + 5 * MINUTE)
    await tick(database)
    assert await told(database) == []
    await becomes(database, STOPPED, ref=CLICKS)
    await tick(database, END + MINUTE)
    assert await told(database) == []

    await tick(database, END + HOUR)
    at_end = await told(database)
    assert sorted(one.title for one in at_end if isinstance(one, Change)) == ["clicks", "orders"]
    assert only(at_end, JobAdded).title == "new"
    maintenance, quiet = only(at_end, SilenceEnded), only(at_end, QuietHoursEnded)
    assert (maintenance.at, maintenance.meanwhile.changed, maintenance.meanwhile.failing_count) == (END, 1, 0)
    assert quiet.meanwhile.failing == (LastStatus("payments", WARNING),)
    assert len(at_end) == 5
    await tick(database, END + 2 * HOUR)
    assert await told(database) == []


async def test_what_breaks_through_at_the_end_of_maintenance(database: Database) -> None:
    """An error is told at the end of maintenance in quiet hours, with the summary, which doesn't call a problem that
    is told later an earlier one; so is the summary if somebody ends it, or if jobs can't be checked."""
    await subscribe(database)
    await subscribe(database, job(UP, CLICKS, "clicks"))
    hours = QuietHours(time(11), time(23))
    await choose(database, hours, NOON)
    await begin(database)
    await becomes(database, ERROR)
    await becomes(database, WARNING, ref=CLICKS)
    await tick(database)
    at_end = await told(database)
    assert [type(one) for one in at_end] == [Change, SilenceEnded]
    assert (only(at_end, Change).title, only(at_end, SilenceEnded).meanwhile.failing_count) == ("orders", 0)

    await begin(database, now=END + MINUTE, until=END + HOUR)
    async with database.writing() as session:
        await silences.end_early(session, PLACE, None, by=BEN, now=END + 2 * MINUTE)
    assert [type(one) for one in await told(database)] == [StillFailing, SilenceEnded]
    await becomes(database, UP)
    await told(database)
    await begin(database, now=END + 3 * MINUTE, until=END + HOUR)
    await sql(database, "UPDATE watched_jobs SET failure = 'no such job' WHERE title = 'clicks'")
    await tick(database, END + HOUR)
    assert only(await told(database), SilenceEnded).meanwhile.unavailable == 1


async def test_nothing_is_posted_at_the_end_of_a_window_where_alerts_are_paused(database: Database) -> None:
    """Neither the end of maintenance nor of quiet hours is told where Slack lets the bot post nothing."""
    await subscribe(database, by=BEN)
    await choose(database, QuietHours(time(12), time(14)), NOON)
    await begin(database)
    await begin(database, "ord*", until=END + 3 * HOUR)
    async with database.writing() as session:
        await pauses.pause(session, PLACE, "is_archived", NOON)
    for hours in (1, 2, 3, 4):
        await tick(database, NOON + hours * HOUR)
        assert await told(database) == [], hours
