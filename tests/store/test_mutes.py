from dataclasses import replace
from datetime import datetime

from sqlalchemy import update

from bot.domain.destination import Destination
from bot.domain.notification.jobs import JobUnavailable, StillFailing
from bot.store import mutes, pauses, reconcile
from bot.store.database import Database
from bot.store.mutes import Unmuted
from bot.store.sql.tables import ChannelSettingsRow, TrackedJobRow
from tests.cast import (
    ANN,
    BEN,
    CLICKS,
    DEV,
    ENDED,
    ERROR,
    HOUR,
    NOON,
    OPS,
    ORDERS,
    OTHER_WORKSPACE,
    SECOND,
    UP,
    WARNING,
    WORKSPACE,
)
from tests.store.steps import (
    becomes,
    deliver_all,
    deliveries,
    pending,
    pending_changes,
    subscribe,
    the_job,
    the_subscription,
)

END = NOON + HOUR


async def mute(
    database: Database,
    destination: str = OPS,
    *,
    until: datetime = END,
    by: str = BEN,
    now: datetime = NOON,
    until_change: bool = False,
) -> bool:
    place = Destination(WORKSPACE, destination)
    async with database.writing() as session:
        muted = await mutes.mute(session, place, ORDERS, until=until, by=by, now=now, until_change=until_change)
        return muted is not None


async def end_mutes(database: Database, now: datetime = END) -> int:
    async with database.writing() as session:
        return await mutes.end_mutes(session, now)


async def unmute(database: Database) -> Unmuted | None:
    async with database.writing() as session:
        return await mutes.unmute(session, Destination(WORKSPACE, OPS), ORDERS, NOON)


async def reconcile_all(database: Database) -> int:
    async with database.writing() as session:
        return await reconcile.reconcile(session, END)


async def test_a_mute_concerns_one_subscription(database: Database) -> None:
    """A mute silences one job in one destination, and shows who asked for it."""
    await subscribe(database)
    await subscribe(database, destination=DEV)
    await subscribe(database, workspace=OTHER_WORKSPACE)
    assert await mute(database)
    await becomes(database, WARNING, ERROR)
    await becomes(database, ERROR, workspace=OTHER_WORKSPACE)

    assert await pending_changes(database, OPS) == [ERROR]  # the other workspace's
    assert await pending_changes(database, DEV) == [WARNING, ERROR]
    muted = await the_subscription(database)
    assert (muted.muted_until, muted.muted_at, muted.muted_by) == (END, NOON, BEN)
    assert muted.notified_status == UP.raw
    assert (await the_subscription(database, DEV)).muted_until is None


async def test_a_job_that_is_not_watched_here_cannot_be_muted(database: Database) -> None:
    """Muting and unmuting need a subscription of this destination."""
    await subscribe(database)
    assert not await mute(database, DEV)
    async with database.writing() as session:
        for workspace, ref, destination in ((OTHER_WORKSPACE, ORDERS, OPS), (WORKSPACE, CLICKS, OPS)):
            assert (
                await mutes.mute(session, Destination(workspace, destination), ref, until=END, by=ANN, now=NOON) is None
            )
            assert await mutes.unmute(session, Destination(workspace, destination), ref, NOON) is None


async def test_the_end_of_a_mute_reminds_of_a_failing_job(database: Database) -> None:
    """When a mute ends, and not before, one reminder says that the job fails, since when, and who muted it."""
    await subscribe(database)
    await mute(database)
    await becomes(database, ERROR)
    assert await end_mutes(database, END - SECOND) == 0
    assert await end_mutes(database) == 1
    still = StillFailing(ORDERS, "orders", ERROR, NOON + SECOND, muted_at=NOON, muted_by=BEN, at=END)
    still = replace(still, since_is_exact=True, version="3", started_by="ann", notified=UP)
    assert await pending(database) == [(OPS, still)]
    assert await end_mutes(database) == 0
    live = await the_subscription(database)
    assert (live.muted_until, live.muted_at, live.muted_by, live.notified_status) == (None, None, None, ERROR.raw)
    await deliver_all(database, at=END)
    assert await reconcile_all(database) == 0


async def test_an_error_from_before_the_mute_is_reminded_of(database: Database) -> None:
    """If the job failed before the mute and still fails, the end of the mute says so."""
    await subscribe(database)
    await becomes(database, ERROR)
    await deliver_all(database)
    await mute(database)
    await end_mutes(database)
    ((_, notification),) = await pending(database)
    assert isinstance(notification, StillFailing)


async def test_the_end_of_a_mute_is_silent_if_nothing_fails(database: Database) -> None:
    """No reminder is sent for a job that is healthy or has ended, or whose status the filter excludes."""
    await subscribe(database, destination=OPS)
    await subscribe(database, destination=DEV, status_filter="errors")
    for destination in (OPS, DEV):
        await mute(database, destination)
    await becomes(database, ERROR, UP)
    assert await end_mutes(database) == 2
    assert await pending(database) == []

    for destination in (OPS, DEV):
        await mute(database, destination)
    await becomes(database, ENDED)
    assert await end_mutes(database) == 2
    assert await pending(database) == []

    await mute(database, DEV)
    await becomes(database, WARNING)
    await deliver_all(database)
    assert await end_mutes(database) == 1
    assert await pending(database) == []


