"""A message: its blocks and its fallback text, both made from the same lines.

Lines are rich text, which Slack doesn't parse: a name from outside can't mention, link or format. Small print is plain
text, for the same reason. Only a line of it with a time or a person, which are ours, is mrkdwn, and its texts are so
only if Slack would show them as they are.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.domain.destination import is_channel_id, is_person_id
from bot.domain.names import EMPTY
from bot.slack.messages.text import escape, shorten

# Slack refuses a message with about 11,000 characters of text in its blocks.
_BLOCKS_LIMIT = 9_800
# What the labels of buttons and menus below a long message take of it at most.
_BUTTONS_LIMIT = 1_000
# Slack recommends at most 4,000.
_TEXT_LIMIT = 3_900
# How long a name from outside may be: the first that leaves room for the rest of the message.
_ROOMS = (60, 30, 10)
_DATE_FORMAT = "{date_short_pretty} at {time}"
# The length that a time or a mention counts for: about what is shown of it.
_SHOWN_LENGTH = 16
# Slack formats what stands between two of these; a colon begins and ends the name of an emoji.
_MARKS = "*_~`:"
_MENTION = re.compile(r"(<[@#][^<>]+>)")


@dataclass(frozen=True)
class Piece:
    """A part of a line: Slack's rich-text element, and the same as fallback text."""

    element: dict[str, Any]
    fallback: str


# Not a Sequence: a text is one of texts, and would be sent as a line of single letters.
Line = list[Piece | str] | tuple[Piece | str, ...]


@dataclass(frozen=True)
class Message:
    """`text` is what a lock screen and a screen reader get, `blocks` what Slack shows."""

    text: str
    blocks: Sequence[dict[str, Any]]

    @property
    def payload(self) -> dict[str, Any]:
        return {"text": self.text, "blocks": list(self.blocks)}


def plain(text: str) -> dict[str, Any]:
    """Text as labels, titles and options have it: Slack formats nothing in it but emoji."""
    return {"type": "plain_text", "text": text}


def bold(text: str) -> Piece:
    return Piece({"type": "text", "text": text, "style": {"bold": True}}, escape(text))


def code(text: str) -> Piece:
    return Piece({"type": "text", "text": text, "style": {"code": True}}, escape(text))


def line_to_copy(text: str) -> Line:
    """A command in which people and channels are shown by name, as they are typed. Only for who typed it."""
    return [_named(part) if number % 2 else code(part) for number, part in enumerate(_MENTION.split(text)) if part]


def _named(mention: str) -> Piece:
    id = mention[2:-1].partition("|")[0]
    if is_person_id(id):
        return person(id)
    return channel(id) if is_channel_id(id) else code(mention)


def person(user_id: str) -> Piece:
    """A person by ID, shown by name."""
    return Piece({"type": "user", "user_id": user_id}, f"<@{user_id}>")


def group(group_id: str) -> Piece:
    """A user group by ID, shown by name. It notifies its members."""
    return Piece({"type": "usergroup", "usergroup_id": group_id}, f"<!subteam^{group_id}>")


def link(url: str, text: str) -> Piece:
    """A link to an address that `is_runbook`."""
    return Piece({"type": "link", "url": url, "text": text}, f"<{escape(url)}|{escape(text)}>")


def channel(channel_id: str) -> Piece:
    """A channel by ID, shown by name."""
    return Piece({"type": "channel", "channel_id": channel_id}, f"<#{channel_id}>")


def moment(at: datetime) -> Piece:
    """A time, shown in each reader's own zone."""
    stamp, fallback = int(at.timestamp()), at.astimezone(UTC).strftime("%d %b %Y %H:%M UTC")
    return Piece(
        {"type": "date", "timestamp": stamp, "format": _DATE_FORMAT, "fallback": fallback},
        f"<!date^{stamp}^{_DATE_FORMAT}|{fallback}>",
    )


def sanitize(text: str, limit: int = 100) -> str:
    """Text from outside as one short line. Never empty, because Slack refuses an empty element."""
    return shorten(text, limit) or EMPTY


def message(
    *lines: Line,
    below: Sequence[dict[str, Any]] = (),
    small: Sequence[Line] = (),
    buttons: Sequence[dict[str, Any]] = (),
    text: str | None = None,
) -> Message:
    """A message of lines, with other blocks, small print and buttons below. Its fallback text is `text`, or all the
    lines."""
    blocks: list[dict[str, Any]] = [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": _elements(lines)}]},
        *below,
    ]
    blocks += [{"type": "context", "elements": _small(line)} for line in small]
    if buttons:
        blocks.append({"type": "actions", "elements": list(buttons)})
    return Message(text or "\n".join(fallback(line) for line in (*lines, *small)), with_unique_ids(blocks))


def columns(fields: Sequence[tuple[str, Line]]) -> list[dict[str, Any]]:
    """Labels with a value below each, in two columns; no block if there are none.

    Slack reads markup in them, so a value holds only the bot's own words.
    """
    texts = [{"type": "mrkdwn", "text": f"*{label}*\n{fallback(value)}", "verbatim": True} for label, value in fields]
    return [{"type": "section", "fields": texts}] if texts else []


