"""What Slack sent, reduced to what an answer needs, and the answer. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.destination import Destination, is_direct_message
from bot.slack.grammar.clauses import ME
from bot.slack.messages.blocks import Message

NOT_PUBLIC = "not_public"


class Unreadable(ValueError):
    """A payload of Slack's that lacks what every such payload has. Its text names the field, never its value."""


@dataclass(frozen=True)
class Request:
    """Who asked, where, and how to answer.

    `command` is the bot's command as the manifest names it; `typed` is the line that repeats the request.
    `key` is the same when Slack delivers the request a second time. `response_url` is a secret: whoever has it can
    post.
    """

    workspace: str
    channel: str
    user: str
    command: str
    typed: str
    key: str
    response_url: str

    def __repr__(self) -> str:
        return f"Request({self.user} in {self.channel}: {self.typed[:80]!r})"

    @property
    def is_direct(self) -> bool:
        """Whether it came from a direct message, where "here" means the person."""
        return is_direct_message(self.channel)

    def is_for_person(self, to: str | None = None) -> bool:
        """Whether a subscription made by this request is the person's own, and not a channel's. `to` is None (where it
        was typed), `ME`, or a channel's ID."""
        return to == ME or (to is None and self.is_direct)

    def destination(self, to: str | None = None) -> Destination:
        """Where a subscription made by this request delivers."""
        if self.is_for_person(to):
            return Destination(self.workspace, self.user)
        return Destination(self.workspace, self.channel if to is None else to)

    def elsewhere(self, to: str | None) -> str | None:
        """The channel that is meant, where it is another than the one this was asked in."""
        return to if to not in (None, ME, self.channel) else None


@dataclass(frozen=True)
class Answer:
    """What is said in return, to the person or to all in the channel. `cannot_tell` is why the place that was asked for
    can't be told, where that is what it says: Slack's word, or `NOT_PUBLIC`."""

    message: Message
    to_all: bool = False
    cannot_tell: str | None = None


def of_command(body: Mapping[str, Any]) -> Request:
    """A slash command's form. Raises `Unreadable`."""
    command, text = _text(body, "command"), str(body.get("text") or "")
    return Request(
        workspace=_text(body, "team_id"),
        channel=_text(body, "channel_id"),
        user=_text(body, "user_id"),
        command=command,
        typed=f"{command} {text}".strip(),
        key=_text(body, "trigger_id"),
        response_url=_text(body, "response_url"),
    )


def of_button(body: Mapping[str, Any], command: str) -> Request:
    """A pressed button's payload; `command` is the line that would ask for the same. Raises `Unreadable`."""
    user, channel, team = (_mapping(body, part) for part in ("user", "channel", "team"))
    return Request(
        workspace=_text(team, "id"),
        channel=_text(channel, "id"),
        user=_text(user, "id"),
        command=command.split()[0],
        typed=command,
        key=_text(body, "trigger_id"),
        response_url=_text(body, "response_url"),
    )


def of_form(body: Mapping[str, Any], channel: str, line: str) -> Request:
    """A form that was sent, asked for in a channel; `line` is the line that would ask for the same. It is answered
    without a response URL: Slack gives none. Sent twice as it stands, it is the same request. Raises `Unreadable`."""
    user, team, view = (_mapping(body, part) for part in ("user", "team", "view"))
    return Request(
        workspace=_text(team, "id"),
        channel=channel,
        user=_text(user, "id"),
        command=line.split()[0],
        typed=line,
        key=f"{_text(view, 'id')}.{_text(view, 'hash')}",
        response_url="",
    )


def _text(body: Mapping[str, Any], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"no {field}")
    return value


def _mapping(body: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = body.get(field)
    if not isinstance(value, Mapping):
        raise Unreadable(f"no {field}")
    return value
