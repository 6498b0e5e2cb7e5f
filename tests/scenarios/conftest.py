import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
import structlog

from bot import app
from bot.notify import pace
from tests.scenarios.world import World, a_world

needs_list = pytest.mark.skipif(
    "JOBWATCH_TEST_ONLY_JOBS_RESOURCE" in os.environ, reason="it is about what the other resources say"
)


NewWorld = Callable[[], AbstractAsyncContextManager[World]]


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A bot inside this process sets up the logging of all of it."""
    root, config = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.configure(**config)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot inside this process waits less where it must not matter how long: silence is proven sooner."""
    monkeypatch.setattr(pace, "_MIN_GAP_S", 0.1)
    monkeypatch.setattr(app, "REQUEST_TIMEOUT", 0.8)  # of the looks at what is watched


@pytest.fixture
def new_world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> NewWorld:
    """Makes a world with a database of its own; several may be used at the same time."""

    @asynccontextmanager
    async def make() -> AsyncIterator[World]:
        folder = tmp_path_factory.mktemp("world")
        shutil.copy(sqlite_template, folder / "jobwatch.db")
        async with a_world(folder) as made:
            yield made

    return make


@pytest.fixture
async def world(new_world: NewWorld) -> AsyncIterator[World]:
    async with new_world() as made:
        yield made
