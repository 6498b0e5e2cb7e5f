"""The watch form as Slack shows it. Pure.

Names from outside appear only in plain text and rich text, in which Slack parses no markup.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from textwrap import wrap
from typing import Any

from bot.domain.job import JobRef, Status, Target
from bot.domain.job_search import NamedJob
from bot.domain.reminding import NO_REMINDING
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS
from bot.domain.subscription import is_runbook
from bot.slack.grammar.commands import OpenWatch
from bot.slack.grammar.patterns import PatternRef
from bot.slack.messages.alerts.contacts import runbook_link
from bot.slack.messages.blocks import Line, Message, bold, channel, joined, message, person, plain, sanitize
from bot.slack.messages.buttons import button
from bot.slack.messages.reminding.words import reminding_lines
from bot.slack.messages.text import capitalized, counted, filter_text, shorten, status_icon, status_text
from bot.slack.watch_form.form import CALLBACK, SHOW_MORE, SOME, STATUSES, Form, Origin, Part, Recipient
from bot.slack.watch_form.reading import pattern_words, private_metadata, read_target
from bot.slack.watch_form.reminding import after_menu, remind_menu

_MAX_OPTIONS = 100
_LONGEST_OPTION = 75
_LONGEST_VALUE = 150
_WHAT = {
    CHANGES: ("Every status change", ""),
    PROBLEMS: ("Problems", "Warnings, errors, unknown statuses, stops, and recoveries"),
    ERRORS: ("Errors only", "Running with Error or an unknown status, and recoveries"),
    SOME: ("Certain statuses", "Whenever the job enters one that you choose"),
}


def form_view(form: Form, obstacle: str | None = None, *, is_new: bool = False) -> dict[str, Any]:
    """The modal with everything filled in, and a preview of what comes of it. `obstacle` is why alerts can't go where
    the form says.

    When it `is_new`, the cursor starts in an empty menu of jobs; a redrawn modal leaves it where it is.
    """
    is_change = form.origin.job is not None
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": private_metadata(form.origin),
        "title": plain("Change a watch" if is_change else "Watch a job"),
        "submit": plain("Save" if is_change else "Watch"),
        "close": plain("Cancel"),
        "blocks": [
            message(*_preview(form)).blocks[0] | {"block_id": "preview"},
            _fixed_job(form) if is_change else _job_field(form, focus=is_new and form.job is None),
            *([_unlisted(form.origin)] if form.origin.unlisted and not is_change else []),
            _input(Part.PLACE, "Send alerts to", _radio(_places(form.origin), form.place)),
            *([_input(Part.CHANNEL, "Channel", _channel(form))] if form.place is Recipient.CHANNEL else []),
            *([_obstacle(obstacle)] if obstacle else []),
            _input(Part.WHAT, "Alert on", _radio(_WHAT, form.what)),
            *([_input(Part.STATUSES, "Statuses", _statuses(form))] if form.what == SOME else []),
            *([*_contact(form), *_reminding(form)] if form.shows_more else [_more()]),
        ],
    }


def open_button(command: OpenWatch) -> Message:
    """The reply to a mention that asks for the form."""
    return message(["Choose a job and who gets its alerts:"], buttons=[button("Open the form", command)])


def job_text(status: Status | None, title: str, target: Target) -> str:
    """A job that is filled in when the form opens, with its status if that is known."""
    run = f" (run {target.run})" if isinstance(target, JobRef) else ""
    icon = f"{status_icon(status)} " if status else ""
    return f"{icon}{sanitize(title, _LONGEST_OPTION - 3 - len(run))}{run}"


def job_options(
    jobs: Sequence[NamedJob],
    unlisted: str | None,
    now: datetime,
    pattern: PatternRef | None = None,
    matches: int | None = None,
) -> dict[str, Any]:
    """What the menu of jobs offers for the typed text; first the `pattern` that it is, if `matches` jobs match it.
    Without the job list, a heading says so."""
    shown = [job for job in jobs if read_target(str(job.target))][:_MAX_OPTIONS]
    times = Counter(job.title for job in shown)
    ids = [job.dataflow if times[job.title] > 1 else "" for job in shown]
    options = [_option(_listed(job, now), str(job.target), id) for job, id in zip(shown, ids, strict=True)]
    if pattern is not None and len(str(pattern)) <= _LONGEST_VALUE:
        options = [_option(_with_matches(pattern, matches), str(pattern)), *options][:_MAX_OPTIONS]
    if unlisted and options:
        label = "Only watched jobs: the job list isn't available now"
        return {"option_groups": [{"label": plain(label), "options": options}]}
    return {"options": options}


def unreadable_view() -> dict[str, Any]:
    """What replaces a form that can't be read."""
    words = message(["I can't read this form any more, so nothing was changed."], ["Close it and open a new one."])
    return {"type": "modal", "title": plain("Watch a job"), "close": plain("Close"), "blocks": list(words.blocks)}


