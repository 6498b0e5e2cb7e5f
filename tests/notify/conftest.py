from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.notify.dispatcher import Dispatcher
from bot.store.database import Database, opened
from tests.notify.fake import Clock, FakeMessenger


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    """The log lines of a test."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def store(sqlite_url: str) -> AsyncIterator[Database]:
    async with opened(sqlite_url) as database:
        yield database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def messenger(clock: Clock) -> FakeMessenger:
    return FakeMessenger(clock)


@pytest.fixture
async def dispatcher(store: Database, messenger: FakeMessenger, clock: Clock) -> AsyncIterator[Dispatcher]:
    made = Dispatcher(store, messenger, worker="t", concurrency=5, clock=clock)
    yield made
    await made.drain()
