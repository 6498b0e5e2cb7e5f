"""Every answer that people get, as data. Pure: jobs, references and the time go in, a `Message` comes out."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.job import Job, JobRef, Status, Target
from bot.domain.status_filter import StatusFilter
from bot.domain.throughput import Figure, Throughput
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.references import Ref
from bot.slack.messages.blocks import Action as Action
from bot.slack.messages.blocks import (
    Line,
    Message,
    bold,
    button,
    change_button,
    channel,
    code,
    message,
    moment,
    outside,
    person,
    show_button,
    stop_button,
)
from bot.slack.messages.text import (
    counted,
    is_not_a_member,
    large,
    lasting,
    obstacle,
    run_details,
    status_emoji,
    status_shown,
    status_words,
    told_when,
    typed,
)

_ALL = StatusFilter()


# ── a look at a job ─────────────────────────────────────────────────────────────────────────────────────────────────


def job_card(job: Job, target: Target, *, now: datetime, throughput: Throughput | None = None) -> Message:
    """The job as it is now and what it moves, to the person who asked, with buttons to share and to watch it as it was
    named: that run, or whatever run it has."""
    buttons = [
        button("Share here", Action.SHARE, str(target)),
        button("Watch here", Action.WATCH, str(target)),
    ]
    return message(*_job_lines(job, now, throughput), buttons=buttons)


def shared_job_card(job: Job, shared_by: str, *, now: datetime) -> Message:
    """The same for everybody in the channel, saying who shared it."""
    return message(*_job_lines(job, now), ["Shared by ", person(shared_by)])


def _job_lines(job: Job, now: datetime, throughput: Throughput | None = None) -> list[Line]:
    headline: Line = [f"{status_emoji(job.status)} ", bold(outside(job.title)), " is ", bold(status_words(job.status))]
    details: Line = [run_details(job.ref, job.deployed_version, job.started_by)]
    lines: list[Line] = [headline, details, ["Dataflow ", code(outside(job.ref.dataflow))]]
    if job.start_time is not None:
        lines.append(_life(job, job.start_time, now))
    elif job.duration is not None:
        lines.append([f"Ran {lasting(job.duration)}"])
    if throughput is not None and throughput.now.run in (None, job.ref.run):
        lines += _moved(throughput)
    agent_group = job.extra_data.get("agentGroupId")
    for label, value in (
        ("Location", job.location),
        ("Runtime environment", job.runtime_env),
        ("Secure Agent group", agent_group if isinstance(agent_group, str) else None),
        ("Organisation", job.org_id),
    ):
        if value:
            lines.append([f"{label} ", code(outside(value))])
    return lines


def _moved(throughput: Throughput) -> list[Line]:
    """`1.2 M messages in, 14 k/s · 1.1 M out, 13 k/s`, and the same of bytes."""
    figures: Sequence[Sequence[tuple[Figure, str]]] = (
        [("in_messages", "messages in"), ("out_messages", "out")],
        [("in_bytes", "B in"), ("out_bytes", "B out")],
    )
    lines = [" · ".join(filter(None, (_moved_once(throughput, *figure) for figure in line))) for line in figures]
    return [[line] for line in lines if line]


def _moved_once(throughput: Throughput, figure: Figure, words: str) -> str:
    total, rate = getattr(throughput.now, figure), throughput.rate(figure)
    if total is None:
        return ""
    gap = "" if words.startswith("B") and not large(total)[-1].isdigit() else " "
    return f"{large(total)}{gap}{words}" + (f", {large(rate)}/s" if rate is not None else "")


def _life(job: Job, start: datetime, now: datetime) -> Line:
    if job.end_time is not None:
        ran = job.duration if job.duration is not None else job.end_time - start
        return ["Deployed ", moment(start), " · undeployed ", moment(job.end_time), f" · ran {lasting(ran)}"]
    return ["Deployed ", moment(start), f" · running for {lasting(now - start)}" if now > start else ""]


def cannot_see(ref: Ref, reason: str, remedy: str) -> Message:
    """A look that showed nothing: why, and what to do. Never a status."""
    return message(["⚠️ I can't see ", code(outside(typed(ref))), " now: ", f"{reason}."], [remedy])


# ── watching ────────────────────────────────────────────────────────────────────────────────────────────────────────


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
    buttons = [show_button(str(target)), change_button(target), stop_button(str(target))]
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


def cannot_post(again: str, *, bot_name: str, why: str, elsewhere: str | None = None) -> Message:
    """The bot may not post in this channel, or in the one `elsewhere`: how to invite it, where that helps, and the line
    to repeat."""
    place: Line = [channel(elsewhere)] if elsewhere else ["this channel"]
    if not is_not_a_member(why):
        found = obstacle(why)
        return message(
            ["⚠️ I can't post in ", *place, f", so nothing would be told there: {found.why}."],
            [f"Please {found.remedy}, then say it again: ", code(outside(again, 200))],
        )
    say: Line = ["Say there: "] if elsewhere else ["Invite me: "]
    return message(
        ["⚠️ I'm not in ", *place, ", so I can't post there."],
        [*say, code(f"/invite @{outside(bot_name)}"), " – then say it again: ", code(outside(again, 200))],
    )


def cannot_message_you(why: str) -> Message:
    return message(
        ["⚠️ I can't send you direct messages, so I don't watch anything for you."],
        ["Slack says: ", code(outside(why)), ". Ask whoever manages this app to switch its Messages tab on."],
    )


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


# ── mutes and pauses ────────────────────────────────────────────────────────────────────────────────────────────────


def muted(
    target: Target, title: str, *, by: str, until: datetime, to_person: bool, status: Status, seen: bool = True
) -> Message:
    """Nothing is told of the job until then; how it is now (as far as it can be seen), and how to end the mute."""
    name = bold(outside(title))
    what: Line = ["🔇 I won't tell you about ", name] if to_person else ["🔇 ", person(by), " muted ", name]
    return message(
        [*what, " until " if to_person else " in this channel until ", moment(until), "."],
        [*_now(status, seen=seen), ". If it is in trouble then, I'll say so."],
        buttons=[button("Unmute", Action.UNMUTE, str(target))],
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


# ── when something is wrong ─────────────────────────────────────────────────────────────────────────────────────────


def refusal(refused: GrammarError, *, command: str) -> Message:
    """What was wrong, what is right, and a line to copy."""
    return message([refused.wrong], [refused.right], ["Try: ", code(outside(f"{command} {refused.example}", 250))])


def busy(again: str) -> Message:
    return message(["I have too many requests under way. Please say it again in a moment: ", code(outside(again, 200))])


def interrupted(again: str) -> Message:
    return message(["I'm being restarted and could not finish. Please say it again: ", code(outside(again, 200))])


def took_too_long(again: str) -> Message:
    return message(["That took too long, so I stopped waiting. Please say it again: ", code(outside(again, 200))])


def database_problem() -> Message:
    return message(
        ["⚠️ I can't reach my own database now, so nothing was changed. Please say it again in a minute."],
        ["If it stays like this, tell whoever runs this bot."],
    )


def own_fault() -> Message:
    return message(["⚠️ Something went wrong on my side. It is in my log; please tell whoever runs this bot."])
