"""How a person reads a message: its rich text as plain words, and what Slack would parse in it."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bot.demo.slack.block_kit.validation import faults, text_length
from bot.domain.subscription import Subscription, WatchedPage
from bot.slack.messages.blocks import Message
from bot.slack.messages.watch_list import JOBS_PER_PAGE

# The markup that the bot puts into fallback text: a person, a group or a channel by ID, a link, and a time with its
# fallback.
_OURS = re.compile(
    r"<@[UW][A-Z0-9]+>|<!subteam\^S[A-Z0-9]+>|<https?://[^|<>]+\|[^<>]+>|<#[CG][A-Z0-9]+>|<!date\^\d+\^[^|<>]*\|[^<>]*>"
)

# What a job, a status or a person may be called to break a message.
HOSTILE = {
    "a broadcast": "<!channel> <!here|x> <!everyone>",
    "a mention": "<@U0DEMOADA1> <#C0DEMOOPS1|x> <!subteam^S1>",
    "a link": "<https://evil.example|click> https://evil.example",
    "a date": "<!date^0^{date}|x>",
    "formatting": "*bold* _italic_ ~gone~ `code` ```block``` > quote",
    "entities": "&lt;!channel&gt; &amp; &",
    "5,000 characters": "x" * 5_000,
    "5,000 brackets": "<" * 5_000,
    "newlines": "a\nb\r\nc\u2028d\u2029e\x0bf",
    "marks of direction": "\u202eevil\u202c \u2066x\u2069 \u061c\u200f",
    "emoji codes": ":smile: :siren: :fire:",
    "nothing": "",
    "spaces": "   \t\n ",
    "control characters": "\x00\x1b[31m\x7f\x9b",
    "backticks": "`" * 50,
    "a family of emoji": "👨‍👩‍👧‍👦" * 40,
}


def page_of(
    subscriptions: Sequence[Subscription], number: int = 1, size: int = JOBS_PER_PAGE, *, pending: int = 0
) -> WatchedPage:
    """A page of all that is watched, as the store cuts it."""
    muted = sum(one.muted_until is not None for one in subscriptions)
    pauses = Counter(one.paused_because for one in subscriptions if one.paused_because is not None)
    failures = Counter(one.job.failure for one in subscriptions if one.job.failure is not None)
    shown, total = subscriptions[(number - 1) * size : number * size], len(subscriptions)
    return WatchedPage(shown, number, -(-total // size), total, muted, pauses, failures, pending)


def assert_acceptable(message: Message, case: str = "") -> None:
    """Assert that Slack accepts a message and parses nothing in it that the bot didn't write."""
    blocks = list(message.blocks)
    assert faults(blocks, "message") == [], case
    assert text_length(blocks) <= 10_000, case
    assert message.text.strip(), case
    assert len(message.text) <= 40_000, case
    assert foreign_markup(message.text) == "", case
    assert not any(c in message.text for c in "\x00\x1b\r\u2028\u202e\u2066\u061c"), case
    json.dumps(message.payload)


def assert_never_parsed(message: Message, mark: str, case: str = "") -> None:
    """Text from outside that contains `mark` stands in plain-text elements, in which Slack reads no markup, and in the
    values of buttons and options, which nobody sees."""
    blocks = list(message.blocks)
    assert {block["type"] for block in blocks} <= {"rich_text", "section", "context", "actions", "input"}, case
    for part in parts(blocks):
        if part.get("type") not in ("text", "plain_text"):
            visible = (value for key, value in part.items() if isinstance(value, str) and key not in ("value", "url"))
            assert not any(mark in value for value in visible), (case, part)


def parts(value: object) -> Iterator[dict[str, object]]:
    """Every object in the blocks, however deep."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from parts(inner)


def shown(message: Message) -> str:
    """The blocks as words, a line for each row, field and small print; a person is shown as `@ID`, a channel as `#ID`,
    a time in UTC, a no-break space as a space. Buttons and menus are left out."""
    lines = [line for block in message.blocks for line in _lines_of(block)]
    return "\n".join(lines).replace("\xa0", " ")


def _lines_of(block: dict[str, Any]) -> Iterator[str]:
    match block["type"]:
        case "rich_text":
            yield _words(block)
        case "section" if "fields" in block:
            yield from (_read(field).replace("*\n", ": ").removeprefix("*") for field in block["fields"])
        case "section":
            yield _read(block["text"])
        case "context":
            yield "".join(map(_read, block["elements"]))


def _words(block: dict[str, object]) -> str:
    words = []
    for part in parts(block):
        match part.get("type"):
            case "text" | "link":
                words.append(str(part["text"]))
            case "channel":
                words.append(f"#{part['channel_id']}")
            case "user":
                words.append(f"@{part['user_id']}")
            case "usergroup":
                words.append(f"@{part['usergroup_id']}")
            case "date":
                words.append(str(part["fallback"]))
    return "".join(words)


def _read(text: dict[str, str]) -> str:
    """A text object; the bot's own markup as in `shown`."""
    words = text["text"]
    if text["type"] == "mrkdwn":
        words = re.sub(r"<!date[^|]*\|([^>]*)>", r"\1", re.sub("<([@#][A-Z0-9]+)>", r"\1", words))
    return words


def buttons(message: Message) -> list[tuple[str, str]]:
    """The buttons: what each is called, and its value."""
    found = [part for part in parts(list(message.blocks)) if part.get("type") == "button"]
    return [(str(part["text"]["text"]), str(part.get("value"))) for part in found if isinstance(part["text"], dict)]


def options(message: Message) -> list[tuple[str, str]]:
    """The options of menus: what each is called, and its value."""
    menus = [part for part in parts(list(message.blocks)) if part.get("type") in ("overflow", "static_select")]
    found = [option for menu in menus if isinstance(menu["options"], list) for option in menu["options"]]
    return [(option["text"]["text"], option["value"]) for option in found]


def labels(message: Message) -> tuple[str, ...]:
    """The buttons, and the menus that have a name: what each is called."""
    found = [(part.get("type"), part.get("text"), part.get("placeholder")) for part in parts(list(message.blocks))]
    names = [text if kind == "button" else shown for kind, text, shown in found if kind in ("button", "static_select")]
    return tuple(str(name["text"]) for name in names if isinstance(name, dict))


def foreign_markup(text: str) -> str:
    """What Slack would parse in a fallback text besides the bot's own markup: nothing, if it was escaped."""
    rest = _OURS.sub("", text)
    return "".join(re.findall(r"[<>]|&(?!lt;|gt;|amp;)", rest))
