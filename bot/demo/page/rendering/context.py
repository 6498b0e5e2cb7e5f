"""Where blocks are shown, and to whom."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.demo.page.rendering.mrkdwn import Reader
from bot.demo.slack.block_kit.reference import Surface


@dataclass(frozen=True)
class BlockContext:
    """`path` is the address to which the blocks' form is sent; `errors` are the words below input blocks, by their ID.

    `ids_for` lists the people or channels in a menu that Slack fills; None for any other element.
    """

    surface: Surface
    reader: Reader
    path: str
    ids_for: Callable[[dict[str, Any]], Sequence[str] | None]
    errors: Mapping[str, str] = field(default_factory=dict)
