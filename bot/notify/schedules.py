"""Digests that come by a schedule: planned, and queued for delivery once they are due."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.calendar import next_digest, zone_named
from bot.fault_log import FaultLog
from bot.store import outbox
from bot.store.channels import digests
from bot.store.database import Database, DatabaseFault
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

# When a schedule that this release can't read is looked at again.
_UNREADABLE_FOR = timedelta(hours=1)


class DigestSchedules:
    """Queues digests, one round at a time. Calls `on_recorded` after it queued one."""

    def __init__(self, database: Database, *, on_recorded: Callable[[], None]) -> None:
        self._database = database
        self._on_recorded = on_recorded
        self._rounds = Tasks("digests", limit=1)
        self._faults = FaultLog(log, "digests can be queued again")

    async def tick(self) -> None:
        """Queue what is due. Runs as our own task: the scheduler cancels its jobs at shutdown."""
        with contextlib.suppress(Full):  # the last round isn't finished
            self._rounds.start(self._round())

    async def _round(self) -> None:
        """Queue the digests that are due, one after the other. Survives a database fault."""
        try:
            while await self._next(datetime.now(UTC)):
                pass
        except DatabaseFault as fault:
            self._faults.note_fault("digests can't be queued; retrying at the next tick", fault=repr(fault))
        else:
            self._faults.note_success()

    async def _next(self, now: datetime) -> bool:
        """Queue one digest and plan the next one, both in the transaction that claims it: whatever happens to this
        worker, each comes once. One that was due while no worker ran comes late, and once however often it was due.

        Return whether there may be more.
        """
        async with self._database.writing() as session:
            due = await digests.claim(session, now)
            if due is None:
                return False
            if due.schedule is None:
                await digests.plan(session, due.destination, now + _UNREADABLE_FOR)
                return True
            following = next_digest(due.schedule, zone_named(due.time_zone), now)
            if due.due_at is None:
                await digests.plan(session, due.destination, following)
                return True
            digest = await digests.make(session, due.destination, due.schedule, due.due_at, now, since=due.since)
            if digest is not None:
                outbox.put(session, due.destination, digest, now)
            await digests.plan(session, due.destination, following, since=now)
        if digest is not None:
            log.info("a digest was queued", destination=due.destination.id, late=str(now - due.due_at))
            self._on_recorded()
        return True

    async def drain(self) -> None:
        """End the round under way. What it hasn't queued is due still."""
        await self._rounds.drain(grace=1)
