"""The help, which starts with what is watched here."""

from datetime import datetime

from bot.domain.subscription import WatchedPage
from bot.slack.messages.blocks import Line, Message, code, message, moment, sanitize
from bot.slack.messages.buttons import settings_button
from bot.slack.messages.text import status_icon, status_words
from bot.slack.messages.watch_list import list_header

JOBS_SHOWN = 3


def help_text(here: WatchedPage, *, to_person: bool, command: str, now: datetime) -> Message:
    """What is watched here (the worst jobs first), then every command with an example."""
    watched: list[Line] = [list_header(here, to_person=to_person)]
    for job in (one.job for one in here.subscriptions[:JOBS_SHOWN]):
        checked: Line = [" · last checked ", moment(job.polled_at)] if not job.is_known(now) else []
        watched.append([f"{status_icon(job.status)} {sanitize(job.title, 80)} · {status_words(job.status)}", *checked])
    if here.total > JOBS_SHOWN:
        watched.append([f"… and {here.total - JOBS_SHOWN:,} more: ", code(f"{command} list")])
    usage: list[Line] = [[code(f"{command} {example}"), f"  {meaning}"] for example, meaning in _usage(to_person)]
    names = "NAME is a job's name, its dataflow ID, or its dataflow ID and run ID. You can paste a URL with these IDs."
    return message(*watched, [""], *usage, [""], [names], buttons=[settings_button()])


def _usage(to_person: bool) -> list[tuple[str, str]]:
    who = "you" if to_person else "this channel"
    return [
        ("status NAME", "show the job's status, only to you"),
        ("watch NAME", f"alert {who} on every status change"),
        ("watch", "open a form to choose the job and the alerts"),
        ("watch NAME on errors", "errors only; “on problems” adds warnings and stops"),
        ("watch NAME owner me", "mention you on errors; also “owner @team”, “runbook https://…”"),
        ("watch NAME remind every 30m", "remind while it fails; also “tell @ada if error for 15m”"),
        *([] if to_person else [("watch NAME to me", "alert you by direct message")]),
        ("watch all matching sales-*", "watch every job with such a name, and new ones; “watch all” for all jobs"),
        ("unwatch NAME", "stop watching; also “unwatch all matching sales-*”"),
        ("mute NAME 2h", "no alerts for two hours; also “until 9:00”, “until it changes”"),
        ("unmute NAME", "end the mute; “unmute all” ends maintenance"),
        ("mute all 2h upgrade", "no alerts during maintenance; then one message says what happened meanwhile"),
        ("quiet 22:00-7:00", "at night only errors; “quiet off” ends that"),
        ("ack NAME", "show everybody that you take care of a failing job"),
        ("history NAME 7d", "show a timeline, incidents, and the share of time healthy; also “24h”, “30d”"),
        ("list", f"show what {'you watch' if to_person else 'this channel watches'}, worst first"),
        ("jobs WORDS", "find jobs by name"),
        ("digest daily 9:00", "sum up each day; also “weekly mon 9:00”, “off”; a city can follow the time"),
        ("threads off", "post each alert by itself, not in the thread of its incident"),
        ("settings", f"open a form: filter of new watches, digest, quiet hours{'' if to_person else ', permissions'}"),
    ]
