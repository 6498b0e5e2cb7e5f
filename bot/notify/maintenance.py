"""What becomes due as time passes: mutes, maintenance, quiet hours and incidents that end, subscriptions that fell
behind, rows that are too old."""

import contextlib
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.fault_log import FaultLog
from bot.store import mutes, reconcile, retention
from bot.store.channels import quiet_hours, silences
from bot.store.database import Database, DatabaseFault
from bot.store.incidents import writing as incidents
from bot.store.reconcile import Reconciled
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

# Seconds between two comparisons of every subscription with its job, which take some milliseconds.
_RECONSIDERED_EVERY_S = 300


class Maintenance:
    """Owns both chores, one run of each at a time. Calls `on_recorded` after it queued deliveries."""

    def __init__(
        self,
        database: Database,
        *,
        keep_history: timedelta,
        on_recorded: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._keep_history = keep_history
        self._on_recorded = on_recorded
        self._clock = clock
        self._reconsidered: float | None = None
        self._looked_at = 0  # the last incident that was looked at: whether it ended silently
        self._reconciling = Tasks("maintenance", limit=1)
        self._purging = Tasks("retention", limit=1)
        self._faults = FaultLog(log, "maintenance works again")
        self._nightly_faults = FaultLog(log, "old rows can be removed again")

    async def tick(self) -> None:
        """End mutes and maintenance, begin and end quiet hours, reconcile subscriptions, and end incidents that no
        delivery will end.

        Runs as our own task: the scheduler cancels its jobs at shutdown.
        """
        with contextlib.suppress(Full):  # the last run isn't finished
            self._reconciling.start(self._surviving(self._reconcile, self._faults))

    async def nightly(self) -> None:
        """Remove old rows."""
        with contextlib.suppress(Full):
            self._purging.start(self._surviving(self._purge, self._nightly_faults))

    async def _surviving(self, chore: Callable[[], Awaitable[None]], faults: FaultLog) -> None:
        try:
            await chore()
        except DatabaseFault as fault:
            faults.note_fault("maintenance failed; retrying at the next tick", fault=repr(fault))
        else:
            faults.note_success()

    async def _reconcile(self) -> None:
        await self._reconsider()
        may_be_more = True
        while may_be_more:
            now = datetime.now(UTC)
            async with self._database.reading() as session:
                known = [*await silences.read_due(session, now), *await quiet_hours.read_due(session, now)]
            async with self._database.writing() as session:
                turned = await quiet_hours.turn_due(session, now, known)
                ended, reconciled = 0, Reconciled(0, may_be_more=True)
                # First all quiet hours turn: what ends is told as those in force let it.
                if not (turned and await quiet_hours.is_any_due(session, now)):
                    turned |= await silences.end_due(session, now, known)
                    ended = await mutes.end_mutes(session, now)
                    reconciled = await reconcile.reconcile_some(session, now)
                    # After what still has to be delivered about them was queued; of many, others at the next tick.
                    self._looked_at = await incidents.end_silent(session, now, after=self._looked_at)
            may_be_more = reconciled.may_be_more or ended > 0 or turned
            if turned or ended or reconciled.notified:
                log.info("subscriptions reconciled", turned=turned, mutes_ended=ended, behind=reconciled.notified)
                self._on_recorded()

    async def _reconsider(self) -> None:
        """At the start, and now and then: see `reconcile.reconsider`."""
        now = self._clock()
        if self._reconsidered is None or now - self._reconsidered >= _RECONSIDERED_EVERY_S:
            async with self._database.writing() as session:
                await reconcile.reconsider(session)
            self._reconsidered = now

    async def _purge(self) -> None:
        removed = await retention.purge(self._database, datetime.now(UTC), keep_history=self._keep_history)
        log.info("old rows removed", **removed)

    async def drain(self) -> None:
        """End both chores. The next run does what is left."""
        await self._reconciling.drain(grace=1)
        await self._purging.drain(grace=0)
