"""What people say in channels, and that they look at App Home; the app hears of both if it asked to."""

from bot.demo.slack_delivery import Answer
from bot.demo.slack_faults import Refused
from bot.demo.slack_life import LivelyWorkspace
from bot.demo.slack_payloads import Payload
from bot.demo.slack_state import values_of
from bot.demo.slack_view_payloads import described
from bot.demo.slack_workspace import Channel, Message

TEXT_LIMIT = 40_000


class TalkingWorkspace(LivelyWorkspace):
    """A workspace in which people write messages and open App Home."""

    async def say(
        self, user: str, channel: str, text: str, thread_ts: str | None = None, *, over_http: bool | None = None
    ) -> Message:
        """A person writes a message, in a thread if `thread_ts` says so. Slack's "no" is `Refused`.

        If the bot is there, it hears of the message, and of being mentioned in it, as far as its events and scopes go.
        """
        place = self._place_of(user, channel)
        if not text.strip():
            raise Refused("no_text")
        if len(text) > TEXT_LIMIT:
            raise Refused("msg_too_long")
        if thread_ts:
            self.find(place.id, thread_ts)
        message = Message(self.timestamp(), place.id, text, user=user, thread_ts=thread_ts, via="person")
        self.record(message)
        if self.bot_user_id in place.members:
            await self._heard(place, message, over_http)
        return message

    async def open_home(self, user: str, *, over_http: bool | None = None) -> Answer | None:
        """A person opens the app's Home tab; the bot's answer, None if it has none or doesn't hear of that."""
        if user not in self.users or self.users[user].deleted:
            raise LookupError(f"there is no person {user}")
        if not self.home_tab_enabled:
            return None
        event: Payload = {
            "type": "app_home_opened",
            "user": user,
            "channel": self.direct_message(user).id,
            "tab": "home",
        }
        home = self.views.home(user)
        if home:
            event["view"] = described(self, home, values_of(home.blocks, {}))
        return await self._sent(event, over_http=over_http)

    def _place_of(self, user: str, channel: str) -> Channel:
        place = self.channels.get(channel)
        if user not in self.users or self.users[user].deleted:
            raise Refused("account_inactive")
        if place is None or ((place.is_private or place.person) and user not in place.members):
            raise Refused("channel_not_found")
        if user not in place.members:
            raise Refused("not_in_channel")
        if place.is_archived:
            raise Refused("is_archived")
        if place.person and not self.messages_tab_enabled:
            raise Refused("messages_tab_disabled")
        return place

    async def _heard(self, place: Channel, message: Message, over_http: bool | None) -> None:
        said = {"user": message.user, "text": message.text, "ts": message.ts, "event_ts": message.ts}
        thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
        event: Payload = {"type": "message", "team": self.team_id, "channel": place.id, **said, **thread}
        kind, named = _kind(place)
        whole = event | {"channel_type": kind}
        await self._sent(whole, f"{named}:history", subscription=f"message.{named}", over_http=over_http)
        if f"<@{self.bot_user_id}>" in message.text and not place.person:
            await self._sent(event | {"type": "app_mention"}, "app_mentions:read", over_http=over_http)


def _kind(place: Channel) -> tuple[str, str]:
    """What the conversation is called in the event, and in the names of subscriptions and scopes."""
    if place.person:
        return "im", "im"
    return ("group", "groups") if place.is_private else ("channel", "channels")