async def test_what_cannot_be_polled_is_not_said_to_fail_at_the_end_of_a_mute(database: Database) -> None:
    """Who muted a job that can't be polled by then hears of that instead, unless not even errors break through their
    quiet hours."""
    for destination in (OPS, DEV):
        await subscribe(database, destination=destination)
    await becomes(database, ERROR)
    await deliver_all(database)
    for destination in (OPS, DEV):
        await mute(database, destination)
    async with database.writing() as session:
        failing = {"failure": "it hangs", "failing_since": NOON, "unavailable_notified_at": NOON}
        await session.execute(update(TrackedJobRow).values(failing))
        quiet = {"quiet_since": NOON, "quiet_filter": "nothing"}
        session.add(ChannelSettingsRow(workspace=WORKSPACE, destination=DEV, **quiet))
    assert await end_mutes(database) == 2
    assert await pending(database) == [(OPS, JobUnavailable(ORDERS, "orders", ERROR, "it hangs", NOON))]


async def test_a_paused_destination_gets_no_reminder(database: Database) -> None:
    """The mute of a paused subscription ends without a reminder."""
    await subscribe(database, by=BEN)
    await mute(database)
    await becomes(database, ERROR)
    async with database.writing() as session:
        await pauses.pause(session, Destination(WORKSPACE, OPS), "is_archived", NOON)
    await deliver_all(database)
    assert await end_mutes(database) == 1
    assert await pending(database) == []
    assert (await the_subscription(database)).notified_status == UP.raw


async def test_a_reminder_that_is_given_up_is_reconciled(database: Database) -> None:
    """If the reminder can't be delivered, the subscription returns to the status before it and is reconciled later."""
    await subscribe(database)
    await mute(database)
    await becomes(database, ERROR)
    await end_mutes(database)
    async with database.writing() as session:
        await pauses.pause(session, Destination(WORKSPACE, OPS), "is_archived", END)
        await pauses.resume(session, Destination(WORKSPACE, OPS), END)
    await deliver_all(database, at=END)
    assert await reconcile_all(database) == 1
    assert await pending_changes(database) == [ERROR]


async def test_the_end_of_a_mute_can_be_moved(database: Database) -> None:
    """Muting again moves the end of the mute and keeps its beginning."""
    await subscribe(database)
    await mute(database)
    await mute(database, until=END + HOUR, by=ANN, now=NOON + SECOND)
    muted = await the_subscription(database)
    assert (muted.muted_until, muted.muted_at, muted.muted_by) == (END + HOUR, NOON, ANN)
    assert await end_mutes(database, END) == 0
    assert await end_mutes(database, END + HOUR) == 1


async def test_unmuting_says_whether_changes_follow(database: Database) -> None:
    """Unmuting announces further alerts exactly if the subscription is behind."""
    await subscribe(database)
    tracked = await the_job(database)
    assert await unmute(database) == Unmuted(tracked, was_muted=False, changes_follow=False)
    await mute(database)
    assert await unmute(database) == Unmuted(tracked, was_muted=True, changes_follow=False)

    await mute(database)
    await becomes(database, ERROR)
    ended = await unmute(database)
    assert ended == Unmuted(await the_job(database), was_muted=True, changes_follow=True)
    assert await deliveries(database) == []
    assert await reconcile_all(database) == 1
    assert await pending_changes(database) == [ERROR]

    await subscribe(database, status_filter="Undeployed", at=NOON + SECOND)
    await mute(database)
    await becomes(database, WARNING)
    ended = await unmute(database)
    assert ended is not None
    assert not ended.changes_follow


async def test_the_next_change_ends_a_mute_and_is_delivered(database: Database) -> None:
    """A mute until the job changes ends with its next status, which is delivered; a filter may still exclude it. What
    somebody muted for a time stays muted."""
    await subscribe(database)
    await subscribe(database, destination=DEV, status_filter="errors")
    await subscribe(database, destination="C_TIME")
    await mute(database, until_change=True)
    await mute(database, DEV, until_change=True)
    await mute(database, "C_TIME")
    await becomes(database, WARNING)
    assert [destination for destination, _ in await pending(database)] == [OPS]
    for destination in (OPS, DEV):
        sub = await the_subscription(database, destination)
        assert (sub.muted_until, sub.muted_by, sub.muted_until_change) == (None, None, None), destination
    assert (await the_subscription(database, "C_TIME")).muted_until == END
    await mute(database, until_change=True)
    await mute(database)  # a time instead
    await becomes(database, ERROR)
    assert [destination for destination, _ in await pending(database)] == [OPS, DEV]


async def test_a_reminder_says_what_was_deployed_by_whom(database: Database) -> None:
    """The reminder at the end of a mute names the version and the deployer of the run, as far as they are known."""
    await subscribe(database)
    await becomes(database, ERROR)
    await deliver_all(database)
    await mute(database)
    await end_mutes(database)
    ((_, reminder),) = await pending(database)
    assert isinstance(reminder, StillFailing)
    assert (reminder.version, reminder.started_by) == ("3", "ann")
