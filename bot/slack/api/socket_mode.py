"""Socket Mode: Slack's requests over a WebSocket that the bot opens, watches and replaces when it is lost."""

import asyncio
import logging
import time

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.fault_log import FaultLog
from bot.network.proxies import DIRECT, Proxies
from bot.slack.api.calls import called
from bot.slack.api.client import CHOSEN_BY_SESSION, open_slack_session

log = structlog.get_logger(__name__)

# Seconds.
_CLOSE_LIMIT = 2
_CHECK_EVERY = 0.5


async def check_app_token(client: AsyncWebClient, app_token: str) -> None:
    """Ask Slack whether the app-level token opens a socket. Raises `WebApiError`.

    The socket's own client retries a refused token for ever without a word.
    """
    await called(client.apps_connections_open(app_token=app_token))


# What slack-sdk logs, with a traceback, at each of its attempts to connect. That it fails is logged here, once.
_AT_EACH_ATTEMPT = ("Failed to retrieve WSS URL", "Failed to connect")
_slack_sdk_log = logging.getLogger("bot.slack.bolt")
_slack_sdk_log.addFilter(lambda record: not str(record.msg).startswith(_AT_EACH_ATTEMPT))


class SocketMode:
    """One connection at a time. `connected` says whether requests can arrive now.

    Seconds: a connection is made within `connect_limit`, given up once it was lost for `lost_limit`, and the next one
    begins after `pause`.
    """

    def __init__(
        self,
        app: AsyncApp,
        client: AsyncWebClient,
        app_token: str,
        *,
        proxies: Proxies = DIRECT,
        connect_limit: float = 15,
        lost_limit: float = 20,  # the client mends a lost connection within a few; a refused one it retries for ever
        pause: float = 5,
    ) -> None:
        self._app = app
        self._client = client
        self._app_token = app_token
        self._proxies = proxies
        self._connect_limit = connect_limit
        self._lost_limit = lost_limit
        self._pause = pause
        self._faults = FaultLog(log, "Socket Mode works again")
        self.connected = False

    async def run(self) -> None:
        """Keep a connection until cancelled: whatever ends one, the next begins."""
        while True:
            try:
                await self._one_connection()
                self._faults.note_fault("Socket Mode lost its connection; connecting again")
            except TimeoutError:
                self._faults.note_fault("Socket Mode didn't connect or close in time; connecting again")
            except Exception as error:
                self._faults.note_fault("Socket Mode failed; connecting again", exc_info=error)
            finally:
                self.connected = False
            await asyncio.sleep(self._pause)

    async def _one_connection(self) -> None:
        handler = AsyncSocketModeHandler(
            self._app,
            self._app_token,
            logger=_slack_sdk_log,
            web_client=self._client,
            proxy=CHOSEN_BY_SESSION,
        )
        handler.client.proxy = None
        await handler.client.aiohttp_client_session.close()  # slack-sdk's own knows no proxies
        handler.client.aiohttp_client_session = open_slack_session(self._proxies, aiohttp.ClientTimeout())
        try:
            async with asyncio.timeout(self._connect_limit):
                await handler.client.connect()  # type: ignore[no-untyped-call]
            log.info("Socket Mode is connected")
            self._faults.note_success()
            await self._until_lost(handler)
        finally:
            async with asyncio.timeout(_CLOSE_LIMIT):
                await handler.client.close()  # type: ignore[no-untyped-call]

    async def _until_lost(self, handler: AsyncSocketModeHandler) -> None:
        last_connected = time.monotonic()
        while time.monotonic() - last_connected < self._lost_limit:
            self.connected = await handler.client.is_connected()
            if self.connected:
                last_connected = time.monotonic()
            await asyncio.sleep(_CHECK_EVERY)
