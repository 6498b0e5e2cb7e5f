"""What stands in channels, and how the bot may add to it."""

from dataclasses import dataclass, field
from typing import Literal

Blocks = list[dict[str, object]]
Via = Literal["chat.postMessage", "chat.postEphemeral", "response_url", "answer", "slackbot", "person"]


@dataclass
class Message:
    """A message that was accepted. It stays on record when it is edited; the times are kept."""

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
