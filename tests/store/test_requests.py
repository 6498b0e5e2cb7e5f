import asyncio

from bot.store import handled_requests
from bot.store.database import Database
from bot.store.sql.tables import HandledRequestRow
from tests.cast import HOUR, NOON, OTHER_WORKSPACE, SECOND, WORKSPACE
from tests.store.steps import count


async def take(database: Database, workspace: str, key: str) -> bool:
    async with database.writing() as session:
        return await handled_requests.is_first(session, workspace, key, NOON)


async def test_a_request_counts_once(database: Database) -> None:
    """Of two deliveries of one request, even at the same moment, one is the first; another workspace's is its own."""
    taken = await asyncio.gather(*(take(database, WORKSPACE, "t1") for _ in range(5)))
    assert sorted(taken) == [False] * 4 + [True]
    assert await take(database, OTHER_WORKSPACE, "t1")
    assert await take(database, WORKSPACE, "t2")


async def test_a_request_whose_handling_failed_is_not_taken(database: Database) -> None:
    """What was rolled back with its request can be done when Slack delivers it again."""
    try:
        async with database.writing() as session:
            assert await handled_requests.is_first(session, WORKSPACE, "t1", NOON)
            raise InterruptedError
    except InterruptedError:
        pass
    assert await take(database, WORKSPACE, "t1")


async def test_old_requests_are_forgotten(database: Database) -> None:
    """The memory of requests does not grow for ever, and holds for as long as Slack may deliver one again."""
    await take(database, WORKSPACE, "t1")
    for after, left in ((HOUR, 1), (HOUR + SECOND, 0)):
        async with database.writing() as session:
            await handled_requests.forget_old(session, NOON + after)
        assert await count(database, HandledRequestRow) == left
