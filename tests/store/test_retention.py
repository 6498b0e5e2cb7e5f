import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from bot.domain.destination import Destination
from bot.store import handled_requests, retention, subscriptions
from bot.store.database import Database
from bot.store.sql.tables import ChangeRow, DeliveryRow, GapRow, HandledRequestRow, SubscriptionRow, TrackedJobRow
from tests.cast import DEV, ERROR, HOUR, NOON, OPS, ORDERS, SECOND, UP, WARNING, WORKSPACE
from tests.store.channels.windows import begin, tick
from tests.store.steps import (
    becomes,
    claim,
    count,
    deliver_all,
    healthy,
    pending_changes,
    run,
    settle,
    statements,
    subscribe,
)

DAY = timedelta(days=1)
KEEP = 30 * DAY
MORE_THAN_A_BATCH = 501


async def purge(database: Database, now: datetime, keep: timedelta = KEEP) -> dict[str, int]:
    removed = await retention.purge(database, now, keep_history=keep)
    assert [removed.pop(each) for each in ("handled_requests", "incidents", "gaps", "silences", "app_homes")] == [0] * 5
    return removed


async def unsubscribe(database: Database, number: int | None = None) -> None:
    async with database.writing() as session:
        ref = ORDERS if number is None else run(number)
        await subscriptions.unsubscribe(session, Destination(WORKSPACE, OPS), ref)


async def test_old_deliveries_and_changes_are_removed(database: Database) -> None:
    """Settled deliveries are kept for a week and changes for the given time, to the second."""
    await subscribe(database)
    await becomes(database, ERROR)
    await deliver_all(database, at=NOON)
    assert await purge(database, NOON + 7 * DAY) == {"deliveries": 0, "changes": 0, "watched_jobs": 0}
    assert await purge(database, NOON + 7 * DAY + SECOND) == {"deliveries": 1, "changes": 0, "watched_jobs": 0}
    assert await purge(database, NOON + SECOND + KEEP) == {"deliveries": 0, "changes": 0, "watched_jobs": 0}
    assert await purge(database, NOON + 2 * SECOND + KEEP) == {"deliveries": 0, "changes": 1, "watched_jobs": 0}


async def test_maintenance_is_kept_like_history(database: Database) -> None:
    """Maintenance is removed once it ended as long ago as history reaches, and never while it lasts."""
    await begin(database, until=NOON + HOUR)
    await begin(database, "x*", until=NOON + 1000 * DAY)
    await tick(database, NOON + HOUR)
    for age, removed in ((KEEP, 0), (KEEP + SECOND, 1), (KEEP + DAY, 0)):
        found = await retention.purge(database, NOON + HOUR + age, keep_history=KEEP)
        assert found["silences"] == removed


async def test_gaps_are_kept_as_long_as_histories_reach(database: Database) -> None:
    """A gap is kept as long as the changes, and at least as long as the longest period that a history shows."""
    await subscribe(database)
    await subscribe(database, destination=DEV, at=NOON + HOUR)
    for keep, kept in ((DAY, 31 * DAY), (90 * DAY, 90 * DAY)):
        for age, removed in ((kept, 0), (kept + SECOND, 1)):
            found = await retention.purge(database, NOON + HOUR + age, keep_history=keep)
            assert found["gaps"] == removed
        async with database.writing() as session:
            row = (await session.scalars(select(TrackedJobRow))).one()
            session.add(GapRow(workspace=WORKSPACE, watched_job_id=row.id, since=NOON, until=NOON + HOUR))


async def test_pending_deliveries_are_never_removed(database: Database) -> None:
    """A pending delivery stays, however old, with its change and its job."""
    await subscribe(database)
    await subscribe(database, destination=DEV)
    await becomes(database, WARNING)
    await deliver_all(database, at=NOON)
    await becomes(database, ERROR)
    (first, _) = await claim(database)
    await settle(database, first)

    assert await purge(database, NOON + 1000 * DAY) == {"deliveries": 3, "changes": 1, "watched_jobs": 0}
    assert await pending_changes(database, DEV) == [ERROR]
    assert await count(database, ChangeRow) == 1
    assert await count(database, SubscriptionRow) == 2


