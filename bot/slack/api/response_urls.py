"""Replies by a request's response URL. Whoever knows such a URL can post with it, so it is never logged."""

import asyncio
from typing import Any

import aiohttp
import stamina
import structlog

from bot.slack.messages.blocks import Message

log = structlog.get_logger(__name__)


class _TryAgain(Exception):
    """A response that may be another one next time."""


class ResponseUrls:
    """Posts replies."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def post(self, response_url: str, message: Message, *, in_channel: bool = False) -> None:
        """Reply to the person, or to everybody in the channel. Never raises: there is nobody left to tell.

        Tried three times: a reply that Slack accepted may be seen twice if its response is lost, but a missing one
        leaves a person waiting.
        """
        body = message.payload | {
            "response_type": "in_channel" if in_channel else "ephemeral",
            "replace_original": False,
        }
        try:
            # Not as a decorator: stamina logs the arguments of what it retries, and the URL would be one of them.
            async for attempt in stamina.retry_context(
                on=_TryAgain, attempts=3, wait_initial=0.2, wait_max=2, timeout=8
            ):
                with attempt:
                    await self._post(response_url, body)
        except _TryAgain as failure:
            log.error("a reply didn't reach Slack", why=str(failure))

    async def _post(self, response_url: str, body: dict[str, Any]) -> None:
        try:
            async with self._session.post(response_url, json=body, allow_redirects=False) as response:
                status = response.status
                text = "" if status == 200 else (await response.text(errors="replace"))[:100]
        except (aiohttp.ClientError, OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as failure:
            raise _TryAgain(type(failure).__name__) from None  # its own text may hold the URL
        if status == 429 or status >= 500:
            raise _TryAgain(str(status))
        if status != 200:
            log.error("Slack refused a reply", status=status, text=text)
