"""A command as a line that asks for it, without the command's own name. Pure; `parse` reads it back."""

from datetime import timedelta

from bot.domain.status_filter import StatusFilter
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import (
    Command,
    Help,
    History,
    Jobs,
    ListHere,
    Mute,
    OpenWatch,
    ShowStatus,
    Unmute,
    Unwatch,
    UnwatchAll,
    Watch,
    WatchAll,
)
from bot.slack.grammar.patterns import Pattern


def line_of(command: Command) -> str:
    """The line, such as `watch orders-to-lake on errors to me`."""
    match command:
        case Help():
            return "help"
        case ListHere(page):
            return f"list page {page}" if page > 1 else "list"
        case Jobs(words, page):
            return " ".join(filter(None, ["jobs", words, f"page {page}" if page > 1 else ""]))
        case ShowStatus(ref):
            return f"status {ref}"
        case History(ref):
            return f"history {ref}"
        case Watch(ref, to, status_filter):
            return f"watch {ref}{_on(status_filter)}{_to(to)}"
        case OpenWatch(to, status_filter):
            return f"watch{_on(status_filter)}{_to(to)}"
        case WatchAll(pattern, to, status_filter):
            return f"watch {Pattern(pattern)}{_on(status_filter)}{_to(to)}"
        case Unwatch(ref, to):
            return f"unwatch {ref}{_to(to)}"
        case UnwatchAll(pattern, to):
            return f"unwatch {Pattern(pattern)}{_to(to)}"
        case Mute(ref, length, until, to):
            span = f"until {until:%H:%M}" if until is not None else _length(length)
            return f"mute {ref}{span and ' '}{span}{_to(to)}"
        case Unmute(ref, to):
            return f"unmute {ref}{_to(to)}"


def _on(status_filter: StatusFilter | None) -> str:
    return f" on {status_filter.text}" if status_filter else ""


def _to(to: str | None) -> str:
    if to is None:
        return ""
    return " to me" if to == ME else f" to <#{to}>"


def _length(length: timedelta | None) -> str:
    """Days, hours, minutes and seconds as the grammar reads them."""
    return f"{round(length.total_seconds() / 60)}m" if length else ""
