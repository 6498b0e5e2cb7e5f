"""What a press of a button, or the choice of an option, asks for, and the value that carries it from a message back to
the bot. Pure.

The names of the fields of commands and presses are written into messages, which outlive a release: a button whose
field was renamed is no longer understood.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from pydantic import TypeAdapter, ValidationError

from bot.domain.destination import is_conversation_id
from bot.domain.history.lookback import Lookback
from bot.domain.job import Dataflow, Target
from bot.domain.subscription import NONE, is_owner, is_runbook
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import (
    Acknowledge,
    Command,
    Help,
    History,
    Jobs,
    ListHere,
    Mute,
    MuteAll,
    OpenSettings,
    OpenWatch,
    PreviewDigest,
    Quiet,
    ScheduleDigest,
    ShowStatus,
    Threads,
    Unmute,
    UnmuteAll,
    Unwatch,
    UnwatchAll,
    Watch,
    WatchAll,
)
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse, parse_ref
from bot.slack.grammar.references import Name


@dataclass(frozen=True)
class ShareJob:
    """Show a job to everybody in the channel."""

    ref: Target


@dataclass(frozen=True)
class TurnHistory:
    """Show another period of a job's history in place of the one that holds the button."""

    ref: Target
    period: Lookback


@dataclass(frozen=True)
class ShareHistory:
    """Show a job's history to everybody in the channel."""

    ref: Target
    period: Lookback


@dataclass(frozen=True)
class ShowDetails:
    """Open what else is known of a job, with its IDs."""

    ref: Target


@dataclass(frozen=True)
class TurnListPage:
    """Show another page of the list in place of the one that holds the button."""

    page: int


@dataclass(frozen=True)
class TurnJobsPage:
    """Show another page of the jobs that were found in place of the one that holds the button."""

    words: str
    page: int


@dataclass(frozen=True)
class ChangeWatch:
    """Open the form that changes a subscription: the channel's, or the person's own if `to` is `ME`."""

    ref: Target
    to: str | None = None


@dataclass(frozen=True)
class ResumeAlerts:
    """Resume the paused subscriptions of a channel."""

    channel: str


@dataclass(frozen=True)
class AskToStop:
    """Ask whether to end the subscription to a job: an entry of a menu has no confirmation of its own."""

    ref: Target


@dataclass(frozen=True)
class ShowAll:
    """Open the list of all jobs that the pressed message is about."""


Press = (
    Command
    | ShareJob
    | TurnHistory
    | ShareHistory
    | ShowDetails
    | TurnListPage
    | TurnJobsPage
    | ChangeWatch
    | ResumeAlerts
    | AskToStop
    | ShowAll
)


class Action(StrEnum):
    """What a button does: the beginning of its action ID. Slack wants each ID once in a message, so `:2` may follow."""

    HELP = "show_help"
    SHOW = "show_job"
    SHARE = "share_job"
    DETAILS = "show_details"
    WATCH = "watch_job"
    UNWATCH = "unwatch_job"
    WATCH_ALL = "watch_all"
    UNWATCH_ALL = "unwatch_all"
    OPEN_FORM = "open_watch_form"
    CHANGE = "change_watch"
    MUTE = "mute_job"
    UNMUTE = "unmute_job"
    MUTE_ALL = "mute_all"
    UNMUTE_ALL = "unmute_all"
    QUIET = "set_quiet_hours"
    HISTORY = "show_history"
    HISTORY_PERIOD = "turn_history"
    SHARE_HISTORY = "share_history"
    LIST = "show_list"
    JOBS = "show_jobs"
    LIST_PAGE = "turn_list_page"
    JOBS_PAGE = "turn_jobs_page"
    RESUME = "resume_channel"
    ACKNOWLEDGE = "acknowledge"
    THREADS = "set_threads"
    DIGEST = "schedule_digest"
    PREVIEW_DIGEST = "preview_digest"
    OPEN_SETTINGS = "open_settings"
    ASK_TO_STOP = "ask_to_stop"
    SHOW_ALL = "show_all"
    CHOOSE = "choose"  # a menu: the value of each option begins with an action of its own
    SAY = "say_command"  # written by the previous release only


ACTION_ID = re.compile(rf"\A({'|'.join(Action)})(?::\d+)?\Z")  # Bolt searches: without the ends, longer IDs would fit

_ACTIONS: dict[type[Press], Action] = {
    Help: Action.HELP,
    ShowStatus: Action.SHOW,
    ShareJob: Action.SHARE,
    ShowDetails: Action.DETAILS,
    Watch: Action.WATCH,
    Unwatch: Action.UNWATCH,
    WatchAll: Action.WATCH_ALL,
    UnwatchAll: Action.UNWATCH_ALL,
    OpenWatch: Action.OPEN_FORM,
    ChangeWatch: Action.CHANGE,
    Mute: Action.MUTE,
    Unmute: Action.UNMUTE,
    MuteAll: Action.MUTE_ALL,
    UnmuteAll: Action.UNMUTE_ALL,
    Quiet: Action.QUIET,
    History: Action.HISTORY,
    TurnHistory: Action.HISTORY_PERIOD,
    ShareHistory: Action.SHARE_HISTORY,
    ListHere: Action.LIST,
    Jobs: Action.JOBS,
    TurnListPage: Action.LIST_PAGE,
    TurnJobsPage: Action.JOBS_PAGE,
    ResumeAlerts: Action.RESUME,
    Acknowledge: Action.ACKNOWLEDGE,
    Threads: Action.THREADS,
    ScheduleDigest: Action.DIGEST,
    PreviewDigest: Action.PREVIEW_DIGEST,
    OpenSettings: Action.OPEN_SETTINGS,
    AskToStop: Action.ASK_TO_STOP,
    ShowAll: Action.SHOW_ALL,
}
_ADAPTERS: dict[Action, TypeAdapter[Press]] = {action: TypeAdapter(kind) for kind, action in _ACTIONS.items()}

