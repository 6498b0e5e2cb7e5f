"""The dispatcher: claims queues, delivers a digest of each, and settles it."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import stamina
import structlog

from bot.domain.destination import Destination
from bot.domain.notification.digest import Digest, Queue
from bot.fault_log import FaultLog
from bot.notify.digest import next_digest, urgency_of
from bot.notify.messenger import AccessRevoked, DestinationGone, Messenger, RetryLater
from bot.notify.observing import Ask, Observer
from bot.notify.pace import Pace, next_attempt
from bot.notify.posting import Accepted, Poster
from bot.notify.updates import MessageUpdates
from bot.store import deliveries, pauses
from bot.store.database import Database, DatabaseFault
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

# An operator has to act; until then one attempt a minute shows whether somebody did.
_ACCESS_REVOKED_FOR = timedelta(minutes=1)
# Slack limits everybody and doesn't say for how long: its limits are counted by the minute.
_DEFAULT_RETRY_AFTER = timedelta(seconds=30)
# After a database fault, wait a little longer than a tick.
_AFTER_FAULT_S = 1.0
# What wasn't accepted for a day is history by now: give it up and deliver the present status instead.
_GIVE_UP_AFTER = timedelta(hours=24)


class Dispatcher:
    """Owns the messages under way. `problem` says that Slack refuses the bot, `outage` that Slack can't be
    reached; None if all is well."""

    def __init__(
        self,
        database: Database,
        messenger: Messenger,
        *,
        worker: str,
        concurrency: int,
        clock: Callable[[], float] = time.monotonic,
        ask_circumstances: Ask | None = None,
    ) -> None:
        self._database = database
        self._updates = MessageUpdates(database, messenger, clock=clock)
        self._observer = Observer(database, ask_circumstances) if ask_circumstances else None
        self._poster = Poster(database, messenger, self._updates, self._observer)
        self._worker = worker
        self._clock = clock
        self._pace = Pace()
        self._under_way: set[Destination] = set()
        self._sending = Tasks("messages", limit=concurrency)
        self._rounds = Tasks("dispatcher rounds", limit=2)  # one under way, and one that finds what was queued after it
        self._claiming = asyncio.Lock()
        self._is_paced = False  # whether the last round had no room for all that waits
        self._faults = FaultLog(log, "deliveries can be claimed and settled again")
        self.problem: str | None = None
        self.outage: str | None = None

    async def tick(self) -> None:
        """Begin a round, and update messages. Both run as our own tasks: the scheduler cancels its jobs at shutdown."""
        self.wake()
        self._updates.wake()

    async def paced_tick(self) -> None:
        """Begin a round if the last one had no room: it may have some by now."""
        if self._is_paced:
            self.wake()

    def wake(self) -> None:
        """Begin a round now: something was queued."""
        with contextlib.suppress(Full):  # a round that is about to begin finds it too
            self._rounds.start(self._round())

    async def _round(self) -> None:
        """Claim queues and start their delivery. Survives a database fault."""
        async with self._claiming:  # or two rounds would each claim as much as there is room for once
            await asyncio.sleep(0)  # the message whose end woke us has then freed its room
            room = min(self._sending.free, self._pace.room(self._clock(), len(self._under_way)))
            self._is_paced = room <= 0
            if self._is_paced:
                return
            try:
                queues = await self._claim(room)
            except DatabaseFault as fault:
                self._faults.note_fault("can't claim deliveries; retrying soon", fault=repr(fault))
                self._pace.hold_all(_AFTER_FAULT_S, self._clock())
                return
            self._faults.note_success()
            for queue in queues:
                self._pace.trying(self._clock())
                self._under_way.add(queue.destination)
                self._sending.start(self._deliver(queue))

    async def _claim(self, room: int) -> Sequence[Queue]:
        busy = {*self._under_way, *self._pace.not_ready(self._clock())} - await self._passing()
        async with self._database.writing() as session:
            claim = partial(deliveries.claim, session, self._worker, datetime.now(UTC), limit=room)
            # Whether Slack refuses everybody shows another destination better than the one that it refused last.
            if self._pace.last_refused and (others := await claim(busy=busy | {self._pace.last_refused})):
                return others
            return await claim(busy=busy)

    async def _passing(self) -> set[Destination]:
        """The destinations whose pace doesn't hold back what waits for them."""
        paced = set(self._pace.waiting(self._clock())) - self._under_way
        if not paced:
            return set()
        async with self._database.reading() as session:
            waiting = await deliveries.waiting(session, paced)
        now = self._clock()
        return {place for place, pending in waiting.items() if self._pace.lets_pass(place, urgency_of(pending), now)}

    async def _deliver(self, queue: Queue) -> None:
        here, sent = log.bind(destination=queue.destination.id, pending=len(queue.pending)), self._clock()
        try:
            digest = next_digest(queue.pending)
            accepted = await self._poster.post(queue.destination, digest)
        except RetryLater as later:
            here.warning("not delivered yet", why=later.why, failed=queue.pending[0].attempts + 1)
            self._slow_down(queue.destination, later)
            await self._retry(queue, later.why, later.retry_after)
        except AccessRevoked as revoked:
            here.error("nothing can be delivered", why=revoked.why)
            self.problem = f"Slack refuses the bot: {revoked.why}"
            self._pace.hold_all(_ACCESS_REVOKED_FOR.total_seconds(), self._clock())
            await self._retry(queue, revoked.why, _ACCESS_REVOKED_FOR, keep=True)
        except DestinationGone as gone:
            here.warning("the destination is gone; its subscriptions are paused", why=gone.why)
            self.problem = self.outage = None  # Slack answered, and the bot itself isn't refused
            self._pace.answered()
            await self._pause(queue.destination, gone.why)
        except DatabaseFault as fault:  # the queue stays leased by this worker, which claims it again
            here.error("a message can't be prepared; retrying soon", fault=repr(fault))
            self._pace.hold_all(_AFTER_FAULT_S, self._clock())
        except Exception:
            here.exception("a message failed in the bot itself; retrying")
            await self._retry(queue, "a fault of the bot's own", None)
        else:
            self.problem = self.outage = None
            self._pace.accepted(queue.destination, sent, urgency_of([one.notification for one in queue.pending]))
            await self._settle(queue, digest, accepted)
            here.info("delivered", message_ts=accepted.posted.ts, deliveries=len(digest.deliveries))
        finally:
            self._under_way.discard(queue.destination)
        self.wake()  # others waited for room

    def _slow_down(self, destination: Destination, later: RetryLater) -> None:
        """Apply a refusal to the destination or to everybody. Operators see an outage if Slack is silent."""
        if later.unreachable:
            self.outage = f"Slack can't be reached: {later.why}"
        if later.everybody or later.retry_after is not None:
            seconds = (later.retry_after or _DEFAULT_RETRY_AFTER).total_seconds()
            self._pace.rate_limited(destination, seconds, self._clock(), everybody=later.everybody)
        else:
            self._pace.failed(destination, self._clock())

    async def _settle(self, queue: Queue, digest: Digest, accepted: Accepted) -> None:
        """Retry until it is written: a message whose acceptance isn't recorded would be posted again."""
        # Not as a decorator: stamina logs the arguments of what it retries, and the queue may be long.
        async for attempt in stamina.retry_context(on=self._is_database_fault, attempts=None, timeout=None):
            with attempt:
                await self._poster.settle(queue, digest, accepted)

    def _is_database_fault(self, error: Exception) -> bool:
        if isinstance(error, DatabaseFault):
            self._faults.note_fault("can't settle a delivery; retrying", fault=repr(error))
            return True
        return False

    async def _retry(self, queue: Queue, why: str, retry_after: timedelta | None, *, keep: bool = False) -> None:
        """Release the queue until its next attempt, and give up what is too old. `keep` gives up nothing: while the
        bot is locked out, no message fails by its own fault."""
        now = datetime.now(UTC)
        chance = random.random()  # noqa: S311 - jitter, not a secret
        head = queue.pending[0]
        at = next_attempt(now, head.attempts, now - head.created_at, retry_after, chance)
        async with self._database.writing() as session:
            before = now - _GIVE_UP_AFTER
            if not keep and (given_up := await deliveries.give_up(session, queue, before, why, now)):
                log.error("deliveries given up", destination=queue.destination.id, deliveries=given_up, why=why)
            await deliveries.settle_retry(session, queue, at, why, now)

    async def _pause(self, destination: Destination, why: str) -> None:
        async with self._database.writing() as session:
            await pauses.pause(session, destination, why, datetime.now(UTC))

    async def drain(self) -> None:
        """Claim nothing more, and give messages under way two seconds to be accepted."""
        await self._rounds.drain(grace=1)
        await asyncio.gather(self._sending.drain(grace=2), self._updates.drain())
        if self._observer:
            await self._observer.drain()
