"""The form that asks what to watch, as Slack shows it: `Form` in, a view out. Pure.

Names from outside stand in plain text or in rich text alone, in which Slack reads no markup.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.job import JobRef, Status, Target
from bot.domain.job_search import NamedJob
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS
from bot.slack.messages.blocks import Line, Message, bold, channel, code, message, outside
from bot.slack.messages.delivery_problems import is_not_a_member, obstacle
from bot.slack.messages.text import shorten, status_emoji, status_shown, told_when
from bot.slack.request import NOT_PUBLIC
from bot.slack.watch_form.form import CALLBACK, SOME, STATUSES, Form, Origin, Part, Recipient, read_target

_MOST_OPTIONS = 100
_LONGEST_OPTION = 75
_LONGEST_ERROR = 500
_WHAT = {
    CHANGES: ("Every change of its status", ""),
    PROBLEMS: ("Problems", "A warning, an error, an unknown status, an end, and the recovery"),
    ERRORS: ("Errors", "Running with Error or an unknown status, and the recovery"),
    SOME: ("Some statuses", "Whenever it gets into one that you choose"),
}


# ── the form ────────────────────────────────────────────────────────────────────────────────────────────────────────


def form_view(form: Form, *, at_first: bool = False) -> dict[str, Any]:
    """The modal with all that was filled in, and what will come of it. `at_first` the cursor stands in an empty menu
    of jobs; a modal that is drawn anew leaves it where it is."""
    is_change = form.origin.job is not None
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": form.origin.written,
        "title": _plain("Change a watch" if is_change else "Watch a job"),
        "submit": _plain("Save" if is_change else "Watch"),
        "close": _plain("Cancel"),
        "blocks": [
            _input(Part.JOB, "Job", _job(form, focus=at_first and form.job is None)),
            *([_unlisted(form.origin)] if form.origin.unlisted else []),
            _input(Part.PLACE, "Who is told", _radio(_places(form.origin), form.place)),
            *([_input(Part.CHANNEL, "Which channel", _channel(form))] if form.place is Recipient.CHANNEL else []),
            _input(Part.WHAT, "What is told", _radio(_WHAT, form.what)),
            *([_input(Part.STATUSES, "Which statuses", _statuses(form))] if form.what == SOME else []),
            message(*_preview(form)).blocks[0] | {"block_id": "preview"},
        ],
    }


def job_text(status: Status, title: str, target: Target) -> str:
    """A job as the form is told of it, where it is filled in already."""
    run = f" (run {target.run})" if isinstance(target, JobRef) else ""
    return f"{status_emoji(status)} {outside(title, _LONGEST_OPTION - 3 - len(run))}{run}"


def offered(jobs: Sequence[NamedJob], unlisted: str | None) -> dict[str, Any]:
    """What the menu of jobs shows for what was typed. Without the list it says so above the jobs that are watched."""
    shown = [job for job in jobs if read_target(job.dataflow)][:_MOST_OPTIONS]
    times = Counter(job.title for job in shown)
    options = [_option(_listed(job), job.dataflow, job.dataflow if times[job.title] > 1 else "") for job in shown]
    if unlisted and options:
        label = "Only those that are watched: the others can't be listed now"
        return {"option_groups": [{"label": _plain(label), "options": options}]}
    return {"options": options}


def not_ours() -> dict[str, Any]:
    """In place of a form that can't be read."""
    words = message(
        ["⚠️ I can't read this form any more, so nothing was changed."], ["Please close it and open a new one."]
    )
    return {"type": "modal", "title": _plain("Watch a job"), "close": _plain("Close"), "blocks": list(words.blocks)}


def _job(form: Form, *, focus: bool) -> dict[str, Any]:
    menu = {
        "type": "external_select",
        "action_id": Part.JOB.action,
        "placeholder": _plain("Type a part of its name"),
        "min_query_length": 0,
    }
    if form.job is not None:
        menu["initial_option"] = _option(form.title or str(form.job), str(form.job))
    return menu | ({"focus_on_load": True} if focus else {})


def _places(origin: Origin) -> dict[str, tuple[str, str]]:
    here = ("Me, here in our direct messages", "") if origin.is_direct else ("This channel", "")
    mine = {} if origin.is_direct else {Recipient.ME.value: ("Me, by direct message", "")}
    return {
        Recipient.HERE.value: here,
        **mine,
        Recipient.CHANNEL.value: ("Another channel", "A public one that I am in"),
    }


def _channel(form: Form) -> dict[str, Any]:
    menu = {
        "type": "conversations_select",
        "action_id": Part.CHANNEL.action,
        "placeholder": _plain("Choose a public channel"),
        "filter": {"include": ["public"]},
    }
    return menu | ({"initial_conversation": form.channel} if form.channel else {})


