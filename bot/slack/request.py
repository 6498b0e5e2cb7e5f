"""Who asked for what, from which workspace, and how to reply: read from Slack's payloads, once. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.destination import Destination, is_direct_message
from bot.slack.grammar.clauses import ME
from bot.slack.messages.blocks import Message

# Why a channel can't be named from elsewhere, in the style of Slack's error codes.
NOT_PUBLIC = "not_public"
NOT_THEIRS = "person_not_in_channel"
NOT_KNOWN = "could_not_ask"
# Why a person may not change something there.
NOT_ALLOWED = "not_allowed"

MOST_LINKS = 20  # in a message, of those that are looked at


class Unreadable(ValueError):
    """A payload that lacks what Slack documents. The text names the field, never its value."""


@dataclass(frozen=True)
class Pressed:
    """The message whose button was pressed, if everybody there sees it."""

    ts: str
    text: str
    blocks: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Request:
    """Who asked, where, and how to reply.

    `command` is the bot's command as the manifest names it; `typed` is the line that repeats the request. `key` is the
    same when Slack delivers the request again. `response_url` is a secret: whoever has it can post; a mention and a
    form have none. `thread` is the message whose thread a mention stands in, `trigger` what opens a form. `at_home`
    says that it was pressed in the Home tab: the `channel` is that of the row, and the person isn't looking at it.
    `by_form` says that a form was sent, which may have been open for long: the person may have left the channel.
    `title` is the job's name where they chose it in a menu.
    """

    workspace: str
    channel: str
    user: str
    command: str
    typed: str
    key: str
    response_url: str
    pressed: Pressed | None = None
    thread: str | None = None
    trigger: str | None = None
    at_home: bool = False
    by_form: bool = False
    title: str | None = None

    def __repr__(self) -> str:
        return f"Request({self.user} in {self.channel}: {self.typed[:80]!r})"

    @property
    def is_direct(self) -> bool:
        """Whether it came from a direct message, where "here" means the person."""
        return is_direct_message(self.channel)

    @property
    def is_in_modal(self) -> bool:
        """Whether it came from a modal that shows the answer: with a trigger, as all presses, but no response URL."""
        return self.trigger is not None and not self.response_url

    def is_for_person(self, to: str | None = None) -> bool:
        """Whether a subscription made by this request is the person's own, not a channel's. `to` is None (where it was
        typed), `ME`, or a channel's ID."""
        return to == ME or (to is None and self.is_direct)

    def destination(self, to: str | None = None) -> Destination:
        """Where a subscription made by this request delivers."""
        if self.is_for_person(to):
            return Destination(self.workspace, self.user)
        return Destination(self.workspace, self.channel if to is None else to)

    @property
    def asking(self) -> frozenset[Destination]:
        """Whose watched jobs the person may be told of: those of the place where they ask, and their own."""
        return frozenset((self.destination(), Destination(self.workspace, self.user)))

    def instead_of(self, line: str) -> "Request":
        """The same; `line` is the command to type instead."""
        return replace(self, command=line.split()[0], typed=line)

    def elsewhere(self, to: str | None) -> str | None:
        """The channel named by `to`, if it is another than the request's."""
        return to if to not in (None, ME, self.channel) else None


@dataclass(frozen=True)
class Asker:
    """Who asks, as the payload says: the workspace whose installation of the app Slack asked, the person, and the
    workspace or organisation to which the person belongs; `team` is None if it doesn't say."""

    workspace: str
    user: str
    team: str | None = None


@dataclass(frozen=True)
class SharedLinks:
    """Links in a message that somebody posted, as Slack spells them: with `&amp;`. `is_shared` if the event says that
    another company sees the channel; `key` is the same when Slack delivers the event again."""

    asker: Asker
    key: str
    channel: str
    ts: str
    urls: Sequence[str]
    is_shared: bool


@dataclass(frozen=True)
class Reply:
    """A message to the person who asked or, if `in_channel`, to everybody in the channel; if it `replaces`, in place of
    the message whose button was pressed.

    `is_failure` says that nothing came of the request. `cannot_deliver` is why the destination can't be reached, if
    that is what the message says: Slack's error code, or one of ours above. `cannot_tell` is the person whom alerts
    can't tell, `cannot_own` the one who can't be the owner, if it says that.
    """

    message: Message
    in_channel: bool = False
    replaces: bool = False
    is_failure: bool = False
    cannot_deliver: str | None = None
    cannot_tell: str | None = None
    cannot_own: str | None = None


