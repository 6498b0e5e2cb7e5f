"""A job that a channel watches by its name and by its run: one alert for each change, whoever sees it first."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, update

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import Dataflow, JobRef, Status, Target
from bot.domain.notification.jobs import JobAvailableAgain, JobUnavailable
from bot.domain.notification.service import LastStatus, Outage, Paused, Resumed
from bot.domain.status_filter import StatusFilter
from bot.domain.tracked_job import Lasted
from bot.store import mutes, outages, outbox, pauses, reconcile, subscriptions
from bot.store.database import Database
from bot.store.lists import history, watch_list
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import OutageRow, SubscriptionRow
from tests.cast import ANN, DEV, ERROR, HOUR, MINUTE, NOON, OPS, ORDERS, SECOND, UP, WARNING, WORKSPACE, job
from tests.store.steps import deliver_all, pending, pending_changes, sql, until_a_lock_is_awaited

HERE = Destination(WORKSPACE, OPS)
NAME = Dataflow(ORDERS.dataflow)
LATER = NOON + HOUR


async def watch(database: Database, target: Target, destination: str = OPS, status_filter: str = "changes") -> None:
    async with database.writing() as session:
        await subscriptions.subscribe(
            session,
            Destination(WORKSPACE, destination),
            job(),
            ANN,
            polled_at=NOON,
            followed=target == NAME,
            status_filter=StatusFilter.read(status_filter),
        )


async def see(database: Database, target: Target, status: Status, at: datetime, run: JobRef = ORDERS) -> None:
    """Poll the job as its watchers name it."""
    async with database.writing() as session:
        row = (await session.scalars(subscriptions.tracked(WORKSPACE, target))).one()
        await subscriptions.count_poll(session, row, job(status, run), at)


async def test_a_change_is_one_alert(database: Database) -> None:
    """Whichever of both sees a change first, the channel gets one alert, and a later change again one."""
    await watch(database, NAME)
    await watch(database, ORDERS)
    stories: Sequence[Sequence[tuple[Target, Status]]] = (
        ((NAME, ERROR), (ORDERS, ERROR)),
        ((ORDERS, UP), (NAME, UP)),
        ((ORDERS, WARNING), (ORDERS, ERROR), (NAME, ERROR)),
    )
    at = NOON
    for alerts, story in zip(([ERROR], [UP], [WARNING, ERROR]), stories, strict=True):
        for target, status in story:
            at += SECOND
            await see(database, target, status, at)
        assert await pending_changes(database) == alerts, story
        await deliver_all(database, at=LATER)
        async with database.writing() as session:
            assert await reconcile.reconcile(session, at) == 0, story


async def test_each_sees_what_the_other_missed(database: Database) -> None:
    """What only one of both sees, or what the other one filters out, is delivered."""
    await watch(database, NAME, status_filter="errors")
    await watch(database, ORDERS)
    for seconds, target, status, alerts in (
        (1, NAME, WARNING, []),
        (2, ORDERS, WARNING, [WARNING]),
        (3, NAME, ERROR, [WARNING, ERROR]),
        (4, NAME, WARNING, [WARNING, ERROR, WARNING]),
        (5, ORDERS, ERROR, [WARNING, ERROR, WARNING, ERROR]),
    ):
        await see(database, target, status, NOON + seconds * SECOND)
        assert await pending_changes(database) == alerts, seconds


async def test_another_run_and_another_channel_are_alerted(database: Database) -> None:
    """Only the same run at the same destination counts."""
    await watch(database, NAME)
    await watch(database, ORDERS, DEV)
    await watch(database, ORDERS)
    await see(database, NAME, ERROR, NOON + SECOND, replace(ORDERS, run=ORDERS.run + 1))
    await see(database, ORDERS, ERROR, NOON + 2 * SECOND)
    assert await pending_changes(database) == [ERROR, ERROR]
    assert await pending_changes(database, DEV) == [ERROR]


async def test_an_alert_that_is_dropped_is_delivered_by_the_other(database: Database) -> None:
    """If the watch whose alert waits is ended, the other one delivers the change."""
    await watch(database, NAME)
    await watch(database, ORDERS)
    await see(database, NAME, WARNING, NOON + SECOND)
    await see(database, NAME, ERROR, NOON + 2 * SECOND)
    await see(database, ORDERS, ERROR, NOON + 3 * SECOND)
    await sql(database, "UPDATE subscriptions SET considered = 'before'")
    async with database.writing() as session:
        await subscriptions.unsubscribe(session, HERE, NAME)
        await session.flush()
        assert await reconcile.reconcile(session, LATER) == 1
    assert await pending_changes(database) == [ERROR]


async def test_a_mute_silences_both(database: Database) -> None:
    """A mute by the name or by the run is one of the job."""
    await watch(database, NAME)
    await watch(database, ORDERS)
    for target in (NAME, ORDERS):
        async with database.writing() as session:
            assert await mutes.mute(session, HERE, target, until=LATER, by=ANN, now=NOON)
        at = NOON + (MINUTE if target == NAME else 2 * MINUTE)
        for seen in (NAME, ORDERS):
            await see(database, seen, ERROR if target == NAME else UP, at)
        assert await pending(database) == []
        async with database.writing() as session:
            ended = await mutes.unmute(session, HERE, target, NOON)
            assert ended is not None
            assert ended.was_muted
    async with database.reading() as session:
        assert [sub.muted_until for sub in (await watch_list.page(session, HERE, number=1, size=10)).subscriptions] == [
            None
        ]


async def test_unavailability_is_one_notification(database: Database) -> None:
    """The first of both that is unavailable is announced, and the last that is available again."""
    await watch(database, NAME)
    await watch(database, ORDERS)
    lost = JobUnavailable(ORDERS, "orders", UP, "not found", NOON)
    found = JobAvailableAgain(ORDERS, "orders", UP, NOON, LATER)
    for target, notification, since in (
        (NAME, lost, NOON),
        (ORDERS, lost, NOON),
        (NAME, found, None),
        (ORDERS, found, None),
    ):
        async with database.writing() as session:
            row = (await session.scalars(subscriptions.tracked(WORKSPACE, target))).one()
            row.unavailable_notified_at = since
            await session.flush()
            await outbox.notify_subscribers(session, to_tracked_job(row), notification, NOON)
    assert [notification for _, notification in await pending(database)] == [lost, found]


async def test_the_list_has_the_job_once(database: Database) -> None:
    """The job is listed by its name; another run of it, and the run in another channel, are listed by themselves."""
    other_run = replace(ORDERS, run=1)
    await watch(database, NAME)
    await watch(database, ORDERS)
    await watch(database, ORDERS, DEV)
    async with database.writing() as session:
        await subscriptions.subscribe(session, HERE, job(ref=other_run), ANN, polled_at=NOON)
    async with database.reading() as session:
        here = [sub.job.target for sub in (await watch_list.page(session, HERE, number=1, size=10)).subscriptions]
        there = [
            sub.job.target
            for sub in (await watch_list.page(session, Destination(WORKSPACE, DEV), number=1, size=10)).subscriptions
        ]
    assert here == [other_run, NAME]
    assert there == [ORDERS]


async def test_what_is_said_of_many_jobs_counts_the_job_once(database: Database) -> None:
    """An outage, a pause, and its end count jobs, not their watches; an outage names the job once, though one of both
    watches is muted."""
    await watch(database, NAME)
    await watch(database, ORDERS)
    async with database.writing() as session:
        assert await pauses.pause(session, HERE, "is_archived", LATER) == 1
        assert await pauses.resume(session, HERE, LATER) == 1
    told = [notification for _, notification in await pending(database)]
    assert told == [Paused(OPS, "is_archived", 1), Resumed(1, LATER)]

    async with database.reading() as session:
        row = (await session.scalars(subscriptions.tracked(WORKSPACE, NAME))).one()
    for muted in (None, LATER):
        async with database.writing() as session:
            await session.execute(delete(OutageRow))
            these = update(SubscriptionRow).where(SubscriptionRow.watched_job_id == row.id)
            await session.execute(these.values(muted_until=muted))
            await outages.begin(session, "down", NOON, NOON)
        _, outage = (await pending(database))[-1]
        assert outage == Outage("down", NOON, 1, (LastStatus("orders", UP),)), muted


async def test_how_long_a_status_lasted_is_exact_if_one_of_both_knows(database: Database) -> None:
    """Whichever of both sees a change first: alert, list and history give the exact duration that one of both knows."""
    began, at = NOON - HOUR, NOON
    for exact, first, second, status in ((NAME, ORDERS, NAME, ERROR), (ORDERS, ORDERS, NAME, UP)):
        for target in (NAME, ORDERS):
            await watch(database, target)
            async with database.writing() as session:
                row = (await session.scalars(subscriptions.tracked(WORKSPACE, target))).one()
                row.since_is_exact = target == exact
                row.status_since = began if target == exact else at
        async with database.reading() as session:
            listed = (await watch_list.page(session, HERE, number=1, size=10)).subscriptions[0].job
            found = await history.of_job(session, [HERE], NAME, limit=9)
        assert found is not None
        for shown in (listed, found.job):
            assert (shown.status_since, shown.since_is_exact) == (began, True), exact
        await see(database, first, status, at + SECOND)
        await see(database, second, status, at + 2 * SECOND)
        ((_, alert),) = await deliver_all(database, at=LATER)
        assert isinstance(alert, Change)
        assert alert.lasted == Lasted(at + SECOND - began, is_exact=True), exact
        async with database.reading() as session:
            found = await history.of_job(session, [HERE], second, limit=1)
        assert found is not None
        assert found.changes[0].lasted == Lasted(at + 2 * SECOND - began, is_exact=True), exact
        at += MINUTE


async def test_two_workers_record_a_change_at_the_same_moment(postgresql: Database) -> None:
    """While one worker records the change of a job's name, the other one waits with that of its run."""
    await watch(postgresql, NAME)
    await watch(postgresql, ORDERS)
    async with postgresql.writing() as slow:
        row = (await slow.scalars(subscriptions.tracked(WORKSPACE, NAME))).one()
        await subscriptions.count_poll(slow, row, job(ERROR), NOON + SECOND)
        other = asyncio.create_task(see(postgresql, ORDERS, ERROR, NOON + 2 * SECOND))
        await until_a_lock_is_awaited(postgresql)
    await other
    assert await pending_changes(postgresql) == [ERROR]
