import asyncio

from bot.store import handled_requests, retention
from bot.store.database import Database
from bot.store.sql.tables import HandledRequestRow
from tests.cast import HOUR, NOON, OTHER_WORKSPACE, SECOND, WORKSPACE
from tests.store.steps import count


class _Failed(Exception):
    pass


async def take(database: Database, workspace: str, key: str) -> bool:
    async with database.writing() as session:
        return await handled_requests.is_first(session, workspace, key, NOON)


async def test_a_request_is_handled_once(database: Database) -> None:
    """If Slack delivers a request several times, even at the same moment, one is the first. Workspaces are separate."""
    taken = await asyncio.gather(*(take(database, WORKSPACE, "t1") for _ in range(5)))
    assert sorted(taken) == [False] * 4 + [True]
    assert await take(database, OTHER_WORKSPACE, "t1")
    assert await take(database, WORKSPACE, "t2")


async def test_a_request_that_failed_can_be_handled_again(database: Database) -> None:
    """A request that was rolled back is handled when Slack delivers it again."""
    try:
        async with database.writing() as session:
            assert await handled_requests.is_first(session, WORKSPACE, "t1", NOON)
            raise _Failed
    except _Failed:
        pass
    assert await take(database, WORKSPACE, "t1")


async def test_old_requests_are_forgotten(database: Database) -> None:
    """Requests are remembered for as long as Slack may redeliver them, and then forgotten."""
    await take(database, WORKSPACE, "t1")
    for after, left in ((HOUR, 1), (HOUR + SECOND, 0)):
        await retention.purge(database, NOON + after, keep_history=HOUR)
        assert await count(database, HandledRequestRow) == left
