"""The Events API: which events the bot is to have."""

from bot.demo.slack.api import payloads
from bot.demo.slack.api.delivery import Answer, Delivery
from bot.demo.slack.block_kit.schema import Json
from bot.demo.slack.workspace.members import Channel
from bot.demo.slack.workspace.workspace import Workspace

_UNINSTALLED = ("account_inactive", "token_revoked")


class Events:
    """Sends events.

    The answer is None if an event doesn't go out: the bot is not subscribed to it, lacks its scope, may not see the
    channel, is no longer installed, or has neither an open connection nor a request URL.
    """

    def __init__(self, workspace: Workspace, delivery: Delivery) -> None:
        self._workspace = workspace
        self._delivery = delivery

    async def send(self, event: Json) -> Answer:
        """Something happened, e.g. `{"type": "channel_archive", …}`; Slack wraps it and sends it."""
        return await self._delivery.deliver(payloads.event(self._workspace, event))

    async def emit(self, event: Json, scope: str | None = None) -> Answer | None:
        """Send it if the bot is to have it; `scope` is what the token must have been given, if it needs any."""
        app = self._workspace.app
        is_allowed = scope is None or (scope in app.scopes and app.token_fault not in _UNINSTALLED)
        is_wanted = event["type"] in app.bot_events
        return await self.send(event) if is_wanted and is_allowed and self._delivery.has_receiver else None

    async def emit_about(self, channel: Channel, event: Json, is_visible: bool | None = None) -> Answer | None:
        """The same of an event about a channel; of a private one only if the bot is in it, or `is_visible` says so."""
        if is_visible is None:
            is_visible = not channel.is_private or self._workspace.app.bot_user_id in channel.members
        return await self.emit(event, "groups:read" if channel.is_private else "channels:read") if is_visible else None
