"""What people type in channels."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from bot.demo.slack.api import payloads, response_urls
from bot.demo.slack.api.delivery import Answer, Delivery
from bot.demo.slack.errors import Refused
from bot.demo.slack.workspace.members import ADMIN, Channel
from bot.demo.slack.workspace.messages import Message
from bot.demo.slack.workspace.workspace import Workspace

TEXT_LIMIT = 40_000


def marked_up(workspace: Workspace, text: str, *, is_command: bool = True) -> str:
    """What Slack makes of a typed text: people and channels by their IDs and, in a command, people by name, too."""
    people = {workspace.app.name: workspace.app.bot_user_id} | {each.name: id for id, each in workspace.users.items()}

    def by_id(found: re.Match[str]) -> str:
        name = found[2].lower()
        if found[1] == "@":
            named = f"|{name}" if is_command else ""
            return f"<@{people[name]}{named}>" if name in people else found[0]
        channel = workspace.named(name)
        return f"<#{channel.id}|{name}>" if channel and not channel.is_private else found[0]

    return re.sub(r"(?<![\w<|])([@#])([\w-]+)", by_id, text)


_URL = re.compile(r"https?://[^\s<>|]+")


def _with_links(text: str) -> str:
    """The text as Slack keeps it, with the addresses in it as links."""
    return re.sub(rf"(?<!<){_URL.pattern}", lambda found: f"<{found[0]}>", text)


def _is_of(url: str, domains: Collection[str]) -> bool:
    """Whether a link leads to one of the domains or below it."""
    host = urlsplit(url).hostname or ""
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


class Conversation:
    """The commands and messages that people type."""

    def __init__(self, workspace: Workspace, delivery: Delivery) -> None:
        self._workspace = workspace
        self._delivery = delivery

    async def command(self, text: str, *, user: str, channel: str, command: str = "/job") -> Answer:
        """A person types a slash command in a channel (or in `direct_message(user).id`)."""
        reply = response_urls.issue(self._workspace, user, channel)
        return await self._delivery.deliver(payloads.command(self._workspace, command, text, user, reply))

    def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """A person writes a message, in a thread if `thread_ts` says so. The bot isn't told. Raises Refused."""
        place = self._writable(user, channel)
        if not text.strip():
            raise Refused("no_text")
        if len(text) > TEXT_LIMIT:
            raise Refused("msg_too_long")
        if thread_ts:
            self._workspace.find(place.id, thread_ts)
        message = Message(self._workspace.timestamp(), place.id, text, user=user, thread_ts=thread_ts, via="person")
        return self._workspace.record(message)

    async def post(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Answer | None:
        """A person types a message, with names after @ and #. The bot is told of one that mentions it in a channel that
        it is in, and of links of its domains anywhere; the last answer is returned. Raises Refused."""
        message = self.say(user, channel, _with_links(marked_up(self._workspace, text, is_command=False)), thread_ts)
        told = await self._tell_of_links(message)
        return await self._tell_of_mention(message) or told

    async def _tell_of_mention(self, message: Message) -> Answer | None:
        workspace, app = self._workspace, self._workspace.app
        place = workspace.channels[message.channel]
        is_allowed = "app_mentions:read" in app.scopes and "app_mention" in app.bot_events and app.token_fault is None
        is_told = is_allowed and app.bot_user_id in place.members and not place.person
        if not is_told or f"<@{app.bot_user_id}>" not in message.text or not self._delivery.has_receiver:
            return None
        return await self._delivery.deliver(payloads.event(workspace, payloads.mention(workspace, message)))

    async def _tell_of_links(self, message: Message) -> Answer | None:
        """Slack tells the app of links in every conversation, also where it isn't."""
        workspace, app = self._workspace, self._workspace.app
        is_allowed = "links:read" in app.scopes and "link_shared" in app.bot_events and app.token_fault is None
        message.links = [url for url in dict.fromkeys(_URL.findall(message.text)) if _is_of(url, app.unfurl_domains)]
        if not message.links or not is_allowed or not self._delivery.has_receiver:
            return None
        return await self._delivery.deliver(payloads.event(workspace, payloads.link_shared(workspace, message)))

    def delete(self, message: Message, *, by: str = ADMIN.id) -> None:
        """A person deletes a message: their own or, as an administrator, any. The bot isn't told. Raises Refused."""
        if message.ephemeral_to or message.tombstone or message not in self._workspace.messages:
            raise Refused("message_not_found")
        if by != message.user and not self._workspace.users[by].is_admin:
            raise Refused("cant_delete_message")
        self._workspace.delete(message)

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
