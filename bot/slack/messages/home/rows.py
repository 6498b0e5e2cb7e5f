"""A watched job in the Home tab: its status, since when, where its alerts go, and what can be done about it."""

from datetime import datetime, timedelta
from typing import Any

from bot.domain.job import JobRef
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Subscription
from bot.slack.grammar.commands import History, Mute, Unmute
from bot.slack.grammar.presses import AskToStop, ChangeWatch, Press, ShowDetails
from bot.slack.messages.blocks import Line, channel, fallback, joined, moment, sanitize
from bot.slack.messages.buttons import overflow
from bot.slack.messages.home.elements import block_id
from bot.slack.messages.reminding.words import in_row
from bot.slack.messages.text import duration, shorten, since, status_icon, status_words, unbroken

MUTE = timedelta(hours=1)

_ALL_CHANGES = StatusFilter()


def job_row(one: Subscription, direct_message: str, number: int, now: datetime) -> dict[str, Any]:
    """The left column is plain text, since it holds words from outside; the right one has none."""
    place = direct_message if one.destination.is_person else one.destination.id
    fields = [
        {"type": "plain_text", "text": _job(one, now), "emoji": False},
        {"type": "mrkdwn", "text": "\n".join(map(fallback, _alerts(one, now))), "verbatim": True},
    ]
    menu = _menu(one)
    row = {"type": "section", "block_id": block_id(place, number), "fields": fields}
    return row | ({"accessory": menu} if menu else {})


def _job(one: Subscription, now: datetime) -> str:
    job = one.job
    run = f" (run {job.target.run})" if isinstance(job.target, JobRef) else ""
    status = status_words(job.status, 80)
    if not job.is_known(now):
        why = "Can't be checked now · last" if job.failure is not None else "Last"
        status = unbroken("📵", f"{why} seen {status}")
    only = f"alerts on {shorten(one.status_filter.text, 60)}" if one.status_filter != _ALL_CHANGES else ""
    parts = " · ".join(filter(None, (status, only, in_row(one.reminding))))
    return f"{status_icon(job.status)} {sanitize(job.title)}{run}\n{parts}"


def _alerts(one: Subscription, now: datetime) -> list[Line]:
    """Where they go, since when the status lasts, and why none come. Times are those of the reader's clock, since a tab
    is looked at long after it was made."""
    job = one.job
    place: Line = ["Your alerts"] if one.destination.is_person else [channel(one.destination.id)]
    began: Line = [f"{since(is_exact=job.since_is_exact)} ", moment(job.status_since)]
    if not job.is_known(now):
        began = ["last checked ", moment(job.polled_at)]
    notes: list[Line] = [["🚧 paused"]] if one.paused_because is not None else []
    if one.muted_until is not None:
        what = "🔇 maintenance until " if one.silence_id is not None else "🔇 until "
        notes.append([what, "it changes" if one.muted_until_change else moment(one.muted_until)])
    if one.given_up_because is not None:
        notes.append(["📭 an alert was dropped"])
    return [joined([place, began]), *([joined(notes)] if notes else [])]


def _menu(one: Subscription) -> dict[str, Any] | None:
    target = one.job.target
    mute: tuple[str, Press] = (f"Mute for {duration(MUTE)}", Mute(target, MUTE, None))
    if one.muted_until is not None:
        mute = ("Unmute", Unmute(target))
    return overflow(
        [
            mute,
            ("Change…", ChangeWatch(target)),
            ("History", History(target)),
            ("Details", ShowDetails(target)),
            ("Stop watching…", AskToStop(target)),
        ]
    )
