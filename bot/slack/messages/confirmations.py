"""What a watch or unwatch is answered with."""

from bot.domain.job import JobRef, Status, Target
from bot.domain.status_filter import StatusFilter
from bot.slack.grammar.references import Ref
from bot.slack.messages.blocks import Line, Message, bold, channel, code, message, outside, person
from bot.slack.messages.buttons import change_button, show_button, stop_button
from bot.slack.messages.text import status_shown, told_when, typed

_ALL = StatusFilter()


def now_watching(
    target: Target, title: str, status: Status, *, by: str, to_person: bool, status_filter: StatusFilter = _ALL
) -> Message:
    """The confirmation of a subscription, with the job's name and present status."""
    run = f" (run {target.run})" if isinstance(target, JobRef) else ", whatever run it has"
    job: Line = [bold(outside(title)), run]
    if to_person:
        what: Line = ["👀 I'll tell you here about ", *job, f": {told_when(status_filter)}."]
    else:
        what = ["👀 ", person(by), " made this channel watch ", *job, f". Told here: {told_when(status_filter)}."]
    buttons = [show_button(target), change_button(target), stop_button(target)]
    return message(what, _now(status), buttons=buttons)


def watching_by_message(title: str, status: Status, *, status_filter: StatusFilter = _ALL) -> Message:
    """To the person who asked in a channel to be told by direct message."""
    return message(
        ["👀 I'll tell you by direct message about ", bold(outside(title)), f": {told_when(status_filter)}."],
        _now(status),
    )


def watching_elsewhere(title: str, status: Status, channel_id: str, *, status_filter: StatusFilter = _ALL) -> Message:
    """To the person who asked for another channel to be told."""
    return message(
        ["👀 ", channel(channel_id), " is told about ", bold(outside(title)), f": {told_when(status_filter)}."],
        _now(status),
    )


def say_it_there(channel_id: str) -> Message:
    """What concerns a channel is said in it; only a watch can be asked for from elsewhere."""
    return message(["Please say that in ", channel(channel_id), ", where everybody hears of it."])


def only_public_from_elsewhere(channel_id: str) -> Message:
    """Somebody named a channel that only its members may change, or that is not there."""
    return message(
        ["⚠️ I can do that for public channels alone, and ", channel(channel_id), " is none that I can see."],
        ["In a private channel, say it there."],
    )


def already_watching(
    target: Target, title: str, status: Status, *, to_person: bool, status_filter: StatusFilter = _ALL
) -> Message:
    """Nothing changed; a button opens the form that changes it."""
    return message(
        ["You already watch " if to_person else "This channel already watches ", bold(outside(title)), "."],
        [f"{'You are told' if to_person else 'Told here'}: {told_when(status_filter)}."],
        _now(status),
        buttons=[change_button(target, to_me=to_person)],
    )


def watching_differently(
    title: str, status: Status, status_filter: StatusFilter, *, by: str, to_person: bool
) -> Message:
    """A subscription that there was already is told of other changes from now on."""
    if to_person:
        what: Line = ["👀 From now on I'll tell you about ", bold(outside(title)), f": {told_when(status_filter)}."]
    else:
        changed: Line = ["👀 ", person(by), " changed what this channel is told about ", bold(outside(title))]
        what = [*changed, f". From now on: {told_when(status_filter)}."]
    return message(what, _now(status))


def _now(status: Status, *, seen: bool = True) -> Line:
    return [f"Now: {status_shown(status)}" if seen else f"I can't see it now; last seen: {status_shown(status)}"]


def unconfirmed(title: str, why: str) -> Message:
    """Subscribed, but Slack did not take the confirmation now."""
    return message(
        ["👀 Watching ", bold(outside(title)), ", though Slack did not let me confirm it in the channel just now."],
        ["Slack says: ", code(outside(why)), ". Changes are told as soon as Slack lets me."],
    )


def no_longer_watching(title: str, *, by: str, to_person: bool) -> Message:
    if to_person:
        return message(["🔕 I won't tell you any more when ", bold(outside(title)), " changes."])
    return message(["🔕 ", person(by), " made this channel stop watching ", bold(outside(title)), "."])


def was_not_watching(ref: Ref, *, to_person: bool, command: str) -> Message:
    return message(
        ["You don't watch " if to_person else "This channel doesn't watch ", code(outside(typed(ref))), "."],
        ["What is watched: ", code(f"{command} list")],
    )
