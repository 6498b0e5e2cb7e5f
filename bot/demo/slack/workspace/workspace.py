"""A workspace with the bot's app in it: its people, channels and messages, and what was done in it."""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence

from bot.demo.slack.errors import Refused
from bot.demo.slack.workspace.app import App
from bot.demo.slack.workspace.members import Channel, first_channels, first_users
from bot.demo.slack.workspace.messages import Call, Message, ResponseUrl
from bot.demo.slack.workspace.views import Views


class Workspace:
    """All state. Everything in it may be changed at any time; `touch` then wakes those who wait for changes.

    `origin` is where the Web API is served; `tickets` are those with which Socket Mode connections can be opened.
    """

    def __init__(self) -> None:
        self.app = App()
        self.users = first_users()
        self.channels = first_channels(self.app.bot_user_id)
        self.messages: list[Message] = []
        self.calls: list[Call] = []
        self.views = Views()
        self.response_urls: dict[str, ResponseUrl] = {}
        self.origin = ""
        self.tickets: set[str] = set()
        self._changed = asyncio.Event()
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """The next one, never twice."""
        return next(self._numbers)

    def timestamp(self) -> str:
        """A message's `ts`: when, and six digits that make it unique."""
        return f"{int(time.time())}.{self.number():06d}"

    def visible_to_bot(self, channel: object) -> Channel:
        """The conversation with this ID or name. A private one that the bot isn't in doesn't exist for it."""
        found = self.channels.get(str(channel)) or self.named(str(channel).removeprefix("#"))
        if found is None or (found.is_private and self.app.bot_user_id not in found.members):
            raise Refused("channel_not_found")
        return found

    def named(self, name: str) -> Channel | None:
        """The channel of this name."""
        return next((each for each in self.channels.values() if each.name == name and each.person is None), None)

    def direct_message(self, user: str) -> Channel:
        """The bot's direct message with a person, opened if need be."""
        identity = f"D{user[1:]}"  # the person's alone, so that a database that outlives this workspace still fits
        if identity not in self.channels:
            members = {user, self.app.bot_user_id}
            self.channels[identity] = Channel(identity, "directmessage", members=members, person=user)
        return self.channels[identity]

    def by_bot(self, channel: str, text: str, **more: object) -> Message:
        """A message of the bot, not yet on record."""
        message = Message(self.timestamp(), channel, text, user=self.app.bot_user_id, bot_id=self.app.bot_id)
        vars(message).update(more)
        return message

    def record(self, message: Message) -> Message:
        self.messages.append(message)
        self.touch()
        return message

    def find(self, channel: str, ts: object) -> Message:
        """The message as it stands there now."""
        for each in self.messages:
            if (each.channel, each.ts) == (channel, ts) and not each.ephemeral_to:
                return each
        raise Refused("message_not_found")

    def edited(self, message: Message) -> None:
        message.edited.append(time.time())
        self.touch()

    def shown(self, message: Message) -> dict[str, object]:
        """The message as Slack's answers and payloads show it."""
        by = {"bot_id": message.bot_id, "app_id": self.app.id} if message.bot_id else {}
        optional = {"blocks": message.blocks, "metadata": message.metadata, "thread_ts": message.thread_ts}
        seen = {"type": "message", "ts": message.ts, "text": message.text, "team": self.app.team_id}
        return {**seen, "user": message.user, **by, **{name: value for name, value in optional.items() if value}}

    def touch(self) -> None:
        """Something changed: those who wait look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Until something changes."""
        await self._changed.wait()

    async def until(self, holds: Callable[[], bool], timeout: float, seen: Sequence[object]) -> None:
        """Until it holds; else, after `timeout` seconds, a `TimeoutError` that lists what was seen."""
        try:
            async with asyncio.timeout(timeout):
                while not holds():
                    await self.changed()
        except TimeoutError:
            lines = "".join(f"\n  {each}" for each in seen) or " nothing"
            raise TimeoutError(f"not within {timeout} s; seen:{lines}") from None