def _radio(choices: Mapping[str, tuple[str, str]], chosen: str) -> dict[str, Any]:
    options = {value: _option(words, value, more) for value, (words, more) in choices.items()}
    first = options.get(chosen) or next(iter(options.values()))
    return {"type": "radio_buttons", "options": list(options.values()), "initial_option": first}


def _statuses(form: Form) -> dict[str, Any]:
    options = {status: _option(status_shown(status), status.words) for status in STATUSES}
    chosen = [options[status] for status in form.statuses if status in options]
    boxes = {"type": "checkboxes", "options": list(options.values())}
    return boxes | ({"initial_options": chosen} if chosen else {})


def _unlisted(origin: Origin) -> dict[str, Any]:
    why = shorten(origin.unlisted or "", 200)
    words = f"I can't search the jobs service's list: {why}. The menu has the jobs that are watched already."
    ids = f"Others are watched by their IDs: {origin.command} watch DATAFLOW RUN"
    return {"type": "context", "block_id": "unlisted", "elements": [_plain(f"{words} {ids}")]}


def _listed(job: NamedJob) -> str:
    emoji = f"{status_emoji(job.status)} " if job.status else ""
    return f"{emoji}{outside(job.title, _LONGEST_OPTION - 3)}"


def _input(part: Part, label: str, element: dict[str, Any]) -> dict[str, Any]:
    """A field of which each choice is told at once, so that the preview follows."""
    said = {"type": "input", "block_id": part.value, "dispatch_action": True, "label": _plain(label)}
    return said | {"element": {"action_id": part.action, **element}}


def _option(text: str, value: str, more: str = "") -> dict[str, Any]:
    option = {"text": _plain(outside(text, _LONGEST_OPTION)), "value": value}
    return option | ({"description": _plain(more)} if more else {})


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


# ── what will come of it ────────────────────────────────────────────────────────────────────────────────────────────


def _preview(form: Form) -> list[Line]:
    job = bold(outside(form.title or str(form.job), 100)) if form.job else "the job that you choose"
    what = (
        "when it becomes what you choose" if form.what == SOME and not form.statuses else told_when(form.status_filter)
    )
    told: Line = [*_who_is_told(form), " about ", job, f": {what}."]
    if form.origin.job is None or form.job is None:
        return [told]
    if form.is_change:
        return [["From now on: ", *told]]
    return [told, ["This is a new watch. The one that you came from goes on as it is."]]


def _who_is_told(form: Form) -> Line:
    if form.place is Recipient.CHANNEL:
        return [channel(form.channel) if form.channel else "The channel that you choose", " will be told"]
    if form.origin.is_direct:
        return ["You will be told here"]
    if form.place is Recipient.ME:
        return ["You will be told by direct message"]
    return [channel(form.origin.channel), " will be told"]


# ── what is wrong with it ───────────────────────────────────────────────────────────────────────────────────────────


def gaps(form: Form) -> dict[Part, str]:
    """The fields without which nothing can be done, each with what to do."""
    found: dict[Part, str] = {}
    if form.job is None:
        found[Part.JOB] = "Choose a job: type a part of its name, then pick it from the list."
    if form.place is Recipient.CHANNEL and form.channel is None:
        found[Part.CHANNEL] = "Choose the channel that is to be told."
    if form.what == SOME and not form.statuses:
        found[Part.STATUSES] = "Choose at least one status."
    return found


def cannot_tell(form: Form, why: str, *, bot_name: str) -> str:
    """Why nobody would hear of it, under the field that says who is told; `why` as in `Answer.cannot_tell`."""
    if why == NOT_PUBLIC:
        wrong = "From here I can do that for public channels alone, and that is none that I can see."
        return f"{wrong} In a private channel, type {form.origin.command} watch there."
    found = obstacle(why)
    if form.place is not Recipient.CHANNEL and (form.origin.is_direct or form.place is Recipient.ME):
        return f"{found.why[:1].upper()}{found.why[1:]}. Please {found.remedy}, or choose a channel."
    if is_not_a_member(why):
        return (
            f"I can't post in that channel. Invite me there: /invite @{outside(bot_name, 80)} – then press this again."
        )
    return f"I can't post in that channel: {found.why}. Please {found.remedy}, then press this again."


def words_of(said: Message) -> str:
    """A private answer as the words under a field: these are plain text, in which no channel or person has a name."""
    lines = [_words(section) for block in said.blocks for section in block.get("elements", [])]
    return shorten(" ".join(filter(None, lines)), _LONGEST_ERROR)


def _words(section: Mapping[str, Any]) -> str:
    named = {"channel": "that channel", "user": "somebody"}
    parts = section.get("elements", []) if section.get("type") == "rich_text_section" else []
    return "".join(str(part.get("text") or named.get(str(part.get("type")), "")) for part in parts)


def cannot_open(line: str) -> Message:
    """Slack did not open the form; `line` asks for the same without one."""
    return message(
        ["⚠️ Slack did not let me open the form: it waits for three seconds at most."],
        ["Please try again, or say it in one line: ", code(outside(line, 250))],
    )