def refused_options(words: Message) -> dict[str, Any]:
    """What the menu of jobs offers to somebody who may not see them: the reason, which stands for no job."""
    lines = wrap(words.text, _LONGEST_OPTION)
    return {"options": [_option(line, f"-{number}") for number, line in enumerate(lines)]}


def refused_view(words: Message) -> dict[str, Any]:
    """What replaces a form for somebody who may not use it."""
    return {"type": "modal", "title": plain("Watch a job"), "close": plain("Close"), "blocks": list(words.blocks)}


def _fixed_job(form: Form) -> dict[str, Any]:
    """The job whose watch is changed: another one is another watch."""
    return message(["Job: ", bold(sanitize(form.origin.title or form.title, 100))]).blocks[0] | {
        "block_id": Part.JOB.value
    }


def _job_field(form: Form, *, focus: bool) -> dict[str, Any]:
    hint = plain("For many jobs, type a pattern such as sales-*")
    return _input(Part.JOB, "Job", _job(form, focus=focus)) | {"hint": hint}


def _job(form: Form, *, focus: bool) -> dict[str, Any]:
    menu = {
        "type": "external_select",
        "action_id": Part.JOB.action,
        "placeholder": plain("Type part of its name"),
        "min_query_length": 0,
    }
    if form.job is not None:
        menu["initial_option"] = _option(form.title or str(form.job), str(form.job))
    return menu | ({"focus_on_load": True} if focus else {})


def _places(origin: Origin) -> dict[str, tuple[str, str]]:
    me = ("Me, by direct message", "")
    here = me if origin.is_elsewhere else ("Me, here in our direct messages", "")
    here = here if origin.is_direct else ("This channel", "")
    mine = {} if origin.is_direct else {Recipient.ME.value: me}
    return {
        Recipient.HERE.value: here,
        **mine,
        Recipient.CHANNEL.value: (
            "A channel" if origin.is_elsewhere else "Another channel",
            "A public channel that I'm in",
        ),
    }


def _channel(form: Form) -> dict[str, Any]:
    menu = {
        "type": "conversations_select",
        "action_id": Part.CHANNEL.action,
        "placeholder": plain("Choose a public channel"),
        "filter": {"include": ["public"]},
    }
    return menu | ({"initial_conversation": form.channel} if form.channel else {})


def _obstacle(words: str) -> dict[str, Any]:
    return {"type": "context", "block_id": "obstacle", "elements": [plain(f"🚧 {shorten(words, 500)}")]}


def _more() -> dict[str, Any]:
    words = {"type": "button", "action_id": SHOW_MORE, "text": plain("Owner, runbook, reminders…")}
    return {"type": "actions", "block_id": "more", "elements": [words]}


def _contact(form: Form) -> list[dict[str, Any]]:
    address: dict[str, Any] = {"type": "url_text_input", "placeholder": plain("https://wiki.example.com/…")}
    address |= {"initial_value": form.runbook} if form.runbook else {}
    hint = "Now a user group, which stays unless you choose a person" if form.origin.group else "Mentioned on errors"
    owner = _input(Part.OWNER, "Owner", _people(Part.OWNER, form.owner)) | {"optional": True, "hint": plain(hint)}
    runbook = _input(Part.RUNBOOK, "Runbook", address) | {"optional": True, "hint": plain("Linked on errors")}
    return [owner, runbook | {"dispatch_action": False}]


def _reminding(form: Form) -> list[dict[str, Any]]:
    hint = "If nobody acknowledges in time"
    if form.origin.told_group:
        hint = "Now a user group, which stays unless you choose a person"
    tell = _input(Part.TELL, "Escalate to", _people(Part.TELL, form.tell)) | {"optional": True, "hint": plain(hint)}
    after = [_input(Part.AFTER, "Escalate", after_menu(form))] if form.told else []
    return [_input(Part.REMIND, "Reminders", remind_menu(form)), tell, *after]


