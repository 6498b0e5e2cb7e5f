"""What the page shows to one person in one place."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.demo.page.rendering.context import BlockContext
from bot.demo.page.rendering.mrkdwn import Reader
from bot.demo.slack.block_kit.reference import Surface
from bot.demo.slack.people import menus
from bot.demo.slack.stand_in import Channel, Message, User, View
from bot.demo.world import PEOPLE, World

_MOST_MESSAGES = 200
MOST_JOBS = 60  # rows in the drawer; a search finds the others

Author = Literal["bot", "slack", "person"]


@dataclass(frozen=True)
class Viewer:
    """Who looks at the page and where. `thread` is the `ts` of the open thread."""

    person: User
    place: Channel
    thread: str | None = None
    find: str = ""

    @property
    def path(self) -> str:
        return f"/{self.person.name}/{self.place.id}"


@dataclass(frozen=True)
class Entry:
    """A message with its author, its time in the viewer's zone and the number of replies."""

    message: Message
    author: str
    kind: Author
    at: datetime
    replies: int
    context: BlockContext


class ViewModel:
    """Everything that the templates show, for one viewer at one moment (aware)."""

    people = PEOPLE

    def __init__(self, world: World, viewer: Viewer, now: datetime) -> None:
        self._world = world
        self._slack = world.slack
        self.viewer = viewer
        self._reader = Reader(self._names(), ZoneInfo(viewer.person.tz), now)
        self._seen = world.seen_by(viewer.person, viewer.place)

    def _names(self) -> dict[str, str]:
        names = {each.id: each.name for each in self._slack.users.values()}
        names |= {each.id: "Direct message" if each.person else each.name for each in self._slack.channels.values()}
        return names | {self._slack.app.bot_user_id: "jobwatch"}

    @property
    def sidebar(self) -> list[tuple[Channel, int]]:
        """The places of the viewer, each with the number of unread messages."""
        person = self.viewer.person
        return [(each, self._world.unread(person, each)) for each in self._world.places(person)]

    @property
    def messages(self) -> list[Entry]:
        """The latest messages of the place, without the replies in threads."""
        known = {each.ts for each in self._seen}
        top = [each for each in self._seen if each.thread_ts in (None, each.ts) or each.thread_ts not in known]
        return self._entries(top[-_MOST_MESSAGES:])

    @property
    def thread(self) -> list[Entry]:
        """The open thread with its first message. Empty if no thread is open."""
        thread = self.viewer.thread
        return self._entries([each for each in self._seen if thread and thread in (each.ts, each.thread_ts)])

    def _entries(self, messages: Sequence[Message]) -> list[Entry]:
        replies = Counter(each.thread_ts for each in self._seen if each.thread_ts != each.ts and not each.ephemeral_to)
        return [self._entry(each, replies[each.ts]) for each in messages]

    def _entry(self, message: Message, replies: int) -> Entry:
        author, kind = self._author(message)
        at = datetime.fromtimestamp(float(message.ts), UTC).astimezone(self._reader.zone)
        context = self._context("message", f"/{self.viewer.person.name}/messages/{message.ts}", {})
        return Entry(message, author, kind, at, replies, context)

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
