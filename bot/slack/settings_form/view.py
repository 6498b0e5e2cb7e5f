"""The settings form as Slack shows it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from bot.calendar import next_digest
from bot.domain.channel.quiet_hours import NOTHING
from bot.domain.channel.settings import ChangesBy
from bot.domain.channel.time_zones import offset, zone_named
from bot.domain.job import Status
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS
from bot.slack.messages.blocks import Line, Message, channel, message, moment, plain
from bot.slack.messages.channel.words import WEEKDAYS, WHO, breaking_through, clock_words, zone_name
from bot.slack.messages.text import status_text
from bot.slack.settings_form.form import CALLBACK, NONE, Choices, Digest, Form, Part
from bot.slack.settings_form.reading import ON, private_metadata
from bot.slack.watch_form.form import SOME, STATUSES

_LONGEST_OPTION = 75
_MOST_OPTIONS = 100
_Words = Mapping[str, tuple[str, str]]  # a value to its label and its description

_WHAT: _Words = {
    CHANGES: ("Every status change", ""),
    PROBLEMS: ("Problems", "Warnings, errors, unknown statuses, stops, and recoveries"),
    ERRORS: ("Errors only", "Running with Error or an unknown status, and recoveries"),
    SOME: ("Certain statuses", "Whenever a job enters one that you choose"),
}
_THREADS: _Words = {ON: ("One thread for each incident", "Otherwise each alert is a message of its own")}
_DIGEST: _Words = {Digest.OFF: ("Off", ""), Digest.DAILY: ("Every day", ""), Digest.WEEKLY: ("Every week", "")}
_WEEKDAY: _Words = {str(number): (name, "") for number, name in enumerate(WEEKDAYS)}
_QUIET: _Words = {"off": ("Off", ""), ON: ("Every day", "")}
_THROUGH: _Words = {
    ERRORS: ("Errors", ""),
    PROBLEMS: ("Problems", ""),
    SOME: ("Certain statuses", ""),
    NONE: ("Nothing", ""),
}
_WHO: _Words = {
    ChangesBy.EVERYONE: (WHO[ChangesBy.EVERYONE], ""),
    ChangesBy.MEMBERS: (WHO[ChangesBy.MEMBERS], "And admins of this workspace"),
    ChangesBy.CREATORS: (WHO[ChangesBy.CREATORS], "Whoever made a watch can change it. All can add watches"),
}
_GUESTS: _Words = {ON: ("Guests can make changes, too", "Otherwise they only look, and watch for themselves")}


def form_view(form: Form, now: datetime) -> dict[str, Any]:
    """The modal with everything filled in, and what comes of it."""
    is_direct = form.origin.is_direct
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": private_metadata(form),
        "title": plain("Your settings" if is_direct else "Channel settings"),
        "submit": plain("Save"),
        "close": plain("Cancel"),
        "blocks": [
            message(*_preview(form, now)).blocks[0] | {"block_id": "preview"},
            *_alerts(form.choices),
            *_times(form.choices, now),
            *([] if is_direct else _who(form.choices)),
        ],
    }


def zone_options(names: Sequence[str], now: datetime) -> dict[str, Any]:
    """What the menu of time zones offers."""
    return {"options": [_zone(name, now) for name in names[:_MOST_OPTIONS]]}


def refused_view(words: Message) -> dict[str, Any]:
    """What replaces a form for somebody who may not use it."""
    return {"type": "modal", "title": plain("Settings"), "close": plain("Close"), "blocks": list(words.blocks)}


def unreadable_view() -> dict[str, Any]:
    """What replaces a form that can't be read."""
    what = "I can't read this form any more, so nothing was changed."
    return refused_view(message([what], ["Close it and open a new one."]))


# ── the fields ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _alerts(choices: Choices) -> list[dict[str, Any]]:
    some = choices.filter == SOME
    return [
        _input(
            Part.FILTER,
            "New watches alert on",
            _radio(_WHAT, choices.filter),
            hint="Unless a watch says otherwise",
        ),
        *([_input(Part.STATUSES, "Statuses", _statuses(choices.statuses))] if some else []),
        _input(Part.THREADS, "Threads", _boxes(_THREADS, is_on=choices.threads)) | {"optional": True},
    ]


