"""A workspace: its people, channels and messages, and what was done in it."""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.demo.slack_faults import Refused
from bot.demo.slack_images import Files
from bot.demo.slack_views import Views

Blocks = list[dict[str, object]]
Via = Literal["chat.postMessage", "chat.postEphemeral", "response_url", "answer", "slackbot", "person"]


@dataclass
class User:
    id: str
    name: str
    real_name: str
    tz: str = "Europe/London"
    is_admin: bool = False
    is_restricted: bool = False
    deleted: bool = False


@dataclass
class Channel:
    """A channel, or a direct message of the bot with `person`."""

    id: str
    name: str
    is_private: bool = False
    is_archived: bool = False
    members: set[str] = field(default_factory=set)
    person: str | None = None
    created: int = field(default_factory=lambda: int(time.time()))


@dataclass
class Message:
    """A message that was accepted. It stays on record when it is edited (times are kept) or deleted."""

    ts: str
    channel: str
    text: str
    blocks: Blocks = field(default_factory=list)
    metadata: dict[str, object] | None = None
    user: str | None = None
    bot_id: str | None = None
    thread_ts: str | None = None
    ephemeral_to: str | None = None
    via: Via = "chat.postMessage"
    edited: list[float] = field(default_factory=list)
    deleted: bool = False

    @property
    def response_type(self) -> Literal["ephemeral", "in_channel"]:
        return "ephemeral" if self.ephemeral_to else "in_channel"

    def __str__(self) -> str:
        seen_by = f" (only {self.ephemeral_to})" if self.ephemeral_to else ""
        return f"{self.ts} {self.channel}{seen_by} via {self.via}: {self.text!r}, {len(self.blocks)} blocks"


@dataclass
class ResponseUrl:
    """An address at which the bot may answer one command or press: five times within thirty minutes.

    `message` is the one whose button was pressed, None for a command.
    """

    url: str
    user: str
    channel: str
    issued: float
    message: Message | None = None
    uses: int = 0


@dataclass
class Call:
    """A request to the Web API. `error` is the word that it was refused with, None if it was not."""

    at: float
    method: str
    arguments: dict[str, object]
    error: str | None = None


ADMIN = User("U0DEMOADA1", "ada", "Ada Admin", is_admin=True)
MEMBER = User("U0DEMOBEN1", "ben", "Ben Member", tz="America/New_York")
GUEST = User("U0DEMOGIL1", "gil", "Gil Guest", tz="Asia/Tokyo", is_restricted=True)
LEFT = User("U0DEMOLEA1", "lea", "Lea Left", deleted=True)

_DEEDS = ("archive", "unarchive", "left", "rename", "deleted")
SCOPES = frozenset({"commands", "chat:write", "im:write", "channels:read", "groups:read", "im:read", "users:read"})
BOT_EVENTS = frozenset(
    {
        *(f"{kind}_{deed}" for kind in ("channel", "group") for deed in _DEEDS),
        *("channel_id_changed", "member_joined_channel", "app_uninstalled", "tokens_revoked"),
    }
)