def row(text: str, accessory: dict[str, Any] | None = None) -> dict[str, Any]:
    """A row of a list, whose text may come from outside, with a button or a menu beside it."""
    content = {"type": "plain_text", "text": text, "emoji": False}
    return {"type": "section", "text": content, **({"accessory": accessory} if accessory else {})}


def fallback(line: Line) -> str:
    """A line as fallback text."""
    return "".join(escape(piece) if isinstance(piece, str) else piece.fallback for piece in line)


def joined(lines: Sequence[Line], separator: str = " · ") -> Line:
    """Several lines as one."""
    return [piece for number, line in enumerate(lines) for piece in ([separator, *line] if number else line)]


def room_for_names(lines_in: Callable[[int], Iterable[Line]]) -> int:
    """How long names may be, so that the lines made with that room fit into one message."""
    return next((room for room in _ROOMS if sum(map(_length, lines_in(room))) <= _BLOCKS_LIMIT), _ROOMS[-1])


def _length(line: Line) -> int:
    """The number of characters that a line shows, with its line break."""
    shown = (piece if isinstance(piece, str) else piece.element.get("text", "·" * _SHOWN_LENGTH) for piece in line)
    return 1 + sum(map(len, shown))


def _elements(lines: Sequence[Line]) -> list[dict[str, Any]]:
    elements: list[dict[str, Any]] = []
    for number, line in enumerate(lines):
        if number:
            elements.append({"type": "text", "text": "\n"})
        elements += [{"type": "text", "text": p} if isinstance(p, str) else p.element for p in line if p != ""]
    return elements


def _small(line: Line) -> list[dict[str, Any]]:
    """A line of small print: one element, since Slack leaves a gap between two. If a text in it has what Slack might
    read as markup, times and people are elements of their own."""
    if _is_safe_in_mrkdwn(line):
        return [{"type": "mrkdwn", "text": fallback(line), "verbatim": True}]
    elements: list[dict[str, Any]] = []
    for piece in line:
        text = piece if isinstance(piece, str) else piece.element.get("text")
        if isinstance(piece, Piece) and text is None:
            elements.append({"type": "mrkdwn", "text": piece.fallback})
        elif text and elements and elements[-1]["type"] == "plain_text":
            elements[-1]["text"] += text
        elif text:
            elements.append({"type": "plain_text", "text": text, "emoji": False})
    return elements


def _is_safe_in_mrkdwn(line: Line) -> bool:
    """Whether a line needs mrkdwn, and Slack shows its texts in it as they are."""
    shown = [piece if isinstance(piece, str) else piece.element.get("text") for piece in line]
    text = "".join(part for part in shown if part is not None)
    return None in shown and not any(text.count(mark) > 1 for mark in _MARKS) and not set(text) & set("<>&")


@dataclass(frozen=True)
class Entry:
    """A line of a long message, the number of items that it reports, and the buttons below it."""

    line: Line
    items: int = 0
    buttons: Sequence[dict[str, Any]] = ()


def long_message(
    entries: Sequence[Entry], *, buttons: Sequence[dict[str, Any]] = (), text: str | None = None
) -> Message:
    """As many entries as fit into the blocks, and as fit into the text, unless it is given; both count the items that
    they leave out. The buttons stand below all."""
    room = _BLOCKS_LIMIT - (_BUTTONS_LIMIT if buttons else 0)
    shown = list(_blocks(_cut(entries, room, _length)))
    shown += [{"type": "actions", "elements": list(buttons)}] if buttons else []
    written = _cut(entries, _TEXT_LIMIT, lambda line: len(fallback(line)) + 1)
    return Message(text or "\n".join(fallback(entry.line) for entry in written), with_unique_ids(shown))


def _cut(entries: Sequence[Entry], limit: int, measure: Callable[[Line], int]) -> Sequence[Entry]:
    left = limit - 100  # for the last line
    kept: list[Entry] = []
    for entry in entries:
        left -= measure(entry.line)
        if left < 0:
            break
        kept.append(entry)
    hidden = sum(entry.items for entry in entries[len(kept) :])
    return [*kept, Entry([f"… and {hidden:,} more"])] if hidden else kept


def _blocks(entries: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    """A block ends where buttons follow: they belong to the line above them."""
    lines: list[Line] = []
    for number, entry in enumerate(entries, 1):
        lines.append(entry.line)
        if entry.buttons or number == len(entries):
            yield from message(*lines, buttons=entry.buttons).blocks
            lines = []


def with_unique_ids(blocks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Number the buttons and menus that do the same: Slack wants each action ID once in a message."""
    times: Counter[str] = Counter()

    def unique(element: dict[str, Any]) -> dict[str, Any]:
        action = element["action_id"].partition(":")[0]
        times[action] += 1
        return element | {"action_id": f"{action}:{times[action]}"} if times[action] > 1 else element

    def with_unique_elements(block: dict[str, Any]) -> dict[str, Any]:
        if block["type"] == "actions":
            return block | {"elements": [unique(element) for element in block["elements"]]}
        return block | {"accessory": unique(block["accessory"])} if "accessory" in block else block

    return [with_unique_elements(block) for block in blocks]
