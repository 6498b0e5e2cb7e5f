"""The whole bot in the test's own process, over real sockets. Only signals, kills and exit codes need a process."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, redirect_stderr
from contextvars import ContextVar
from io import TextIOBase
from unittest.mock import patch

import pytest
import structlog

from bot.app.running import running
from bot.logs import set_up_logging
from bot.settings import Settings, read_settings

_LIMIT_S = 20


class Bot:
    """A running bot. `log` holds the lines that it, and those that run `beside` it, wrote to standard error."""

    def __init__(self, settings: Settings, role: str, beside: "Bot | None" = None) -> None:
        self.log: list[str] = beside.log if beside else []
        self._loop = asyncio.get_running_loop()
        self._changed: asyncio.Event = beside._changed if beside else asyncio.Event()
        self._stop = asyncio.Event()
        self._is_ready = False
        self._life = asyncio.create_task(self._run(settings, role))
        self._life.add_done_callback(lambda _: self._changed.set())

    async def _run(self, settings: Settings, role: str) -> None:
        _current_bot.set(self)  # for each task that begins here
        async with running(settings, web=role != "worker", worker=role != "web"):
            self._is_ready = True
            self._changed.set()
            await self._stop.wait()

    async def stop(self) -> None:
        """Stop the bot and wait for its end. Raises what ended it early."""
        self._stop.set()
        await self._life

    def add_log_line(self, line: str) -> None:
        """Note a line of its log; from any thread."""
        self.log.append(line)
        self._loop.call_soon_threadsafe(self._changed.set)

    async def wait_for_log(self, words: str, timeout: float = _LIMIT_S) -> str:
        """The first line of the log that contains `words`."""
        await self.wait_for(lambda log: any(words in line for line in log), timeout)
        return next(line for line in self.log if words in line)

    async def wait_for(self, holds: Callable[[list[str]], bool], timeout: float = _LIMIT_S) -> None:
        """Wait until the log satisfies a condition."""
        await self._until(lambda: holds(self.log), timeout)

    async def ready(self, timeout: float) -> None:
        """Wait until the bot is ready to work."""
        await self._until(lambda: self._is_ready, timeout)

    async def _until(self, is_so: Callable[[], bool], timeout: float) -> None:
        try:
            async with asyncio.timeout(timeout):
                while not is_so():
                    if self._life.done():
                        await self._life  # raises what ended it
                        pytest.fail("the bot has ended")
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError as late:
            late.add_note("\n".join(self.log))
            raise


_all_bots: list[Bot] = []
_current_bot: ContextVar[Bot] = ContextVar("_current_bot")


@asynccontextmanager
async def running_bot(
    environment: Mapping[str, str], role: str, start_limit: float, beside: Bot | None = None
) -> AsyncIterator[Bot]:
    """Run the bot with the settings of an environment until it is ready; stop it at the end."""
    with patch.dict(os.environ, environment, clear=True):
        settings = read_settings()
    with redirect_stderr(_StandardError()):
        set_up_logging(settings.log_level, settings.log_format, settings.secrets)
    structlog.configure(cache_logger_on_first_use=False)  # the next test logs elsewhere
    bot = Bot(settings, role, beside)
    _all_bots.append(bot)
    try:
        await bot.ready(start_limit)
        yield bot
    finally:
        await bot.stop()
        _all_bots.remove(bot)


class _StandardError(TextIOBase):
    """Sends the lines of a bot's tasks to its own log, and all other lines to every bot's log."""

    def write(self, text: str) -> int:
        bot = _current_bot.get(None)
        for listener in [bot] if bot else _all_bots:
            listener.add_log_line(text.rstrip("\n"))
        return len(text)
