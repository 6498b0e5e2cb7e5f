"""Socket Mode: Slack's requests over a WebSocket that the bot opens, watched over and replaced when it goes dark."""

import asyncio
import logging
import time
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api.error_codes import WebApiFailure, not_told

log = structlog.get_logger(__name__)

# Seconds.
_CLOSE_LIMIT = 2
_LOOK_EVERY = 0.5


async def may_connect(client: AsyncWebClient, app_token: str) -> None:
    """Ask Slack whether the app-level token opens a socket. Raises `NotDelivered`: `AccessRevoked` where it is refused.

    The socket's own client retries a refused token for ever without a word.
    """
    try:
        await client.apps_connections_open(app_token=app_token)
    except WebApiFailure as failure:
        raise not_told(failure) from failure


class SocketMode:
    """One connection at a time. `connected` says whether requests can arrive now.

    All in seconds: a connection is made within `connect_limit`, given up after `dark_for` without one, and begun anew
    after `pause`.
    """

    def __init__(
        self,
        app: AsyncApp,
        client: AsyncWebClient,
        app_token: str,
        *,
        connect_limit: float = 15,
        dark_for: float = 20,  # the client mends a lost connection within a few; a refused one it retries for ever
        pause: float = 5,
    ) -> None:
        self._app = app
        self._client = client
        self._app_token = app_token
        self._connect_limit = connect_limit
        self._dark_for = dark_for
        self._pause = pause
        self.connected = False

    async def run(self) -> None:
        """Keep a connection for ever: whatever ends one, it is begun anew. Ends when cancelled."""
        while True:
            try:
                await self._one_connection()
                log.warning("Socket Mode went dark; beginning anew")
            except TimeoutError:
                log.warning("Socket Mode did not connect or close in time; beginning anew")
            except Exception:
                log.exception("Socket Mode failed; beginning anew")
            finally:
                self.connected = False
            await asyncio.sleep(self._pause)

    async def _one_connection(self) -> None:
        handler = AsyncSocketModeHandler(
            self._app, self._app_token, logger=logging.getLogger("bot.slack.bolt"), web_client=self._client
        )
        if proxy_bypass(urlsplit(self._client.base_url).hostname or ""):
            handler.client.proxy = None  # slack-sdk took it from the environment and ignores NO_PROXY
        try:
            async with asyncio.timeout(self._connect_limit):
                await handler.client.connect()  # type: ignore[no-untyped-call]
            log.info("Socket Mode is connected")
            await self._until_dark(handler)
        finally:
            async with asyncio.timeout(_CLOSE_LIMIT):
                await handler.client.close()  # type: ignore[no-untyped-call]

    async def _until_dark(self, handler: AsyncSocketModeHandler) -> None:
        seen = time.monotonic()
        while time.monotonic() - seen < self._dark_for:
            self.connected = await handler.client.is_connected()
            if self.connected:
                seen = time.monotonic()
            await asyncio.sleep(_LOOK_EVERY)
