import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.jobs import Change, Status
from bot.notify.teller import Gone, Later, NotTold, Out, Teller
from bot.store import outbox, subscriptions, watches
from bot.store.database import Database, opened
from bot.store.tables import Delivery, Subscription
from tests.cast import ANN, DEV, ERROR, MINUTE, NOON, OPS, UP, WARNING, WORKSPACE, change, job


class Fake:
    """A messenger that fails as it is told to, and remembers what it told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Status, int]] = []
        self.failures: dict[str, list[NotTold | Exception]] = {}
        self.gate: asyncio.Event | None = None
        self.trying = 0
        self.changed = asyncio.Condition()

    async def tell(self, destination: str, change: Change, delivery: int) -> str:
        self.trying += 1
        await self._notify()
        if self.gate is not None:
            await self.gate.wait()
        if failures := self.failures.get(destination):
            raise failures.pop(0)
        self.told.append((destination, change.new, delivery))
        await self._notify()
        return f"{len(self.told)}.0"

    async def _notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(holds)


@pytest.fixture
def messenger() -> Fake:
    return Fake()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(f"sqlite:///{tmp_path}/test.db") as database:
        await database.migrate()
        yield database


@pytest.fixture
async def teller(store: Database, messenger: Fake) -> AsyncIterator[Teller]:
    made = Teller(store, messenger, worker="t", tell_limit=timedelta(seconds=10), concurrency=5)
    yield made
    await made.drain()


async def record(store: Database, *statuses: Status, destinations: tuple[str, ...] = (OPS,)) -> None:
    """Changes of one job, recorded for channels that subscribed."""
    async with store.writing() as session:
        for destination in destinations:
            await subscriptions.subscribe(
                session, WORKSPACE, job(), destination, ANN, looked_at=NOON, next_look_at=NOON + MINUTE
            )
        (known,) = await watches.claim(session, "w", NOON + MINUTE, limit=1, lease=MINUTE)
        for new in statuses:
            await outbox.record(session, known, change(new=new))


async def rows(store: Database) -> list[Delivery]:
    async with store.reading() as session:
        return list(await session.scalars(select(Delivery).order_by(Delivery.id)))


async def all_settled(store: Database) -> list[Delivery]:
    async with asyncio.timeout(10):
        while any(row.settled_at is None for row in await rows(store)):
            await asyncio.sleep(0)
    return await rows(store)


async def test_what_waits_is_told_in_order_and_settled(store: Database, messenger: Fake, teller: Teller) -> None:
    """One tick tells all that waits for a channel, oldest first, and keeps the messages' names."""
    await record(store, WARNING, ERROR, UP)
    await teller.tick()
    settled = await all_settled(store)

    assert [new for _, new, _ in messenger.told] == [WARNING, ERROR, UP]
    assert [row.message_ts for row in settled] == ["1.0", "2.0", "3.0"]
    assert [delivery for *_, delivery in messenger.told] == [row.id for row in settled]


async def test_what_was_told_is_never_told_again(store: Database, messenger: Fake, teller: Teller) -> None:
    """Further ticks after everything is settled tell nothing."""
    await record(store, ERROR)
    await teller.tick()
    await all_settled(store)
    for _ in range(3):
        await teller.tick()
    await teller.drain()
    assert len(messenger.told) == 1


async def test_a_destination_is_never_told_by_two_at_once(store: Database, messenger: Fake, teller: Teller) -> None:
    """While one message to a channel is under way the next one waits, however often the teller is woken; other
    channels do not wait."""
    await record(store, WARNING, ERROR, destinations=(OPS, DEV))
    messenger.gate = asyncio.Event()
    await teller.tick()
    await messenger.until(lambda: messenger.trying == 2)
    for _ in range(5):
        await teller.tick()
    messenger.gate.set()
    await all_settled(store)
    for channel in (OPS, DEV):
        assert [new for where, new, _ in messenger.told if where == channel] == [WARNING, ERROR]


async def test_rounds_that_overlap_claim_no_more_than_there_is_room_for(store: Database, messenger: Fake) -> None:
    """Woken twice at the same moment, the teller claims no delivery that it has no room to send: all are told, and
    none waits for the end of a lease."""
    destinations = tuple(f"C{number}" for number in range(6))
    await record(store, ERROR, destinations=destinations)
    crowded = Teller(store, messenger, worker="t", tell_limit=timedelta(seconds=10), concurrency=2)
    with capture_logs() as logs:
        crowded.wake()
        crowded.wake()
        await all_settled(store)
        await crowded.drain()
    assert sorted(where for where, *_ in messenger.told) == list(destinations)
    assert [line for line in logs if line["log_level"] == "error"] == []