class Workspace:
    """One workspace with the bot's app installed. Everything in it may be changed at any time.

    `scopes` are the bot token's; with `chat:write.public` it may post to public channels that it is not in.
    `bot_events` are those that it is subscribed to; what people do to channels is told to it only if it stands there.
    `offers` are the options that the app gave to external menus, by the ID of the view or the message's `ts`.
    `token_fault` is said to every call that brings a right token, e.g. `token_revoked` or `account_inactive`.
    """

    def __init__(self) -> None:
        self.team_id, self.team_domain, self.team_name = "T0DEMO0001", "jobwatch-demo", "Jobwatch Demo"
        self.app_id, self.bot_id, self.bot_user_id = "A0DEMO0001", "B0DEMO0001", "U0DEMOBOT1"
        self.bot_token, self.app_token = "xoxb-demo-0001", "xapp-1-A0DEMO0001-demo"
        self.signing_secret = "demo0signing0secret"
        self.verification_token = "demo0verification"
        self.scopes: set[str] = set(SCOPES)
        self.bot_events: set[str] = set(BOT_EVENTS)
        self.token_fault: str | None = None
        self.messages_tab_enabled = True
        self.home_tab_enabled = True
        self.users = {each.id: User(**vars(each)) for each in (ADMIN, MEMBER, GUEST, LEFT)}
        self.channels = {each.id: each for each in self._first_channels()}
        self.messages: list[Message] = []
        self.calls: list[Call] = []
        self.views = Views()
        self.offers: dict[str, dict[tuple[str, str], dict[str, dict[str, object]]]] = {}
        self.files = Files()
        self.response_urls: dict[str, ResponseUrl] = {}
        self.origin = ""
        self.tickets: set[str] = set()
        self._changed = asyncio.Event()
        self._numbers = itertools.count(1)

    def _first_channels(self) -> list[Channel]:
        people, bot = {ADMIN.id, MEMBER.id, GUEST.id}, self.bot_user_id
        return [
            Channel("C0DEMOOPS1", "data-ops", members=people | {bot}),
            Channel("C0DEMOGEN1", "general", members=set(people)),
            Channel("C0DEMOOLD1", "old-project", is_archived=True, members=people | {bot}),
            Channel("C0DEMOSEC1", "payroll", is_private=True, members={ADMIN.id, bot}),
            Channel("C0DEMOHID1", "board", is_private=True, members={ADMIN.id}),
        ]

    def number(self) -> int:
        """The next one, never twice."""
        return next(self._numbers)

    def timestamp(self) -> str:
        """A message's `ts`: when, and six digits that make it unique."""
        return f"{int(time.time())}.{self.number():06d}"

    def seen_by_bot(self, channel: object) -> Channel:
        """The conversation with this ID or name. A private one that the bot isn't in doesn't exist for it."""
        found = self.channels.get(str(channel)) or self._named(str(channel).removeprefix("#"))
        if found is None or (found.is_private and self.bot_user_id not in found.members):
            raise Refused("channel_not_found")
        return found

    def _named(self, name: str) -> Channel | None:
        return next((each for each in self.channels.values() if each.name == name and each.person is None), None)

    def direct_message(self, user: str) -> Channel:
        """The bot's direct message with a person, opened if need be."""
        identity = f"D{user[1:]}"  # the person's alone, so that a database that outlives this workspace still fits
        if identity not in self.channels:
            members = {user, self.bot_user_id}
            self.channels[identity] = Channel(identity, "directmessage", members=members, person=user)
        return self.channels[identity]

    def require(self, scope: str) -> None:
        """The bot token must have been given this scope."""
        if scope not in self.scopes:
            raise Refused("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def record(self, message: Message) -> Message:
        self.messages.append(message)
        self.touch()
        return message

    def edited(self, message: Message) -> None:
        message.edited.append(time.time())
        self.touch()

    def delete(self, message: Message) -> None:
        message.deleted = True
        self.touch()

    def touch(self) -> None:
        """Something changed: those who wait look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Until something changes."""
        await self._changed.wait()

    def find(self, channel: str, ts: object, *, ephemeral: bool = False) -> Message:
        """The message as it stands there now."""
        for each in self.messages:
            if (each.channel, each.ts) == (channel, ts) and not each.deleted and (ephemeral or not each.ephemeral_to):
                return each
        raise Refused("message_not_found")

    def shown(self, message: Message) -> dict[str, object]:
        """The message as Slack's answers and payloads show it."""
        by = {"user": message.user} | ({"bot_id": message.bot_id, "app_id": self.app_id} if message.bot_id else {})
        optional = {"blocks": message.blocks, "metadata": message.metadata, "thread_ts": message.thread_ts}
        seen = {"type": "message", "ts": message.ts, "text": message.text, "team": self.team_id, **by}
        return seen | {name: value for name, value in optional.items() if value}

    async def wait_for(self, predicate: Callable[[Message], bool], timeout: float = 10.0) -> Message:
        """The first message that satisfies it, already there or still to come.

        A `TimeoutError` after `timeout` seconds tells which messages were seen.
        """
        await self.until(lambda: any(map(predicate, self.messages)), timeout, self.messages)
        return next(filter(predicate, self.messages))

    async def wait_for_call(self, predicate: Callable[[Call], bool], timeout: float = 10.0) -> Call:
        """As `wait_for`, of the calls to the Web API, refused ones included."""
        await self.until(lambda: any(map(predicate, self.calls)), timeout, self.calls)
        return next(filter(predicate, self.calls))

    async def until(self, holds: Callable[[], bool], timeout: float, seen: Sequence[object]) -> None:
        """Until it holds; else, after `timeout` seconds, a `TimeoutError` that lists what was seen."""
        try:
            async with asyncio.timeout(timeout):
                while not holds():
                    await self.changed()
        except TimeoutError:
            lines = "".join(f"\n  {each}" for each in seen) or " nothing"
            raise TimeoutError(f"not within {timeout} s; seen:{lines}") from None
