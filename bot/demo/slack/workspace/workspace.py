"""A workspace with the bot's app: people, channels, messages, and calls to the Web API."""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence

from bot.demo.slack.errors import Refused
from bot.demo.slack.workspace.app import App
from bot.demo.slack.workspace.files import File
from bot.demo.slack.workspace.members import Channel, first_channels, first_users
from bot.demo.slack.workspace.messages import Blocks, Call, Message, ResponseUrl
from bot.demo.slack.workspace.views import Views


class Workspace:
    """All state. It can be changed at any time; `touch` then wakes those who wait for changes.

    `origin` is the address of the Web API. Each of the `tickets` opens a Socket Mode connection.
    """

    def __init__(self) -> None:
        self.app = App()
        self.users = first_users()
        self.channels = first_channels(self.app.bot_user_id)
        self.messages: list[Message] = []
        self.calls: list[Call] = []
        self.views = Views()
        self.files: dict[str, File] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.origin = ""
        self.tickets: set[str] = set()
        self._changed = asyncio.Event()
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """The next unused number."""
        return next(self._numbers)

    def timestamp(self) -> str:
        """A message's `ts`: seconds since 1970, and six digits that make it unique."""
        return f"{int(time.time())}.{self.number():06d}"

    def visible_to_bot(self, channel: object) -> Channel:
        """The conversation with this ID or name, unless it is private and without the bot. Raises Refused."""
        found = self.channels.get(str(channel)) or self.named(str(channel).removeprefix("#"))
        if found is None or (found.is_private and self.app.bot_user_id not in found.members):
            raise Refused("channel_not_found")
        return found

    def named(self, name: str) -> Channel | None:
        """The channel of this name."""
        return next((each for each in self.channels.values() if each.name == name and each.person is None), None)

    def direct_message(self, user: str) -> Channel:
        """The bot's direct message with a person, which is opened if necessary."""
        identity = f"D{user[1:]}"  # the same in every workspace, so that a kept database stays valid
        if identity not in self.channels:
            members = {user, self.app.bot_user_id}
            self.channels[identity] = Channel(identity, "directmessage", members=members, person=user)
        return self.channels[identity]

    def by_bot(self, channel: str, text: str, **more: object) -> Message:
        """A message of the bot that is not yet posted."""
        message = Message(self.timestamp(), channel, text, user=self.app.bot_user_id, bot_id=self.app.bot_id)
        vars(message).update(more)
        return message

    def record(self, message: Message) -> Message:
        self.messages.append(message)
        self.touch()
        return message

    def find(self, channel: str, ts: object) -> Message:
        """The message that everybody there can see. Raises Refused."""
        for each in self.messages:
            if (each.channel, each.ts) == (channel, ts) and not (each.ephemeral_to or each.tombstone):
                return each
        raise Refused("message_not_found")

    def replies(self, message: Message) -> list[Message]:
        """The replies in a message's thread."""
        place = message.channel, message.ts
        return [each for each in self.messages if (each.channel, each.thread_ts) == place and each is not message]

    def edit(self, message: Message, text: str, blocks: Blocks) -> None:
        """Replace the content of a message."""
        message.earlier.append((message.text, message.blocks))
        message.text, message.blocks = text, blocks
        message.edited.append(time.time())
        self.touch()

    def delete(self, message: Message) -> None:
        """Remove a message. If it has replies, a tombstone stays above them."""
        if self.replies(message):
            message.text, message.blocks, message.metadata = "This message was deleted.", [], None
            message.user, message.bot_id, message.tombstone = "USLACKBOT", None, True
        else:
            self.messages.remove(message)
        self.touch()

    def shown(self, message: Message) -> dict[str, object]:
        """The message in Slack's answers and payloads."""
        by = {"bot_id": message.bot_id, "app_id": self.app.id} if message.bot_id else {}
        optional = {"blocks": message.blocks, "metadata": message.metadata, "thread_ts": message.thread_ts}
        optional |= {"attachments": self._unfurled(message)}
        seen = {"type": "message", "ts": message.ts, "text": message.text, "team": self.app.team_id}
        more = {**self._subtype(message), **self._thread(message), **self._edit(message)}
        return {
            **seen,
            "user": message.user,
            **by,
            **{name: value for name, value in optional.items() if value},
            **more,
        }

    def _unfurled(self, message: Message) -> list[dict[str, object]]:
        """What the app shows below a message, as attachments."""
        app = {"bot_id": self.app.bot_id, "is_app_unfurl": True}
        shown = enumerate(message.unfurls.items(), 1)
        return [
            {"id": id, "blocks": blocks, "from_url": url, "app_unfurl_url": url, **app} for id, (url, blocks) in shown
        ]

    def _subtype(self, message: Message) -> dict[str, object]:
        if message.tombstone:
            return {"subtype": "tombstone", "hidden": True}
        if not message.broadcast:
            return {}
        root = [each for each in self.messages if (each.channel, each.ts) == (message.channel, message.thread_ts)]
        return {"subtype": "thread_broadcast", **({"root": self.shown(root[0])} if root else {})}

    def _thread(self, message: Message) -> dict[str, object]:
        replies = self.replies(message)
        if not replies:
            return {}
        users = list(dict.fromkeys(each.user for each in replies))
        counts: dict[str, object] = {"reply_count": len(replies), "reply_users_count": len(users)}
        return {"thread_ts": message.ts, **counts, "reply_users": users, "latest_reply": replies[-1].ts}

    def _edit(self, message: Message) -> dict[str, object]:
        if not message.edited:
            return {}
        return {"edited": {"user": message.user, "ts": f"{message.edited[-1]:.6f}"}}

    def touch(self) -> None:
        """Wake those who wait for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Wait for a change."""
        await self._changed.wait()

    async def until(self, holds: Callable[[], bool], timeout: float, seen: Sequence[object]) -> None:
        """Wait for a condition. Raises `TimeoutError` with `seen` in its text after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                while not holds():
                    await self.changed()
        except TimeoutError:
            lines = "".join(f"\n  {each}" for each in seen) or " nothing"
            raise TimeoutError(f"not within {timeout} s; seen:{lines}") from None
