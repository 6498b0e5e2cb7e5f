"""Files that the bot shares in Slack. Needs the scope files:write."""

import asyncio
from dataclasses import dataclass

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api.calls import WebApiError, called, translated
from bot.slack.api.error_codes import Meaning, meaning_of
from bot.slack.api.response_urls import SlackAddresses


@dataclass(frozen=True)
class Picture:
    """A PNG file, what it is called, and what it shows in words, for those who can't see it."""

    png: bytes
    filename: str
    title: str
    alt_text: str


class FilesApi:
    """Uploads files in Slack's three steps, each tried once."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        self._client = client
        self._session = session
        self._addresses = SlackAddresses(client.base_url)

    async def share(self, picture: Picture, destination: str, comment: str) -> None:
        """Share a picture in a channel or, by a person's ID, in the direct messages between them and the bot; `comment`
        is the text above it. Raises `WebApiError`."""
        ticket = await called(
            self._client.files_getUploadURLExternal(
                filename=picture.filename, length=len(picture.png), alt_txt=picture.alt_text
            )
        )
        await self._send(str(ticket.get("upload_url")), picture.png)
        file: dict[str, str | None] = {"id": str(ticket.get("file_id")), "title": picture.title}
        # Of the two arguments that name the place, this one takes people, too.
        complete = self._client.files_completeUploadExternal(
            files=[file], channels=[destination], initial_comment=comment
        )
        await called(complete)

    async def _send(self, url: str, content: bytes) -> None:
        if not self._addresses.include(url):
            raise WebApiError("upload_url_not_slacks", meaning=Meaning.INVALID_MESSAGE)
        headers = {"Content-Type": "application/octet-stream"}
        try:
            async with self._session.post(url, data=content, headers=headers, allow_redirects=False) as response:
                status = response.status
        except (aiohttp.ClientError, OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as failure:
            raise translated(failure) from None  # its own text may hold the URL, with which anybody could upload
        if status != 200:
            raise WebApiError(f"http_{status}", meaning=meaning_of("", status), unreachable=status >= 500)
