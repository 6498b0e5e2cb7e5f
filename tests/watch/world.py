"""A poller's world: a database, a jobs service that answers as set, and a clock that a test moves."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from bot.domain.destination import Destination
from bot.domain.job import Job, JobRef, Status
from bot.domain.notification.digest import Notification
from bot.store import subscriptions
from bot.store.database import Database
from bot.store.sql import notification_json
from bot.store.sql.tables import ChangeRow, DeliveryRow, TrackedJobRow, WorkerRow
from bot.watch.poller import Poller, PollSettings
from bot.watch.run_follower import RunFollower
from tests.cast import ANN, OPS, ORDERS, UP, WORKSPACE, job

INTERVAL = timedelta(seconds=30)

Answer = Status | Exception | asyncio.Event


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Service:
    """A jobs service with a status, an error, or a gate per job. Polls hang at a gate, and return `UP` once it is
    open."""

    def __init__(self) -> None:
        self.usual: Answer = UP
        self.answers: dict[JobRef, Answer] = {}
        self.polled: list[JobRef] = []
        self._hanging: dict[asyncio.Task[Any] | None, asyncio.Event] = {}
        self.under_way = 0
        self.most_at_once = 0

    @property
    def hanging(self) -> set[asyncio.Task[Any] | None]:
        """The polls that wait at a closed gate."""
        return {task for task, gate in self._hanging.items() if not gate.is_set()}

    async def poll(self, ref: JobRef) -> Job:
        self.polled.append(ref)
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
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
        self.pollers: list[Poller] = []

    def poller(
        self,
        worker: str = "",
        *,
        concurrency: int = 20,
        interval: timedelta = INTERVAL,
        timeout: timedelta = timedelta(seconds=15),
        service: Service | None = None,
    ) -> Poller:
        self.pollers.append(
            Poller(
                self.database,
                RunFollower((service or self.service).poll, (service or self.service).current_run).poll,
                PollSettings(worker or f"w{len(self.pollers)}", interval, timeout, concurrency),
                on_recorded=self._wake,
                clock=self.clock,
            )
        )
        return self.pollers[-1]

    def _wake(self) -> None:
        self.woken += 1

    async def started(self, worker: str = "", **options: Any) -> Poller:
        """A poller that holds its share. Nothing was polled yet, and after an interval all of it is due."""
        poller = self.poller(worker, **options)
        await self.tick(poller)
        return poller

    async def tick(self, *pollers: Poller, after: float = 0.0) -> None:
        """Let some seconds pass, then let each poller tick, and wait for all that it begins except polls that hang."""
        self.clock.now += after
        for poller in pollers:
            await poller.tick()
            await self.rest()

    async def round(self, *pollers: Poller) -> None:
        """Let an interval pass."""
        await self.tick(*pollers, after=INTERVAL.total_seconds())

    async def seconds(self, count: int, *pollers: Poller) -> None:
        """Let seconds pass one by one."""
        for _ in range(count):
            await self.tick(*pollers, after=1.0)

    async def rest(self) -> None:
        """Return once nothing is under way but polls that hang."""
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
        """Subscribe a destination to a job, whose baseline was looked up `at`, by default half an hour ago."""
        at = at or datetime.now(UTC) - timedelta(minutes=30)
        async with self.database.writing() as session:
            looked_up = job(status, ref, name=f"job-{ref.run}")
            await subscriptions.subscribe(session, Destination(WORKSPACE, destination), looked_up, by, polled_at=at)

    async def unsubscribe(self, ref: JobRef = ORDERS, destination: str = OPS) -> None:
        async with self.database.writing() as session:
            assert await subscriptions.unsubscribe(session, Destination(WORKSPACE, destination), ref)

    async def rows(self) -> Sequence[TrackedJobRow]:
        async with self.database.reading() as session:
            return (await session.scalars(select(TrackedJobRow).order_by(TrackedJobRow.run))).all()

    async def row(self, ref: JobRef = ORDERS) -> TrackedJobRow:
        (row,) = [row for row in await self.rows() if row.run == ref.run]
        return row

    async def notifications(self, destination: str = OPS) -> list[Notification]:
        """Everything ever queued for a destination, in order."""
        async with self.database.reading() as session:
            query = (
                select(DeliveryRow.notification).where(DeliveryRow.destination == destination).order_by(DeliveryRow.id)
            )
            return [notification_json.load(stored) for stored in await session.scalars(query)]

    async def kinds(self, destination: str = OPS) -> list[str]:
        return [notification.kind for notification in await self.notifications(destination)]

    async def changes(self) -> list[tuple[int, str, str]]:
        """The recorded changes, in order: (row ID of the job, old status, new status)."""
        async with self.database.reading() as session:
            rows = await session.scalars(select(ChangeRow).order_by(ChangeRow.id))
            return [(row.watched_job_id, row.old_status, row.new_status) for row in rows]

    async def make_silent(self, worker: str) -> None:
        """Set back a worker's last heartbeat by an hour, by the database's clock."""
        async with self.database.writing() as session:
            hour_ago = datetime.now(UTC) - timedelta(hours=1)
            await session.execute(update(WorkerRow).where(WorkerRow.id == worker).values(heartbeat_at=hour_ago))


def runs(count: int) -> list[JobRef]:
    """So many jobs."""
    return [JobRef(ORDERS.dataflow, run) for run in range(1, count + 1)]
