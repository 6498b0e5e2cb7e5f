"""Steps that the store's tests share: subscribe, change a job, see what is pending, deliver it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import event, func, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change, change_between
from bot.domain.destination import Destination
from bot.domain.job import Job, JobRef, Status
from bot.domain.notification.digest import Notification, PendingNotification, Queue
from bot.domain.status_filter import StatusFilter
from bot.domain.tracked_job import TrackedJob
from bot.store import deliveries as delivery_store
from bot.store import outbox, subscriptions, tracked_jobs
from bot.store.database import Database
from bot.store.sql import notification_json
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import DeliveryRow, SubscriptionRow, Table, TrackedJobRow
from bot.store.subscriptions import Subscribed
from tests.cast import ANN, HOUR, NOON, OPS, ORDERS, SECOND, UP, WORKSPACE, job


def run(number: int) -> JobRef:
    """One of several runs of the same dataflow."""
    return JobRef(ORDERS.dataflow, number)


async def subscribe(
    database: Database,
    look_up: Job | None = None,
    destination: str = OPS,
    by: str = ANN,
    *,
    workspace: str = WORKSPACE,
    at: datetime = NOON,
    status_filter: str | None = None,
) -> Subscribed:
    async with database.writing() as session:
        return await subscriptions.subscribe(
            session,
            Destination(workspace, destination),
            look_up or job(),
            by,
            polled_at=at,
            status_filter=None if status_filter is None else StatusFilter.read(status_filter),
        )


async def becomes(database: Database, *statuses: Status, ref: JobRef = ORDERS, workspace: str = WORKSPACE) -> None:
    """Give a job one status after the other, a second apart, as the recorder writes them."""
    for status in statuses:
        async with database.writing() as session:
            row = await _row(session, workspace, ref)
            before, at = to_tracked_job(row), row.polled_at + SECOND
            row.polled_at = at
            if change := change_between(before, job(status, ref, before.title), at):
                row.status, row.status_since, row.since_is_exact = status.raw, at, True
                await outbox.record_change(session, before, change)


async def _row(session: AsyncSession, workspace: str, ref: JobRef) -> TrackedJobRow:
    of_job = (
        TrackedJobRow.workspace == workspace,
        TrackedJobRow.dataflow == ref.dataflow,
        TrackedJobRow.run == ref.run,
    )
    return (await session.scalars(select(TrackedJobRow).where(*of_job))).one()


async def the_job(database: Database, ref: JobRef = ORDERS) -> TrackedJob:
    async with database.reading() as session:
        return to_tracked_job(await _row(session, WORKSPACE, ref))


async def the_subscription(database: Database, destination: str = OPS, ref: JobRef = ORDERS) -> SubscriptionRow:
    async with database.reading() as session:
        row = await _row(session, WORKSPACE, ref)
        of_job = (SubscriptionRow.watched_job_id == row.id, SubscriptionRow.destination == destination)
        return (await session.scalars(select(SubscriptionRow).where(*of_job))).one()


async def deliveries(database: Database) -> Sequence[DeliveryRow]:
    """Every delivery, settled or not."""
    async with database.reading() as session:
        return (await session.scalars(select(DeliveryRow).order_by(DeliveryRow.id))).all()


async def pending(database: Database) -> list[tuple[str, Notification]]:
    """What is pending for each destination, oldest first. Nothing is claimed."""
    rows = await deliveries(database)
    return [(row.destination, notification_json.load(row.notification)) for row in rows if row.settled_at is None]


async def pending_changes(database: Database, destination: str = OPS) -> list[Status]:
    """The statuses that are pending for a destination."""
    return [
        notification.new
        for where, notification in await pending(database)
        if where == destination and isinstance(notification, Change)
    ]


async def claim(
    database: Database,
    worker: str = "t",
    *,
    at: datetime = NOON + HOUR,
    limit: int = 99,
    busy: Collection[Destination] = (),
) -> Sequence[Queue]:
    async with database.writing() as session:
        return await delivery_store.claim(session, worker, at, limit=limit, busy=busy)


async def settle(database: Database, queue: Queue, *delivered: PendingNotification, at: datetime = NOON + HOUR) -> None:
    """Settle the given notifications of a queue as delivered; all of them if none are given."""
    async with database.writing() as session:
        await delivery_store.settle_delivered(session, queue, [one.id for one in delivered or queue.pending], "1.0", at)


async def deliver_all(database: Database, *, at: datetime = NOON + HOUR) -> list[tuple[str, Notification]]:
    """Deliver everything that is due; return it."""
    delivered: list[tuple[str, Notification]] = []
    for queue in await claim(database, "dispatcher", at=at):
        delivered += [(queue.destination.id, one.notification) for one in queue.pending]
        await settle(database, queue, at=at)
    return delivered


async def claim_jobs(database: Database, worker: str, limit: int = 99) -> list[TrackedJob]:
    async with database.writing() as session:
        return list(await tracked_jobs.claim(session, worker, limit))


async def count(database: Database, table: type[Table]) -> int:
    async with database.reading() as session:
        return (await session.execute(select(func.count()).select_from(table))).scalar_one()


async def sql(database: Database, statement: str, **values: object) -> None:
    async with database.writing() as session:
        await session.execute(text(statement), values)


async def until_a_lock_is_awaited(database: Database) -> None:
    """Return once another transaction of this PostgreSQL waits for a lock."""
    asked = text(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = :name"
    )
    async with asyncio.timeout(30), database.reading() as session:
        name = (await session.execute(text("SELECT current_database()"))).scalar_one()
        while not (await session.execute(asked, {"name": name})).scalar_one():
            await asyncio.sleep(0)


def healthy(number: int, title: str | None = None) -> Job:
    return job(UP, run(number), title or f"job {number}")


@contextmanager
def statements(beginning: str) -> Iterator[list[str]]:
    """The statements with this beginning that are sent to any database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(beginning):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def plan_of(session: AsyncSession, step: Callable[[], Awaitable[object]]) -> str:
    """How the database finds the rows of the statements that a step sends, where it has the choice."""
    connection = await session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:  # it prefers to read a small table whole
        await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    await step()
    event.remove(connection.sync_connection, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
    rows = [await connection.exec_driver_sql(f"{explain} {statement}", values) for statement, values in sent]
    return "\n".join(str(row[-1]) for found in rows for row in found)
