"""The shapes of `card`, `carousel` and `container`."""

import re
from collections.abc import Iterator

from bot.demo.slack_elements import BLOCK_ID, IMAGE_OBJECT, any_text, plain_text
from bot.demo.slack_places import IN_CARD
from bot.demo.slack_rich_text import RICH_TEXT_OBJECT
from bot.demo.slack_shapes import (
    Check,
    Maybe,
    among,
    array,
    at_most_one_of,
    every,
    fault,
    flag,
    of_type,
    record,
    some_of,
)

# Slack's icon object; its names as the library slackblocks lists them.
_ICONS = re.findall(
    r"[a-z-]+",
    "archive book bookmark bot bug calendar call caret-left caret-right check clipboard code comment compass copy cube "
    "download edit email eye-closed eye-open file flag folder gear globe heart help image info key lightbulb link map "
    "mobile new-window pin plus refine refresh rocket save screen share sparkle star star-filled tag thumbs-down "
    "thumbs-up trash upload user warning",
)

CARD = every(
    record(
        block_id=BLOCK_ID,
        hero_image=Maybe(IMAGE_OBJECT),
        icon=Maybe(IMAGE_OBJECT),
        slack_icon=Maybe(of_type({"icon": record(name=among(*_ICONS))})),
        title=Maybe(any_text(150)),
        subtitle=Maybe(any_text(150)),
        body=Maybe(any_text(200)),
        subtext=Maybe(any_text(200)),
        actions=Maybe(array(IN_CARD, 3)),
    ),
    some_of("hero_image", "title", "actions", "body"),
    at_most_one_of("icon", "slack_icon"),
)
CAROUSEL = record(block_id=BLOCK_ID, elements=array(of_type({"card": CARD}), 10))


def _folds(value: object, at: str) -> Iterator[str]:
    """What is folded at first can be folded; what can be folded has no line under its head."""
    if not isinstance(value, dict):
        return
    if value.get("default_collapsed") is True and value.get("is_collapsible") is not True:
        yield fault("default_collapsed requires is_collapsible", f"{at}/default_collapsed")
    if value.get("has_header_divider") is True and value.get("is_collapsible") is True:
        yield fault("has_header_divider cannot be set when is_collapsible is true", f"{at}/has_header_divider")


def container(children: dict[str, Check]) -> Check:
    """A container of blocks of these types."""
    return every(
        record(
            block_id=BLOCK_ID,
            title=Maybe(plain_text(150)),
            rich_text_title=Maybe(RICH_TEXT_OBJECT),
            subtitle=Maybe(any_text(150)),
            child_blocks=array(of_type(children), 10),
            width=Maybe(among("narrow", "standard", "wide", "full")),
            icon=Maybe(IMAGE_OBJECT),
            is_collapsible=Maybe(flag),
            default_collapsed=Maybe(flag),
            has_header_divider=Maybe(flag),
        ),
        some_of("title", "rich_text_title"),
        _folds,
    )
