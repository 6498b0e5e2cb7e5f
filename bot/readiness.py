"""Why a process can't do its work now."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bot.store.database import Database, DatabaseFault

_DATABASE_LIMIT_S = 3


def readiness(database: Database, *problems: Callable[[], str | None]) -> Callable[[], Awaitable[Sequence[str]]]:
    """A check that returns the present problems in words for an operator, none if the process is ready.

    It asks the database, and each part for its `problems`.
    """

    async def present_problems() -> Sequence[str]:
        return [problem for problem in (await _database_problem(database), *(ask() for ask in problems)) if problem]

    return present_problems


async def _database_problem(database: Database) -> str | None:
    try:
        async with asyncio.timeout(_DATABASE_LIMIT_S):
            await database.check()
    except DatabaseFault as fault:
        return f"the database can't be used ({fault.reason})"
    except TimeoutError:
        return "the database doesn't answer in time"
    return None
