"""How messages reach people: the Web API for channels and direct messages, the response URL for answers."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import aiohttp
import stamina
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.destination import Destination
from bot.domain.notification import Digest
from bot.notify.dispatcher import DestinationGone, NotDelivered
from bot.slack.api.error_codes import Meaning, WebApiFailure, meaning_of, not_told, word_of
from bot.slack.messages.alerts.digest import digest_message
from bot.slack.messages.blocks import Message

log = structlog.get_logger(__name__)

# Seconds. The session that is handed in must have it as its total: slack-sdk ignores its own where it gets a session.
TIMEOUT = 10
# Deliveries that a message names: as many as metadata surely holds. The oldest tell a duplicate as well as all of them.
_NAMED = 300


@dataclass(frozen=True)
class Posted:
    """Where an accepted message stands: for a message to a person, `channel` is their direct messages with the bot."""

    channel: str
    ts: str


class SlackMessenger:
    """Tells changes by chat.postMessage. Each call is tried once: what to do about a failure is the teller's affair,
    and slack-sdk's own retry on a lost connection would post twice what Slack had accepted already."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def deliver(self, destination: Destination, digest: Digest) -> str:
        """See `bot.notify.dispatcher.Messenger`."""
        deliveries = ",".join(map(str, digest.deliveries[:_NAMED]))
        metadata = {"event_type": "jobwatch_delivery", "event_payload": {"deliveries": deliveries}}
        return (await self.post(destination.id, digest_message(digest), metadata)).ts

    async def post(self, destination: str, message: Message, metadata: dict[str, Any] | None = None) -> Posted:
        """Post to a channel's ID or, by a person's ID, to the direct messages between them and the bot.

        Raises `NotDelivered`. A message that Slack finds unacceptable goes out as plain text,
        and the fault is logged: people are told, whatever is wrong with our blocks.
        """
        try:
            answer = await self._client.chat_postMessage(
                channel=destination,
                text=message.text,
                blocks=list(message.blocks),
                metadata=metadata,
                unfurl_links=False,
                unfurl_media=False,
            )
        except WebApiFailure as failure:
            if meaning_of(failure) is not Meaning.OUR_FAULT:
                raise await self._not_told(failure) from failure
            log.error("Slack refused a message's form; said as text", word=word_of(failure), detail=_detail(failure))
            answer = await self._post_as_text(
                destination, message, None if "metadata" in word_of(failure) else metadata
            )
        return Posted(channel=str(answer.get("channel")), ts=str(answer.get("ts")))

    async def time_zone(self, user: str) -> ZoneInfo | None:
        """The zone in which a person lives, as their Slack profile says; None where Slack does not tell."""
        try:
            answer = await self._client.users_info(user=user)
            return ZoneInfo(str((answer.get("user") or {}).get("tz")))
        except (*WebApiFailure, ZoneInfoNotFoundError) as failure:
            log.warning("Slack does not tell a person's time zone", word=word_of(failure))
            return None

    async def barred_from(self, channel: str) -> str | None:
        """Slack's word for what keeps the bot from posting to a channel; None where nothing is known of."""
        try:
            answer = await self._client.conversations_info(channel=channel)
            shown = answer.get("channel") or {}
            if shown.get("is_archived"):
                return "is_archived"
            return "not_in_channel" if shown.get("is_member") is False else None
        except WebApiFailure as failure:
            return word_of(failure) if meaning_of(failure) is Meaning.GONE else None

    async def is_public(self, channel: str) -> bool:
        """Whether everybody may see a channel. One that Slack doesn't show is taken for none."""
        try:
            answer = await self._client.conversations_info(channel=channel)
        except WebApiFailure:
            return False
        shown = answer.get("channel") or {}
        return shown.get("is_channel") is True and shown.get("is_private") is False

    async def _post_as_text(
        self, destination: str, message: Message, metadata: dict[str, Any] | None
    ) -> AsyncSlackResponse:
        try:
            return await self._client.chat_postMessage(
                channel=destination,
                text=message.text,
                mrkdwn=False,
                metadata=metadata,
                unfurl_links=False,
                unfurl_media=False,
            )
        except WebApiFailure as failure:
            raise await self._not_told(failure) from failure

    async def _not_told(self, failure: BaseException) -> NotDelivered:
        """Slack says account_inactive of a person who left as well as of the bot: asked who it is, it tells which."""
        told = not_told(failure)
        if told.why != "account_inactive":
            return told
        try:
            await self._client.auth_test()
        except WebApiFailure as refused:
            return not_told(refused)
        return DestinationGone(told.why)


def _detail(failure: BaseException) -> list[str]:
    """Slack's own description of what is wrong with the blocks: pointers into them, not their text."""
    data = getattr(failure.response, "data", None) if isinstance(failure, SlackApiError) else None
    metadata = data.get("response_metadata") if isinstance(data, dict) else None
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    return [str(line)[:200] for line in messages[:5]] if isinstance(messages, list) else []


class _TryAgain(Exception):
    """A response URL's answer that may be another one next time."""


class Answers:
    """Answers a request by its response URL. A response URL lets anyone post who knows it, so it is never logged."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def give(self, response_url: str, message: Message, *, to_all: bool = False) -> None:
        """Answer the person, or everybody in the channel. Never raises: there is nobody left to tell.

        Tried three times: an answer that Slack accepted and then lost may be seen twice, one that is missing leaves
        a person waiting.
        """
        body = message.payload | {
            "response_type": "in_channel" if to_all else "ephemeral",
            "replace_original": False,
        }
        try:
            # Not as a decorator: stamina logs the arguments of what it tries again, and the URL would be one of them.
            async for attempt in stamina.retry_context(
                on=_TryAgain, attempts=3, wait_initial=0.2, wait_max=2, timeout=8
            ):
                with attempt:
                    await self._post(response_url, body)
        except _TryAgain as failure:
            log.error("an answer did not reach Slack", why=str(failure))

    async def _post(self, response_url: str, body: dict[str, Any]) -> None:
        try:
            async with self._session.post(response_url, json=body, allow_redirects=False) as answer:
                status, word = answer.status, "" if answer.status == 200 else (await answer.text())[:100]
        except WebApiFailure as failure:
            raise _TryAgain(type(failure).__name__) from None  # its own text may hold the URL
        if status == 429 or status >= 500:
            raise _TryAgain(str(status))
        if status != 200:
            log.error("Slack refused an answer", status=status, word=word)
