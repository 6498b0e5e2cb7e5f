"""Forms and what follows them: Slack's views API, and ephemeral replies to somebody whose form is closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.destination import is_direct_message
from bot.slack.api.calls import WebApiError, called, object_in
from bot.slack.api.messenger import NotPosted, SlackMessenger
from bot.slack.messages.blocks import Message

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class OpenView:
    """A view that is open; `hash` identifies what it shows."""

    id: str
    hash: str


def open_view(view: object) -> OpenView | None:
    """The view in a payload; None if it doesn't say which."""
    if not isinstance(view, Mapping) or not isinstance(view.get("id"), str) or not isinstance(view.get("hash"), str):
        return None
    return OpenView(view["id"], view["hash"])


class ViewsApi:
    """Each call is tried once. None but `publish` raises: the caller gets Slack's error code and goes on."""

    def __init__(self, client: AsyncWebClient, messenger: SlackMessenger) -> None:
        self._client = client
        self._messenger = messenger

    async def open(self, trigger: str, view: dict[str, Any]) -> OpenView | str:
        """Open a modal by a trigger, which is valid for three seconds; return Slack's error code if it fails."""
        try:
            response = await called(self._client.views_open(trigger_id=trigger, view=view))
        except WebApiError as error:
            log.warning("a form could not be opened", code=error.code)
            return error.code
        opened = object_in(response, "view")
        return OpenView(str(opened.get("id")), str(opened.get("hash")))

    async def update(self, opened: OpenView, view: dict[str, Any], *, force: bool = False) -> str | None:
        """Redraw a modal unless it was redrawn since `opened` (or regardless, with `force`); return Slack's error code
        if it fails, as it does once the modal is closed."""
        only_if = {} if force else {"hash": opened.hash}
        try:
            await called(self._client.views_update(view_id=opened.id, view=view, **only_if))
        except WebApiError as error:
            log.info("a form could not be redrawn", code=error.code)
            return error.code
        return None

    async def replace(self, opened: OpenView, view: dict[str, Any]) -> OpenView | None:
        """Show something else in a modal, however it was redrawn; None if that fails, as it does once it is closed."""
        try:
            response = await called(self._client.views_update(view_id=opened.id, view=view))
        except WebApiError as error:
            log.info("a modal could not be replaced", code=error.code)
            return None
        return OpenView(opened.id, str(object_in(response, "view").get("hash")))

    async def publish(self, person: str, view: dict[str, Any], view_hash: str | None) -> OpenView:
        """Replace what a person sees in the Home tab. With a `view_hash`, only if that is still the view that was
        published last; Slack says `hash_conflict` otherwise. Raises `WebApiError`."""
        only_if = {"hash": view_hash} if view_hash else {}
        response = await called(self._client.views_publish(user_id=person, view=view, **only_if))
        published = object_in(response, "view")
        return OpenView(str(published.get("id")), str(published.get("hash") or ""))

    async def post_ephemeral(self, channel: str, user: str, message: Message, *, thread: str | None = None) -> bool:
        """Send a message to one person in a channel, or by direct message if the bot can't post there: a form can be
        opened anywhere. `thread` is the message in whose thread. Return whether Slack accepted it."""
        if not is_direct_message(channel):
            content: dict[str, Any] = {"text": message.text, "blocks": list(message.blocks)}
            content |= {"thread_ts": thread} if thread else {}
            try:
                await called(self._client.chat_postEphemeral(channel=channel, user=user, **content))
                return True
            except WebApiError as error:
                log.info("a reply goes by direct message", code=error.code)
        posted = await self._messenger.post(user, message)
        if isinstance(posted, NotPosted):
            log.error("a reply didn't reach its person", code=posted.why)
        return not isinstance(posted, NotPosted)
