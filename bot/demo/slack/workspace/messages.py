"""Messages, response URLs and calls to the Web API."""

from dataclasses import dataclass, field
from typing import Literal

Blocks = list[dict[str, object]]
Via = Literal["chat.postMessage", "chat.postEphemeral", "response_url", "answer", "slackbot", "person"]


@dataclass
class Message:
    """A message that was accepted. `edited` lists the times of its edits.

    `thread_ts` is the `ts` of the message that it replies to; with `reply_broadcast`, the channel shows it, too.
    """

    ts: str
    channel: str
    text: str
    blocks: Blocks = field(default_factory=list)
    metadata: dict[str, object] | None = None
    user: str | None = None
    bot_id: str | None = None
    thread_ts: str | None = None
    reply_broadcast: bool = False
    ephemeral_to: str | None = None
    via: Via = "chat.postMessage"
    edited: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        seen_by = f" (only {self.ephemeral_to})" if self.ephemeral_to else ""
        return f"{self.ts} {self.channel}{seen_by} via {self.via}: {self.text!r}, {len(self.blocks)} blocks"


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
