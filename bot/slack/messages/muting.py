"""Answers about mutes and pauses."""

from datetime import datetime

from bot.domain.job import Status, Target
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import Unmute
from bot.slack.messages.blocks import Line, Message, bold, channel, code, message, moment, outside, person
from bot.slack.messages.buttons import button
from bot.slack.messages.delivery_problems import obstacle
from bot.slack.messages.text import counted, status_shown


def muted(
    target: Target, title: str, *, by: str, until: datetime, to_person: bool, status: Status, seen: bool = True
) -> Message:
    """Nothing is told of the job until then; how it is now (as far as it can be seen), and how to end the mute."""
    name = bold(outside(title))
    what: Line = ["🔇 I won't tell you about ", name] if to_person else ["🔇 ", person(by), " muted ", name]
    return message(
        [*what, " until " if to_person else " in this channel until ", moment(until), "."],
        [*_now(status, seen=seen), ". If it is in trouble then, I'll say so."],
        buttons=[button("Unmute", Unmute(target, ME if to_person else None))],
    )


def unmuted(title: str, *, by: str, to_person: bool, status: Status, news_follow: bool, seen: bool = True) -> Message:
    """The mute was ended by hand. `news_follow`: what it kept back is told right after this."""
    name = bold(outside(title))
    what: Line = (
        ["🔔 I'll tell you about ", name, " again."]
        if to_person
        else ["🔔 ", person(by), " ended the mute of ", name, "."]
    )
    return message(what, ["What changed meanwhile follows."] if news_follow else _now(status, seen=seen))


def was_not_muted(title: str, *, to_person: bool) -> Message:
    return message([bold(outside(title)), f" is not muted {'for you' if to_person else 'in this channel'}."])


def no_time_zone(again: str) -> Message:
    """A time of day that can't be read without the person's time zone; `again` is a line that says how long."""
    return message(
        ["Slack did not tell me your time zone, so I don't know when that is for you. Nothing was muted."],
        ["Say how long instead: ", code(outside(again, 200))],
    )


def cannot_resume(channel_id: str, why: str) -> Message:
    """Somebody pressed Resume, and the channel still can't be told."""
    found = obstacle(why)
    return message(
        ["⚠️ I still can't post in ", channel(channel_id), f": {found.why}."],
        [f"Please {found.remedy}, then press Resume again. Nothing is lost meanwhile."],
    )


def resumed_by_button(channel_id: str, count: int) -> Message:
    continues = counted(count, "paused watch goes on", "paused watches go on")
    return message(["▶️ I can post in ", channel(channel_id), f" again: {continues}."])


def nothing_to_resume(channel_id: str) -> Message:
    return message(["Nothing is paused for ", channel(channel_id), " any more."])


def _now(status: Status, *, seen: bool = True) -> Line:
    return [f"Now: {status_shown(status)}" if seen else f"I can't see it now; last seen: {status_shown(status)}"]