def of_command(body: Mapping[str, Any]) -> Request:
    """Read a slash command. Raises `Unreadable`."""
    command, text = _text(body, "command"), str(body.get("text") or "")
    return Request(
        workspace=workspace_of(body),
        channel=_text(body, "channel_id"),
        user=_text(body, "user_id"),
        command=command,
        typed=f"{command} {text}".strip(),
        key=_text(body, "trigger_id"),
        response_url=_text(body, "response_url"),
        trigger=_text(body, "trigger_id"),
    )


def of_button(body: Mapping[str, Any], line: str) -> Request:
    """Read a press of a button; `line` is the command to type instead. Raises `Unreadable`."""
    return Request(
        workspace=workspace_of(body),
        channel=_text(_mapping(body, "channel"), "id"),
        user=_text(_mapping(body, "user"), "id"),
        command=line.split()[0],
        typed=line,
        key=_text(body, "trigger_id"),
        response_url=_text(body, "response_url"),
        pressed=_pressed(body),
        trigger=_text(body, "trigger_id"),
    )


def of_home(body: Mapping[str, Any], place: str, line: str) -> Request:
    """Read a press in the Home tab that acts for a channel or, in direct messages, for the person; or the form that
    followed it. `line` is the command to type instead. Raises `Unreadable`."""
    return Request(
        workspace=workspace_of(body),
        channel=place,
        user=_text(_mapping(body, "user"), "id"),
        command=line.split()[0],
        typed=line,
        key=_text(body, "trigger_id"),
        response_url="",
        trigger=_text(body, "trigger_id"),
        at_home=True,
    )


def opener_of(body: Mapping[str, Any]) -> tuple[Asker, str] | None:
    """Who opened their Home tab, and the ID of their direct messages with the bot; None if they opened another tab.
    Raises `Unreadable`."""
    event = _mapping(body, "event")
    if event.get("tab") != "home":
        return None
    return Asker(workspace_of(body), _text(event, "user")), _text(event, "channel")


def of_mention(body: Mapping[str, Any], line: str) -> Request:
    """Read a message that mentions the bot; `line` is the command to type instead. Raises `Unreadable`."""
    event = _mapping(body, "event")
    return Request(
        workspace=workspace_of(body),
        channel=_text(event, "channel"),
        user=_text(event, "user"),
        command=line.split()[0],
        typed=line,
        key=_text(body, "event_id"),
        response_url="",
        thread=_in(event, "thread_ts"),
    )


def of_form(body: Mapping[str, Any], channel: str, line: str) -> Request:
    """Read the submission of a form that was opened in `channel`; `line` is the command to type instead.

    Slack gives no response URL. The same form submitted twice unchanged is one request. Raises `Unreadable`.
    """
    view = _mapping(body, "view")
    return Request(
        workspace=workspace_of(body),
        channel=channel,
        user=_text(_mapping(body, "user"), "id"),
        command=line.split()[0],
        typed=line,
        key=f"{_text(view, 'id')}.{_text(view, 'hash')}",
        response_url="",
        by_form=True,
    )


def of_menu(body: Mapping[str, Any], channel: str) -> Request:
    """Read what was typed into a menu of a form that was opened in `channel`. Raises `Unreadable`."""
    user = _text(_mapping(body, "user"), "id")
    return Request(workspace_of(body), channel, user, command="", typed="", key="", response_url="")


def of_shortcut(body: Mapping[str, Any]) -> Request:
    """Read a shortcut, which stands for no command yet. Raises `Unreadable`.

    One for a message comes from its channel. A global one comes from no place, and one for a message between people
    from a place where the bot isn't: both count as the person's own direct messages.
    """
    user, channel = _text(_mapping(body, "user"), "id"), _in(body.get("channel"), "id")
    return Request(
        workspace=workspace_of(body),
        channel=user if channel is None or is_direct_message(channel) else channel,
        user=user,
        command="",
        typed="",
        key=_text(body, "trigger_id"),
        response_url="",
        trigger=_text(body, "trigger_id"),
    )


