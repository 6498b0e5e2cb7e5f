import asyncio
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from bot.domain.destination import Destination
from bot.store import handled_requests, retention, subscriptions
from bot.store.database import Database
from bot.store.sql.tables import ChangeRow, DeliveryRow, HandledRequestRow, SubscriptionRow, TrackedJobRow
from tests.cast import DEV, ERROR, HOUR, NOON, OPS, ORDERS, SECOND, UP, WARNING, WORKSPACE
from tests.store.steps import (
    becomes,
    changes_waiting,
    claim,
    count,
    healthy,
    run,
    settle,
    subscribe,
    tell_all,
)

DAY = timedelta(days=1)
KEEP = 30 * DAY
MORE_THAN_A_BATCH = 501


async def clean(database: Database, now: datetime, keep: timedelta = KEEP) -> dict[str, int]:
    return await retention.purge(database, now, keep_history=keep)


async def unsubscribe(database: Database, number: int | None = None) -> None:
    async with database.writing() as session:
        ref = ORDERS if number is None else run(number)
        await subscriptions.unsubscribe(session, Destination(WORKSPACE, OPS), ref)


async def test_what_was_told_long_ago_is_removed(database: Database) -> None:
    """A delivery is kept for a week after it was settled, a change for as long as was asked; not a second less."""
    await subscribe(database)
    await becomes(database, ERROR)
    await tell_all(database, at=NOON)
    assert await clean(database, NOON + 7 * DAY) == {"deliveries": 0, "changes": 0, "watched_jobs": 0}
    assert await clean(database, NOON + 7 * DAY + SECOND) == {"deliveries": 1, "changes": 0, "watched_jobs": 0}
    assert await clean(database, NOON + SECOND + KEEP) == {"deliveries": 0, "changes": 0, "watched_jobs": 0}
    assert await clean(database, NOON + 2 * SECOND + KEEP) == {"deliveries": 0, "changes": 1, "watched_jobs": 0}


async def test_what_still_waits_is_never_removed(database: Database) -> None:
    """However old it is, what was not told yet stays, with the change that it tells and the job."""
    await subscribe(database)
    await subscribe(database, destination=DEV)
    await becomes(database, WARNING)
    await tell_all(database, at=NOON)
    await becomes(database, ERROR)
    (first, _) = await claim(database)
    await settle(database, first)

    assert await clean(database, NOON + 1000 * DAY) == {"deliveries": 3, "changes": 1, "watched_jobs": 0}
    assert await changes_waiting(database, DEV) == [ERROR]
    assert await count(database, ChangeRow) == 1
    assert await count(database, SubscriptionRow) == 2


async def test_a_job_is_kept_while_it_is_watched_or_remembered(database: Database) -> None:
    """A job goes when nobody subscribes to it and no change of it is remembered."""
    for number in (1, 2, 3):
        await subscribe(database, healthy(number))
    await becomes(database, ERROR, ref=run(2))
    await tell_all(database, at=NOON)
    for number in (2, 3):
        await unsubscribe(database, number)

    assert await clean(database, NOON + DAY) == {"deliveries": 0, "changes": 0, "watched_jobs": 1}
    async with database.reading() as session:
        assert set(await session.scalars(select(TrackedJobRow.run))) == {1, 2}
    assert await clean(database, NOON + KEEP + DAY) == {"deliveries": 0, "changes": 1, "watched_jobs": 1}
    async with database.reading() as session:
        assert set(await session.scalars(select(TrackedJobRow.run))) == {1}


async def test_handled_requests_are_forgotten_too(database: Database) -> None:
    """The nightly cleaning removes the requests that Slack does not deliver again."""
    for key, at in (("old", NOON), ("new", NOON + DAY)):
        async with database.writing() as session:
            await handled_requests.is_first(session, WORKSPACE, key, at)
    await clean(database, NOON + DAY)
    async with database.reading() as session:
        assert list(await session.scalars(select(HandledRequestRow.key))) == ["new"]


async def test_more_than_a_batch_is_removed_batch_by_batch(database: Database) -> None:
    """All that is old goes in one night, however much it is; what is not, stays."""
    await subscribe(database)
    await becomes(database, *([ERROR, UP] * 2))
    async with database.writing() as session:
        sub = (await session.scalars(select(SubscriptionRow))).one()
        old = {"workspace": WORKSPACE, "title": "orders", "old_status": "a", "new_status": "b", "at": NOON - 90 * DAY}
        await session.execute(insert(ChangeRow), [{**old, "watched_job_id": sub.watched_job_id}] * MORE_THAN_A_BATCH)
        settled = {"workspace": WORKSPACE, "destination": OPS, "news": "{}", "attempts": 0, "settled_at": NOON}
        await session.execute(insert(DeliveryRow), [{**settled, "created_at": NOON}] * MORE_THAN_A_BATCH)
        unwatched = {"workspace": WORKSPACE, "dataflow": "d", "title": "t", "status": "s", "followed": False}
        times = {"status_since": NOON, "seen_at": NOON}
        await session.execute(
            insert(TrackedJobRow), [{**unwatched, **times, "run": number} for number in range(MORE_THAN_A_BATCH)]
        )
    removed = await clean(database, NOON + 8 * DAY)
    assert removed == dict.fromkeys(("deliveries", "changes", "watched_jobs"), MORE_THAN_A_BATCH)
    assert await changes_waiting(database) == [ERROR, UP, ERROR, UP]
    assert [await count(database, table) for table in (ChangeRow, DeliveryRow, TrackedJobRow)] == [4, 4, 1]


async def test_a_job_that_somebody_subscribes_to_at_this_moment_is_kept(postgresql: Database) -> None:
    """Whether a subscription is being written or has just been, the cleaning passes over its job."""
    await subscribe(postgresql)
    await unsubscribe(postgresql)
    async with postgresql.writing() as session:
        job = (await session.scalars(select(TrackedJobRow).with_for_update())).one()
        assert (await clean(postgresql, NOON + HOUR))["watched_jobs"] == 0
        assert job.run == ORDERS.run
    await subscribe(postgresql)
    assert (await clean(postgresql, NOON + HOUR))["watched_jobs"] == 0


async def test_two_cleanings_at_once_do_not_hinder_each_other(database: Database) -> None:
    """Each worker cleans every night, perhaps at the same moment."""
    for number in range(20):
        await subscribe(database, healthy(number))
        await unsubscribe(database, number)
    both = await asyncio.gather(*(clean(database, NOON + DAY) for _ in range(4)))
    assert sum(removed["watched_jobs"] for removed in both) <= 20
    await clean(database, NOON + DAY)
    assert await count(database, TrackedJobRow) == 0


async def test_what_somebody_is_writing_is_left_for_the_next_night(postgresql: Database) -> None:
    """The cleaning waits for nobody."""
    await subscribe(postgresql)
    await becomes(postgresql, ERROR)
    await tell_all(postgresql, at=NOON)
    async with postgresql.writing() as session:
        await session.execute(update(DeliveryRow).values(attempts=1))
        assert (await clean(postgresql, NOON + 8 * DAY))["deliveries"] == 0
    assert (await clean(postgresql, NOON + 8 * DAY))["deliveries"] == 1
