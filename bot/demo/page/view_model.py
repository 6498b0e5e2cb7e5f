"""What the page shows to one person in one place."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.demo.page.rendering.context import BlockContext
from bot.demo.page.rendering.dates import format_date
from bot.demo.page.rendering.mrkdwn import Reader
from bot.demo.page.story import Story
from bot.demo.slack.block_kit.reference import Surface
from bot.demo.slack.people import menus
from bot.demo.slack.stand_in import Channel, Message, SlackStandIn, User, View
from bot.demo.world import PEOPLE, World

_MOST_MESSAGES = 200
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z")  # of a line in the log
MOST_JOBS = 60  # rows in the drawer; a search finds the others

Author = Literal["bot", "slack", "person"]


@dataclass(frozen=True)
class Viewer:
    """Who looks at the page and where. `thread` is the `ts` of the open thread; `is_opening` if nobody opened it.
    `is_home` if they look at the app's Home tab, rather than at its messages."""

    person: User
    place: Channel
    thread: str | None = None
    find: str = ""
    is_opening: bool = False
    is_home: bool = False

    @property
    def path(self) -> str:
        return f"/{self.person.name}/{self.place.id}"


@dataclass(frozen=True)
class Thread:
    """The replies to a message: how many, by whom, and when the last one was posted in the viewer's words."""

    replies: int
    authors: Sequence[tuple[str, Author]]
    last: str


@dataclass(frozen=True)
class Entry:
    """A message with its author and its time in the viewer's zone.

    `replied_to` is the message that it replies to, if the channel shows the reply, too. `is_first_live` begins what
    wasn't prepared, `is_new` is what the story is about.
    """

    message: Message
    author: str
    kind: Author
    at: datetime
    context: BlockContext
    thread: Thread | None = None
    replied_to: Message | None = None
    is_first_live: bool = False
    is_new: bool = False


def names_in(slack: SlackStandIn) -> dict[str, str]:
    """The names of people and channels by their IDs."""
    names = {each.id: each.name for each in slack.users.values()}
    names |= {each.id: "Direct message" if each.person else each.name for each in slack.channels.values()}
    return names | {slack.app.bot_user_id: "jobwatch"}


class ViewModel:
    """Everything that the templates show, for one viewer at one moment (aware)."""

    people = PEOPLE

    def __init__(self, world: World, story: Story, viewer: Viewer, now: datetime) -> None:
        self._world = world
        self._slack = world.slack
        self._story = story
        self.viewer = viewer
        self._reader = Reader(names_in(self._slack), ZoneInfo(viewer.person.tz), now)
        step = story.step
        self._seen = world.seen_by(viewer.person, viewer.place, step.messages if step else None)

    @property
    def clock(self) -> datetime:
        """The time in the zone of everything on the page."""
        return self._reader.now.astimezone(self._reader.zone)

    @property
    def log(self) -> list[str]:
        """The bot's log by the same clock."""
        return [_STAMP.sub(self._local, line) for line in self._world.bot.log]

    def _local(self, stamp: re.Match[str]) -> str:
        return f"{datetime.fromisoformat(stamp[0]).astimezone(self._reader.zone):%H:%M:%S}"

    @property
    def sidebar(self) -> list[tuple[Channel, int]]:
        """The places of the viewer, each with the number of unread messages."""
        person = self.viewer.person
        return [(each, self._world.unread(person, each)) for each in self._world.places(person)]

    @property
    def messages(self) -> list[Entry]:
        """The latest messages of the place, without the replies that only their threads show."""
        known: dict[str | None, Message] = {each.ts: each for each in self._seen}
        top = [each for each in self._seen if each.broadcast or _starts_a_thread(each, known)]
        entries = [self._entry(each, known) for each in top[-_MOST_MESSAGES:]]
        live = next((number for number, each in enumerate(entries) if each.message.ts > self._world.live_from), None)
        if live:
            entries[live] = replace(entries[live], is_first_live=True)
        return entries

    @property
    def is_prepared(self) -> bool:
        """Whether everything here was there before the visitor came."""
        return bool(self._seen) and self._seen[-1].ts < self._world.live_from

    @property
    def typed(self) -> str:
        """What the viewer is seen typing here, because the story is played."""
        script = self._story.script
        return "" if self._story.is_looking_back or script.place is not self.viewer.place else script.typed

    @property
    def thread(self) -> list[Entry]:
        """The open thread with its first message. Empty if no thread is open."""
        thread = self.viewer.thread
        return [self._entry(each, {}) for each in self._seen if thread and thread in (each.ts, each.thread_ts)]

    def _entry(self, message: Message, known: Mapping[str | None, Message]) -> Entry:
        author, kind = self._author(message)
        at, is_new = self._local_time(message), self._story.is_new(message)
        context = self._context("message", f"/{self.viewer.person.name}/messages/{message.ts}", {})
        parent = None if _starts_a_thread(message, known) else known.get(message.thread_ts)
        return Entry(message, author, kind, at, context, self._thread_of(message), parent, is_new=is_new)

    def _thread_of(self, message: Message) -> Thread | None:
        replies = [each for each in self._seen if each.thread_ts == message.ts != each.ts and not each.ephemeral_to]
        if not replies:
            return None
        last = format_date(
            self._local_time(replies[-1]), "{date_short_pretty} at {time}", self._reader.zone, self.clock
        )
        return Thread(len(replies), list(dict.fromkeys(map(self._author, replies))), last or "")

    def _local_time(self, message: Message) -> datetime:
        return datetime.fromtimestamp(float(message.ts), UTC).astimezone(self._reader.zone)

    def _author(self, message: Message) -> tuple[str, Author]:
        if message.user == "USLACKBOT":
            return "Slackbot", "slack"
        if message.bot_id or message.user not in self._slack.users:
            return "Jobwatch", "bot" if message.bot_id else "person"
        return self._slack.users[message.user].real_name, "person"

    def _context(self, surface: Surface, path: str, errors: Mapping[str, str]) -> BlockContext:
        ids_for = partial(menus.ids_for, self._slack.workspace, user=self.viewer.person.id)
        return BlockContext(surface, self._reader, path, ids_for, errors)

    @property
    def modal(self) -> View | None:
        return self._slack.views.top(self.viewer.person.id)

    @property
    def home(self) -> View | None:
        """The app's Home tab, once the bot has published it."""
        return self._slack.views.homes.get(self.viewer.person.id)

    @property
    def home_context(self) -> BlockContext | None:
        home = self.home
        return self._context("home", f"/{self.viewer.person.name}/views/{home.id}", {}) if home else None

    def modal_context(self, errors: Mapping[str, str]) -> BlockContext | None:
        """The context of the open modal, with the errors at its blocks."""
        modal = self.modal
        return self._context("modal", f"/{self.viewer.person.name}/views/{modal.id}", errors) if modal else None

    @property
    def jobs(self) -> list[Mapping[str, Any]]:
        """The latest run of each job whose name contains the search."""
        jobs = self._world.jobs.jobs
        latest = (jobs.of(each)[-1] for each in dict.fromkeys(dataflow for dataflow, _ in jobs))
        return [each for each in latest if self.viewer.find.casefold() in each["assetName"].casefold()]


def _starts_a_thread(message: Message, known: Container[str | None]) -> bool:
    """Whether it stands in the channel by itself, also if what it replies to was deleted."""
    return message.thread_ts in (None, message.ts) or message.thread_ts not in known