def of_modal(body: Mapping[str, Any], channel: str, line: str) -> Request:
    """Read a press in a modal that was opened for `channel`, without a response URL. Raises `Unreadable`."""
    user = _text(_mapping(body, "user"), "id")
    key = _text(body, "trigger_id")
    return Request(workspace_of(body), channel, user, line.split()[0], line, key, response_url="", trigger=key)


def message_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The message for which a shortcut was used. Raises `Unreadable`."""
    return _mapping(body, "message")


def of_links(body: Mapping[str, Any]) -> SharedLinks:
    """Read the event of a message with links. Raises `Unreadable`."""
    event = _mapping(body, "event")
    links = event.get("links")
    urls = [_in(link, "url") for link in links[:MOST_LINKS]] if isinstance(links, list) else []
    return SharedLinks(
        asker=mentioner_of(body),
        key=_text(body, "event_id"),
        channel=_text(event, "channel"),
        ts=_text(event, "message_ts"),
        urls=tuple(dict.fromkeys(filter(None, urls))),
        is_shared=body.get("is_ext_shared_channel") is True,
    )


def workspace_of(body: Mapping[str, Any]) -> str:
    """The workspace whose installation of the app a payload is for, as Bolt finds it. Raises `Unreadable`.

    In a channel that companies share, a form's `team` is the person's, and an event's `team_id` may be that of the
    workspace where the channel began.
    """
    view, user, authorizations = (body.get(field) for field in ("view", "user", "authorizations"))
    first = authorizations[0] if isinstance(authorizations, list) and authorizations else None
    team = body.get("team")
    said = (
        _in(view, "app_installed_team_id"),
        team if isinstance(team, str) else _in(team, "id"),
        _in(first, "team_id"),
        _in(body, "team_id"),
        _in(user, "team_id"),
        _in(view, "team_id"),
    )
    for workspace in said:
        if workspace:
            return workspace
    raise Unreadable("no team_id")


def asker_of(body: Mapping[str, Any]) -> Asker:
    """Who sent a command, a shortcut, a press, a form or a menu's search. Raises `Unreadable`."""
    user, team = body.get("user"), body.get("team")
    said = _in(user, "team_id") or _in(body, "user_team") or _in(user, "enterprise_id")
    if said is None and isinstance(body.get("view"), Mapping):
        said = _in(team, "id")
    if said is None and "command" in body:  # Slack offers a command only to members of the workspace that it names
        said = workspace_of(body)
    return Asker(workspace_of(body), _in(user, "id") or _text(body, "user_id"), said)


def mentioner_of(body: Mapping[str, Any]) -> Asker:
    """Who mentioned the bot, or posted a link. Raises `Unreadable`."""
    event = _mapping(body, "event")
    team = _in(event, "user_team") or _in(event, "source_team") or _in(event, "team")
    return Asker(workspace_of(body), _text(event, "user"), team)


def action_of(body: Mapping[str, Any]) -> str:
    """The ID of the element that somebody used, empty if there is none."""
    actions = body.get("actions")
    return (_in(actions[0], "action_id") or "") if isinstance(actions, list) and actions else ""


def event_of(body: Mapping[str, Any]) -> tuple[str, str]:
    """The workspace of an event, and its ID, which is the same when Slack delivers it again. Raises `Unreadable`."""
    return workspace_of(body), _text(body, "event_id")


def value_of(action: Mapping[str, Any]) -> str:
    """The value of the button that was pressed, or of the option that was chosen in a menu; empty if it has none."""
    return _in(action, "value") or _in(action.get("selected_option"), "value") or ""


def is_ephemeral(body: Mapping[str, Any]) -> bool:
    """Whether a button was pressed in a message that only this person sees."""
    container = body.get("container")
    return isinstance(container, Mapping) and container.get("is_ephemeral") is True


def _pressed(body: Mapping[str, Any]) -> Pressed | None:
    message = body.get("message")
    ts, text = _in(message, "ts"), _in(message, "text")
    blocks = message.get("blocks") if isinstance(message, Mapping) else None
    if is_ephemeral(body) or ts is None or not isinstance(blocks, list):
        return None
    return Pressed(ts, text or "", [block for block in blocks if isinstance(block, Mapping)])


def _in(value: object, field: str) -> str | None:
    """A text in what should be an object; None if there is none."""
    found = value.get(field) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) and found else None


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
