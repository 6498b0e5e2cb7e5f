"""A watcher's world: a database, a jobs service that answers as it is told, and a clock that only moves when told."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select, update

from bot.domain.destination import Destination
from bot.domain.job import Job, JobRef, Status
from bot.domain.notification import Notification
from bot.store import subscriptions
from bot.store.database import Database
from bot.store.sql.tables import ChangeRow, DeliveryRow, TrackedJobRow, WorkerRow
from bot.watch.poller import Poller
from bot.watch.run_follower import RunFollower
from tests.cast import ANN, OPS, ORDERS, UP, WORKSPACE, job

INTERVAL = timedelta(seconds=30)
_NEWS: TypeAdapter[Notification] = TypeAdapter(Notification)

Answer = Status | Exception | asyncio.Event


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Service:
    """The jobs service as the watcher sees it: for each job a status, an error, or a gate at which looks hang. A look
    that passed a gate sees `UP`."""

    def __init__(self) -> None:
        self.usual: Answer = UP
        self.answers: dict[JobRef, Answer] = {}
        self.asked: list[JobRef] = []
        self._hanging: dict[asyncio.Task[Any] | None, asyncio.Event] = {}
        self.under_way = 0
        self.most = 0

    @property
    def hanging(self) -> set[asyncio.Task[Any] | None]:
        """The looks that wait at a gate which is shut."""
        return {task for task, gate in self._hanging.items() if not gate.is_set()}

    async def poll(self, ref: JobRef) -> Job:
        self.asked.append(ref)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            return job(await self._answer(ref), ref, name=f"job-{ref.run}")
        finally:
            self.under_way -= 1

    async def current_run(self, dataflow: str) -> JobRef:
        return max(ref for ref in self.answers if ref.dataflow == dataflow)

    async def _answer(self, ref: JobRef) -> Status:
        match self.answers.get(ref, self.usual):
            case asyncio.Event() as gate:
                task = asyncio.current_task()
                self._hanging[task] = gate
                try:
                    await gate.wait()
                finally:
                    del self._hanging[task]
                return UP
            case Exception() as error:
                raise error
            case status:
                return status


class World:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = Clock()
        self.service = Service()
        self.woken = 0
        self.watchers: list[Poller] = []

    def poller(
        self,
        worker: str = "",
        *,
        concurrency: int = 20,
        interval: timedelta = INTERVAL,
        poll_timeout: timedelta = timedelta(seconds=15),
        service: Service | None = None,
    ) -> Poller:
        self.watchers.append(
            Poller(
                self.database,
                RunFollower((service or self.service).poll, (service or self.service).current_run).poll,
                worker=worker or f"w{len(self.watchers)}",
                interval=interval,
                poll_timeout=poll_timeout,
                concurrency=concurrency,
                on_recorded=self._wake,
                clock=self.clock,
            )
        )
        return self.watchers[-1]

    def _wake(self) -> None:
        self.woken += 1

    async def started(self, worker: str = "", **options: Any) -> Poller:
        """A watcher that holds its share. Nothing was looked at yet, and after an interval all of it is due."""
        poller = self.poller(worker, **options)
        await self.tick(poller)
        return poller

    async def tick(self, *watchers: Poller, after: float = 0.0) -> None:
        """Let some seconds pass, then let each tick, and wait for all that this sets going but the looks that hang."""
        self.clock.now += after
        for poller in watchers:
            await poller.tick()
            await self.rest()

    async def round(self, *watchers: Poller) -> None:
        """An interval later."""
        await self.tick(*watchers, after=INTERVAL.total_seconds())

    async def seconds(self, count: int, *watchers: Poller) -> None:
        """Second after second."""
        for _ in range(count):
            await self.tick(*watchers, after=1.0)

    async def rest(self) -> None:
        """Until nothing is under way but looks that hang."""
        async with asyncio.timeout(20):
            while busy := asyncio.all_tasks() - {asyncio.current_task()} - self.service.hanging:
                await asyncio.wait(busy, timeout=0.01, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0)  # for what is called when they are done

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                await asyncio.sleep(0.001)

    async def subscribe(
        self,
        ref: JobRef = ORDERS,
        status: Status = UP,
        destination: str = OPS,
        by: str = ANN,
        at: datetime | None = None,
    ) -> None:
        """Somebody subscribes; the baseline was seen `at`, half an hour ago unless it is said."""
        at = at or datetime.now(UTC) - timedelta(minutes=30)
        async with self.database.writing() as session:
            seen = job(status, ref, name=f"job-{ref.run}")
            await subscriptions.subscribe(session, Destination(WORKSPACE, destination), seen, by, polled_at=at)

    async def unsubscribe(self, ref: JobRef = ORDERS, destination: str = OPS) -> None:
        async with self.database.writing() as session:
            assert await subscriptions.unsubscribe(session, Destination(WORKSPACE, destination), ref)

    async def rows(self) -> Sequence[TrackedJobRow]:
        async with self.database.reading() as session:
            return (await session.scalars(select(TrackedJobRow).order_by(TrackedJobRow.run))).all()

    async def row(self, ref: JobRef = ORDERS) -> TrackedJobRow:
        (row,) = [row for row in await self.rows() if row.run == ref.run]
        return row

    async def notification(self, destination: str = OPS) -> list[Notification]:
        """All that was ever put into the outbox for a destination, in the order in which it is told."""
        async with self.database.reading() as session:
            query = (
                select(DeliveryRow.notification).where(DeliveryRow.destination == destination).order_by(DeliveryRow.id)
            )
            return [_NEWS.validate_json(notification) for notification in await session.scalars(query)]

    async def kinds(self, destination: str = OPS) -> list[str]:
        return [notification.kind for notification in await self.notification(destination)]

    async def changes(self) -> list[tuple[int, str, str]]:
        """The changes recorded, in order: (row of the job, old status, new status)."""
        async with self.database.reading() as session:
            rows = await session.scalars(select(ChangeRow).order_by(ChangeRow.id))
            return [(row.watched_job_id, row.old_status, row.new_status) for row in rows]

    async def silent_since_an_hour(self, worker: str) -> None:
        """A worker's last sign of life is an hour old, by the database's clock."""
        async with self.database.writing() as session:
            hour_ago = datetime.now(UTC) - timedelta(hours=1)
            await session.execute(update(WorkerRow).where(WorkerRow.id == worker).values(polled_at=hour_ago))


def runs(count: int) -> list[JobRef]:
    """As many jobs."""
    return [JobRef(ORDERS.dataflow, run) for run in range(1, count + 1)]
