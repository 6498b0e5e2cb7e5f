"""Reminders: what is due about jobs that fail for long is queued, once, whichever worker finds it."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.fault_log import FaultLog
from bot.notify.reminding import announced, decide
from bot.store import outbox
from bot.store.database import Database, DatabaseFault
from bot.store.incidents import reminding as due_incidents
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)


class Reminders:
    """Owns one round at a time. Calls `on_recorded` after it queued deliveries. A job that wasn't polled within
    `polled_within`, or since this worker began, isn't said to fail."""

    def __init__(self, database: Database, *, polled_within: timedelta, on_recorded: Callable[[], None]) -> None:
        self._database = database
        self._polled_within = polled_within
        self._on_recorded = on_recorded
        self._began = datetime.now(UTC)
        self._rounds = Tasks("reminders", limit=1)
        self._faults = FaultLog(log, "reminders work again")

    async def tick(self) -> None:
        """Queue what is due. Runs as our own task: the scheduler cancels its jobs at shutdown."""
        with contextlib.suppress(Full):  # the last round isn't finished
            self._rounds.start(self._round())

    async def _round(self) -> None:
        try:
            while await self._queue_some():
                pass
        except DatabaseFault as fault:
            self._faults.note_fault("reminders failed; retrying at the next tick", fault=repr(fault))
        else:
            self._faults.note_success()

    async def _queue_some(self) -> bool:
        """Queue what is due about some incidents; return whether there may be more."""
        now = datetime.now(UTC)
        async with self._database.reading() as session:
            if not await due_incidents.is_any_due(session, now):
                return False
        queued = 0
        async with self._database.writing() as session:
            found = await due_incidents.claim(session, now)
            for due in found:
                decision = decide(due, now, polled_after=self._polled_after(now))
                next_times = decision.reminder_at, decision.escalation_at
                await due_incidents.settle(session, due, *next_times, now, is_escalated=decision.escalates)
                for place, notification in announced(due, decision, now):
                    subscription = due.watch.id if place == due.watch.destination else None
                    outbox.put(session, place, notification, now, subscription=subscription)
                    queued += 1
        if queued:
            log.info("reminders queued", count=queued)
            self._on_recorded()
        return bool(found)

    def _polled_after(self, now: datetime) -> datetime:
        """What was written before this worker began may be old. (Its clock may have been set back since.)"""
        recent = now - self._polled_within
        return max(recent, self._began) if self._began <= now else recent

    async def drain(self) -> None:
        """End the round. The next one does what is left."""
        await self._rounds.drain(grace=1)
