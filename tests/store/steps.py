"""What the tests of the store do again and again: subscribe, change a job, see what waits, tell it."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.jobs import Change, Job, JobRef, Status
from bot.news import News
from bot.store import outbox, subscriptions, watches
from bot.store.database import Database
from bot.store.outbox import Place, Queue, Waiting
from bot.store.subscriptions import Subscribed
from bot.store.tables import Delivery, Subscription, Table, WatchedJob
from bot.store.watches import Known, change_in, known
from bot.when import When
from tests.cast import ANN, HOUR, NOON, OPS, ORDERS, SECOND, UP, WORKSPACE, job

NEWS: TypeAdapter[News] = TypeAdapter(News)


def run(number: int) -> JobRef:
    """One of several runs of the same dataflow."""
    return JobRef(ORDERS.dataflow, number)


async def subscribe(
    database: Database,
    seen: Job | None = None,
    destination: str = OPS,
    by: str = ANN,
    *,
    workspace: str = WORKSPACE,
    at: datetime = NOON,
    when: str | None = None,
) -> Subscribed:
    async with database.writing() as session:
        return await subscriptions.subscribe(
            session,
            workspace,
            seen or job(),
            destination,
            by,
            looked_at=at,
            when=None if when is None else When.read(when),
        )


async def becomes(database: Database, *statuses: Status, ref: JobRef = ORDERS, workspace: str = WORKSPACE) -> None:
    """A job gets into one status after the other, seen a second apart, as the watcher writes it."""
    for status in statuses:
        async with database.writing() as session:
            row = await _row(session, workspace, ref)
            before, at = known(row), row.seen_at + SECOND
            row.seen_at = at
            if change := change_in(before, job(status, ref, before.title), at):
                row.status, row.status_since = status.raw, at
                await outbox.record(session, before, change)


async def _row(session: AsyncSession, workspace: str, ref: JobRef) -> WatchedJob:
    of_job = (WatchedJob.workspace == workspace, WatchedJob.dataflow == ref.dataflow, WatchedJob.run == ref.run)
    return (await session.scalars(select(WatchedJob).where(*of_job))).one()


async def the_job(database: Database, ref: JobRef = ORDERS) -> Known:
    async with database.reading() as session:
        return known(await _row(session, WORKSPACE, ref))


async def the_subscription(database: Database, destination: str = OPS, ref: JobRef = ORDERS) -> Subscription:
    async with database.reading() as session:
        row = await _row(session, WORKSPACE, ref)
        of_job = (Subscription.watched_job_id == row.id, Subscription.destination == destination)
        return (await session.scalars(select(Subscription).where(*of_job))).one()


async def deliveries(database: Database) -> Sequence[Delivery]:
    """Every delivery, settled or not."""
    async with database.reading() as session:
        return (await session.scalars(select(Delivery).order_by(Delivery.id))).all()


async def waits(database: Database) -> list[tuple[str, News]]:
    """What waits for whom, oldest first. Nothing is claimed."""
    rows = await deliveries(database)
    return [(row.destination, NEWS.validate_json(row.news)) for row in rows if row.settled_at is None]


async def changes_waiting(database: Database, destination: str = OPS) -> list[Status]:
    """The statuses that wait to be told."""
    return [news.new for place, news in await waits(database) if place == destination and isinstance(news, Change)]


async def claim(
    database: Database,
    worker: str = "t",
    *,
    at: datetime = NOON + HOUR,
    limit: int = 99,
    busy: Collection[Place] = (),
) -> Sequence[Queue]:
    async with database.writing() as session:
        return await outbox.claim(session, worker, at, limit=limit, busy=busy)


async def settle(database: Database, queue: Queue, *told: Waiting, at: datetime = NOON + HOUR) -> None:
    """Slack accepted a message that covers some of a queue; all of it where none are named."""
    async with database.writing() as session:
        await outbox.settle_told(session, queue, [one.id for one in told or queue.waiting], "1.0", at)


async def tell_all(database: Database, *, at: datetime = NOON + HOUR) -> list[tuple[str, News]]:
    """Tell all that is due; what that was."""
    told: list[tuple[str, News]] = []
    for queue in await claim(database, "teller", at=at):
        told += [(queue.destination, one.news) for one in queue.waiting]
        await settle(database, queue, at=at)
    return told


async def claim_jobs(database: Database, worker: str, limit: int = 99) -> list[Known]:
    async with database.writing() as session:
        return list(await watches.claim(session, worker, limit))


async def count(database: Database, table: type[Table]) -> int:
    async with database.reading() as session:
        return (await session.execute(select(func.count()).select_from(table))).scalar_one()


async def sql(database: Database, statement: str, **values: object) -> None:
    async with database.writing() as session:
        await session.execute(text(statement), values)


async def somebody_waits_for_a_lock(database: Database) -> None:
    """Until another transaction of this PostgreSQL waits for one that is still open."""
    asked = text(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = :name"
    )
    async with asyncio.timeout(5), database.reading() as session:
        name = (await session.execute(text("SELECT current_database()"))).scalar_one()
        while not (await session.execute(asked, {"name": name})).scalar_one():
            await asyncio.sleep(0)


def healthy(number: int, title: str | None = None) -> Job:
    return job(UP, run(number), title or f"job {number}")
