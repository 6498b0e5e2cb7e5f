"""The real bot as a process of its own, configured by its environment to use the stand-ins."""

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
    """The process ended or took too long before it was ready. The message is its log."""


def free_port() -> int:
    """A free port of loopback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def environment(
    slack: SlackStandIn, slack_url: str, jobs: JobsServiceStandIn, jobs_url: str, *, port: int, database_url: str
) -> dict[str, str]:
    """Settings that point a bot at the stand-ins. Of this machine's own environment only what Python needs is kept."""
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
        "HOST": "127.0.0.1",  # what strangers may do with the demo ends at this machine
        "PORT": str(port),
        "LOG_FORMAT": "json",
    }


class BotProcess:
    """A running `python -m bot ROLE`. `log` holds the lines that it wrote to standard error."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.log: list[str] = []
        self._said = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    @property
    def pid(self) -> int:
        """The process ID."""
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
        """Wait for a line that contains `words`. Raises `DidNotStart` as `wait_for` does."""
        await self.wait_for(lambda log: any(words in line for line in log), timeout)
        return next(line for line in self.log if words in line)

    async def wait_for(self, holds: Callable[[list[str]], bool], timeout: float = _START_LIMIT_S) -> None:
        """Wait until the log satisfies a condition. Raises `DidNotStart` at its end or after `timeout` seconds."""
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
        """Wait for its end and return the exit code. Kill it after `timeout` seconds."""
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
        """Ask it to end, as a platform does, and return the exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """End it at once with SIGKILL."""
        self.signal(signal.SIGKILL)
        await self.ended()


@asynccontextmanager
async def bot_starting(
    settings: Mapping[str, str], role: str = "run", cwd: str | None = None
) -> AsyncIterator[BotProcess]:
    """The bot from its first moment on, stopped at the end."""
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
    """The bot, ready to work within `timeout` seconds and stopped at the end. Raises `DidNotStart`."""
    async with bot_starting(settings, role, cwd) as bot:
        await bot.wait_for_log("ready to work", timeout)
        yield bot
