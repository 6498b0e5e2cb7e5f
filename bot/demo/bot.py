"""The demo's bot. It can be ended and started again with the same settings and database."""

import asyncio
import signal
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress

import aiohttp

from bot.demo.process import BotProcess, DidNotStart, bot_running

_CHECK_EVERY_S = 1.0
_LINES_SHOWN = 40


class Bot:
    """At most one bot process. `on_change` is called when its state or its log changes."""

    def __init__(self, settings: Mapping[str, str], folder: str, on_change: Callable[[], None]) -> None:
        self._settings = settings
        self._folder = folder
        self._on_change = on_change
        self._running = AsyncExitStack()
        self._process: BotProcess | None = None
        self._log: list[str] = []
        self._busy = asyncio.Lock()
        self.state = "not started"

    @property
    def log(self) -> list[str]:
        """The last lines of its log, newest first."""
        return list(reversed(self._process.log if self._process else self._log))[:_LINES_SHOWN]

    async def start(self) -> None:
        """Start it unless it is running. Raises `DidNotStart`."""
        async with self._busy:
            await self._start()

    async def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it with a signal if it is running."""
        async with self._busy:
            await self._end(number)

    async def restart(self, number: signal.Signals) -> None:
        """End it with a signal and start it. Raises `DidNotStart`."""
        async with self._busy:
            await self._end(number)
            await self._start()

    async def _start(self) -> None:
        if self._process is not None:
            return
        self._set_state("starting …")
        try:
            # The folder has no `.env` that the bot could read.
            self._process = await self._running.enter_async_context(bot_running(self._settings, cwd=self._folder))
        except DidNotStart as fault:
            self._log = str(fault).splitlines()
            self._set_state("did not start")
            raise
        self._set_state("running, ready")
        self._watching = asyncio.create_task(self._watch(self._process))

    async def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        self._watching.cancel()
        await asyncio.wait([self._watching])
        process.signal(number)
        await self._running.aclose()
        self._log = process.log
        self._set_state(f"ended (exit code {await process.ended()})")

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self._on_change()

    async def _watch(self, process: BotProcess) -> None:
        """Report what it logs and whether it is ready, until it ends by itself."""
        url = f"http://127.0.0.1:{self._settings['PORT']}/readyz"
        shown = 0
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            while not process.has_ended:
                await asyncio.sleep(_CHECK_EVERY_S)
                if len(process.log) > shown:
                    shown = len(process.log)
                    self._on_change()
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(url) as answer:
                        problems = "; ".join((await answer.json())["problems"])
                        self._set_state(f"running, not ready: {problems}" if problems else "running, ready")
        self._set_state(f"ended by itself (exit code {await process.ended()})")
