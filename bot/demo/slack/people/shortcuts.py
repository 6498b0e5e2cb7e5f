"""The app's shortcuts: global ones, and those in the menu of each message."""

from bot.demo.slack.api import payloads, response_urls
from bot.demo.slack.api.delivery import Answer, Delivery
from bot.demo.slack.workspace.messages import Message
from bot.demo.slack.workspace.workspace import Workspace


class Shortcuts:
    """Raises `LookupError` for a shortcut that Slack doesn't offer there."""

    def __init__(self, workspace: Workspace, delivery: Delivery) -> None:
        self._workspace = workspace
        self._delivery = delivery

    async def use(self, callback_id: str, *, user: str) -> Answer:
        """A person chooses a global shortcut."""
        self._find(callback_id, "global")
        return await self._delivery.deliver(payloads.global_shortcut(self._workspace, callback_id, user))

    async def use_on(self, message: Message, callback_id: str, *, user: str) -> Answer:
        """A person chooses a shortcut for a message. Ephemeral messages have no menu."""
        self._find(callback_id, "message")
        if message.ephemeral_to or message.tombstone:
            raise LookupError(f"{message} has no menu")
        reply = response_urls.issue(self._workspace, user, message.channel)
        request = payloads.message_shortcut(self._workspace, callback_id, message, user, reply)
        return await self._delivery.deliver(request)

    def _find(self, callback_id: str, kind: str) -> None:
        if self._workspace.app.shortcuts.get(callback_id) != kind:
            raise LookupError(f"the app has no {kind} shortcut {callback_id!r}")
