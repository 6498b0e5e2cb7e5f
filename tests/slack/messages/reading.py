"""How a person reads a message: its rich text as plain words, and what Slack would parse in it."""

import json
import re
from collections.abc import Iterator, Sequence

from bot.demo.slack.block_kit.validation import faults, text_length
from bot.domain.subscription import Subscription, WatchedPage
from bot.slack.messages.blocks import Message
from bot.slack.messages.watch_list import JOBS_PER_PAGE

# The markup that the bot puts into fallback text: a person or a channel by ID, and a time with its fallback.
_DATE, _USER = re.compile(r"<!date\^[^|]*\|([^>]*)>"), re.compile(r"<@(\w+)>")
_OURS = re.compile(r"<@[UW][A-Z0-9]+>|<#[CG][A-Z0-9]+>|<!date\^\d+\^[^|<>]*\|[^<>]*>")

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


def page_of(subscriptions: Sequence[Subscription], number: int = 1, size: int = JOBS_PER_PAGE) -> WatchedPage:
    """A page of all that is watched, as the store cuts it."""
    muted = sum(one.muted_until is not None for one in subscriptions)
    paused = sum(one.paused_because is not None for one in subscriptions)
    shown, total = subscriptions[(number - 1) * size : number * size], len(subscriptions)
    return WatchedPage(shown, number, -(-total // size), total, muted, paused)


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
    values of buttons, which nobody sees."""
    blocks = list(message.blocks)
    assert {block["type"] for block in blocks} <= {"rich_text", "context", "actions"}, case
    for part in parts(blocks):
        if part.get("type") not in ("text", "plain_text"):
            visible = (value for key, value in part.items() if isinstance(value, str) and key != "value")
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
    """The rich text and the small print as words; a person is shown as `@ID`, a channel as `#ID`, a time in UTC."""
    lines = "\n".join(_words(block) for block in message.blocks if block["type"] in ("rich_text", "context"))
    return lines.replace("\u00a0", " ")


def _words(block: dict[str, object]) -> str:
    words = []
    for part in parts(block):
        match part.get("type"):
            case "text" | "plain_text":
                words.append(str(part["text"]))
            case "mrkdwn":
                words.append(_DATE.sub(r"\1", _USER.sub(r"@\1", str(part["text"]))))
            case "channel":
                words.append(f"#{part['channel_id']}")
            case "user":
                words.append(f"@{part['user_id']}")
            case "date":
                words.append(str(part["fallback"]))
    return "".join(words)


def buttons(message: Message) -> list[tuple[str, str]]:
    """The buttons: what each is called, and its value."""
    found = [part for part in parts(list(message.blocks)) if part.get("type") == "button"]
    return [(str(part["text"]["text"]), str(part["value"])) for part in found if isinstance(part["text"], dict)]


def labels(message: Message) -> tuple[str, ...]:
    """The buttons and menus: what each is called."""
    found: list[str] = []
    for part in parts(list(message.blocks)):
        text = part.get("placeholder") if part.get("type") == "static_select" else part.get("text")
        if part.get("type") in ("button", "static_select") and isinstance(text, dict):
            found.append(str(text["text"]))
        elif part.get("type") == "overflow":
            found.append("⋯")
    return tuple(found)


def options(message: Message) -> dict[str, str]:
    """What can be chosen in all menus: the value of each label."""
    found = [part for part in parts(list(message.blocks)) if {"text", "value"} == part.keys()]
    return {str(part["text"]["text"]): str(part["value"]) for part in found if isinstance(part["text"], dict)}


def foreign_markup(text: str) -> str:
    """What Slack would parse in a fallback text besides the bot's own markup: nothing, if it was escaped."""
    rest = _OURS.sub("", text)
    return "".join(re.findall(r"[<>]|&(?!lt;|gt;|amp;)", rest))
