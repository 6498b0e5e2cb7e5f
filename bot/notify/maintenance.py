"""What is to be told, or forgotten, because time passed: mutes that end, subscriptions that fell behind, old rows."""

import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.store import mutes, reconcile, retention
from bot.store.database import Database, DatabaseFault
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)


class Maintenance:
    """Owns both chores, one run of each at a time. `recorded` is called when there is something to tell."""

    def __init__(self, database: Database, *, keep_history: timedelta, on_recorded: Callable[[], None]) -> None:
        self._database = database
        self._keep_history = keep_history
        self._recorded = on_recorded
        self._telling = Tasks("upkeep", limit=1)
        self._cleaning = Tasks("cleaning", limit=1)

    async def tick(self) -> None:
        """End mutes, and tell what subscriptions were not told of. A task of ours: the scheduler cancels its own."""
        with contextlib.suppress(Full):  # the last one is still under way
            self._telling.start(self._surviving(self._tell))

    async def nightly(self) -> None:
        """Remove what is old."""
        with contextlib.suppress(Full):
            self._cleaning.start(self._surviving(self._clean))

    async def _surviving(self, chore: Callable[[], Awaitable[None]]) -> None:
        try:
            await chore()
        except DatabaseFault as fault:
            log.error("upkeep failed; the next one tries again", fault=repr(fault))

    async def _tell(self) -> None:
        now = datetime.now(UTC)
        async with self._database.writing() as session:
            ended = await mutes.end_mutes(session, now)
            behind = await reconcile.reconcile_all(session, now)
        if ended or behind:
            log.info("caught up", mutes_ended=ended, behind=behind)
            self._recorded()

    async def _clean(self) -> None:
        removed = await retention.clean(self._database, datetime.now(UTC), keep_history=self._keep_history)
        log.info("removed what is old", **removed)

    async def drain(self) -> None:
        """End both: what they did not come to is done the next time."""
        await self._telling.drain(grace=1)
        await self._cleaning.drain(grace=0)
