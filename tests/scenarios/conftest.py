import logging
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import pytest
import structlog
import time_machine

from bot import schedule
from bot.app import running, worker
from bot.demo.slack.workspace import views
from bot.notify import pace
from bot.schedule import Tick
from tests.scenarios.world import LIMIT_S, World, running_world

needs_list = pytest.mark.skipif(
    "JOBWATCH_TEST_ONLY_JOBS_RESOURCE" in os.environ, reason="needs more than the jobs resource"
)


class ItIs(Protocol):
    """Sets the clock: see `it_is`."""

    def __call__(self, at: str, machine: str = "Europe/Berlin") -> object: ...


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
    monkeypatch.setattr(pace, "_MAX_URGENT_GAP_S", 0.4)


@pytest.fixture
def impatient_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let polls that hang end soon. Where none does they have their usual time: on a busy machine that takes long, and
    after three of them a job would be unavailable."""
    monkeypatch.setattr(worker, "REQUEST_TIMEOUT", 0.8)


@pytest.fixture(autouse=True)
def patient_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that is busy with other tests, opening a form may take longer than the three seconds that Slack
    waits."""
    monkeypatch.setattr(views, "TRIGGER_SECONDS", LIMIT_S)


@pytest.fixture(autouse=True)
def no_thaw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no bot's night look at all that the tests imported: where the clock is moved, that takes longest."""
    monkeypatch.setattr(worker, "thaw_survivors", lambda: None)


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
async def either_world(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A world with a database of each kind; `bots` runs what belongs to it. Two workers tick half as often as one."""
    workers = 1 if database_url.startswith("sqlite") else 2

    def ticking(ticks: Sequence[tuple[Tick, float]], *, nightly: Tick) -> AbstractAsyncContextManager[None]:
        return schedule.ticking([(tick, workers * seconds) for tick, seconds in ticks], nightly=nightly)

    monkeypatch.setattr(running, "ticking", ticking)
    async with running_world(tmp_path, database_url) as made:
        yield made


@pytest.fixture
def set_clock() -> Iterator[SetClock]:
    """Sets the wall clock by so much; monotonic clocks are unaffected."""
    with ExitStack() as stack:
        yield lambda by: stack.enter_context(time_machine.travel(time.time() + by.total_seconds(), tick=True))


@pytest.fixture
def it_is() -> Iterator[ItIs]:
    """Sets the wall clock to a second after a time of UTC, and the zone of the machine, which must not matter."""
    with ExitStack() as stack:

        def set_to(at: str, machine: str = "Europe/Berlin") -> object:
            moment = datetime.fromisoformat(f"{at}+00:00") + timedelta(seconds=1)
            return stack.enter_context(time_machine.travel(moment.astimezone(ZoneInfo(machine)), tick=True))

        yield set_to
