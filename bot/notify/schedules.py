"""Digests that come by a schedule: planned, and queued for delivery once they are due."""

import contextlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from bot.calendar import next_digest
from bot.domain.channel.time_zones import zone_named
from bot.domain.destination import Destination
from bot.domain.notification.summaries import ScheduledDigest
from bot.fault_log import FaultLog
from bot.store import outbox
from bot.store.channels import digests
from bot.store.channels.digests import Due
from bot.store.database import Database, DatabaseFault
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

# When a schedule that this release can't read is looked at again.
_UNREADABLE_FOR = timedelta(hours=1)
# So many intervals a digest waits for polls, and at least so many seconds.
_INTERVALS, _AT_LEAST_S = 3, 30


@dataclass
class _Waiting:
    """How long a digest waits for polls, and when it is made again to see whether they came, in seconds."""

    until: float
    again_at: float


class DigestSchedules:
    """Queues digests, one round at a time. Calls `on_recorded` after it queued one.

    After a downtime, jobs haven't been polled yet when a digest is due. Then it waits for that, but not for long.
    """

    def __init__(
        self,
        database: Database,
        *,
        interval: timedelta,
        on_recorded: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._interval = interval.total_seconds()
        self._on_recorded = on_recorded
        self._clock = clock
        self._waiting: dict[Destination, _Waiting] = {}
        self._rounds = Tasks("digests", limit=1)
        self._faults = FaultLog(log, "digests can be queued again")

    async def tick(self) -> None:
        """Queue what is due. Runs as our own task: the scheduler cancels its jobs at shutdown."""
        with contextlib.suppress(Full):  # the last round isn't finished
            self._rounds.start(self._round())

    async def _round(self) -> None:
        """Queue the digests that are due, one after the other. Survives a database fault."""
        try:
            while await self._next(datetime.now(UTC), self._clock()):
                pass
        except DatabaseFault as fault:
            self._faults.note_fault("digests can't be queued; retrying at the next tick", fault=repr(fault))
        else:
            self._faults.note_success()

    async def _next(self, now: datetime, second: float) -> bool:
        """Make one digest; queue it and plan the next one in one transaction, unless another worker has: so each comes
        once, whatever happens to this worker. One that was due while no worker ran comes late, and once however often
        it was due.

        Return whether there may be more.
        """
        waiting = [place for place, wait in self._waiting.items() if wait.again_at > second]
        async with self._database.reading() as session:
            found = await digests.due(session, now, waiting=waiting)
        if not found:
            return False
        due = random.choice(found)  # noqa: S311 - workers shouldn't all make the same one
        digest = await self._made(due, now)
        if digest is not None and self._waits(digest, due.destination, second):
            return True
        following = now + _UNREADABLE_FOR
        if due.schedule is not None:
            following = next_digest(due.schedule, zone_named(due.time_zone), now)
        async with self._database.writing() as session:
            if not await digests.plan(session, due, following, since=now if due.is_due else None):
                return True
            if digest is not None:
                outbox.put(session, due.destination, digest, now)
        if digest is not None:
            log.info("a digest was queued", destination=due.destination.id, late=str(now - digest.due_at))
            self._on_recorded()
        return True

    async def _made(self, due: Due, now: datetime) -> ScheduledDigest | None:
        """The digest that is due; None if there is none, or nobody to tell. Made before the transaction that writes: it
        takes a while, in which SQLite lets nobody else write."""
        if due.schedule is None or due.due_at is None or not due.is_due:
            return None
        async with self._database.reading() as session:
            return await digests.make(session, due.destination, due.schedule, due.due_at, now, since=due.since)

    def _waits(self, digest: ScheduledDigest, destination: Destination, second: float) -> bool:
        """Whether a digest should wait for polls that are about to show how jobs are now."""
        wait = self._waiting.setdefault(
            destination, _Waiting(second + max(_INTERVALS * self._interval, _AT_LEAST_S), second)
        )
        wait.again_at = second + self._interval
        if digest.period.unpolled and second < wait.until:
            return True
        del self._waiting[destination]
        return False

    async def drain(self) -> None:
        """End the round under way. What it hasn't queued is due still."""
        await self._rounds.drain(grace=1)
