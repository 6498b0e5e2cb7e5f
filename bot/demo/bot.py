"""The demo's bot: ended and started again as often as one likes, on the same settings and database."""

import asyncio
import signal
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress

import aiohttp

from bot.demo.process import BotProcess, DidNotStart, bot_running

_ASK_EVERY_S = 1.0
_LINES_SHOWN = 40


class Bot:
    """One bot process at a time. `changed` is called whenever there is something new to see of it."""

    def __init__(self, settings: Mapping[str, str], folder: str, changed: Callable[[], None]) -> None:
        self._settings = settings
        self._folder = folder
        self._changed = changed
        self._running = AsyncExitStack()
        self._process: BotProcess | None = None
        self._log: list[str] = []
        self._busy = asyncio.Lock()
        self.state = "not started"

    @property
    def log(self) -> list[str]:
        """The last lines that it wrote, the newest first."""
        return list(reversed(self._process.log if self._process else self._log))[:_LINES_SHOWN]

    async def start(self) -> None:
        """Start it, if it doesn't run. Raises `DidNotStart`."""
        async with self._busy:
            await self._start()

    async def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it with a signal, if it runs."""
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
        self._say("starting …")
        try:
            # In a folder of its own, so that it doesn't read an `.env` that lies here.
            self._process = await self._running.enter_async_context(bot_running(self._settings, cwd=self._folder))
        except DidNotStart as fault:
            self._log = str(fault).splitlines()
            self._say("did not start")
            raise
        self._say("running, ready")
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
        self._say(f"ended (exit code {await process.ended()})")

    def _say(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self._changed()

    async def _watch(self, process: BotProcess) -> None:
        """Report what it logs and whether it is ready, until it ends by itself."""
        url = f"http://127.0.0.1:{self._settings['PORT']}/readyz"
        shown = 0
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            while not process.has_ended:
                await asyncio.sleep(_ASK_EVERY_S)
                if len(process.log) > shown:
                    shown = len(process.log)
                    self._changed()
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(url) as answer:
                        problems = "; ".join((await answer.json())["problems"])
                        self._say(f"running, not ready: {problems}" if problems else "running, ready")
        self._say(f"ended by itself (exit code {await process.ended()})")
