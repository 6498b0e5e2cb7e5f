from datetime import datetime

from bot.domain.destination import Destination
from bot.domain.notification import StillFailing
from bot.store import mutes, pauses, reconcile
from bot.store.database import Database
from bot.store.mutes import Unmuted
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
    changes_waiting,
    deliveries,
    subscribe,
    tell_all,
    the_job,
    the_subscription,
    waits,
)

END = NOON + HOUR


async def mute(
    database: Database, destination: str = OPS, *, until: datetime = END, by: str = BEN, now: datetime = NOON
) -> bool:
    async with database.writing() as session:
        return (
            await mutes.mute(session, Destination(WORKSPACE, destination), ORDERS, until=until, by=by, now=now)
            is not None
        )


async def end_mutes(database: Database, now: datetime = END) -> int:
    async with database.writing() as session:
        return await mutes.end_mutes(session, now)


async def unmute(database: Database) -> Unmuted | None:
    async with database.writing() as session:
        return await mutes.unmute(session, Destination(WORKSPACE, OPS), ORDERS)


async def reconcile_all(database: Database) -> int:
    async with database.writing() as session:
        return await reconcile.reconcile(session, END)


async def test_a_muted_subscription_is_told_nothing_and_the_others_are(database: Database) -> None:
    """Silence is for one job in one place, and shows who asked for it."""
    await subscribe(database)
    await subscribe(database, destination=DEV)
    await subscribe(database, workspace=OTHER_WORKSPACE)
    assert await mute(database)
    await becomes(database, WARNING, ERROR)
    await becomes(database, ERROR, workspace=OTHER_WORKSPACE)

    assert await changes_waiting(database, OPS) == [ERROR]  # the other workspace's
    assert await changes_waiting(database, DEV) == [WARNING, ERROR]
    muted = await the_subscription(database)
    assert (muted.muted_until, muted.muted_at, muted.muted_by) == (END, NOON, BEN)
    assert muted.notified_status == UP.raw
    assert (await the_subscription(database, DEV)).muted_until is None


async def test_what_is_not_watched_here_cant_be_muted(database: Database) -> None:
    """A mute needs a subscription of this place, and so does its end."""
    await subscribe(database)
    assert not await mute(database, DEV)
    async with database.writing() as session:
        for workspace, ref, destination in ((OTHER_WORKSPACE, ORDERS, OPS), (WORKSPACE, CLICKS, OPS)):
            assert (
                await mutes.mute(session, Destination(workspace, destination), ref, until=END, by=ANN, now=NOON) is None
            )
            assert await mutes.unmute(session, Destination(workspace, destination), ref) is None


async def test_a_mute_that_ends_tells_what_is_still_bad(database: Database) -> None:
    """At the end, not before, the channel hears once of a job that is in trouble, since when, and of the mute."""
    await subscribe(database)
    await mute(database)
    await becomes(database, ERROR)
    assert await end_mutes(database, END - SECOND) == 0
    assert await end_mutes(database) == 1
    still = StillFailing(ORDERS, "orders", ERROR, NOON + SECOND, muted_at=NOON, muted_by=BEN, at=END)
    assert await waits(database) == [(OPS, still)]
    assert await end_mutes(database) == 0
    live = await the_subscription(database)
    assert (live.muted_until, live.muted_at, live.muted_by, live.notified_status) == (None, None, None, ERROR.raw)
    await tell_all(database, at=END)
    assert await reconcile_all(database) == 0


async def test_what_was_bad_before_the_mute_is_told_as_still_bad(database: Database) -> None:
    """Who silenced a known error hears at the end that it is there still."""
    await subscribe(database)
    await becomes(database, ERROR)
    await tell_all(database)
    await mute(database)
    await end_mutes(database)
    ((_, notification),) = await waits(database)
    assert isinstance(notification, StillFailing)


async def test_a_mute_that_ends_while_all_is_well_is_silent(database: Database) -> None:
    """Nothing is told of a job that is fine, or that has ended, or whose trouble the subscription does not want."""
    await subscribe(database, destination=OPS)
    await subscribe(database, destination=DEV, status_filter="errors")
    for place in (OPS, DEV):
        await mute(database, place)
    await becomes(database, ERROR, UP)
    assert await end_mutes(database) == 2
    assert await waits(database) == []

    for place in (OPS, DEV):
        await mute(database, place)
    await becomes(database, ENDED)
    assert await end_mutes(database) == 2
    assert await waits(database) == []

    await mute(database, DEV)
    await becomes(database, WARNING)
    await tell_all(database)
    assert await end_mutes(database) == 1
    assert await waits(database) == []


async def test_a_paused_place_is_told_nothing_at_the_end_of_a_mute(database: Database) -> None:
    """The mute ends, and the pause says all there is to say."""
    await subscribe(database, by=BEN)
    await mute(database)
    await becomes(database, ERROR)
    async with database.writing() as session:
        await pauses.pause(session, Destination(WORKSPACE, OPS), "is_archived", NOON)
    await tell_all(database)
    assert await end_mutes(database) == 1
    assert await waits(database) == []
    assert (await the_subscription(database)).notified_status == UP.raw


async def test_what_is_still_bad_is_not_lost_when_its_message_is(database: Database) -> None:
    """A message at the end of a mute that can't be delivered leaves the subscription told of what it was told before,
    so that the difference is told when it goes on."""
    await subscribe(database)
    await mute(database)
    await becomes(database, ERROR)
    await end_mutes(database)
    async with database.writing() as session:
        await pauses.pause(session, Destination(WORKSPACE, OPS), "is_archived", END)
        await pauses.resume(session, Destination(WORKSPACE, OPS), END)
    await tell_all(database, at=END)
    assert await reconcile_all(database) == 1
    assert await changes_waiting(database) == [ERROR]


async def test_the_end_of_a_mute_can_be_moved(database: Database) -> None:
    """Muting again moves the end, and keeps when the silence began."""
    await subscribe(database)
    await mute(database)
    await mute(database, until=END + HOUR, by=ANN, now=NOON + SECOND)
    muted = await the_subscription(database)
    assert (muted.muted_until, muted.muted_at, muted.muted_by) == (END + HOUR, NOON, ANN)
    assert await end_mutes(database, END) == 0
    assert await end_mutes(database, END + HOUR) == 1


async def test_unmuting_says_whether_news_follow(database: Database) -> None:
    """Who ends a mute early is promised news exactly where the job is not as it was told last, and wanted so."""
    await subscribe(database)
    known = await the_job(database)
    assert await unmute(database) == Unmuted(known, was_muted=False, news_follow=False)
    await mute(database)
    assert await unmute(database) == Unmuted(known, was_muted=True, news_follow=False)

    await mute(database)
    await becomes(database, ERROR)
    ended = await unmute(database)
    assert ended == Unmuted(await the_job(database), was_muted=True, news_follow=True)
    assert await deliveries(database) == []
    assert await reconcile_all(database) == 1
    assert await changes_waiting(database) == [ERROR]

    await subscribe(database, status_filter="Undeployed", at=NOON + SECOND)
    await mute(database)
    await becomes(database, WARNING)
    ended = await unmute(database)
    assert ended is not None
    assert not ended.news_follow
