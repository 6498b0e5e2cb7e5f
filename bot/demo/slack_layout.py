"""The shapes of the blocks that have been there for long: text, images, actions, inputs, and what is embedded."""

from bot.demo.slack_elements import BLOCK_ID, IMAGE, any_text, plain_text
from bot.demo.slack_places import IN_CONTEXT, IN_CONTEXT_ACTIONS, Surface, in_actions, in_input, in_section
from bot.demo.slack_rich_text import RICH_TEXT
from bot.demo.slack_shapes import Check, Maybe, among, array, every, flag, one_of, record, some_of, string, url

MARKDOWN_LIMIT = 12_000

# Title and author: "less than" 200 and 50. The lengths that the page doesn't name are those of the library slackblocks.
# Whether the app may embed that address (its scope and its domains) is not asked here.
_VIDEO = record(
    block_id=BLOCK_ID,
    alt_text=string(2000),
    title=plain_text(199),
    video_url=url(3000, ("https",)),
    thumbnail_url=url(3000, ("http", "https")),
    title_url=Maybe(url(2000, ("https",))),
    description=Maybe(plain_text(200)),
    author_name=Maybe(string(49)),
    provider_name=Maybe(string(50)),
    provider_icon_url=Maybe(url(2000, ("http", "https"))),
)

FILE = record(block_id=BLOCK_ID, external_id=string(255), source=among("remote"))
MARKDOWN = record(block_id=BLOCK_ID, text=string(MARKDOWN_LIMIT))
CONTEXT_ACTIONS = record(block_id=BLOCK_ID, elements=array(IN_CONTEXT_ACTIONS, 5))
ALERT = record(
    block_id=BLOCK_ID,
    text=any_text(200),  # Slack's Java SDK; the page names no length
    level=Maybe(among("default", "info", "warning", "error", "success")),
)


def layout_blocks(surface: Surface) -> dict[str, Check]:
    """Those that may stand on every surface; what they hold depends on it."""
    return {
        "section": every(
            record(
                block_id=BLOCK_ID,
                text=Maybe(any_text(3000)),
                fields=Maybe(array(any_text(2000), 10)),
                accessory=Maybe(in_section(surface)),
                expand=Maybe(flag),
            ),
            some_of("text", "fields"),
        ),
        "header": record(block_id=BLOCK_ID, text=plain_text(150)),
        "divider": record(block_id=BLOCK_ID),
        "context": record(block_id=BLOCK_ID, elements=array(IN_CONTEXT, 10)),
        "actions": record(block_id=BLOCK_ID, elements=array(in_actions(surface), 25)),
        "input": record(
            block_id=BLOCK_ID,
            label=plain_text(2000),
            element=in_input(surface),
            hint=Maybe(plain_text(2000)),
            optional=Maybe(flag),
            dispatch_action=Maybe(flag),
        ),
        "image": every(
            record(block_id=BLOCK_ID, title=Maybe(plain_text(2000)), **IMAGE), one_of("image_url", "slack_file")
        ),
        "rich_text": RICH_TEXT,
        "video": _VIDEO,
    }
