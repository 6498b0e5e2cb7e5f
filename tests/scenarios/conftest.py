import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
import time_machine

from bot.app import worker
from bot.notify import pace
from tests.scenarios.world import World, running_world

needs_list = pytest.mark.skipif(
    "JOBWATCH_TEST_ONLY_JOBS_RESOURCE" in os.environ, reason="needs more than the jobs resource"
)


SetClock = Callable[[timedelta], object]
NewWorld = Callable[[], AbstractAsyncContextManager[World]]


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    """Undo what a bot in this process does to the logging of the whole process."""
    root, config = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.configure(**config)


@pytest.fixture(autouse=True)
def shorter_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten a bot's waits in this process where their length must not matter."""
    monkeypatch.setattr(pace, "_MIN_GAP_S", 0.1)
    monkeypatch.setattr(pace, "_MAX_GAP_S", 0.8)
    monkeypatch.setattr(worker, "REQUEST_TIMEOUT", 0.8)  # of polls


@pytest.fixture
def new_world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> NewWorld:
    """Makes worlds, each with a database of its own; several may run at the same time."""

    @asynccontextmanager
    async def make() -> AsyncIterator[World]:
        folder = tmp_path_factory.mktemp("world")
        shutil.copy(sqlite_template, folder / "jobwatch.db")
        async with running_world(folder) as made:
            yield made

    return make


@pytest.fixture
async def world(new_world: NewWorld) -> AsyncIterator[World]:
    """A world with an SQLite database."""
    async with new_world() as made:
        yield made


@pytest.fixture
async def postgresql_world(tmp_path: Path, postgresql_url: str) -> AsyncIterator[World]:
    """A world with a PostgreSQL database."""
    async with running_world(tmp_path, postgresql_url) as made:
        yield made


@pytest.fixture
def set_clock() -> Iterator[SetClock]:
    """Sets the wall clock by so much; monotonic clocks are unaffected."""
    with ExitStack() as stack:
        yield lambda by: stack.enter_context(time_machine.travel(datetime.now(UTC) + by, tick=True))
