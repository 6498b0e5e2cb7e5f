"""What blocks need to know of the place in which they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.demo.page.rendering.mrkdwn import Reader
from bot.demo.slack.block_kit.reference import Surface


@dataclass(frozen=True)
class BlockContext:
    """Where blocks are shown and to whom.

    `path` is the address to which their form is sent. `people` and `channels` are pairs of ID and name for menus.
    `errors` holds the error below each input block, by block ID.
    """

    surface: Surface
    reader: Reader
    path: str
    people: Sequence[tuple[str, str]] = ()
    channels: Sequence[tuple[str, str]] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
