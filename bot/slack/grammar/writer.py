"""A command as a line to type, without the command's own name. `parse` reads it back."""

import re

from bot.domain.history.lookback import Lookback
from bot.domain.names import folded
from bot.domain.status_filter import StatusFilter
from bot.slack.grammar.clauses import ME, contact_line
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
from bot.slack.grammar.patterns import PatternRef
from bot.slack.grammar.reminding.clauses import reminding_line
from bot.slack.grammar.silences.quiet import quiet_line
from bot.slack.grammar.tokens import in_quotes


def command_line(command: Command) -> str:
    """Write a command, such as `watch orders-to-lake on errors to me`."""
    match command:
        case Help():
            return "help"
        case ListHere(page):
            return f"list page {page}" if page > 1 else "list"
        case Jobs(words, page):
            return f"jobs{_search(words)}{f' page {page}' if page > 1 else ''}"
        case ShowStatus(ref):
            return f"status {ref}"
        case History(ref, period):
            return f"history {ref}{'' if period is Lookback.WEEK else f' {period}'}"
        case Watch(ref):
            return f"watch {ref}{_watch_clauses(command)}"
        case OpenWatch():
            return f"watch{_watch_clauses(command)}"
        case WatchAll(pattern):
            return f"watch {PatternRef(pattern)}{_watch_clauses(command)}"
        case Unwatch(ref, to):
            return f"unwatch {ref}{_to(to)}"
        case UnwatchAll(pattern, to):
            return f"unwatch {PatternRef(pattern)}{_to(to)}"
        case Mute():
            return f"mute {command.ref}{_mute_end(command)}{_to(command.to)}"
        case Acknowledge(ref):
            return f"ack {ref}"
        case Threads(on):
            return "threads" if on is None else f"threads {'on' if on else 'off'}"
        case ScheduleDigest():
            return f"digest{_schedule(command)}"
        case PreviewDigest():
            return "digest now"
        case MuteAll():
            reason = f" {in_quotes(command.reason)}" if command.reason else ""
            return f"mute {PatternRef(command.pattern)}{_mute_end(command)}{reason}{_to(command.to)}"
        case UnmuteAll(pattern, to):
            return f"unmute {PatternRef(pattern)}{_to(to)}"
        case Quiet():
            return quiet_line(command)
        case OpenSettings():
            return "settings"
        case Unmute(ref, to):
            return f"unmute {ref}{_to(to)}"


def _watch_clauses(command: Watch | OpenWatch | WatchAll) -> str:
    after_filter = f"{contact_line(command.contact)}{reminding_line(command.reminding)}"
    return f"{_on(command.status_filter)}{after_filter}{_to(command.to)}"


def _search(words: str) -> str:
    """The words of a job search, in quotes if they could be read as a page number or as markup."""
    plain = re.fullmatch(r"[\w. -]+", words) and "page" not in folded(words).split()
    return words and f" {words if plain else in_quotes(words)}"


def _on(status_filter: StatusFilter | None) -> str:
    return f" on {status_filter.text}" if status_filter else ""


def _to(to: str | None) -> str:
    if to is None:
        return ""
    return " to me" if to == ME else f" to <#{to}>"


def _schedule(command: ScheduleDigest) -> str:
    if command.schedule is None:
        return " off" if command.off else ""
    return f" {command.schedule.text}{f' {command.zone}' if command.zone else ''}"


def _mute_end(command: Mute | MuteAll) -> str:
    if isinstance(command, Mute) and command.until_change:
        return " until it changes"
    if command.until is not None:
        return f" until {'tomorrow ' if command.tomorrow else ''}{command.until:%H:%M}"
    return f" {round(command.length.total_seconds() / 60)}m" if command.length else ""
