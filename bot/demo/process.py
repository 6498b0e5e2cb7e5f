"""The real bot as a process of its own, set up by its environment alone, against the stand-ins."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from bot.demo.informatica.stand_in import JobsServiceStandIn
from bot.demo.slack.stand_in import SlackStandIn

_START_LIMIT_S = 20
_STOP_LIMIT_S = 15


class DidNotStart(Exception):
    """The process ended, or said nothing for too long, before it was ready. Its text is what it logged."""


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def environment(
    slack: SlackStandIn, slack_url: str, jobs: JobsServiceStandIn, jobs_url: str, *, port: int, database_url: str
) -> dict[str, str]:
    """The settings that point a bot at the stand-ins, and nothing of this machine's own but what Python needs."""
    username, password = next(iter(jobs.log_in.accounts.items()))
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "SLACK_BOT_TOKEN": slack.app.bot_token,
        "SLACK_SIGNING_SECRET": slack.app.signing_secret,
        "SLACK_API_URL": slack_url,
        "INFORMATICA_LOGIN_URL": jobs_url,
        "INFORMATICA_USERNAME": username,
        "INFORMATICA_PASSWORD": password,
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "LOG_FORMAT": "json",
    }


class BotProcess:
    """A running `python -m bot ROLE`. `log` holds each line that it wrote to standard error."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.log: list[str] = []
        self._said = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    @property
    def pid(self) -> int:
        """The process's number, for whoever acts on it from outside."""
        return self._process.pid

    async def _read(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - started with a pipe
        async for line in self._process.stderr:
            async with self._said:
                self.log.append(line.decode(errors="replace").rstrip())
                self._said.notify_all()
        async with self._said:
            self._said.notify_all()

    async def wait_for_log(self, words: str, timeout: float = _START_LIMIT_S) -> str:
        """The first line that holds `words`. Raises `DidNotStart` as `wait_for` does."""
        await self.wait_for(lambda log: any(words in line for line in log), timeout)
        return next(line for line in self.log if words in line)

    async def wait_for(self, holds: Callable[[list[str]], bool], timeout: float = _START_LIMIT_S) -> None:
        """Until something holds of its log. Raises `DidNotStart` when the process ends, or `timeout` seconds pass."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout), self._said:
                await self._said.wait_for(lambda: holds(self.log) or self._reading.done() or self.has_ended)
        if not holds(self.log):
            raise DidNotStart("\n".join(self.log))

    @property
    def has_ended(self) -> bool:
        return self._process.returncode is not None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; nothing if the process has ended."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def ended(self, timeout: float = _STOP_LIMIT_S) -> int:
        """Wait for its end; the exit code. Killed when that takes longer than `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading
        assert self._process.returncode is not None  # noqa: S101 - it was waited for
        return self._process.returncode

    async def stop(self) -> int:
        """Ask it to end, as a platform does; the exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """End it at once, in the middle of whatever it does."""
        self.signal(signal.SIGKILL)
        await self.ended()


@asynccontextmanager
async def bot_starting(
    settings: Mapping[str, str], role: str = "run", cwd: str | None = None
) -> AsyncIterator[BotProcess]:
    """The bot from its first moment on; stopped at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", role, env=dict(settings), cwd=cwd, stderr=asyncio.subprocess.PIPE
    )
    bot = BotProcess(process)
    try:
        yield bot
    finally:
        await bot.stop()


@asynccontextmanager
async def bot_running(
    settings: Mapping[str, str], role: str = "run", cwd: str | None = None, timeout: float = _START_LIMIT_S
) -> AsyncIterator[BotProcess]:
    """The bot, ready to work within so many seconds; stopped at the end if it still runs. Raises `DidNotStart`."""
    async with bot_starting(settings, role, cwd) as bot:
        await bot.wait_for_log("ready to work", timeout)
        yield bot
