import asyncio

from sqlalchemy import select

from bot.domain.change import Change
from bot.domain.job import Status
from bot.store import outbox, reconcile
from bot.store.database import Database
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import ChangeRow, TrackedJobRow
from tests.cast import DEV, ERROR, HOUR, NOON, OPS, ORDERS, SECOND, UP, WARNING, change
from tests.store.steps import becomes, claim, count, deliveries, healthy, run, sql, subscribe, the_subscription, waits

LATER = NOON + HOUR


async def reconcile_all(database: Database) -> int:
    async with database.writing() as session:
        return await reconcile.reconcile(session, LATER)


async def unheard(database: Database, *statuses: Status, destination: str = OPS) -> None:
    """A job changes while a destination hears nothing, for whatever reason."""
    of_it = "WHERE destination = :place"
    await sql(database, f"UPDATE subscriptions SET muted_until = '2026-03-01' {of_it}", place=destination)
    await becomes(database, *statuses)
    await sql(database, f"UPDATE subscriptions SET muted_until = NULL {of_it}", place=destination)


async def test_the_difference_is_told_once(database: Database) -> None:
    """A subscription hears of what is, compared with what it was told, in one change, once; of what lies between it
    hears nothing."""
    await subscribe(database)
    await subscribe(database, destination=DEV)
    await unheard(database, ERROR, UP, WARNING)
    before = await count(database, ChangeRow)
    for queue in await claim(database):
        assert queue.destination == DEV
    await sql(database, "UPDATE deliveries SET settled_at = '2026-02-14'")

    assert await reconcile_all(database) == 1
    difference = Change(ORDERS, "orders", UP, WARNING, None, NOON + 3 * SECOND)
    assert await waits(database) == [(OPS, difference)]
    assert (await deliveries(database))[-1].created_at == LATER
    assert (await the_subscription(database)).notified_status == WARNING.raw
    assert await count(database, ChangeRow) == before  # nothing new was seen
    await claim(database)
    assert await reconcile_all(database) == 0
    await sql(database, "UPDATE deliveries SET settled_at = '2026-02-14'")
    assert await reconcile_all(database) == 0


async def test_who_was_told_all_is_told_nothing(database: Database) -> None:
    """A start begins with silence where nothing is different; another spelling of a status is no difference."""
    await subscribe(database)
    await sql(database, "UPDATE watched_jobs SET status = 'UP_AND_RUNNING'")
    assert await reconcile_all(database) == 0
    assert await waits(database) == []


async def test_what_waits_goes_first(database: Database) -> None:
    """While something waits for a subscription it is left alone: that may tell it already."""
    await subscribe(database)
    await becomes(database, WARNING)
    await unheard(database, ERROR)
    assert await reconcile_all(database) == 0
    await sql(database, "UPDATE deliveries SET settled_at = '2026-02-14'")
    assert await reconcile_all(database) == 1


async def test_who_must_not_or_does_not_want_to_hear_is_told_nothing(database: Database) -> None:
    """A paused or muted subscription, and one that does not want this status, are left as they are."""
    for place, status_filter in ((OPS, "changes"), (DEV, "changes"), ("C3", "errors")):
        await subscribe(database, destination=place, status_filter=status_filter)
    await sql(database, "UPDATE watched_jobs SET status = 'Running with Warning'")
    await sql(database, "UPDATE subscriptions SET paused_because = 'is_archived' WHERE destination = 'C1'")
    await sql(database, "UPDATE subscriptions SET muted_until = '2026-03-01' WHERE destination = 'C2'")
    assert await reconcile_all(database) == 0
    assert await waits(database) == []
    for place in (OPS, DEV, "C3"):
        assert (await the_subscription(database, place)).notified_status == UP.raw

    await sql(database, "UPDATE subscriptions SET paused_because = NULL, muted_until = NULL")
    assert await reconcile_all(database) == 2
    assert [place for place, _ in await waits(database)] == [OPS, DEV]


async def test_a_recovery_that_was_missed_is_told(database: Database) -> None:
    """Who wants problems and was told of one hears that it is over, whatever came in between."""
    await subscribe(database, status_filter="problems")
    await becomes(database, ERROR)
    await sql(database, "UPDATE deliveries SET settled_at = '2026-02-14'")
    await unheard(database, Status.of("Deploying"), UP)
    assert await reconcile_all(database) == 1
    ((_, notification),) = await waits(database)
    assert isinstance(notification, Change)
    assert (notification.old, notification.new) == (ERROR, UP)


async def test_of_many_at_once_one_tells(database: Database) -> None:
    """However many workers catch up at the same moment, each difference is told once, and none is lost."""
    for number in range(10):
        await subscribe(database, healthy(number))
    await sql(database, "UPDATE watched_jobs SET status = 'Running with Error'")
    told = await asyncio.gather(*(reconcile_all(database) for _ in range(6)))
    assert sum(told) + await reconcile_all(database) == 10
    refs = [notification.ref for _, notification in await waits(database) if isinstance(notification, Change)]
    assert sorted(refs) == [run(number) for number in range(10)]


async def test_a_change_that_is_being_written_is_not_told_twice(postgresql: Database) -> None:
    """While the watcher writes a change, what it concerns is passed over."""
    await subscribe(postgresql)
    await subscribe(postgresql, healthy(1))
    await sql(postgresql, "UPDATE watched_jobs SET status = 'Running with Warning'")
    async with postgresql.writing() as poller:
        row = (await poller.scalars(select(TrackedJobRow).where(TrackedJobRow.run == ORDERS.run))).one()
        before, row.status = to_tracked_job(row), ERROR.raw
        await outbox.record_change(poller, before, change(WARNING, ERROR))
        await poller.flush()
        assert await reconcile_all(postgresql) == 1
    assert await reconcile_all(postgresql) == 0
    assert [
        (notification.ref, notification.new)
        for _, notification in await waits(postgresql)
        if isinstance(notification, Change)
    ] == [
        (ORDERS, ERROR),
        (run(1), WARNING),
    ]