_OPTION_LIMIT = 150  # characters: Slack's, for the value of an option
_CONFIRMED = re.compile(r"confirmed:([1-9][0-9]{0,5}) (.+)", re.ASCII | re.DOTALL)


def action_of(press: Press) -> Action:
    """The action ID of a button."""
    return _ACTIONS[type(press)]


def value_of(press: Press) -> str:
    """The value of a button."""
    return _ADAPTERS[action_of(press)].dump_json(press, exclude_defaults=True).decode()


def option_value_of(press: Press) -> str | None:
    """The value of an option in a menu; None if it is longer than Slack allows, as with an absurdly long ID."""
    value = f"{action_of(press)} {value_of(press)}"
    return value if len(value) <= _OPTION_LIMIT else None


def read_press(action_id: str, value: str, *, is_ephemeral: bool) -> Press | None:
    """Read a button that was pressed or an option that was chosen; None for a value that the bot didn't write.

    `is_ephemeral` says that only the person who pressed it sees the message.
    """
    found = ACTION_ID.match(action_id)
    if found is None:
        return None
    action = Action(found[1])
    if action is Action.CHOOSE:
        chosen, _, value = value.partition(" ")
        return _read(Action(chosen), value) if chosen in _ADAPTERS else None
    if not value.startswith("{"):
        return _of_previous_release(action, value, is_ephemeral=is_ephemeral)
    return _read(action, value)


def command_of(press: Press) -> Command:
    """The command to type instead of pressing, or the nearest to it."""
    match press:
        case ShareJob(ref) | ShowDetails(ref):
            return ShowStatus(ref)
        case TurnHistory(ref, period) | ShareHistory(ref, period):
            return History(ref, period)
        case TurnListPage(page):
            return ListHere(page)
        case TurnJobsPage(words, page):
            return Jobs(words, page)
        case ChangeWatch(ref, to):
            return Watch(ref, to)
        case AskToStop(ref):
            return Unwatch(ref)
        case ResumeAlerts() | ShowAll():
            return ListHere()
    return press


def _read(action: Action, value: str) -> Press | None:
    try:
        press = _ADAPTERS[action].validate_json(value) if action in _ADAPTERS else None
    except ValidationError:
        return None
    return press if _names_channels(press) and _names_contact(press) else None


def _names_contact(press: Press | None) -> bool:
    """Whether a press names people, a runbook and times that could have been typed, or none."""
    if not isinstance(press, Watch | OpenWatch | WatchAll):
        return True
    owner, runbook = press.contact.owner, press.contact.runbook
    is_called = (owner in (None, NONE, ME) or is_owner(owner)) and (runbook in (None, NONE) or is_runbook(runbook))
    told = press.reminding.escalation
    is_told = told is None or told.to in (NONE, ME) or is_owner(told.to)
    return is_called and is_told and press.reminding.is_possible


def _names_channels(press: Press | None) -> bool:
    channel = press.channel if isinstance(press, ResumeAlerts) else getattr(press, "to", None)
    return channel in (None, ME) or is_conversation_id(channel)


def _of_previous_release(action: Action, value: str, *, is_ephemeral: bool) -> Press | None:
    """The format of release 0.1: a job as people type it, a channel's ID, or a line of the grammar.

    Messages with such buttons stay in Slack for good. Unmute concerned the channel, unless one person alone saw it.
    """
    match action:
        case Action.RESUME:
            return ResumeAlerts(value) if is_conversation_id(value) else None
        case Action.SAY:
            command = parse(value)
            return None if isinstance(command, GrammarError | Help) else command
        case Action.WATCH_ALL:
            found = _CONFIRMED.fullmatch(value)
            command = parse(found[2]) if found else Help()
            return replace(command, confirmed=int(found[1])) if found and isinstance(command, WatchAll) else None
    job, _, to = value.partition(" to ") if action is Action.CHANGE else (value, "", "")
    ref = parse_ref(job)
    if isinstance(ref, GrammarError) or to not in ("", ME):
        return None
    target = Dataflow(ref.text) if isinstance(ref, Name) else ref  # an ID that doesn't look like one
    match action:
        case Action.SHOW:
            return ShowStatus(target)
        case Action.SHARE:
            return ShareJob(target)
        case Action.WATCH:
            return Watch(target)
        case Action.UNWATCH:
            return Unwatch(target)
        case Action.UNMUTE:
            return Unmute(target, ME if is_ephemeral else None)
        case Action.CHANGE:
            return ChangeWatch(target, to or None)
    return None
