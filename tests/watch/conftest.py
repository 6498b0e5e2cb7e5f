import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.store.database import Database, opened
from tests.watch.world import World


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with the schema that the migrations make, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "test.db"

    async def migrate() -> None:
        async with opened(f"sqlite:///{path}") as database:
            await database.migrate()

    with ThreadPoolExecutor(1) as thread:  # where no loop is running
        thread.submit(asyncio.run, migrate()).result()
    return path


@pytest.fixture
async def sqlite(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copy(migrated, tmp_path / "test.db")
    async with opened(f"sqlite:///{tmp_path}/test.db") as database:
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
