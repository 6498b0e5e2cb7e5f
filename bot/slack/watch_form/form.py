"""The form that asks what to watch, as it is filled in: Slack's view → `Form` → whom to tell what. Pure.

All that comes back is from sanitize, even what the bot once wrote: what can't have been chosen there is not there.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.domain.job import Dataflow, JobRef, Status, Target
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS, StatusFilter
from bot.slack.grammar.clauses import ME
from bot.slack.messages.text import STATUS_ICONS, shorten
from bot.slack.request import Unreadable

CALLBACK = "watch_form"
STATUSES = tuple(
    map(
        Status.of,
        ("Deploying", "Up and Running", "Running with Warning", "Running with Error", "Undeployed", "Stopped"),
    )
)
SOME = "statuses"

_LONGEST_REASON = 200
_TARGET = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,63})(?:/([1-9][0-9]{0,17}))?", re.ASCII)
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,30}", re.ASCII)
_COMMAND = re.compile(r"/[\w.-]{1,40}")


class Part(StrEnum):
    """A field of the form; also the ID of its block."""

    JOB = "job"
    PLACE = "place"
    CHANNEL = "channel"
    WHAT = "what"
    STATUSES = "statuses"

    @property
    def action(self) -> str:
        """The ID of its element."""
        return f"choose_{self}"


class Recipient(StrEnum):
    """Who is told: the channel where the form was opened (or the person, in direct messages), the person, or another
    channel."""

    HERE = "here"
    ME = "me"
    CHANNEL = "channel"


@dataclass(frozen=True)
class Origin:
    """How the form came about, kept in its private metadata.

    `channel` is where somebody asked for it, `command` the bot's command. `job` and `to` name the subscription that is
    changed, if it is one that there is. `unlisted` says why the jobs service's list can't be searched.
    """

    channel: str
    command: str
    job: Target | None = None
    to: str | None = None
    unlisted: str | None = None

    @property
    def is_direct(self) -> bool:
        return self.channel.startswith("D")

    @property
    def written(self) -> str:
        kept = {
            "channel": self.channel,
            "command": self.command,
            "job": str(self.job) if self.job else None,
            "to": self.to,
            "unlisted": shorten(self.unlisted, _LONGEST_REASON) if self.unlisted else None,
        }
        return json.dumps({name: value for name, value in kept.items() if value})


@dataclass(frozen=True)
class Form:
    """What stands in the fields. `title` is what the job is called, `what` one of the three words of `StatusFilter` or `SOME`,
    which means the `statuses`."""

    origin: Origin
    job: Target | None = None
    title: str = ""
    place: Recipient = Recipient.HERE
    channel: str | None = None
    what: str = CHANGES
    statuses: tuple[Status, ...] = ()

    @classmethod
    def of(
        cls,
        origin: Origin,
        to: str | None,
        status_filter: StatusFilter | None,
        job: Target | None = None,
        title: str = "",
    ) -> "Form":
        """The form as it is opened: what was said already is filled in."""
        place = Recipient.HERE if to in (None, origin.channel) or (to == ME and origin.is_direct) else Recipient.CHANNEL
        place = Recipient.ME if to == ME and not origin.is_direct else place
        status_filter = status_filter or StatusFilter()
        channel = to if place is Recipient.CHANNEL else None
        return cls(
            origin,
            job,
            title,
            place,
            channel,
            status_filter.word or SOME,
            () if status_filter.word else status_filter.statuses,
        )

    @property
    def to(self) -> str | None:
        """As a command says it: None for the place where it was asked, `ME`, or a channel's ID."""
        if self.place is Recipient.ME:
            return None if self.origin.is_direct else ME
        return self.channel if self.place is Recipient.CHANNEL and self.channel != self.origin.channel else None

    @property
    def status_filter(self) -> StatusFilter:
        return StatusFilter.of(self.statuses) if self.what == SOME else StatusFilter(self.what)

    @property
    def is_change(self) -> bool:
        """Whether it changes the subscription that it was opened for, rather than making another one."""
        to = None if self.origin.to == ME and self.origin.is_direct else self.origin.to
        return self.job is not None and (self.job, self.to) == (self.origin.job, to)


def read_target(value: object) -> Target | None:
    """A job as `str` writes it; None for anything else."""
    found = _TARGET.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    return JobRef(found[1], int(found[2])) if found[2] else Dataflow(found[1])


def read_form(view: object) -> Form:
    """The form as somebody left it. Raises `Unreadable` where it is none that the bot opened."""
    if not isinstance(view, Mapping):
        raise Unreadable("no view")
    option = _mapping(_held(view, Part.JOB).get("selected_option"))
    channel = _held(view, Part.CHANNEL).get("selected_conversation")
    place, what = _chosen(view, Part.PLACE), _chosen(view, Part.WHAT)
    chosen = tuple(dict.fromkeys(_statuses(_held(view, Part.STATUSES).get("selected_options"))))
    job = read_target(option.get("value"))
    return Form(
        _origin(view),
        job,
        _title(option) if job else "",
        Recipient(place) if place in tuple(Recipient) else Recipient.HERE,
        channel if isinstance(channel, str) and _CHANNEL.fullmatch(channel) else None,
        what if what in (CHANGES, PROBLEMS, ERRORS, SOME) else CHANGES,
        chosen,
    )


def parts_shown(view: Mapping[str, Any]) -> set[Part]:
    """The fields that the person sees: only at these can something be said to be wrong."""
    blocks = view.get("blocks")
    ids = [_mapping(block).get("block_id") for block in blocks] if isinstance(blocks, list) else []
    return {part for part in Part if part in ids}


def _origin(view: Mapping[str, Any]) -> Origin:
    try:
        kept = _mapping(json.loads(str(view.get("private_metadata"))))
    except (ValueError, RecursionError):
        kept = {}
    channel, command, to, unlisted = (kept.get(name) for name in ("channel", "command", "to", "unlisted"))
    if not isinstance(channel, str) or not _CHANNEL.fullmatch(channel):
        raise Unreadable("no channel in the private metadata")
    if not isinstance(command, str) or not _COMMAND.fullmatch(command):
        raise Unreadable("no command in the private metadata")
    is_to = isinstance(to, str) and (to == ME or bool(_CHANNEL.fullmatch(to)))
    reason = shorten(unlisted, _LONGEST_REASON) if isinstance(unlisted, str) else ""
    return Origin(channel, command, read_target(kept.get("job")), to if is_to else None, reason or None)


def _held(view: Mapping[str, Any], part: Part) -> Mapping[str, Any]:
    """What Slack says of a field."""
    held: Any = view
    for name in ("state", "values", part, part.action):
        held = _mapping(held).get(name)
    return _mapping(held)


def _chosen(view: Mapping[str, Any], part: Part) -> str:
    value = _mapping(_held(view, part).get("selected_option")).get("value")
    return value if isinstance(value, str) else ""


def _statuses(options: object) -> Iterator[Status]:
    for option in options if isinstance(options, list) else ():
        value = _mapping(option).get("value")
        if isinstance(value, str) and (status := Status.of(value)) in STATUSES:
            yield STATUSES[STATUSES.index(status)]


def _title(option: Mapping[str, Any]) -> str:
    """What a job is called in the menu, without the emoji of its status then."""
    text = _mapping(option.get("text")).get("text")
    title = shorten(text if isinstance(text, str) else "", 75)
    emoji = next((each for each in STATUS_ICONS.values() if title.startswith(f"{each} ")), "")
    return title.removeprefix(f"{emoji} ") if emoji else title


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
