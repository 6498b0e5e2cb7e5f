"""What the page shows: to whom, at which place, and in which order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.demo.page.mrkdwn import Reader
from bot.demo.slack.stand_in import Channel, Message, User, View
from bot.demo.world import PEOPLE, World
from bot.domain.job import Status
from bot.slack.messages.text import status_icon

MOST_MESSAGES = 200
MOST_JOBS = 60  # rows in the drawer; the others are found by name


@dataclass(frozen=True)
class Seat:
    """Who sits at the page and where. `place` None is App Home; `thread` is the `ts` of the thread beside it."""

    person: User
    place: Channel | None
    thread: str | None = None
    find: str = ""

    @property
    def path(self) -> str:
        return f"/{self.person.name}/{self.place.id if self.place else 'home'}"


@dataclass(frozen=True)
class Where:
    """Where blocks stand: who reads them, and the addresses to which they speak."""

    kind: Literal["message", "modal", "home"]
    reader: Reader
    act: str
    options: str
    people: Sequence[tuple[str, str]]
    channels: Sequence[tuple[str, str]]
    errors: dict[str, str]
    files: str = "/files/"


@dataclass(frozen=True)
class Entry:
    """A message with what stands around it."""

    message: Message
    author: str
    kind: Literal["bot", "slack", "person"]
    at: datetime
    replies: int
    where: Where


@dataclass(frozen=True)
class Sidebar:
    place: Channel
    unread: int


@dataclass(frozen=True)
class JobRow:
    dataflow: str
    run: int
    name: str
    status: str
    emoji: str


class Contents:
    """All that the templates ask for, of one world seen from one seat at one moment (aware)."""

    def __init__(self, world: World, seat: Seat, now: datetime) -> None:
        self._world = world
        self._slack = world.slack
        self.seat = seat
        self.me = seat.person
        self.people = PEOPLE
        self.reader = Reader(self._names(), ZoneInfo(seat.person.tz), now)

    def _names(self) -> dict[str, str]:
        names = {each.id: each.name for each in self._slack.users.values()}
        names |= {each.id: each.name for each in self._slack.channels.values()}
        return names | {self._slack.app.bot_user_id: "jobwatch"}

    @property
    def sidebar(self) -> list[Sidebar]:
        places = self._world.places(self.me)
        return [Sidebar(each, self._world.unread(self.me, each)) for each in places]

    @property
    def bot_is_here(self) -> bool:
        return self.seat.place is not None and self._slack.app.bot_user_id in self.seat.place.members

    @property
    def entries(self) -> list[Entry]:
        """The place's messages; replies stand in their threads."""
        return list(self._entries(None))[-MOST_MESSAGES:]

    @property
    def thread(self) -> list[Entry]:
        """The message whose thread is open, and its replies; nothing if none is open."""
        return list(self._entries(self.seat.thread)) if self.seat.thread else []

    def _entries(self, thread: str | None) -> Iterator[Entry]:
        seen = self._world.seen_by(self.me, self.seat.place) if self.seat.place else []
        known = {each.ts for each in seen}
        for message in seen:
            is_reply = message.thread_ts not in (None, message.ts) and message.thread_ts in known
            if thread is None and is_reply:
                continue
            if thread is not None and thread not in (message.ts, message.thread_ts):
                continue
            replies = sum(each.thread_ts == message.ts != each.ts and not each.ephemeral_to for each in seen)
            yield self._entry(message, replies)

    def _entry(self, message: Message, replies: int) -> Entry:
        kind: Literal["bot", "slack", "person"] = "bot" if message.bot_id else "person"
        author = "Jobwatch"
        if message.user == "USLACKBOT":
            kind, author = "slack", "Slackbot"
        elif not message.bot_id and message.user in self._slack.users:
            author = self._slack.users[message.user].real_name
        at = datetime.fromtimestamp(float(message.ts), UTC).astimezone(self.reader.zone)
        where = self._where("message", f"/{self.me.name}/messages/{message.ts}")
        return Entry(message, author, kind, at, replies, where)

    def _where(
        self, kind: Literal["message", "modal", "home"], path: str, errors: dict[str, str] | None = None
    ) -> Where:
        people = [(each.id, each.name) for each in self._slack.users.values() if not each.deleted]
        places = [each for each in self._world.places(self.me) if each.person is None and not each.is_archived]
        channels = [(each.id, each.name) for each in places]
        return Where(kind, self.reader, f"{path}/press", f"{path}/options", people, channels, errors or {})

    @property
    def home(self) -> View | None:
        return self._slack.views.home(self.me.id)

    @property
    def modal(self) -> View | None:
        return self._slack.views.top(self.me.id)

    def where_of(self, view: View, errors: dict[str, str] | None = None) -> Where:
        kind: Literal["modal", "home"] = "home" if view.content["type"] == "home" else "modal"
        return self._where(kind, f"/{self.me.name}/views/{view.id}", errors)

    @property
    def job_count(self) -> int:
        return len({dataflow for dataflow, _ in self._world.jobs.jobs})

    @property
    def job_rows(self) -> list[JobRow]:
        """The jobs whose names hold what is sought, each with the run that it has now."""
        newest = {job["assetId"]: job for job in sorted(self._world.jobs.jobs.values(), key=lambda job: job["runId"])}
        rows = (_row(newest[each]) for each in dict.fromkeys(flow for flow, _ in self._world.jobs.jobs))
        return [each for each in rows if self.seat.find.casefold() in each.name.casefold()]


def _row(job: dict[str, Any]) -> JobRow:
    words = str(job["status"])
    return JobRow(job["assetId"], job["runId"], job["assetName"], words, status_icon(Status.of(words)))
