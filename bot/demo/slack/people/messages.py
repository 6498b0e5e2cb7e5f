"""What people type in channels, and that they open App Home."""

from bot.demo.slack.api import payloads, response_urls
from bot.demo.slack.api.delivery import Answer, Delivery
from bot.demo.slack.block_kit.schema import Json
from bot.demo.slack.errors import Refused
from bot.demo.slack.people.events import Events
from bot.demo.slack.people.fields import values_of
from bot.demo.slack.workspace.members import Channel
from bot.demo.slack.workspace.messages import Message
from bot.demo.slack.workspace.workspace import Workspace

TEXT_LIMIT = 40_000


class Conversation:
    """People type commands and messages."""

    def __init__(self, workspace: Workspace, delivery: Delivery, events: Events) -> None:
        self._workspace = workspace
        self._delivery = delivery
        self._events = events

    async def command(self, text: str, *, user: str, channel: str, command: str = "/job") -> Answer:
        """A person types a slash command in a channel (or in `direct_message(user).id`)."""
        reply = response_urls.issue(self._workspace, user, channel)
        return await self._delivery.deliver(payloads.command(self._workspace, command, text, user, reply))

    async def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """A person writes a message, in a thread if `thread_ts` says so. Slack's "no" is `Refused`.

        If the bot is there, it hears of the message, and of being mentioned in it, as far as its events and scopes go.
        """
        place = self._writable(user, channel)
        if not text.strip():
            raise Refused("no_text")
        if len(text) > TEXT_LIMIT:
            raise Refused("msg_too_long")
        if thread_ts:
            self._workspace.find(place.id, thread_ts)
        message = Message(self._workspace.timestamp(), place.id, text, user=user, thread_ts=thread_ts, via="person")
        self._workspace.record(message)
        if self._workspace.app.bot_user_id in place.members:
            await self._emit_message(place, message)
        return message

    async def open_home(self, user: str) -> Answer | None:
        """A person opens the app's Home tab; the bot's answer, None if it has none or doesn't hear of that."""
        workspace = self._workspace
        if user not in workspace.users or workspace.users[user].deleted:
            raise LookupError(f"there is no person {user}")
        if not workspace.app.home_tab_enabled:
            return None
        channel = workspace.direct_message(user).id
        event: Json = {"type": "app_home_opened", "user": user, "channel": channel, "tab": "home"}
        if home := workspace.views.home(user):
            event["view"] = payloads.described(workspace, home, values_of(home.blocks, {}))
        return await self._events.emit(event)

    def _writable(self, user: str, channel: str) -> Channel:
        workspace, place = self._workspace, self._workspace.channels.get(channel)
        if user not in workspace.users or workspace.users[user].deleted:
            raise Refused("account_inactive")
        if place is None or ((place.is_private or place.person) and user not in place.members):
            raise Refused("channel_not_found")
        if user not in place.members:
            raise Refused("not_in_channel")
        if place.is_archived:
            raise Refused("is_archived")
        if place.person and not workspace.app.messages_tab_enabled:
            raise Refused("messages_tab_disabled")
        return place

    async def _emit_message(self, place: Channel, message: Message) -> None:
        said = {"user": message.user, "text": message.text, "ts": message.ts, "event_ts": message.ts}
        thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
        app = self._workspace.app
        event: Json = {"type": "message", "team": app.team_id, "channel": place.id, **said, **thread}
        # The kind of conversation: in the event, and in the names of subscriptions and scopes.
        kind, kinds = (
            ("im", "im") if place.person else ("group", "groups") if place.is_private else ("channel", "channels")
        )
        await self._events.emit(event | {"channel_type": kind}, f"{kinds}:history", subscription=f"message.{kinds}")
        if f"<@{app.bot_user_id}>" in message.text and not place.person:
            await self._events.emit(event | {"type": "app_mention"}, "app_mentions:read")
