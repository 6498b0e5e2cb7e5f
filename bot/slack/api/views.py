"""How forms reach people: the Web API's views, and the private words that follow a form once it is closed."""

from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.destination import is_direct_message
from bot.notify.dispatcher import NotDelivered
from bot.slack.api.error_codes import WebApiFailure, word_of
from bot.slack.api.messenger import SlackMessenger
from bot.slack.messages.blocks import Message

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Window:
    """A view that is open; `hash` names what it shows."""

    id: str
    hash: str


class ViewsApi:
    """Each call is tried once, and none raises: a form that Slack does not take is no reason to fail."""

    def __init__(self, client: AsyncWebClient, messenger: SlackMessenger) -> None:
        self._client = client
        self._messenger = messenger

    async def open(self, trigger: str, view: dict[str, Any]) -> Window | str:
        """Open a modal by a trigger, which is good for three seconds; Slack's word where it does not."""
        try:
            answer = await self._client.views_open(trigger_id=trigger, view=view)
        except WebApiFailure as failure:
            log.warning("a form could not be opened", word=word_of(failure))
            return word_of(failure)
        shown = answer.get("view") or {}
        return Window(str(shown.get("id")), str(shown.get("hash")))

    async def update(self, window: Window, view: dict[str, Any], *, anyway: bool = False) -> str | None:
        """Draw a modal anew, unless (or `anyway`) something else was drawn since `window`; Slack's word where it does
        not. A modal that was closed meanwhile is none to be drawn."""
        try:
            await self._client.views_update(view_id=window.id, view=view, **({} if anyway else {"hash": window.hash}))
        except WebApiFailure as failure:
            log.info("a form could not be drawn anew", word=word_of(failure))
            return word_of(failure)
        return None

    async def post_ephemeral(self, channel: str, user: str, message: Message) -> None:
        """Tell one person in a channel; by direct message where the bot can't post, which is not rare: a form can be
        opened anywhere."""
        try:
            if not is_direct_message(channel):
                await self._client.chat_postEphemeral(
                    channel=channel, user=user, text=message.text, blocks=list(message.blocks)
                )
                return
        except WebApiFailure as failure:
            log.info("a form's answer goes by direct message", word=word_of(failure))
        try:
            await self._messenger.post(user, message)
        except NotDelivered as not_told:
            log.error("a form's answer did not reach its person", why=not_told.why)
