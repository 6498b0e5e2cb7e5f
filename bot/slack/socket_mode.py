"""Socket Mode: Slack's requests over a WebSocket that the bot opens, watched over and replaced when it goes dark."""

import asyncio
import contextlib
import logging
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.errors import WebApiFailure, not_told

log = structlog.get_logger(__name__)

# Seconds.
_CONNECT_LIMIT = 15
_CLOSE_LIMIT = 5
_DARK_FOR = 20  # the client mends a lost connection by itself within a few; a refused one it retries for ever
_WAIT_AFTER_FAILURE = 5


async def may_connect(client: AsyncWebClient, app_token: str) -> None:
    """Ask Slack whether the app-level token opens a socket. Raises `NotTold`: `Out` where it is refused.

    The socket's own client retries a refused token for ever without a word.
    """
    try:
        await client.apps_connections_open(app_token=app_token)
    except WebApiFailure as failure:
        raise not_told(failure) from failure


class SocketMode:
    """One connection at a time. `connected` says whether requests can arrive now."""

    def __init__(self, app: AsyncApp, client: AsyncWebClient, app_token: str) -> None:
        self._app = app
        self._client = client
        self._app_token = app_token
        self.connected = False

    async def run(self) -> None:
        """Keep a connection for ever: connect, watch, and after too long a darkness begin anew. Ends when cancelled."""
        while True:
            handler = AsyncSocketModeHandler(
                self._app, self._app_token, logger=logging.getLogger("bot.slack.bolt"), web_client=self._client
            )
            if proxy_bypass(urlsplit(self._client.base_url).hostname or ""):
                handler.client.proxy = None  # slack-sdk took it from the environment and ignores NO_PROXY
            try:
                async with asyncio.timeout(_CONNECT_LIMIT):
                    await handler.client.connect()  # type: ignore[no-untyped-call]
                log.info("Socket Mode is connected")
                await self._watch(handler)
                log.warning("Socket Mode went dark; beginning anew")
            except TimeoutError:
                log.warning("Socket Mode did not connect in time; trying again")
            except Exception:
                log.exception("Socket Mode failed; trying again")
            finally:
                self.connected = False
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_CLOSE_LIMIT):
                        await handler.client.close()  # type: ignore[no-untyped-call]
            await asyncio.sleep(_WAIT_AFTER_FAILURE)

    async def _watch(self, handler: AsyncSocketModeHandler) -> None:
        """Until the connection has been dark for too long."""
        dark = 0
        while dark < _DARK_FOR:
            self.connected = await handler.client.is_connected()
            dark = 0 if self.connected else dark + 1
            await asyncio.sleep(1)
