"""Reads the watch form from Slack's view, and writes what the view keeps for it. Pure.

Everything that comes back is from outside, even what the bot once wrote: a value that can't have been chosen there
counts as none.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.domain.destination import is_conversation_id, is_group_id, is_person_id
from bot.domain.job import Dataflow, JobRef, Status, Target
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS
from bot.domain.subscription import LONGEST_RUNBOOK
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import WatchAll
from bot.slack.grammar.parser import parse
from bot.slack.grammar.patterns import PatternRef
from bot.slack.messages.text import STATUS_ICONS, shorten
from bot.slack.request import Unreadable
from bot.slack.view_state import command_in, kept_by, mapping, shown_among, state_of
from bot.slack.watch_form.form import SOME, STATUSES, USUAL_ESCALATION, Form, Origin, Part, Recipient
from bot.slack.watch_form.reminding import is_rhythm, read_span

_LONGEST_REASON = 200
_LONGEST_TITLE = 100
_TARGET = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,63})(?:/([1-9][0-9]{0,17}))?", re.ASCII)


def read_form(view: object) -> Form:
    """Read the form as somebody left it. Raises `Unreadable` if the bot didn't open it."""
    if not isinstance(view, Mapping):
        raise Unreadable("no view")
    option = mapping(_state(view, Part.JOB).get("selected_option"))
    channel = _state(view, Part.CHANNEL).get("selected_conversation")
    place, what = _chosen(view, Part.PLACE), _chosen(view, Part.WHAT)
    chosen = tuple(dict.fromkeys(_statuses(_state(view, Part.STATUSES).get("selected_options"))))
    origin = read_origin(view)
    job = origin.job or read_job(option.get("value"))
    title = without_icon(origin.title) if origin.job else _title(option) if job else ""
    remind = read_span(_chosen(view, Part.REMIND))
    return Form(
        origin,
        job,
        pattern_words(job) if isinstance(job, PatternRef) else title,
        Recipient(place) if place in tuple(Recipient) else Recipient.HERE,
        channel if isinstance(channel, str) and is_conversation_id(channel) else None,
        what if what in (CHANGES, PROBLEMS, ERRORS, SOME) else CHANGES,
        chosen,
        _person(view, Part.OWNER),
        "".join(_texts([_state(view, Part.RUNBOOK).get("value")])).strip()[: LONGEST_RUNBOOK + 1],
        Part.OWNER in shown_parts(view),
        remind if remind and is_rhythm(remind) else None,
        _person(view, Part.TELL),
        read_span(_chosen(view, Part.AFTER)) or USUAL_ESCALATION,
    )


def read_job(value: object) -> Target | PatternRef | None:
    """Read a job, or a pattern as `str` writes it; None for anything else."""
    if not isinstance(value, str) or not value.startswith("all"):
        return read_target(value)
    read = parse(f"watch {value}")
    return PatternRef(read.pattern) if isinstance(read, WatchAll) and read == WatchAll(read.pattern) else None


def pattern_words(pattern: PatternRef) -> str:
    """A pattern as people read it."""
    return "all jobs" if pattern.glob is None else f"all jobs matching {pattern.glob}"


def read_target(value: object) -> Target | None:
    """Read a job as `str` writes it; None for anything else."""
    found = _TARGET.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    return JobRef(found[1], int(found[2])) if found[2] else Dataflow(found[1])


def shown_parts(view: Mapping[str, Any]) -> set[Part]:
    """The fields that the person sees."""
    return shown_among(view, Part)


def private_metadata(origin: Origin) -> str:
    """Write the origin for the view to keep."""
    kept = {
        "channel": origin.channel,
        "command": origin.command,
        "job": str(origin.job) if origin.job else None,
        "to": origin.to,
        "unlisted": shorten(origin.unlisted, _LONGEST_REASON) if origin.unlisted else None,
        "title": shorten(origin.title, _LONGEST_TITLE),
        "matches": origin.matches,
        "group": origin.group,
        "told_group": origin.told_group,
    }
    return json.dumps({name: value for name, value in kept.items() if value})


def read_origin(view: object) -> Origin:
    """What a view keeps of how it was opened. Raises `Unreadable` if the bot didn't open it."""
    kept = kept_by(view)
    channel, to, unlisted = (kept.get(name) for name in ("channel", "to", "unlisted"))
    if not isinstance(channel, str) or not (is_conversation_id(channel) or is_person_id(channel)):
        raise Unreadable("no channel in the private metadata")
    is_to = isinstance(to, str) and (to == ME or is_conversation_id(to))
    reason = shorten(unlisted, _LONGEST_REASON) if isinstance(unlisted, str) else ""
    title, matches, group, told = (kept.get(name) for name in ("title", "matches", "group", "told_group"))
    return Origin(
        channel,
        command_in(kept),
        read_target(kept.get("job")),
        to if is_to else None,
        reason or None,
        shorten(title, _LONGEST_TITLE) if isinstance(title, str) else "",
        matches if isinstance(matches, int) and matches > 0 else 0,
        group if isinstance(group, str) and is_group_id(group) else None,
        told if isinstance(told, str) and is_group_id(told) else None,
    )


def _state(view: Mapping[str, Any], part: Part) -> Mapping[str, Any]:
    return state_of(view, part, part.action)


def _chosen(view: Mapping[str, Any], part: Part) -> str:
    value = mapping(_state(view, part).get("selected_option")).get("value")
    return value if isinstance(value, str) else ""


def _person(view: Mapping[str, Any], part: Part) -> str | None:
    return next(filter(is_person_id, _texts(_state(view, part).get("selected_users"))), None)


def _statuses(options: object) -> Iterator[Status]:
    for option in options if isinstance(options, list) else ():
        value = mapping(option).get("value")
        if isinstance(value, str) and (status := Status.of(value)) in STATUSES:
            yield STATUSES[STATUSES.index(status)]


def _title(option: Mapping[str, Any]) -> str:
    """The job's name in the menu, without the icon of its status then."""
    text = mapping(option.get("text")).get("text")
    return without_icon(shorten(text if isinstance(text, str) else "", 75))


def without_icon(title: str) -> str:
    """A job's name, without the icon of its status before it."""
    icon = next((each for each in STATUS_ICONS.values() if title.startswith(f"{each} ")), "")
    return title.removeprefix(f"{icon} ") if icon else title


def _texts(values: object) -> Iterator[str]:
    yield from (value for value in (values if isinstance(values, list) else ()) if isinstance(value, str))