async def test_a_job_is_kept_while_it_has_subscriptions_or_changes(database: Database) -> None:
    """A job is removed once it has neither a subscription nor a recorded change."""
    for number in (1, 2, 3):
        await subscribe(database, healthy(number))
    await becomes(database, ERROR, ref=run(2))
    await deliver_all(database, at=NOON)
    for number in (2, 3):
        await unsubscribe(database, number)

    assert await purge(database, NOON + DAY) == {"deliveries": 0, "changes": 0, "watched_jobs": 1}
    async with database.reading() as session:
        assert set(await session.scalars(select(TrackedJobRow.run))) == {1, 2}
    assert await purge(database, NOON + KEEP + DAY) == {"deliveries": 0, "changes": 1, "watched_jobs": 1}
    async with database.reading() as session:
        assert set(await session.scalars(select(TrackedJobRow.run))) == {1}


async def test_handled_requests_are_forgotten_in_batches(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Retention removes requests that Slack no longer redelivers, a few in each transaction, and no others."""
    monkeypatch.setattr(retention, "_BATCH", 2)
    ages = {"old": NOON, "older": NOON - HOUR, "oldest": NOON - DAY, "new": NOON + DAY}
    for key, at in ages.items():
        async with database.writing() as session:
            await handled_requests.is_first(session, WORKSPACE, key, at)
    with statements("DELETE FROM handled_requests") as sent:
        removed = await retention.purge(database, NOON + DAY, keep_history=KEEP)
    assert removed["handled_requests"] == 3
    assert len(sent) == 2
    async with database.reading() as session:
        assert list(await session.scalars(select(HandledRequestRow.key))) == ["new"]


async def test_more_than_a_batch_is_removed(database: Database) -> None:
    """All old rows are removed in one run, however many there are, and no others."""
    await subscribe(database)
    await becomes(database, *([ERROR, UP] * 2))
    async with database.writing() as session:
        sub = (await session.scalars(select(SubscriptionRow))).one()
        old = {"workspace": WORKSPACE, "title": "orders", "old_status": "a", "new_status": "b", "at": NOON - 90 * DAY}
        await session.execute(insert(ChangeRow), [{**old, "watched_job_id": sub.watched_job_id}] * MORE_THAN_A_BATCH)
        settled = {"workspace": WORKSPACE, "destination": OPS, "notification": "{}", "attempts": 0, "settled_at": NOON}
        await session.execute(insert(DeliveryRow), [{**settled, "created_at": NOON}] * MORE_THAN_A_BATCH)
        unwatched = {"workspace": WORKSPACE, "dataflow": "d", "title": "t", "status": "s", "followed": False}
        times = {"status_since": NOON, "polled_at": NOON}
        await session.execute(
            insert(TrackedJobRow), [{**unwatched, **times, "run": number} for number in range(MORE_THAN_A_BATCH)]
        )
    removed = await purge(database, NOON + 8 * DAY)
    assert removed == dict.fromkeys(("deliveries", "changes", "watched_jobs"), MORE_THAN_A_BATCH)
    assert await pending_changes(database) == [ERROR, UP, ERROR, UP]
    assert [await count(database, table) for table in (ChangeRow, DeliveryRow, TrackedJobRow)] == [4, 4, 1]


async def test_a_job_that_somebody_is_subscribing_to_is_kept(postgresql: Database) -> None:
    """Retention skips a job while a subscription is being written, and after it was."""
    await subscribe(postgresql)
    await unsubscribe(postgresql)
    async with postgresql.writing() as session:
        job = (await session.scalars(select(TrackedJobRow).with_for_update())).one()
        assert (await purge(postgresql, NOON + HOUR))["watched_jobs"] == 0
        assert job.run == ORDERS.run
    await subscribe(postgresql)
    assert (await purge(postgresql, NOON + HOUR))["watched_jobs"] == 0


async def test_retention_runs_in_several_workers_at_once(database: Database) -> None:
    """Several workers can remove old rows at the same moment."""
    for number in range(20):
        await subscribe(database, healthy(number))
        await unsubscribe(database, number)
    both = await asyncio.gather(*(purge(database, NOON + DAY) for _ in range(4)))
    assert sum(removed["watched_jobs"] for removed in both) <= 20
    await purge(database, NOON + DAY)
    assert await count(database, TrackedJobRow) == 0


async def test_retention_skips_locked_rows(postgresql: Database) -> None:
    """Retention waits for nobody: it leaves locked rows for the next night."""
    await subscribe(postgresql)
    await becomes(postgresql, ERROR)
    await deliver_all(postgresql, at=NOON)
    async with postgresql.writing() as session:
        await session.execute(update(DeliveryRow).values(attempts=1))
        assert (await purge(postgresql, NOON + 8 * DAY))["deliveries"] == 0
    assert (await purge(postgresql, NOON + 8 * DAY))["deliveries"] == 1
