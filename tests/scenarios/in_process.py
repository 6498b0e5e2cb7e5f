"""The bot inside the test's own process: all of it, over real sockets, but for what only a process has."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, redirect_stderr
from contextvars import ContextVar
from io import TextIOBase
from unittest.mock import patch

import pytest
import structlog

from bot.app import running
from bot.logs import set_up_logging
from bot.settings import Settings, read_settings

_LIMIT_S = 20


class Bot:
    """A running bot. `log` holds each line that it wrote to standard error."""

    def __init__(self, settings: Settings, role: str) -> None:
        self.log: list[str] = []
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._stop = asyncio.Event()
        self._is_ready = False
        self._life = asyncio.create_task(self._live(settings, role))
        self._life.add_done_callback(lambda _: self._changed.set())

    async def _live(self, settings: Settings, role: str) -> None:
        _logs_here.set(self)  # for each task that begins here
        async with running(settings, web=role != "worker", worker=role != "web"):
            self._is_ready = True
            self._changed.set()
            await self._stop.wait()

    async def stop(self) -> None:
        """End it, and wait for that. Raises what went wrong."""
        self._stop.set()
        await self._life

    def hear(self, line: str) -> None:
        """It wrote a line, in whichever thread."""
        self.log.append(line)
        self._loop.call_soon_threadsafe(self._changed.set)

    async def wait_for_log(self, words: str, timeout: float = _LIMIT_S) -> str:
        """The first line that holds `words`."""
        await self.wait_for(lambda log: any(words in line for line in log), timeout)
        return next(line for line in self.log if words in line)

    async def wait_for(self, holds: Callable[[list[str]], bool], timeout: float = _LIMIT_S) -> None:
        """Until something holds of its log."""
        await self._until(lambda: holds(self.log), timeout)

    async def ready(self, timeout: float) -> None:
        """Until it is ready."""
        await self._until(lambda: self._is_ready, timeout)

    async def _until(self, so: Callable[[], bool], timeout: float) -> None:
        try:
            async with asyncio.timeout(timeout):
                while not so():
                    if self._life.done():
                        await self._life  # raises why it ended
                        pytest.fail("the bot has ended")
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError as late:
            late.add_note("\n".join(self.log))
            raise


_all_bots: list[Bot] = []
_logs_here: ContextVar[Bot] = ContextVar("_logs_here")


@asynccontextmanager
async def bot_inside(environment: Mapping[str, str], role: str, start_limit: float) -> AsyncIterator[Bot]:
    """The bot with the settings of an environment, ready; stopped at the end."""
    with patch.dict(os.environ, environment, clear=True):
        settings = read_settings()
    with redirect_stderr(_StandardError()):
        set_up_logging(settings.log_level, settings.log_format, settings.secrets)
    structlog.configure(cache_logger_on_first_use=False)  # the next test logs elsewhere
    bot = Bot(settings, role)
    _all_bots.append(bot)
    try:
        await bot.ready(start_limit)
        yield bot
    finally:
        await bot.stop()
        _all_bots.remove(bot)


class _StandardError(TextIOBase):
    """What a bot's tasks write goes to its own log; what no task writes may be any bot's."""

    def write(self, text: str) -> int:
        bot = _logs_here.get(None)
        for hears in [bot] if bot else _all_bots:
            hears.hear(text.rstrip("\n"))
        return len(text)
