"""How a person sees a message: its rich text as plain words, and what of it could have been parsed by Slack."""

import re
from collections.abc import Iterator

from bot.slack.message import Message

# What the bot itself puts into fallback text: a person by ID, and a time with its fallback.
_OURS = re.compile(r"<@[UW][A-Z0-9]+>|<!date\^\d+\^[^|<>]*\|[^<>]*>")


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
    """The rich text as words; a person is shown as `@ID`, a time in UTC."""
    words = []
    for part in parts(list(message.blocks)):
        match part.get("type"):
            case "text":
                words.append(str(part["text"]))
            case "user":
                words.append(f"@{part['user_id']}")
            case "date":
                words.append(str(part["fallback"]))
    return "".join(words)


def buttons(message: Message) -> list[tuple[str, str]]:
    """The buttons: what each is called, and its value."""
    found = [part for part in parts(list(message.blocks)) if part.get("type") == "button"]
    return [(str(part["text"]["text"]), str(part["value"])) for part in found if isinstance(part["text"], dict)]


def foreign_markup(text: str) -> str:
    """What Slack would parse in a fallback text besides what the bot put there: nothing, if it was escaped."""
    rest = _OURS.sub("", text)
    return "".join(re.findall(r"[<>]|&(?!lt;|gt;|amp;)", rest))
