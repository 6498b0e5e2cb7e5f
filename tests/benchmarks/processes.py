"""The processes of a measurement: the stand-ins, each in one of its own, and the bot between them."""

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import aiohttp
import uvloop

from bot.demo.informatica import stand_in as jobs_stand_in
from bot.demo.informatica.stand_in import JobsServiceStandIn
from bot.demo.process import BotProcess, bot_running, bot_starting, environment
from bot.demo.slack import stand_in as slack_stand_in
from bot.demo.slack.stand_in import SlackStandIn
from tests.ports import reserved_port

S = TypeVar("S")
T = TypeVar("T")
P = ParamSpec("P")

_LIMIT_S = 300.0
_START_LIMIT_S = 60.0
_spawning = multiprocessing.get_context("spawn")


@dataclass
class ObservedSlack:
    """Slack, and when (seconds since 1970) it accepted each of its messages."""

    standin: SlackStandIn
    times: list[float] = field(default_factory=list)

    async def observe(self) -> None:
        """Note the times, for ever."""
        while True:
            await self.standin.changed()
            self.times += [time.time()] * (len(self.standin.messages) - len(self.times))


class Service(Generic[S]):
    """A stand-in in a process of its own. One call at a time."""

    def __init__(self, connection: "Connection[Any, Any]", pid: int, url: str) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()
        self.pid = pid
        self.url = url

    async def do(self, work: Callable[Concatenate[S, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a module's function in the process, with the stand-in as its first argument. Raises its error."""
        async with self._turn:
            self._connection.send((work, args, kwargs))
            if not await asyncio.to_thread(self._connection.poll, _LIMIT_S):
                raise TimeoutError(f"{work} takes too long")
            outcome, failed = self._connection.recv()
        if failed:
            raise RuntimeError(f"{work.__name__} failed: {outcome}")
        result: T = outcome
        return result


async def _serve_jobs(connection: "Connection[Any, Any]") -> None:
    standin = JobsServiceStandIn()
    standin.jobs.clear()
    async with jobs_stand_in.served(standin) as url:
        await _obey(connection, standin, url)


async def _serve_slack(connection: "Connection[Any, Any]") -> None:
    observed = ObservedSlack(SlackStandIn())
    observing = asyncio.create_task(observed.observe())
    async with slack_stand_in.served(observed.standin) as url:
        await _obey(connection, observed, url)
    observing.cancel()


async def _obey(connection: "Connection[Any, Any]", standin: object, url: str) -> None:
    connection.send(url)
    while True:
        try:
            work, args, kwargs = await asyncio.to_thread(connection.recv)
        except EOFError:  # the measurement has ended
            return
        try:
            outcome = await work(standin, *args, **kwargs), False
        except Exception as error:
            outcome = f"{error!r:.2000}", True
        connection.send(outcome)


def _run(serve: Callable[["Connection[Any, Any]"], Awaitable[None]], connection: "Connection[Any, Any]") -> None:
    async def main() -> None:
        await serve(connection)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


@asynccontextmanager
async def _serving(serve: Callable[["Connection[Any, Any]"], Awaitable[None]]) -> AsyncIterator[Service[Any]]:
    ours, theirs = _spawning.Pipe()
    process = _spawning.Process(target=_run, args=(serve, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        url = await asyncio.to_thread(ours.recv)
        yield Service(ours, process.pid or 0, url)
    finally:
        ours.close()
        await asyncio.to_thread(process.join, 5)
        process.kill()


@dataclass(frozen=True)
class Bench:
    """What a measurement acts on. `settings` is the environment of the bot; `scale` is the share of the full size."""

    jobs: Service[JobsServiceStandIn]
    slack: Service[ObservedSlack]
    settings: dict[str, str]
    folder: str
    port: int
    scale: float

    def scaled(self, count: int, least: int = 1) -> int:
        """So many, or their share in a smaller run."""
        return max(least, round(self.scale * count))

    def with_database(self, url: str) -> "Bench":
        """The same, with another database."""
        return replace(self, settings=self.settings | {"DATABASE_URL": url})

    @asynccontextmanager
    async def bot(self, role: str = "run", **settings: str) -> AsyncIterator[BotProcess]:
        """The bot, once it is ready."""
        async with bot_running(self.settings | settings, role, self.folder, _START_LIMIT_S) as bot:
            yield bot

    @asynccontextmanager
    async def starting(self, **settings: str) -> AsyncIterator[BotProcess]:
        """The bot from its first moment on."""
        async with bot_starting(self.settings | settings, cwd=self.folder) as bot:
            yield bot

    async def metric(self, name: str, port: int | None = None) -> int:
        """The value of one of the bot's metrics."""
        url = f"http://127.0.0.1:{port or self.port}/metrics"
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            lines = (await response.text()).splitlines()
        return int(float(next(line for line in lines if line.startswith(f"{name} ")).split()[1]))


@asynccontextmanager
async def running_bench(scale: float, database_url: str = "") -> AsyncIterator[Bench]:
    """Start both services; the bot gets a new SQLite database, or the one at `database_url`."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        jobs = await stack.enter_async_context(_serving(_serve_jobs))
        slack = await stack.enter_async_context(_serving(_serve_slack))
        port = stack.enter_context(reserved_port())
        url = database_url or f"sqlite:///{Path(folder)}/jobwatch.db"
        settings = environment(SlackStandIn(), slack.url, JobsServiceStandIn(), jobs.url, port=port, database_url=url)
        yield Bench(jobs, slack, settings, folder, port, scale)
