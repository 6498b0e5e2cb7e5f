"""The teller: claims what waits in the outbox, has it told, and settles it. Owns the port `Messenger`."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import stamina
import structlog

from bot.domain.destination import Destination
from bot.domain.notification import Digest, Queue
from bot.notify.digest import next_message
from bot.notify.pace import Pace, next_try
from bot.store import outbox, pauses
from bot.store.database import Database, DatabaseFault
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

# An operator has to act; until then a message once a minute shows whether somebody did.
_OUT_FOR = timedelta(minutes=1)
# Slack limits everybody and does not say for how long: its limits are counted by the minute.
_NOT_SAID = timedelta(seconds=30)
# A database that fails is asked again a little later, not at every tick.
_AFTER_FAULT_S = 1.0
# What was not accepted for so long is history by now: it is given up, and the present state is told instead.
_GIVEN_UP_AFTER = timedelta(hours=24)


class NotDelivered(Exception):
    """A message was not accepted. `why` is the messenger's own word for it.

    NotTold
    ├── Later   this message may pass at another time
    ├── Gone    this destination can't be told until a person acts
    └── Out     nobody can be told: the bot itself is locked out
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class RetryLater(NotDelivered):
    """Try again; after `retry_after` where the other side said so: this destination, or with `everybody` all of them.

    `unreachable` says that there was no answer, or none that made sense.
    """

    def __init__(
        self, why: str, retry_after: timedelta | None = None, *, everybody: bool = False, unreachable: bool = False
    ) -> None:
        super().__init__(why)
        self.retry_after = retry_after
        self.everybody = everybody
        self.unreachable = unreachable


class DestinationGone(NotDelivered):
    """The destination is archived, deleted, or the bot is not in it."""


class AccessRevoked(NotDelivered):
    """The bot's own access was refused."""


class Messenger(Protocol):
    """How news reaches people. Must have a time limit of its own."""

    async def deliver(self, destination: str, digest: Digest) -> str:
        """Tell one destination all that a digest holds; the accepted message's name. Raises `RetryLater`, `DestinationGone` or `AccessRevoked`.

        The deliveries that the digest covers go along, so that a message which was posted twice can be recognised.
        """


class Dispatcher:
    """Owns the messages that are under way. `problem` says in words why nothing can be told now, or is None."""

    def __init__(
        self,
        database: Database,
        messenger: Messenger,
        *,
        worker: str,
        concurrency: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._messenger = messenger
        self._worker = worker
        self._clock = clock  # only goes forward
        self._pace = Pace()
        self._under_way: set[Destination] = set()
        self._sending = Tasks("messages", limit=concurrency)
        self._rounds = Tasks("rounds of the teller", limit=2)  # one under way, and one that sees what came after it
        self._claiming = asyncio.Lock()
        self.problem: str | None = None

    async def tick(self) -> None:
        """Begin a round. It is a task of ours: the scheduler cancels its own."""
        self.wake()

    def wake(self) -> None:
        """Something waits: don't leave it until the next tick."""
        with contextlib.suppress(Full):  # a round that is about to begin sees it too
            self._rounds.start(self._round())

    async def _round(self) -> None:
        """Claim what waits and dispatch it. Survives a database that is out of reach."""
        async with self._claiming:  # or two rounds would each claim what there is room for only once
            await asyncio.sleep(0)  # the message whose end woke us is over then, and its room free
            room = min(self._sending.free, self._pace.room(self._clock()))
            if room <= 0:
                return
            try:
                queues = await self._claim(room)
            except DatabaseFault as fault:
                log.error("can't claim what waits; it is tried again soon", fault=repr(fault))
                self._pace.quiet(_AFTER_FAULT_S, self._clock())
                return
            for queue in queues:
                self._pace.told(queue.place, self._clock())
                self._under_way.add(queue.place)
                self._sending.start(self._tell(queue))

    async def _claim(self, room: int) -> Sequence[Queue]:
        busy = {*self._under_way, *self._pace.resting(self._clock())}
        async with self._database.writing() as session:
            return await outbox.claim(session, self._worker, datetime.now(UTC), limit=room, busy=busy)

    async def _tell(self, queue: Queue) -> None:
        told = log.bind(destination=queue.destination, waiting=len(queue.waiting))
        try:
            digest = next_message(queue.waiting)
            message_ts = await self._messenger.deliver(queue.destination, digest)
        except RetryLater as later:
            told.warning("not told yet", why=later.why, failed=queue.waiting[0].attempts + 1)
            self._slow_down(queue, later)
            await self._again(queue, later.why, later.retry_after)
        except AccessRevoked as out:
            told.error("nobody can be told", why=out.why)
            self.problem = f"Slack refuses the bot: {out.why}"
            self._pace.quiet(_OUT_FOR.total_seconds(), self._clock())
            await self._again(queue, out.why, _OUT_FOR, keep=True)
        except DestinationGone as gone:
            told.warning("the destination is gone; its subscriptions are paused", why=gone.why)
            self.problem = None  # Slack answered, and not about the bot
            await self._pause(queue, gone.why)
        except Exception:
            told.exception("a message failed in the bot itself; it is tried again")
            await self._again(queue, "a fault of the bot's own", None)
        else:
            self.problem = None
            if digest.more:
                self._pace.continues(queue.place, self._clock())
            await self._settle(queue, digest, message_ts)
            told.info("told", message_ts=message_ts, deliveries=len(digest.deliveries), more=digest.more)
        finally:
            self._under_way.discard(queue.place)
        self.wake()  # whoever waited for room

    def _slow_down(self, queue: Queue, later: RetryLater) -> None:
        """A rate limit counts for the destination alone, or for everybody; silence is a trouble that operators see."""
        if later.unreachable:
            self.problem = f"Slack can't be reached: {later.why}"
        if later.everybody:
            self._pace.quiet((later.retry_after or _NOT_SAID).total_seconds(), self._clock())
        elif later.retry_after is not None:
            self._pace.limited(queue.place, later.retry_after.total_seconds(), self._clock())

    async def _settle(self, queue: Queue, digest: Digest, message_ts: str) -> None:
        """Insisted on: a message whose acceptance is not written down is posted again."""
        # Not as a decorator: stamina logs the arguments of what it tries again, and the queue may be long.
        async for attempt in stamina.retry_context(on=DatabaseFault, attempts=None, timeout=None):
            with attempt:
                async with self._database.writing() as session:
                    await outbox.settle_told(session, queue, digest.deliveries, message_ts, datetime.now(UTC))

    async def _again(self, queue: Queue, why: str, retry_after: timedelta | None, *, keep: bool = False) -> None:
        """Try again later. What is too old is given up, unless it is to be kept: then the bot could tell nobody."""
        now = datetime.now(UTC)
        chance = random.random()  # noqa: S311 - jitter, not a secret
        at = next_try(now, queue.waiting[0].attempts, retry_after, chance)
        async with self._database.writing() as session:
            before = now - _GIVEN_UP_AFTER
            if not keep and (given_up := await outbox.give_up(session, queue, before, why, now)):
                log.error("given up", destination=queue.destination, deliveries=given_up, why=why)
            await outbox.settle_later(session, self._worker, queue, at, why, now)

    async def _pause(self, queue: Queue, why: str) -> None:
        async with self._database.writing() as session:
            await pauses.pause(session, queue.workspace, queue.destination, why, datetime.now(UTC))

    async def drain(self) -> None:
        """Claim nothing more, and let messages under way be accepted for two seconds."""
        await self._rounds.drain(grace=1)
        await self._sending.drain(grace=2)