async def test_what_is_refused_for_now_is_tried_again_when_slack_said(
    store: Database, messenger: Fake, teller: Teller
) -> None:
    """Retry-After is obeyed, the failure is counted and named, and what is behind it waits too."""
    await record(store, WARNING, ERROR)
    messenger.failures[OPS] = [Later("ratelimited", timedelta(seconds=40))]
    before = datetime.now(UTC)
    await teller.tick()
    await messenger.until(lambda: messenger.trying == 1)
    await teller.drain()

    first, second = await rows(store)
    assert (first.attempts, first.error, first.settled_at) == (1, "ratelimited", None)
    assert timedelta(seconds=39) < first.next_try_at - before < timedelta(seconds=50)
    assert (second.attempts, messenger.told) == (0, [])


async def test_a_gone_destination_pauses_its_subscriptions_only(
    store: Database, messenger: Fake, teller: Teller
) -> None:
    """What waits for a gone channel is given up, its subscription is paused with the reason, the others are told."""
    await record(store, WARNING, ERROR, destinations=(OPS, DEV))
    messenger.failures[OPS] = [Gone("is_archived")]
    await teller.tick()
    settled = await all_settled(store)

    assert {row.error for row in settled if row.destination == OPS} == {"is_archived"}
    assert [where for where, *_ in messenger.told] == [DEV, DEV]
    async with store.reading() as session:
        paused = {s.destination: s.paused_because for s in await session.scalars(select(Subscription))}
    assert paused == {OPS: "is_archived", DEV: None}


async def test_a_locked_out_bot_keeps_everything_and_says_so(store: Database, messenger: Fake, teller: Teller) -> None:
    """When the bot's own access is refused nothing is given up, the trouble is said, and it ends with the first
    message that passes."""
    await record(store, ERROR)
    messenger.failures[OPS] = [Out("token_revoked")]
    await teller.tick()
    await messenger.until(lambda: messenger.trying == 1)
    async with asyncio.timeout(10):
        while (await rows(store))[0].attempts == 0:
            await asyncio.sleep(0)
    assert teller.trouble == "Slack refuses the bot: token_revoked"
    assert (await rows(store))[0].settled_at is None

    async with store.writing() as session:
        await session.execute(update(Delivery).values(next_try_at=NOON))
    await teller.tick()
    await all_settled(store)
    assert teller.trouble is None


async def test_an_unexpected_fault_loses_nothing(store: Database, messenger: Fake, teller: Teller) -> None:
    """A fault of our own in the middle of telling leaves the delivery to be tried again when its lease ends."""
    await record(store, ERROR)
    messenger.failures[OPS] = [RuntimeError("a fault of our own")]
    await teller.tick()
    await messenger.until(lambda: messenger.trying == 1)
    await teller.drain()
    (row,) = await rows(store)
    assert row.settled_at is None
    assert row.leased_by is None


async def test_a_drained_teller_lets_a_message_be_accepted(store: Database, messenger: Fake, teller: Teller) -> None:
    """At a shutdown a message under way gets its time to be accepted and written down; nothing else begins."""
    await record(store, WARNING, ERROR)
    messenger.gate = asyncio.Event()
    await teller.tick()
    await messenger.until(lambda: messenger.trying == 1)
    ending = asyncio.create_task(teller.drain())
    await asyncio.sleep(0)
    messenger.gate.set()
    await ending
    first, second = await rows(store)
    assert first.message_ts == "1.0"
    assert (second.settled_at, second.leased_by) == (None, None)
    assert len(messenger.told) == 1


async def test_a_disk_that_is_full_for_a_moment_repeats_no_message(
    store: Database, messenger: Fake, teller: Teller, mocker: MockerFixture
) -> None:
    """That Slack accepted a message is written down when the database takes it again, and it is told once."""
    full = OperationalError("UPDATE deliveries", {}, Exception("database or disk is full"))
    written = outbox.settle_told
    mocker.patch.object(outbox, "settle_told", autospec=True, side_effect=_failing_twice(full, written))
    await record(store, ERROR)
    await teller.tick()
    await all_settled(store)
    await teller.drain()
    assert len(messenger.told) == 1


def _failing_twice(
    error: Exception, then: Callable[..., Coroutine[Any, Any, None]]
) -> Callable[..., Coroutine[Any, Any, None]]:
    failures = [error, error]

    async def settle(*args: Any) -> None:
        if failures:
            raise failures.pop()
        await then(*args)

    return settle
