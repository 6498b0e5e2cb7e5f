"""Messages, response URLs and calls to the Web API."""

from dataclasses import dataclass, field, replace
from typing import Literal

from bot.demo.slack.workspace.files import File

Blocks = list[dict[str, object]]
Via = Literal[
    "chat.postMessage",
    "chat.postEphemeral",
    "files.completeUploadExternal",
    "response_url",
    "answer",
    "slackbot",
    "person",
]


@dataclass
class Message:
    """A message that was accepted. `edited` lists the times of its edits, `earlier` its texts and blocks before them.

    A reply names its parent in `thread_ts`; with `broadcast` it shows in the channel, too. Of a deleted parent that has
    replies, a `tombstone` is left. `links` are those of which the app was told, and `unfurls` holds what it shows below
    the message for some of them.
    """

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
    earlier: list[tuple[str, Blocks]] = field(default_factory=list)
    broadcast: bool = False
    tombstone: bool = False
    links: list[str] = field(default_factory=list)
    unfurls: dict[str, Blocks] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)

    @property
    def is_in_channel(self) -> bool:
        """Whether it shows in the channel itself, not only in a thread."""
        return self.thread_ts is None or self.broadcast

    @property
    def unfurled_blocks(self) -> Blocks:
        """What the app shows below it."""
        return [block for blocks in self.unfurls.values() for block in blocks]

    @property
    def all_blocks(self) -> Blocks:
        """Its own and those below it."""
        return [*self.blocks, *self.unfurled_blocks]

    @property
    def as_posted(self) -> "Message":
        """The message before all edits."""
        if not self.earlier:
            return self
        text, blocks = self.earlier[0]
        return replace(self, text=text, blocks=blocks, edited=[], earlier=[])

    @property
    def is_rich_text(self) -> bool:
        return any(block.get("type") == "rich_text" for block in self.blocks)

    def __str__(self) -> str:
        seen_by = f" (only {self.ephemeral_to})" if self.ephemeral_to else ""
        thread = f" in {self.thread_ts}{' and the channel' if self.broadcast else ''}" if self.thread_ts else ""
        return f"{self.ts} {self.channel}{thread}{seen_by} via {self.via}: {self.text!r}, {len(self.blocks)} blocks"


@dataclass
class ResponseUrl:
    """An address where the bot can answer a command or press five times within thirty minutes.

    `message` is the one whose button was pressed. None for a command.
    """

    url: str
    user: str
    channel: str
    issued: float
    message: Message | None = None
    uses: int = 0


@dataclass
class Call:
    """A request to the Web API. `error` is the code of its refusal, if any."""

    at: float
    method: str
    arguments: dict[str, object]
    error: str | None = None
