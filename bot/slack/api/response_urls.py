"""Replies by a request's response URL. Whoever knows such a URL can post with it, so it is never logged."""

import asyncio
import re
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import stamina
import structlog

from bot.slack.messages.blocks import Message

log = structlog.get_logger(__name__)


_SLACK = "slack.com"
_MAX_EXCERPT = 100  # bytes of a refusal, for the log
# Nothing that two parsers may understand differently: no user name, no backslash, no other alphabet.
_URL = re.compile(r"(?P<origin>https?://(?P<host>[a-z0-9.-]+)(:[0-9]+)?)/[!-\[\]-~]*")


class _TryAgain(Exception):
    """A response that may be another one next time."""


class SlackAddresses:
    """The addresses that are Slack's, or on the host of `api_url`."""

    def __init__(self, api_url: str) -> None:
        api = urlsplit(api_url)
        self._api_origin = f"{api.scheme}://{api.netloc}".lower()
        self._domains = (_SLACK, (api.hostname or _SLACK).lower())

    def include(self, address: str) -> bool:
        url = _URL.fullmatch(address)
        if url is None:
            return False
        if url["origin"] == self._api_origin:
            return True
        is_below = any(f".{url['host']}".endswith(f".{domain}") for domain in self._domains)
        return is_below and url["origin"] == f"https://{url['host']}"


class ResponseUrls:
    """Posts replies to Slack, or to the host of `api_url`, and nowhere else.

    A request names its response URL, and only a person in Slack should read the reply.
    """

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session = session
        self._addresses = SlackAddresses(api_url)

    async def post(
        self, response_url: str, message: Message, *, in_channel: bool = False, replaces: bool = False
    ) -> bool:
        """Reply to the person, to everybody in the channel, or in place of the message whose button was pressed; return
        whether Slack accepted it. Never raises: there is nobody left to tell.

        Tried three times: a reply that Slack accepted may be seen twice if its response is lost, but a missing one
        leaves a person waiting.
        """
        if not self._addresses.include(response_url):
            log.error("a request named a response URL that isn't Slack's; nothing was sent there")
            return False
        body = message.payload | {
            "response_type": "in_channel" if in_channel else "ephemeral",
            "replace_original": replaces,
        }
        try:
            # Not as a decorator: stamina logs the arguments of what it retries, and the URL would be one of them.
            async for attempt in stamina.retry_context(
                on=_TryAgain, attempts=3, wait_initial=0.2, wait_max=2, timeout=8
            ):
                with attempt:
                    return await self._post(response_url, body)
        except _TryAgain as failure:
            log.error("a reply didn't reach Slack", why=str(failure))
        return False

    async def _post(self, response_url: str, body: dict[str, Any]) -> bool:
        try:
            async with self._session.post(response_url, json=body, allow_redirects=False) as response:
                status = response.status
                start = b"" if status == 200 else await response.content.read(_MAX_EXCERPT)
        except (aiohttp.ClientError, OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as failure:
            raise _TryAgain(type(failure).__name__) from None  # its own text may hold the URL
        if status == 429 or status >= 500:
            raise _TryAgain(str(status))
        if status != 200:
            log.error("Slack refused a reply", status=status, text=start.decode(errors="replace"))
        return status == 200
