"""Why a process can't do its part now. An outage of another service is none: people ask then."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from bot.store.database import Database, DatabaseFault

_DATABASE_LIMIT_S = 3
_REMEMBERED_S = 1


def readiness(database: Database, *problems: Callable[[], str | None]) -> Callable[[], Awaitable[Sequence[str]]]:
    """A check that returns the present problems in words for an operator, none if the process is ready.

    It asks the database, and each part for its `problems`.
    """
    check = _DatabaseCheck(database)

    async def present_problems() -> Sequence[str]:
        return [problem for problem in (await check.problem(), *(ask() for ask in problems)) if problem]

    return present_problems


class _DatabaseCheck:
    """Asks the database once a second at most: anybody may ask for readiness, and each check takes a connection. Who
    asks during a check that takes long gets the last answer: strangers' questions don't pile up."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._checking = asyncio.Lock()
        self._checked_at = float("-inf")
        self._problem: str | None = None

    async def problem(self) -> str | None:
        if self._checking.locked() and self._checked_at > float("-inf"):
            return self._problem
        async with self._checking:
            if time.monotonic() - self._checked_at >= _REMEMBERED_S:
                self._problem = await _database_problem(self._database)
                self._checked_at = time.monotonic()
            return self._problem


async def _database_problem(database: Database) -> str | None:
    """Without the driver's own words, which may name a user."""
    try:
        async with asyncio.timeout(_DATABASE_LIMIT_S):
            await database.check()
    except (DatabaseFault, TimeoutError) as fault:
        return f"the database can't be used ({type(fault).__name__})"
    return None
