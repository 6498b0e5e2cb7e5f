"""What `mute all` and `unmute all` are answered with, and how maintenance shows in the list."""

from collections.abc import Sequence

from bot.domain.channel.silence import MAX_PER_DESTINATION, Silence
from bot.domain.notification.confirmations import SilenceConfirmation
from bot.slack.grammar.commands import UnmuteAll
from bot.slack.messages.blocks import Line, Message, bold, code, message, moment, person, sanitize
from bot.slack.messages.buttons import button
from bot.slack.messages.text import counted

_IN_LIST = 3


def began(item: SilenceConfirmation) -> Message:
    """Somebody muted many jobs; or changed until when. The button ends that early."""
    why: list[Line] = [[f"Reason: {sanitize(item.reason, 200)}"]] if item.reason else []
    muted = "No job matches yet; new ones are muted"
    if item.jobs:
        muted = f"{counted(item.jobs, 'job')} {'is' if item.jobs == 1 else 'are'} muted, and so are new ones"
    end = button("End maintenance", UnmuteAll(item.glob, "me" if item.to_person else None))
    return message(
        [*began_line(item, 100), "."],
        *why,
        [f"{muted}. When maintenance ends, I'll post what happened meanwhile."],
        buttons=[end],
    )


def began_line(item: SilenceConfirmation, room: int) -> Line:
    """The same on a line."""
    jobs, until = which(item.glob, room), moment(item.until)
    if item.to_person:
        return ["🔇 You muted ", *jobs, " for maintenance until ", until]
    return ["🔇 ", person(item.by), " muted ", *jobs, " in this channel for maintenance until ", until]


def ended_early(silences: Sequence[Silence], *, to_person: bool) -> Message:
    """To whoever ended it: what happened meanwhile comes by itself."""
    what = "Maintenance has" if len(silences) == 1 else f"{len(silences)} maintenance windows have"
    return message([f"🔔 {what} ended. What happened meanwhile follows {'here' if to_person else 'in this channel'}."])


def was_not_muted(glob: str | None, present: Sequence[Silence], *, to_person: bool, command: str) -> Message:
    """There is no maintenance to end, or none of that pattern."""
    where = "for you" if to_person else "in this channel"
    if glob is not None and present:
        return message(["There is no maintenance of ", *which(glob, 100), f" {where}."], *list_lines(present))
    return message([f"There is no maintenance {where}."], ["See what is muted: ", code(f"{command} list")])


def too_many(*, to_person: bool) -> Message:
    """One more would be one too many."""
    who = "you already have" if to_person else "this channel already has"
    return message(
        [f"Nothing was muted: {who} {MAX_PER_DESTINATION} maintenance windows."],
        ["End one first, or choose a pattern that covers several."],
    )


def list_lines(silences: Sequence[Silence]) -> list[Line]:
    """Above the list of what is watched."""
    lines = [_in_list(one) for one in silences[:_IN_LIST]]
    left = len(silences) - _IN_LIST
    lines += [[f"🔇 … and {left} more maintenance windows"]] if left > 0 else []
    return lines


def _in_list(silence: Silence) -> Line:
    of: Line = [] if silence.glob is None else [" of ", *which(silence.glob, 60)]
    why = f": {sanitize(silence.reason, 150)}" if silence.reason else ""
    return ["🔇 Maintenance", *of, " until ", moment(silence.ends_at), why, *begun_by(silence)]


def begun_by(silence: Silence) -> Line:
    """Who began it, unless it is the reader's own."""
    return [] if silence.destination.is_person else [" · by ", person(silence.created_by)]


def which(glob: str | None, room: int) -> Line:
    """`all jobs`, or those matching a pattern."""
    return [bold("all jobs")] if glob is None else ["all jobs matching ", code(sanitize(glob, room))]
