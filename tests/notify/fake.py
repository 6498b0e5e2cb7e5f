"""A messenger that fails as it is told to, a clock that goes when it is told to, and jobs that change their status."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import JobRef, Status
from bot.domain.notification import Digest, DigestItem, Path
from bot.domain.tracked_job import TrackedJob
from bot.notify.dispatcher import Dispatcher
from bot.store import outbox, subscriptions
from bot.store.database import Database
from bot.store.sql.tables import DeliveryRow, Subscription, TrackedJobRow
from tests.cast import ANN, NOON, ORDERS, WORKSPACE, job


@dataclass
class Clock:
    """Seconds, for the teller's pace."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Told:
    destination: str
    digest: Digest
    at: float

    @property
    def items(self) -> Sequence[DigestItem]:
        return self.digest.items


@dataclass
class Fake:
    """Remembers what it told. `held` destinations get their answer when the event is set."""

    clock: Clock
    told: list[Told] = field(default_factory=list)
    failures: dict[str, list[Exception]] = field(default_factory=dict)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    at_once: Counter[str] = field(default_factory=Counter)
    most_at_once: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def deliver(self, destination: str, digest: Digest) -> str:
        self.tried.append(destination)
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
        self.told.append(Told(destination, digest, self.clock.now))
        name = f"{len(self.told)}.0"
        await self._notify()
        return name

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def hold(self, destination: str) -> asyncio.Event:
        self.held[destination] = asyncio.Event()
        return self.held[destination]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(holds)

    def covered(self) -> list[int]:
        """The deliveries that were told, each as often as it was."""
        return sorted(id for told in self.told for id in told.digest.deliveries)

    def where(self) -> list[str]:
        return [told.destination for told in self.told]


async def all_quiet() -> None:
    """Until everything that is under way in the background has ended, and what that began."""
    async with asyncio.timeout(30):
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)


async def round_of(*tellers: Dispatcher) -> None:
    """A tick of each at the same moment, until what waits is claimed; messages may be under way still."""
    before = asyncio.all_tasks()
    for dispatcher in tellers:
        await dispatcher.tick()
    async with asyncio.timeout(30):
        if rounds := asyncio.all_tasks() - before:  # none where one is about to begin anyway
            await asyncio.wait(rounds)


async def tick(dispatcher: Dispatcher) -> None:
    """A tick, until all that it began has ended."""
    await dispatcher.tick()
    await all_quiet()


async def pass_time(dispatcher: Dispatcher, clock: Clock, seconds: float) -> None:
    """A tick each half second."""
    for _ in range(round(2 * seconds)):
        clock.now += 0.5
        await tick(dispatcher)


async def watched(
    store: Database, *destinations: str, ref: JobRef = ORDERS, name: str = "orders", by: Sequence[str] = (ANN,)
) -> TrackedJob:
    """A job that is up and running, and that destinations subscribe to, each by the next of the people."""
    async with store.writing() as session:
        return await _watched(session, destinations, ref, name, by)


async def _watched(
    session: AsyncSession, destinations: Sequence[str], ref: JobRef, name: str, by: Sequence[str]
) -> TrackedJob:
    for number, destination in enumerate(destinations):
        person, seen = by[number % len(by)], job(ref=ref, name=name)
        found = await subscriptions.subscribe(
            session, Destination(WORKSPACE, destination), seen, person, polled_at=NOON
        )
    return found.known


async def becomes(store: Database, known: TrackedJob, *statuses: Status, at: datetime | None = None) -> None:
    """A watched job gets into one status after the other."""
    async with store.writing() as session:
        await _becomes(session, known, statuses, at or datetime.now(UTC))


async def _becomes(session: AsyncSession, known: TrackedJob, statuses: Sequence[Status], at: datetime) -> None:
    row = await session.get_one(TrackedJobRow, known.id)
    for new in statuses:
        change = Change(known.ref, known.title, Status.of(row.status), new, row.status_since, at)
        await outbox.record_change(session, known, change)
        row.status, row.status_since = new.raw, at


async def many_change(store: Database, count: int, new: Status, *destinations: str) -> None:
    """So many jobs get into a status."""
    async with store.writing() as session:
        for number in range(1, count + 1):
            ref = JobRef(ORDERS.dataflow, number)
            known = await _watched(session, destinations, ref, f"job {number:03}", [ANN])
            await _becomes(session, known, [new], datetime.now(UTC))


async def deliveries(store: Database) -> list[DeliveryRow]:
    async with store.reading() as session:
        return list(await session.scalars(select(DeliveryRow).order_by(DeliveryRow.id)))


async def waiting(store: Database) -> list[DeliveryRow]:
    return [row for row in await deliveries(store) if row.settled_at is None]


async def subscribed(store: Database) -> dict[str, Subscription]:
    async with store.reading() as session:
        return {row.destination: row for row in await session.scalars(select(Subscription).order_by(Subscription.id))}


def paths(told: Told) -> list[tuple[Status, ...]]:
    """The paths that a message tells."""
    return [item.statuses for item in told.items if isinstance(item, Path)]
