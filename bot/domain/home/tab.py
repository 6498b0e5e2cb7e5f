"""A Home tab: whose it is, and what its person chose to see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.destination import Destination


@dataclass(frozen=True)
class HomeTab:
    """A person's Home tab. `direct_message` is the Slack ID of their direct messages with the bot.

    `channels` are those that the person was in at `channels_at` (aware UTC), None if that isn't known. `shown` is a
    hash of what was published last, `view_hash` Slack's own.
    """

    person: Destination
    direct_message: str
    page: int = 1
    words: str = ""
    channels: Sequence[str] | None = None
    channels_at: datetime | None = None
    shown: str | None = None
    view_hash: str | None = None
