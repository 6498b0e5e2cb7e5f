"""What `mute`, `unmute` and the button that resumes alerts are answered with."""

from datetime import datetime

from bot.domain.notification.confirmations import JobConfirmation
from bot.domain.tracked_job import TrackedJob
from bot.slack.messages.blocks import Line, Message, Piece, bold, channel, code, message, moment, person, sanitize
from bot.slack.messages.buttons import unmute_button
from bot.slack.messages.confirmations import status_now
from bot.slack.messages.delivery_problems import delivery_problem
from bot.slack.messages.text import counted


def muted(
    job: TrackedJob | JobConfirmation,
    *,
    by: str,
    until: datetime | None,
    to_person: bool,
    as_of: datetime | None = None,
) -> Message:
    """The mute began: who did it, when it ends (None: when the status changes), and the status now or `as_of` a
    time."""
    then = "If it's failing when the mute ends, I'll post here." if until else "I'll post here when that changes."
    return message(
        [*mute_began(job.title, by=by, until=until, to_person=to_person), "."],
        [*status_now(job, as_of), f". {then}"],
        buttons=[unmute_button(job.target, to_me=to_person)],
    )


def unmuted(
    job: TrackedJob | JobConfirmation,
    *,
    by: str,
    to_person: bool,
    changes_follow: bool,
    as_of: datetime | None = None,
) -> Message:
    """The mute was ended by hand. `changes_follow` if an alert about what it held back comes next."""
    what: Line = [*mute_ended(job.title, by=by, to_person=to_person), "."]
    return message(what, ["The changes during the mute follow."] if changes_follow else status_now(job, as_of))


def mute_began(title: str, *, by: str, until: datetime | None, to_person: bool, room: int = 100) -> Line:
    name = bold(sanitize(title, room))
    end: Piece | str = "its status changes" if until is None else moment(until)
    if to_person:
        return ["🔇 You muted ", name, " until ", end]
    return ["🔇 ", person(by), " muted ", name, " in this channel until ", end]


def mute_note(by: str | None, until: datetime, *, until_change: bool) -> Line:
    """Beside a job that is muted now: `🔇 Muted by @ben until it changes`."""
    end: Line = ["it changes"] if until_change else [moment(until)]
    return ["🔇 Muted ", *(["by ", person(by), " "] if by else []), "until ", *end]


def mute_ended(title: str, *, by: str, to_person: bool, room: int = 100) -> Line:
    name = bold(sanitize(title, room))
    return ["🔔 You unmuted ", name] if to_person else ["🔔 ", person(by), " unmuted ", name, " in this channel"]


def was_not_muted(title: str, *, to_person: bool) -> Message:
    return message([bold(sanitize(title)), f" isn't muted {'for you' if to_person else 'in this channel'}."])


def no_time_zone(again: str) -> Message:
    """A time of day can't be read without the person's time zone. `again` is a line with a length instead."""
    return message(
        ["Nothing was muted: I couldn't get your time zone from Slack, so I can't read a time of day."],
        ["Use a length instead: ", code(sanitize(again, 200))],
    )


def cannot_resume(channel_id: str, why: str) -> Message:
    """The button was pressed, but the channel still can't be posted in."""
    problem = delivery_problem(why)
    return message(
        ["Alerts in ", channel(channel_id), f" are still paused: {problem.reason}."],
        [f"{problem.to_do}, then press ", bold("Resume alerts"), " again. No alerts are lost."],
    )


def resumed_by_button(channel_id: str, count: int) -> Message:
    return message([f"🔔 Alerts for {counted(count, 'job')} in ", channel(channel_id), " have resumed."])


def nothing_to_resume(channel_id: str) -> Message:
    return message(["No alerts are paused in ", channel(channel_id), "."])