def _times(choices: Choices, now: datetime) -> list[dict[str, Any]]:
    zone: dict[str, Any] = {
        "type": "external_select",
        "placeholder": plain("Type a city"),
        "min_query_length": 0,
        "initial_option": _zone(choices.zone, now),
    }
    blocks = [
        _input(Part.ZONE, "Time zone", zone, hint="For the times below"),
        _input(Part.DIGEST, "Digest", _menu(_DIGEST, choices.digest), hint="What is bad now and what changed"),
    ]
    if choices.digest is Digest.WEEKLY:
        blocks.append(_input(Part.WEEKDAY, "Day of the digest", _menu(_WEEKDAY, str(choices.weekday))))
    if choices.digest is not Digest.OFF:
        blocks.append(_input(Part.DIGEST_AT, "Time of the digest", _clock(choices.digest_at, choices.zone)))
    quiet = _menu(_QUIET, ON if choices.quiet else "off")
    blocks.append(_input(Part.QUIET, "Quiet hours", quiet, hint="At their end, one message says what happened"))
    if choices.quiet:
        blocks += [
            _input(Part.QUIET_FROM, "Quiet from", _clock(choices.quiet_from, choices.zone)),
            _input(Part.QUIET_UNTIL, "Quiet until", _clock(choices.quiet_until, choices.zone)),
            _input(Part.THROUGH, "Still delivered", _menu(_through(choices), choices.through)),
        ]
        if choices.through == SOME:
            blocks.append(
                _input(Part.THROUGH_STATUSES, "Statuses still delivered", _statuses(choices.through_statuses))
            )
    return blocks


def _who(choices: Choices) -> list[dict[str, Any]]:
    return [
        _input(Part.WHO, "Who can change watches and settings", _radio(_WHO, choices.changes_by)),
        _input(Part.GUESTS, "Guests", _boxes(_GUESTS, is_on=choices.guests)) | {"optional": True},
    ]


def _through(choices: Choices) -> _Words:
    """Every change isn't offered, since nothing would be quiet; but it can be typed."""
    return {**_THROUGH, CHANGES: _WHAT[CHANGES]} if choices.through == CHANGES else _THROUGH


def _radio(words: _Words, chosen: str) -> dict[str, Any]:
    return _one_of("radio_buttons", words, chosen)


def _menu(words: _Words, chosen: str) -> dict[str, Any]:
    return _one_of("static_select", words, chosen)


def _one_of(kind: str, words: _Words, chosen: str) -> dict[str, Any]:
    options = {value: _option(label, value, more) for value, (label, more) in words.items()}
    return {
        "type": kind,
        "options": list(options.values()),
        "initial_option": options.get(chosen) or next(iter(options.values())),
    }


def _boxes(words: _Words, *, is_on: bool) -> dict[str, Any]:
    options = [_option(label, value, more) for value, (label, more) in words.items()]
    return {"type": "checkboxes", "options": options, **({"initial_options": options} if is_on else {})}


def _statuses(statuses: Sequence[Status]) -> dict[str, Any]:
    options = {status: _option(status_text(status), status.words) for status in STATUSES}
    chosen = [options[status] for status in statuses]
    boxes = {"type": "checkboxes", "options": list(options.values())}
    return boxes | ({"initial_options": chosen} if chosen else {})


def _clock(at: time | None, zone: str) -> dict[str, Any]:
    return {"type": "timepicker", "timezone": zone, **({"initial_time": f"{at:%H:%M}"} if at else {})}


def _zone(name: str, now: datetime) -> dict[str, Any]:
    is_offset = name == "UTC"
    return _option(name if is_offset else f"{zone_name(name)} ({offset(name, now)})", name)


def _input(part: Part, label: str, element: dict[str, Any], *, hint: str = "") -> dict[str, Any]:
    """A field. Slack reports each choice at once, so that the other fields and the preview can follow."""
    block = {"type": "input", "block_id": part.value, "dispatch_action": True, "label": plain(label)}
    return block | {"element": {"action_id": part.action, **element}} | ({"hint": plain(hint)} if hint else {})


def _option(text: str, value: str, more: str = "") -> dict[str, Any]:
    option = {"text": plain(text[:_LONGEST_OPTION]), "value": str(value)}
    return option | ({"description": plain(more)} if more else {})


# ── the preview ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _preview(form: Form, now: datetime) -> list[Line]:
    choices = form.choices
    place: Line = ["your own alerts"] if form.origin.is_direct else ["all alerts in ", channel(form.origin.channel)]
    lines: list[Line] = [["These settings are for ", *place, "."]]
    if schedule := choices.schedule:
        lines.append(
            ["Next digest: ", moment(next_digest(schedule, zone_named(choices.zone), now)), " on your own clock."]
        )
    if quiet := choices.quiet_hours:
        next_day = " the next day" if quiet.start > quiet.end else ""
        only = "no alerts" if quiet.breaks_through == NOTHING else f"alerts on {breaking_through(quiet)} only"
        hours = f"{clock_words(quiet.start)} until {clock_words(quiet.end)}"
        lines.append([f"Quiet hours from {hours}{next_day}: {only}."])
    if choices.changes_by is ChangesBy.CREATORS and form.opened.changes_by is not ChangesBy.CREATORS:
        lines.append(["Once this is saved, only you and admins can change these settings."])
    return lines
