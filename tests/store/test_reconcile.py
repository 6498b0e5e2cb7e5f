import asyncio

import pytest
from sqlalchemy import select

from bot.domain.change import Change
from bot.domain.job import Status
from bot.store import outbox, reconcile
from bot.store.database import Database
from bot.store.reconcile import Reconciled
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import ChangeRow, TrackedJobRow
from tests.cast import DEV, ERROR, HOUR, NOON, OPS, ORDERS, SECOND, UP, WARNING, change
from tests.store.steps import (
    becomes,
    claim,
    count,
    deliveries,
    healthy,
    pending,
    run,
    sql,
    subscribe,
    the_subscription,
)

LATER = NOON + HOUR


async def run_reconcile(database: Database) -> int:
    async with database.writing() as session:
        return await reconcile.reconcile(session, LATER)


async def reconsider(database: Database) -> int:
    async with database.writing() as session:
        return await reconcile.reconsider(session)


async def change_unnoticed(database: Database, *statuses: Status, destination: str = OPS) -> None:
    """Let a job change while a destination isn't notified."""
    of_it = "WHERE destination = :destination"
    await sql(database, f"UPDATE subscriptions SET muted_until = '2026-03-01' {of_it}", destination=destination)
    await becomes(database, *statuses)
    ended = f"UPDATE subscriptions SET muted_until = NULL, considered = NULL {of_it}"
    await sql(database, ended, destination=destination)


async def test_the_difference_is_delivered_once(database: Database) -> None:
    """A subscription is notified once of the present status, compared with its last notified one, and not of the steps
    between."""
    await subscribe(database)
    await subscribe(database, destination=DEV)
    await change_unnoticed(database, ERROR, UP, WARNING)
    before = await count(database, ChangeRow)
    for queue in await claim(database):
        assert queue.destination.id == DEV
    await sql(database, "UPDATE deliveries SET settled_at = '2026-02-14'")

    assert await run_reconcile(database) == 1
    difference = Change(ORDERS, "orders", UP, WARNING, None, NOON + 3 * SECOND)
    assert await pending(database) == [(OPS, difference)]
    assert (await deliveries(database))[-1].created_at == LATER
    assert (await the_subscription(database)).notified_status == WARNING.raw
    assert await count(database, ChangeRow) == before  # reconciling records no change
    await claim(database)
    assert await run_reconcile(database) == 0
    await sql(database, "UPDATE deliveries SET settled_at = '2026-02-14'")
    assert await run_reconcile(database) == 0


async def test_the_difference_begins_when_the_job_says(database: Database) -> None:
    """Where nobody saw the present status begin, the difference that is delivered says so."""
    await subscribe(database)
    await change_unnoticed(database, ERROR)
    await sql(database, "UPDATE watched_jobs SET since_is_exact = FALSE")
    assert await run_reconcile(database) == 1
    difference = Change(ORDERS, "orders", UP, ERROR, None, NOON + SECOND, at_is_exact=False)
    assert await pending(database) == [(OPS, difference)]


async def test_a_subscription_that_is_up_to_date_gets_nothing(database: Database) -> None:
    """Nothing is delivered without a difference; another spelling of a status is no difference."""
    await subscribe(database)
    await sql(database, "UPDATE watched_jobs SET status = 'UP_AND_RUNNING'")
    assert await run_reconcile(database) == 0
    assert await pending(database) == []


async def test_a_subscription_with_pending_deliveries_is_left_alone(database: Database) -> None:
    """Pending deliveries bring a subscription up to date, so it isn't reconciled."""
    await subscribe(database)
    await becomes(database, WARNING)
    await change_unnoticed(database, ERROR)
    assert await run_reconcile(database) == 0
    await sql(database, "UPDATE deliveries SET settled_at = '2026-02-14'")
    assert await run_reconcile(database) == 1


async def test_paused_muted_and_filtered_subscriptions_are_left_alone(database: Database) -> None:
    """A paused or muted subscription isn't reconciled, nor one whose filter excludes the status."""
    for destination, status_filter in ((OPS, "changes"), (DEV, "changes"), ("C3", "errors")):
        await subscribe(database, destination=destination, status_filter=status_filter)
    await sql(database, "UPDATE watched_jobs SET status = 'Running with Warning'")
    await sql(database, "UPDATE subscriptions SET paused_because = 'is_archived' WHERE destination = 'C1'")
    await sql(database, "UPDATE subscriptions SET muted_until = '2026-03-01' WHERE destination = 'C2'")
    assert await run_reconcile(database) == 0
    assert await pending(database) == []
    for destination in (OPS, DEV, "C3"):
        assert (await the_subscription(database, destination)).notified_status == UP.raw

    await sql(database, "UPDATE subscriptions SET paused_because = NULL, muted_until = NULL")
    assert await run_reconcile(database) == 2
    assert [destination for destination, _ in await pending(database)] == [OPS, DEV]


