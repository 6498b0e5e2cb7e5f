"""Messages to channels and people by the Web API: the port `Messenger` of `bot.notify`, and what handlers need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.destination import Destination
from bot.domain.incident import Incident, Posted
from bot.domain.job import JobLink
from bot.domain.notification.digest import Digest
from bot.notify.messenger import (
    AccessRevoked,
    DestinationGone,
    InThread,
    MessageGone,
    NotDelivered,
    NotUpdatable,
    RetryLater,
    ThreadGone,
)
from bot.slack.api.calls import WebApiError, called, object_in
from bot.slack.api.error_codes import Meaning, limits_whole_app, refuses_replies
from bot.slack.messages.alerts.actions import Above
from bot.slack.messages.alerts.digest import digest_message
from bot.slack.messages.alerts.incident import incident_message
from bot.slack.messages.blocks import Message

log = structlog.get_logger(__name__)

# Deliveries that a message's metadata names: as many as surely fit. The oldest identify a duplicate as well as all.
_DELIVERIES_NAMED = 300


@dataclass(frozen=True)
class NotPosted:
    """A message that Slack didn't accept: `why` is its error code. `is_gone` if the destination can't be reached until
    a person acts; else it may be accepted after `retry_after`, if Slack said so."""

    why: str
    is_gone: bool
    retry_after: timedelta | None = None


class SlackMessenger:
    """Posts messages. Each call is tried once: retrying is the dispatcher's affair, and slack-sdk's own retry after a
    lost connection would post again what Slack had already accepted. `link` leads to a job's page."""

    def __init__(self, client: AsyncWebClient, link: JobLink | None = None) -> None:
        self._client = client
        self._link = link

    async def deliver(self, destination: Destination, digest: Digest, thread: InThread | None = None) -> Posted:
        """See `bot.notify.messenger.Messenger`."""
        deliveries = ",".join(map(str, digest.deliveries[:_DELIVERIES_NAMED]))
        metadata = {"event_type": "jobwatch_delivery", "event_payload": {"deliveries": deliveries}}
        place = {"thread_ts": thread.ts, "reply_broadcast": thread.broadcast} if thread else {}
        above = Above(thread.broadcast, thread.acknowledged) if thread else None
        try:
            return await self._post(destination.id, digest_message(digest, self._link, above), metadata, place)
        except WebApiError as error:
            if thread and refuses_replies(error.code):
                raise ThreadGone(error.code) from error
            raise _not_delivered(error) from error

    async def update(self, message: Posted, incidents: Sequence[Incident]) -> None:
        """See `bot.notify.messenger.Messenger`."""
        try:
            await self._chat_update(message, self._incident_message(incidents))
        except WebApiError as error:
            raise _not_updated(error) from error

    async def show(self, message: Posted, incidents: Sequence[Incident]) -> str | None:
        """The same, for a person who waits: return Slack's error code if it refuses."""
        return await self.replace(message, self._incident_message(incidents))

    async def replace(self, posted: Posted, message: Message) -> str | None:
        """Replace the content of one of the bot's messages; return Slack's error code if it refuses."""
        try:
            await self._chat_update(posted, message)
        except WebApiError as error:
            log.warning("a message isn't updated", code=error.code)
            return error.code
        return None

    async def post(self, destination: str, message: Message) -> Posted | NotPosted:
        """Post to a channel's ID or, by a person's ID, to the direct messages between them and the bot."""
        try:
            return await self._post(destination, message)
        except WebApiError as error:
            return NotPosted(error.code, error.meaning is Meaning.DESTINATION_GONE, error.retry_after)

    async def unfurl(self, channel: str, ts: str, unfurls: Mapping[str, Sequence[dict[str, Any]]]) -> str | None:
        """Show blocks below somebody's message, by the link in it that they are about; return Slack's error code if it
        refuses. A second call for the same message changes what the first one showed."""
        shown = {url: {"blocks": list(blocks)} for url, blocks in unfurls.items()}
        try:
            await called(self._client.chat_unfurl(channel=channel, ts=ts, unfurls=shown))
        except WebApiError as error:
            return error.code
        return None

    def _incident_message(self, incidents: Sequence[Incident]) -> Message:
        return incident_message(incidents, datetime.now(UTC), self._link)

    async def time_zone(self, user: str) -> ZoneInfo | None:
        """A person's time zone according to their Slack profile; None if Slack doesn't say."""
        try:
            response = await called(self._client.users_info(user=user))
            return ZoneInfo(str(object_in(response, "user").get("tz")))
        except WebApiError as error:
            log.warning("Slack doesn't say a person's time zone", code=error.code)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a name such as `America`, a folder
            log.warning("Slack names an unknown time zone")
        return None

    async def obstacle_to_posting(self, channel: str) -> str | None:
        """Slack's error code for what keeps the bot from posting to a channel; None if nothing is known to."""
        try:
            response = await called(self._client.conversations_info(channel=channel))
        except WebApiError as error:
            return error.code if error.meaning is Meaning.DESTINATION_GONE else None
        info = object_in(response, "channel")
        if info.get("is_archived"):
            return "is_archived"
        return "not_in_channel" if info.get("is_member") is False else None

    async def _post(
        self,
        destination: str,
        message: Message,
        metadata: dict[str, Any] | None = None,
        place: dict[str, Any] | None = None,
    ) -> Posted:
        """Post. Raises `WebApiError`.

        A message whose blocks Slack refuses goes out as plain text, and the error is logged: people are notified even
        if our blocks are wrong.
        """
        place = place or {}
        blocks = {"blocks": list(message.blocks)}
        try:
            response = await self._chat_post(destination, message.text, metadata, blocks | place)
        except WebApiError as error:
            if error.meaning is not Meaning.INVALID_MESSAGE:
                await self._raise(error)
            log.error("Slack refused a message's blocks; sending plain text", code=error.code, details=error.details)
            metadata = None if "metadata" in error.code else metadata
            try:
                response = await self._chat_post(destination, message.text, metadata, {"mrkdwn": False} | place)
            except WebApiError as again:
                await self._raise(again)
        return Posted(channel=str(response.get("channel")), ts=str(response.get("ts")))

    async def _chat_post(
        self, destination: str, text: str, metadata: dict[str, Any] | None, form: dict[str, Any]
    ) -> AsyncSlackResponse:
        return await called(
            self._client.chat_postMessage(
                channel=destination, text=text, metadata=metadata, unfurl_links=False, unfurl_media=False, **form
            )
        )

    async def _chat_update(self, posted: Posted, message: Message) -> None:
        update = self._client.chat_update(
            channel=posted.channel, ts=posted.ts, text=message.text, blocks=list(message.blocks)
        )
        try:
            await called(update)
        except WebApiError as error:
            await self._raise(error)

    async def _raise(self, error: WebApiError) -> NoReturn:
        """Slack says account_inactive of a person who left as well as of the bot: auth.test shows which."""
        if error.code == "account_inactive":
            await called(self._client.auth_test())
            raise WebApiError(error.code, meaning=Meaning.DESTINATION_GONE) from error
        raise error


def _not_delivered(error: WebApiError) -> NotDelivered:
    """The error in the dispatcher's terms."""
    match error.meaning:
        case Meaning.DESTINATION_GONE:
            return DestinationGone(error.code)
        case Meaning.ACCESS_REVOKED:
            return AccessRevoked(error.code)
    return RetryLater(
        error.code,
        error.retry_after,
        everybody=limits_whole_app(error.code),
        unreachable=error.unreachable,
    )


def _not_updated(error: WebApiError) -> NotDelivered:
    if error.code == "message_not_found":
        return MessageGone(error.code)
    if error.meaning is Meaning.RETRY_LATER:
        return RetryLater(error.code, error.retry_after, unreachable=error.unreachable)
    return AccessRevoked(error.code) if error.meaning is Meaning.ACCESS_REVOKED else NotUpdatable(error.code)