def _people(part: Part, chosen: str | None) -> dict[str, Any]:
    """A menu of people that can be emptied again, as one for a single person can't."""
    menu = {
        "type": "multi_users_select",
        "action_id": part.action,
        "max_selected_items": 1,
        "placeholder": plain("Nobody"),
    }
    return menu | ({"initial_users": [chosen]} if chosen else {})


def _radio(choices: Mapping[str, tuple[str, str]], chosen: str) -> dict[str, Any]:
    options = {value: _option(words, value, more) for value, (words, more) in choices.items()}
    first = options.get(chosen) or next(iter(options.values()))
    return {"type": "radio_buttons", "options": list(options.values()), "initial_option": first}


def _statuses(form: Form) -> dict[str, Any]:
    options = {status: _option(status_text(status), status.words) for status in STATUSES}
    chosen = [options[status] for status in form.statuses if status in options]
    boxes = {"type": "checkboxes", "options": list(options.values())}
    return boxes | ({"initial_options": chosen} if chosen else {})


def _unlisted(origin: Origin) -> dict[str, Any]:
    why = shorten(origin.unlisted or "", 200)
    words = f"I can't search the job list: {why}. The menu only offers jobs watched here or by you."
    ids = f"To watch another one, type {origin.command} watch DATAFLOW RUN"
    return {"type": "context", "block_id": "unlisted", "elements": [plain(f"{words} {ids}")]}


def _listed(job: NamedJob, now: datetime) -> str:
    icon = f"{status_icon(job.status)} " if job.status and job.is_recent(now) else ""
    return f"{icon}{sanitize(job.title, _LONGEST_OPTION - 3)}"


def _input(part: Part, label: str, element: dict[str, Any]) -> dict[str, Any]:
    """A field. Slack reports each choice at once, so that the preview can follow."""
    block = {"type": "input", "block_id": part.value, "dispatch_action": True, "label": plain(label)}
    return block | {"element": {"action_id": part.action, **element}}


def _option(text: str, value: str, more: str = "") -> dict[str, Any]:
    option = {"text": plain(sanitize(text, _LONGEST_OPTION)), "value": value}
    return option | ({"description": plain(more)} if more else {})


# ── the preview ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _preview(form: Form) -> list[Line]:
    job = bold(sanitize(form.title or str(form.job), 100)) if form.job else "the job you choose"
    is_vague = form.what == SOME and not form.statuses
    what = "when it enters a status you choose" if is_vague else f"on {filter_text(form.status_filter)}"
    alerts: Line = [
        "From now on, alerts for " if form.is_change else "Alerts for ",
        job,
        " go to ",
        *_recipient(form),
        f" {what}.",
    ]
    following = reminding_lines(NO_REMINDING.changed_by(form.reminding))
    lines = [alerts, *_matching(form), *_on_errors(form), *following]
    if form.origin.job is not None and not form.is_change:
        lines.append(["This adds a watch. The one you came from stays as it is."])
    return lines


def _recipient(form: Form) -> Line:
    if form.place is Recipient.CHANNEL:
        return [channel(form.channel) if form.channel else "the channel you choose"]
    if form.origin.is_direct and not form.origin.is_elsewhere:
        return ["you here"]
    is_mine = form.origin.is_direct or form.place is Recipient.ME
    return ["you by direct message"] if is_mine else [channel(form.origin.channel)]


def _matching(form: Form) -> list[Line]:
    """How many jobs a pattern means; nothing if that isn't known."""
    if not isinstance(form.job, PatternRef) or not form.origin.matches:
        return []
    return [[f"It matches {counted(form.origin.matches, 'job')} now. New jobs that match will be added."]]


def _on_errors(form: Form) -> list[Line]:
    parts: list[Line] = []
    if form.owner or form.origin.group:
        parts.append(["mention ", person(form.owner) if form.owner else "a user group"])
    if is_runbook(form.runbook):
        parts.append(["link ", runbook_link(form.runbook)])
    return [["Alerts about errors ", *joined(parts, " and "), "."]] if parts else []


def _with_matches(pattern: PatternRef, matches: int | None) -> str:
    count = f" ({matches:,})" if matches is not None else ""
    return f"🔎 {sanitize(capitalized(pattern_words(pattern)), _LONGEST_OPTION - 3 - len(count))}{count}"
