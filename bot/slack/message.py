"""A message: its blocks and its fallback text, both made from the same lines. Pure.

Lines are rich text, in which nothing is parsed: a name from outside can't mention, link or format, whatever it holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.slack.text import escape, shorten

_DATE_FORMAT = "{date_short_pretty} at {time}"


@dataclass(frozen=True)
class Piece:
    """A part of a line: Slack's rich-text element, and the same as fallback text."""

    element: dict[str, Any]
    fallback: str


Line = Sequence[Piece | str]


@dataclass(frozen=True)
class Message:
    """`text` is what a phone's lock screen and a screen reader get; `blocks` is what is shown."""

    text: str
    blocks: Sequence[dict[str, Any]]

    @property
    def payload(self) -> dict[str, Any]:
        return {"text": self.text, "blocks": list(self.blocks)}


def bold(text: str) -> Piece:
    return Piece({"type": "text", "text": text, "style": {"bold": True}}, escape(text))


def code(text: str) -> Piece:
    return Piece({"type": "text", "text": text, "style": {"code": True}}, escape(text))


def person(user_id: str) -> Piece:
    """A person by ID, shown by name."""
    return Piece({"type": "user", "user_id": user_id}, f"<@{user_id}>")


def moment(at: datetime) -> Piece:
    """A time, shown in each reader's own zone."""
    stamp, fallback = int(at.timestamp()), at.astimezone(UTC).strftime("%d %b %Y %H:%M UTC")
    return Piece(
        {"type": "date", "timestamp": stamp, "format": _DATE_FORMAT, "fallback": fallback},
        f"<!date^{stamp}^{_DATE_FORMAT}|{fallback}>",
    )


def outside(text: str, limit: int = 100) -> str:
    """Text from outside as one short line; never empty, since Slack refuses an empty element."""
    return shorten(text, limit) or "(empty)"


def message(*lines: Line, buttons: Sequence[dict[str, Any]] = (), text: str | None = None) -> Message:
    """A message of lines, with buttons below. Its fallback text is `text`, or all the lines."""
    blocks: list[dict[str, Any]] = [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": _elements(lines)}]}
    ]
    if buttons:
        blocks.append({"type": "actions", "elements": list(buttons)})
    return Message(text or "\n".join(fallback(line) for line in lines), blocks)


def fallback(line: Line) -> str:
    """A line as fallback text."""
    return "".join(escape(piece) if isinstance(piece, str) else piece.fallback for piece in line)


def _elements(lines: Sequence[Line]) -> list[dict[str, Any]]:
    elements: list[dict[str, Any]] = []
    for number, line in enumerate(lines):
        if number:
            elements.append({"type": "text", "text": "\n"})
        elements += [{"type": "text", "text": p} if isinstance(p, str) else p.element for p in line if p != ""]
    return elements


def button(label: str, action: str, value: str, *, confirm: dict[str, Any] | None = None) -> dict[str, Any]:
    """A button. `action` and `value` come back when it is pressed."""
    element = {"type": "button", "text": {"type": "plain_text", "text": label}, "action_id": action, "value": value}
    return element | ({"confirm": confirm} if confirm else {})


def confirmation(title: str, text: str, yes: str, no: str) -> dict[str, Any]:
    """The question that Slack asks before a button counts."""
    plain = {"title": title, "text": text, "confirm": yes, "deny": no}
    return {part: {"type": "plain_text", "text": words} for part, words in plain.items()}
