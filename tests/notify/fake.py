"""A messenger that fails as set, a clock that a test moves, and jobs that change their status."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.destination import Destination, is_person
from bot.domain.incident import Incident, Posted
from bot.domain.job import JobRef, Status
from bot.domain.notification.digest import Digest, DigestItem, Path
from bot.domain.tracked_job import TrackedJob
from bot.notify.dispatcher import Dispatcher
from bot.notify.messenger import InThread
from bot.store import outbox, subscriptions
from bot.store.database import Database
from bot.store.sql.tables import DeliveryRow, SubscriptionRow, TrackedJobRow
from tests.cast import ANN, NOON, ORDERS, WORKSPACE, job


@dataclass
class Clock:
    """Seconds, for the dispatcher's pace."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Delivered:
    """A message. `thread` is the ID of the message to which it is a reply; with `broadcast` it shows in the channel."""

    destination: str
    digest: Digest
    at: float
    thread: str | None = None
    broadcast: bool = False

    @property
    def items(self) -> Sequence[DigestItem]:
        return self.digest.items


@dataclass
class FakeMessenger:
    """Remembers what it delivered. `held` destinations answer once their event is set.

    `updates` are the contents that messages got, `update_failures` what the next updates raise.
    """

    clock: Clock
    delivered: list[Delivered] = field(default_factory=list)
    failures: dict[str, list[Exception]] = field(default_factory=dict)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    attempts: list[str] = field(default_factory=list)
    at_once: Counter[str] = field(default_factory=Counter)
    most_at_once: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    updates: list[tuple[str, Sequence[Incident]]] = field(default_factory=list)
    update_failures: list[Exception] = field(default_factory=list)
    update_gate: asyncio.Event | None = None
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def deliver(self, destination: Destination, digest: Digest, thread: InThread | None = None) -> Posted:
        delivered = Delivered(destination.id, digest, self.clock.now)
        if thread:
            delivered = replace(delivered, thread=thread.ts, broadcast=thread.broadcast)
        return await self._deliver(destination.id, delivered)

    async def update(self, message: Posted, incidents: Sequence[Incident]) -> None:
        if self.update_gate is not None:
            await self.update_gate.wait()
        if self.update_failures:
            raise self.update_failures.pop(0)
        self.updates.append((message.ts, incidents))

    async def _deliver(self, destination: str, delivered: Delivered) -> Posted:
        self.attempts.append(destination)
        self.at_once[destination] += 1
        self.most_at_once[destination] = max(self.most_at_once[destination], self.at_once[destination])
        await self._notify()
        try:
            if gate := self.held.get(destination):
                await gate.wait()
            await asyncio.sleep(0)
            if failures := self.failures.get(destination):
                raise failures.pop(0)
        finally:
            self.at_once[destination] -= 1
        self.delivered.append(delivered)
        posted = Posted(f"D{destination[1:]}" if is_person(destination) else destination, f"{len(self.delivered)}.0")
        await self._notify()
        return posted

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def hold(self, destination: str) -> asyncio.Event:
        self.held[destination] = asyncio.Event()
        return self.held[destination]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(holds)

    def delivery_ids(self) -> list[int]:
        """The IDs of the delivered deliveries, each as often as it was delivered."""
        return sorted(id for delivered in self.delivered for id in delivered.digest.deliveries)

    def destinations(self) -> list[str]:
        return [delivered.destination for delivered in self.delivered]


async def all_quiet() -> None:
    """Return once every background task has ended, and what it began."""
    async with asyncio.timeout(30):
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)


async def round_of(*dispatchers: Dispatcher) -> None:
    """Let each dispatcher tick at the same moment, until everything is claimed; messages may still be under way."""
    before = asyncio.all_tasks()
    for dispatcher in dispatchers:
        await dispatcher.tick()
    async with asyncio.timeout(30):
        if rounds := asyncio.all_tasks() - before:  # none where one is about to begin anyway
            await asyncio.wait(rounds)


async def tick(dispatcher: Dispatcher) -> None:
    """Let the dispatcher tick, until everything that it began has ended."""
    await dispatcher.tick()
    await all_quiet()


async def pass_time(dispatcher: Dispatcher, clock: Clock, seconds: float) -> None:
    """Tick every half second."""
    for _ in range(round(2 * seconds)):
        clock.now += 0.5
        await tick(dispatcher)


async def watched(
    store: Database, *destinations: str, ref: JobRef = ORDERS, name: str = "orders", by: Sequence[str] = (ANN,)
) -> TrackedJob:
    """A healthy job that destinations subscribe to, each by the next of the people."""
    async with store.writing() as session:
        return await _watched(session, destinations, ref, name, by)


async def _watched(
    session: AsyncSession, destinations: Sequence[str], ref: JobRef, name: str, by: Sequence[str]
) -> TrackedJob:
    for number, destination in enumerate(destinations):
        person, looked_up = by[number % len(by)], job(ref=ref, name=name)
        found = await subscriptions.subscribe(
            session, Destination(WORKSPACE, destination), looked_up, person, polled_at=NOON
        )
    return found.job


async def becomes(store: Database, tracked: TrackedJob, *statuses: Status, at: datetime | None = None) -> None:
    """Give a job one status after the other."""
    async with store.writing() as session:
        await _becomes(session, tracked, statuses, at or datetime.now(UTC))


async def _becomes(session: AsyncSession, tracked: TrackedJob, statuses: Sequence[Status], at: datetime) -> None:
    row = await session.get_one(TrackedJobRow, tracked.id)
    for new in statuses:
        change = Change(tracked.ref, tracked.title, Status.of(row.status), new, row.status_since, at)
        await outbox.record_change(session, tracked, change)
        row.status, row.status_since = new.raw, at


async def many_change(store: Database, count: int, new: Status, *destinations: str) -> None:
    """Give so many jobs a status."""
    async with store.writing() as session:
        for number in range(1, count + 1):
            ref = JobRef(ORDERS.dataflow, number)
            tracked = await _watched(session, destinations, ref, f"job {number:03}", [ANN])
            await _becomes(session, tracked, [new], datetime.now(UTC))


async def deliveries(store: Database) -> list[DeliveryRow]:
    async with store.reading() as session:
        return list(await session.scalars(select(DeliveryRow).order_by(DeliveryRow.id)))


async def pending(store: Database) -> list[DeliveryRow]:
    return [row for row in await deliveries(store) if row.settled_at is None]


async def subscribed(store: Database) -> dict[str, SubscriptionRow]:
    async with store.reading() as session:
        return {
            row.destination: row for row in await session.scalars(select(SubscriptionRow).order_by(SubscriptionRow.id))
        }


def paths(delivered: Delivered) -> list[tuple[Status, ...]]:
    """The paths in a message."""
    return [item.statuses for item in delivered.items if isinstance(item, Path)]
