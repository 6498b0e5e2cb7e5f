"""Adds to an alert that was posted what goes on in its job. It delays no alert, and its failure costs none."""

import contextlib
from collections.abc import Awaitable, Callable

import structlog

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.incident import Circumstances, Posted
from bot.domain.job import JobRef
from bot.store.database import Database, DatabaseFault
from bot.store.incidents import writing
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

_AT_ONCE = 5

# What asks the jobs service; None if it knows nothing. Never raises.
Ask = Callable[[JobRef], Awaitable[Circumstances | None]]


class Observer:
    """Owns the questions under way. If there are too many, an alert stays as it is."""

    def __init__(self, database: Database, ask: Ask) -> None:
        self._database = database
        self._ask = ask
        self._tasks = Tasks("circumstances of incidents", limit=_AT_ONCE)

    def observe(self, destination: Destination, opening: Change, posted: Posted) -> None:
        """Ask about the job of an incident that a message has just opened, and have the message updated."""
        with contextlib.suppress(Full):
            self._tasks.start(self._observe(destination, opening, posted))

    async def _observe(self, destination: Destination, opening: Change, posted: Posted) -> None:
        found = await self._ask(opening.ref)
        if found is None:
            return
        try:
            async with self._database.writing() as session:
                await writing.add_circumstances(session, destination, opening, posted, found)
        except DatabaseFault as fault:
            log.warning("the circumstances of an incident are lost", fault=repr(fault))

    async def drain(self) -> None:
        await self._tasks.drain(grace=0)