async def test_a_missed_recovery_is_delivered(database: Database) -> None:
    """A subscriber to problems who was notified of one is notified of the recovery, whatever came between."""
    await subscribe(database, status_filter="problems")
    await becomes(database, ERROR)
    await sql(database, "UPDATE deliveries SET settled_at = '2026-02-14'")
    await change_unnoticed(database, Status.of("Deploying"), UP)
    assert await run_reconcile(database) == 1
    ((_, notification),) = await pending(database)
    assert isinstance(notification, Change)
    assert (notification.old, notification.new) == (ERROR, UP)


async def test_of_many_workers_one_reconciles(database: Database) -> None:
    """If many workers reconcile at the same moment, each difference is delivered once and none is lost."""
    for number in range(10):
        await subscribe(database, healthy(number))
    await sql(database, "UPDATE watched_jobs SET status = 'Running with Error'")
    reconciled = await asyncio.gather(*(run_reconcile(database) for _ in range(6)))
    assert sum(reconciled) + await run_reconcile(database) == 10
    refs = [notification.ref for _, notification in await pending(database) if isinstance(notification, Change)]
    assert sorted(refs) == [run(number) for number in range(10)]


async def test_a_change_that_is_being_written_is_skipped(postgresql: Database) -> None:
    """While a change is being written, the subscriptions that it concerns aren't reconciled."""
    await subscribe(postgresql)
    await subscribe(postgresql, healthy(1))
    await sql(postgresql, "UPDATE watched_jobs SET status = 'Running with Warning'")
    async with postgresql.writing() as recorder:
        row = (await recorder.scalars(select(TrackedJobRow).where(TrackedJobRow.run == ORDERS.run))).one()
        before, row.status = to_tracked_job(row), ERROR.raw
        await outbox.record_change(recorder, before, change(WARNING, ERROR))
        await recorder.flush()
        assert await run_reconcile(postgresql) == 1
    assert await run_reconcile(postgresql) == 0
    assert [
        (notification.ref, notification.new)
        for _, notification in await pending(postgresql)
        if isinstance(notification, Change)
    ] == [
        (ORDERS, ERROR),
        (run(1), WARNING),
    ]


async def test_what_needs_nothing_is_considered_once(database: Database) -> None:
    """A subscription that is up to date, or whose filter excludes the present status, is read once."""
    for destination, status_filter in ((OPS, "errors"), (DEV, "changes")):
        await subscribe(database, destination=destination, status_filter=status_filter)
    await sql(database, "UPDATE watched_jobs SET status = 'Running with Warning'")
    assert await run_reconcile(database) == 1
    async with database.reading() as session:
        assert await reconcile.reconcile_some(session, LATER) == Reconciled(0, may_be_more=False)
        assert list(session.identity_map.values()) == []


async def test_what_an_earlier_release_left_behind_is_found(database: Database) -> None:
    """A status, a filter or a last notification that changed while nobody said so is noticed by comparing all, once."""
    await subscribe(database, status_filter="errors")
    assert await run_reconcile(database) == 0
    for changed in (
        "UPDATE watched_jobs SET status = 'Running with Warning'",
        "UPDATE watched_jobs SET status = 'Stopped'",
        "UPDATE subscriptions SET told_status = 'Deploying'",
        "UPDATE subscriptions SET wants = 'Undeployed'",
    ):
        await sql(database, changed)
        assert [await reconsider(database), await run_reconcile(database), await reconsider(database)] == [1, 0, 0]
    await sql(database, "UPDATE subscriptions SET wants = 'problems'")
    assert [await reconsider(database), await run_reconcile(database), await reconsider(database)] == [1, 1, 0]
    await sql(database, "UPDATE subscriptions SET wants = 'errors', muted_until = '2026-03-01'")
    assert await reconsider(database) == 0


async def test_many_are_reconciled_in_batches(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some are reconciled in each transaction, so that nobody waits long for the database; all of them in the end."""
    monkeypatch.setattr(reconcile, "_BATCH", 2)
    for number in range(5):
        await subscribe(database, healthy(number), status_filter="changes" if number % 2 else "errors")
    await sql(database, "UPDATE watched_jobs SET status = 'Running with Warning'")
    found = []
    for _ in range(3):
        async with database.writing() as session:
            found.append(await reconcile.reconcile_some(session, LATER))
    assert [one.may_be_more for one in found] == [True, True, False]
    assert sum(one.notified for one in found) == 2
