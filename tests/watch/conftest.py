from collections.abc import AsyncIterator

import pytest

from bot.store.database import Database, opened
from tests.watch.world import World


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    async with opened(sqlite_url) as database:
        yield database


@pytest.fixture
async def world(sqlite: Database) -> AsyncIterator[World]:
    """A world on SQLite; its pollers are drained at the end."""
    world = World(sqlite)
    yield world
    await _drain(world)


@pytest.fixture
async def either_world(database: Database) -> AsyncIterator[World]:
    """A world on each kind of database."""
    world = World(database)
    yield world
    await _drain(world)


async def _drain(world: World) -> None:
    for poller in world.pollers:
        await poller.drain()
