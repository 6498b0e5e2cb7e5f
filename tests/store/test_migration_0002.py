"""The second migration keeps every promise made before it. The tables of the first are written as SQL, since the models
are those of today."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from alembic import command
from sqlalchemy import select, text

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import JobRef, Status
from bot.domain.status_filter import StatusFilter
from bot.store import subscriptions
from bot.store.database import Database, _alembic, opened, url_of
from bot.store.sql import notification_json
from bot.store.sql.tables import DeliveryRow, HandledRequestRow, SubscriptionRow, TrackedJobRow
from tests.cast import ANN, BEN, DEPLOYING, DEV, ERROR, HOUR, MINUTE, NOON, OPS, ORDERS, UP, WARNING, WORKSPACE, job
from tests.store.steps import (
    becomes,
    claim,
    count,
    deliveries,
    settle,
    sql,
    subscribe,
    the_job,
    the_subscription,
)


def at(minutes: int) -> str:
    return (NOON + minutes * MINUTE).strftime("%Y-%m-%d %H:%M:%S.%f+00:00")


def moment(minutes: int) -> datetime:
    return NOON + minutes * MINUTE


async def insert(database: Database, table: str, **values: object) -> None:
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    # As the bot wrote them: SQLite's times have no zone.
    if database.is_sqlite:
        values = {
            name: str(value).removesuffix("+00:00") if isinstance(value, str) else value
            for name, value in values.items()
        }
    await sql(database, f"INSERT INTO {table} ({names}) VALUES ({places})", **values)


async def watched(database: Database, id: int, status: Status, run: int, **more: object) -> None:
    columns = {"title": f"job {run}", "status_since": at(30), "seen_at": at(40), "next_look_at": at(41)}
    where = {"workspace": WORKSPACE, "dataflow": ORDERS.dataflow, "run": run}
    await insert(database, "watched_jobs", id=id, status=status.raw, **where, **{**columns, **more})


async def subscribed(database: Database, id: int, job: int, destination: str, **more: object) -> None:
    columns = {"workspace": WORKSPACE, "created_by": ANN, "created_at": at(0)}
    await insert(database, "subscriptions", id=id, watched_job_id=job, destination=destination, **{**columns, **more})


async def changed(
    database: Database, id: int, job: int, old: Status, new: Status, minutes: int, **more: object
) -> None:
    columns = {"workspace": WORKSPACE, "title": "as it was called"}
    statuses = {"old_status": old.raw, "new_status": new.raw}
    await insert(database, "changes", id=id, watched_job_id=job, at=at(minutes), **columns, **statuses, **more)


async def delivery(
    database: Database, id: int, change: int, subscription: int, destination: str, **more: object
) -> None:
    columns = {"workspace": WORKSPACE, "next_try_at": at(0), "attempts": 0}
    belongs = {"change_id": change, "subscription_id": subscription, "destination": destination}
    await insert(database, "deliveries", id=id, **belongs, **{**columns, **more})


async def migrate_to(url: str, revision: str) -> None:
    await asyncio.to_thread(command.upgrade, _alembic(url_of(url)), revision)


@pytest.fixture
async def first(empty_database_url: str) -> AsyncIterator[Database]:
    """A database in use: jobs 7 and 9, of which the first has a pending change and the second is paused."""
    async with opened(empty_database_url) as database:
        await migrate_to(empty_database_url, "0001")
        lease = {"leased_by": "an old worker", "leased_until": at(41)}
        await watched(database, 7, ERROR, ORDERS.run, failure="it hangs", failing_since=at(39), **lease)
        await watched(database, 9, UP, 1)
        await subscribed(database, 11, 7, OPS)
        await subscribed(database, 12, 7, DEV, created_by=BEN, created_at=at(25))
        await subscribed(database, 13, 9, OPS, paused_because="is_archived", paused_at=at(15))
        await changed(database, 21, 7, UP, WARNING, 10, old_since=at(5), version="3", started_by="ann")
        await changed(database, 22, 7, WARNING, ERROR, 30)
        await changed(database, 23, 9, DEPLOYING, WARNING, 10)
        await changed(database, 24, 9, WARNING, ERROR, 20)
        await changed(database, 25, 9, ERROR, UP, 30)
        settled = {"settled_at": at(12), "message_ts": "1.0"}
        await delivery(database, 31, 21, 11, OPS, **settled)
        await delivery(database, 32, 23, 13, OPS, **settled)
        await delivery(database, 33, 22, 11, OPS, attempts=2, next_try_at=at(50), error="timeout", **lease)
        await delivery(database, 34, 22, 12, DEV, **lease)
        await delivery(database, 40, 21, 12, DEV)
        await sql(database, "DELETE FROM deliveries WHERE id = 40")
        await insert(database, "handled_requests", workspace=WORKSPACE, key="t1", at=at(0))
        yield database


async def test_pending_deliveries_are_claimed_after_it(first: Database) -> None:
    """A pending change is claimed whole, by whichever worker comes first, when its next attempt is due."""
    await first.migrate()
    expected = Change(ORDERS, "as it was called", WARNING, ERROR, None, moment(30))
    (dev,) = await claim(first, at=moment(49))
    assert dev.destination == Destination(WORKSPACE, DEV)
    assert [(one.id, one.notification, one.created_at, one.attempts, one.subscription) for one in dev.pending] == [
        (34, expected, moment(30), 0, 12)
    ]
    await settle(first, dev)
    (ops,) = await claim(first, at=moment(50))
    assert ops.destination == Destination(WORKSPACE, OPS)
    assert [(one.id, one.notification, one.attempts) for one in ops.pending] == [(33, expected, 2)]


async def test_settled_deliveries_stay_settled(first: Database) -> None:
    """Settled deliveries keep their message and the change that they delivered, word for word."""
    await first.migrate()
    settled, *_ = await deliveries(first)
    assert (settled.id, settled.settled_at, settled.message_ts, settled.change_id) == (31, moment(12), "1.0", 21)
    change = Change(ORDERS, "as it was called", UP, WARNING, moment(5), moment(10), version="3", started_by="ann")
    assert notification_json.load(settled.notification) == change
    assert notification_json.dump(notification_json.load(settled.notification)) == notification_json.dump(
        change
    )  # each status in its own spelling


async def test_jobs_and_subscriptions_are_kept(first: Database) -> None:
    """Every job and subscription keeps its ID and its state, and what a worker held is free."""
    await first.migrate()
    tracked = await the_job(first)
    assert (tracked.id, tracked.status, tracked.status_since, tracked.polled_at) == (7, ERROR, moment(30), moment(40))
    assert (tracked.failure, tracked.failing_since, tracked.unavailable_notified_at) == ("it hangs", moment(39), None)
    async with first.reading() as session:
        assert set(await session.scalars(select(TrackedJobRow.id))) == {7, 9}
        assert set(await session.scalars(select(TrackedJobRow.leased_by))) == {None}
        assert set(await session.scalars(select(DeliveryRow.leased_by))) == {None}
        rows = (await session.scalars(select(SubscriptionRow).order_by(SubscriptionRow.id))).all()
    assert [(row.id, row.watched_job_id, row.destination, row.created_by) for row in rows] == [
        (11, 7, OPS, ANN),
        (12, 7, DEV, BEN),
        (13, 9, OPS, ANN),
    ]
    assert [(row.paused_because, row.paused_at) for row in rows] == [
        (None, None),
        (None, None),
        ("is_archived", moment(15)),
    ]
    assert {StatusFilter.read(row.status_filter) for row in rows} == {StatusFilter()}
    assert await count(first, HandledRequestRow) == 1


async def test_each_subscription_has_its_last_notified_status(first: Database) -> None:
    """A live subscription starts from the present status, a paused one from the last status delivered before the
    pause."""
    await first.migrate()
    settled = [
        (await the_subscription(first, destination, ref)).notified_status
        for destination, ref in ((OPS, ORDERS), (DEV, ORDERS), (OPS, JobRef(ORDERS.dataflow, 1)))
    ]
    assert settled == [ERROR.raw, ERROR.raw, WARNING.raw]
    assert [row.notified_before for row in await deliveries(first)][2:] == [WARNING.raw, WARNING.raw]


async def test_a_paused_subscription_without_a_change_is_up_to_date(first: Database) -> None:
    """A paused subscription isn't behind if the job didn't change since it was made or last notified."""
    await subscribed(first, 14, 9, DEV, created_at=at(35), paused_because="is_archived", paused_at=at(36))
    await subscribed(first, 15, 9, "C3", created_at=at(10), paused_because="is_archived", paused_at=at(36))
    await delivery(first, 35, 25, 15, "C3", settled_at=at(31), message_ts="2.0")
    await first.migrate()
    for destination in (DEV, "C3"):
        assert (await the_subscription(first, destination, JobRef(ORDERS.dataflow, 1))).notified_status == UP.raw


async def test_a_change_given_up_at_a_pause_counts_as_not_delivered(first: Database) -> None:
    """A paused subscription whose last change was given up is behind by that change."""
    await subscribed(first, 16, 9, DEV, created_at=at(25), paused_because="is_archived", paused_at=at(36))
    await delivery(first, 36, 25, 16, DEV, settled_at=at(36), error="is_archived")
    await first.migrate()
    assert (await the_subscription(first, DEV, JobRef(ORDERS.dataflow, 1))).notified_status == ERROR.raw


async def test_no_id_of_a_delivery_is_used_twice(first: Database) -> None:
    """A delivery's ID is posted in its message, so the ID of a deleted delivery isn't used again either."""
    await first.migrate()
    # As the bot's own inserts do on SQLite; PostgreSQL's sequences were not asked for the rows above.
    if not first.is_sqlite:
        for table in ("watched_jobs", "subscriptions", "changes", "deliveries"):
            await sql(first, f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 40)")
    await becomes(first, UP)
    assert [row.id for row in await deliveries(first)][-2:] == [41, 42]
    subscribed = await subscribe(first, job(ERROR, JobRef(ORDERS.dataflow, 2)), at=NOON + HOUR)
    assert subscribed.job.id > 9


async def test_rows_are_still_deleted_with_their_parents(first: Database) -> None:
    """A subscription's deliveries are deleted with it, and none is orphaned."""
    await first.migrate()
    async with first.writing() as session:
        await subscriptions.unsubscribe(session, Destination(WORKSPACE, OPS), ORDERS)
    assert [row.id for row in await deliveries(first)] == [32, 34]
    await sql(first, "DELETE FROM watched_jobs")
    assert await deliveries(first) == []
    async with first.reading() as session:
        if first.is_sqlite:
            assert (await session.execute(text("PRAGMA foreign_key_check"))).all() == []
            assert (await session.execute(text("PRAGMA integrity_check"))).scalar_one() == "ok"


async def test_an_empty_database_of_the_first_migration_goes_on_too(empty_database_url: str) -> None:
    """Without a row there is nothing to keep, and the first delivery is number one."""
    async with opened(empty_database_url) as database:
        await migrate_to(empty_database_url, "0001")
        await database.migrate()
        assert await database.schema_is_current()
        await subscribe(database)
        await becomes(database, ERROR)
        assert [row.id for row in await deliveries(database)] == [1]
