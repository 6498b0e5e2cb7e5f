"""Where the bot listens: whether the address and the ports can be used."""

import asyncio
import errno
from collections.abc import AsyncIterator

import aiohttp

from bot.doctor.finding import Finding
from bot.network.proxies import DIRECT
from bot.network.sessions import open_session
from bot.server import address_of, bound
from bot.settings import DEFAULT_PORT, Settings, WrongSettings

_ASKING_LIMIT_S = 3


async def listening(settings: Settings) -> AsyncIterator[Finding]:
    """Take each port for a moment, as a start does. A port that a running bot has is no fault."""
    port = settings.port or DEFAULT_PORT
    yield await _port(settings.host, port, "PORT")
    if settings.metrics_port not in (None, port):
        yield await _port(settings.host, settings.metrics_port, "METRICS_PORT")


async def _port(host: str | None, port: int, setting: str) -> Finding:
    checked = f"{setting} {port}"
    try:
        for listener in await asyncio.to_thread(bound, host, port, setting):
            listener.close()
    except WrongSettings as wrong:
        if _is_taken(wrong) and await _is_the_bots(host, port):
            return Finding(checked, "in use by a bot that is running")
        if str(wrong).startswith(setting):
            remedy = f"Set {setting} to a free port above 1023, or stop the program that uses this one."
            return Finding(checked, str(wrong), remedy)
        return Finding(checked, str(wrong), "Correct HOST, or leave it out.")
    return Finding(checked, f"can be used on {address_of(host) or 'every address'}")


def _is_taken(wrong: WrongSettings) -> bool:
    return isinstance(wrong.__cause__, OSError) and wrong.__cause__.errno == errno.EADDRINUSE


async def _is_the_bots(host: str | None, port: int) -> bool:
    """Whether a running bot answers there."""
    address = address_of(host) or "127.0.0.1"
    address = f"[{address}]" if ":" in address else address
    try:
        async with (
            open_session(DIRECT, timeout=aiohttp.ClientTimeout(_ASKING_LIMIT_S)) as session,
            session.get(f"http://{address}:{port}/healthz", allow_redirects=False) as response,
        ):
            return await response.content.read(100) == b"alive\n"
    except (aiohttp.ClientError, OSError):
        return False
