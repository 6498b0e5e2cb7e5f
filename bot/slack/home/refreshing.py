"""Keeps Home tabs up to date: compares those that may show what isn't so any more, and publishes what is different."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from bot.domain.home.tab import HomeTab
from bot.fault_log import FaultLog
from bot.slack.home.publishing import HomePublisher
from bot.store.database import Database, DatabaseFault
from bot.store.homes import refreshing
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

# Tabs in one round. Slack allows some hundred publications a minute.
_AT_ONCE = 5
# Seconds after something happened in which tabs are compared: a transaction that began before may still be under way.
_LATELY_S = 15.0


class HomeRefresher:
    """Owns one round at a time. While nothing happens, a round reads four numbers."""

    def __init__(
        self, database: Database, publisher: HomePublisher, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._clock = clock
        self._version: tuple[object, ...] | None = None
        self._happened_until = 0.0
        self._quiet_until = 0.0  # Slack asked for it
        self._rounds = Tasks("refreshing Home tabs", limit=1)
        self._faults = FaultLog(log, "Home tabs can be refreshed again")

    async def tick(self) -> None:
        """Begin a round. Runs as our own task: the scheduler cancels its jobs at shutdown."""
        if self._clock() >= self._quiet_until:
            with contextlib.suppress(Full):  # the last round isn't finished
                self._rounds.start(self._surviving())

    async def _surviving(self) -> None:
        try:
            await self._round()
        except (DatabaseFault, TimeoutError) as fault:
            self._faults.note_fault("Home tabs can't be refreshed; retrying", fault=repr(fault))
        else:
            self._faults.note_success()

    async def _round(self) -> None:
        now = datetime.now(UTC)
        async with self._database.reading() as session:
            version = await refreshing.version(session)
            if version != self._version:
                self._version, self._happened_until = version, self._clock() + _LATELY_S
            happened = self._clock() < self._happened_until
            is_any_due = await refreshing.is_any_due(session, now, happened=happened)
        if not is_any_due:
            return
        async with self._database.writing() as session:
            claimed = await refreshing.claim(session, now, happened=happened, limit=_AT_ONCE)
        waits = await asyncio.gather(*(self._publish(tab) for tab in claimed))
        self._quiet_until = self._clock() + max(waits, default=0.0)

    async def _publish(self, tab: HomeTab) -> float:
        """Seconds for which Slack wants to be left alone."""
        try:
            wait = await self._publisher.publish(tab)
        except (DatabaseFault, TimeoutError) as fault:
            log.warning("a Home tab can't be refreshed", fault=repr(fault))
            return 0.0
        except Exception:
            log.exception("a Home tab can't be refreshed")
            return 0.0
        return wait.total_seconds() if wait is not None else 0.0

    async def drain(self) -> None:
        """End the round. The next one does what is left."""
        await self._rounds.drain(grace=1)
