"""Every answer that people get, as data. Pure: jobs, references and the time go in, a `Message` comes out."""

from datetime import datetime

from bot.jobs import Job, JobRef, Status
from bot.slack.grammar import Refusal
from bot.slack.message import Action as Action
from bot.slack.message import (
    Line,
    Message,
    bold,
    button,
    channel,
    code,
    message,
    moment,
    outside,
    person,
    show_button,
    stop_button,
)
from bot.slack.text import (
    counted,
    is_not_a_member,
    lasting,
    obstacle,
    run_details,
    status_emoji,
    status_shown,
    status_words,
    typed,
)
from bot.when import CHANGES, ERRORS, PROBLEMS, When

_ALL = When()


# ── a look at a job ─────────────────────────────────────────────────────────────────────────────────────────────────


def job_card(job: Job, *, now: datetime) -> Message:
    """The job as it is now, to the person who asked, with buttons to share and to watch it."""
    buttons = [
        button("Share here", Action.SHARE, str(job.ref)),
        button("Watch here", Action.WATCH, str(job.ref)),
    ]
    return message(*_job_lines(job, now), buttons=buttons)


def shared_job_card(job: Job, shared_by: str, *, now: datetime) -> Message:
    """The same for everybody in the channel, saying who shared it."""
    return message(*_job_lines(job, now), ["Shared by ", person(shared_by)])


def _job_lines(job: Job, now: datetime) -> list[Line]:
    headline: Line = [f"{status_emoji(job.status)} ", bold(outside(job.title)), " is ", bold(status_words(job.status))]
    details: Line = [run_details(job.ref, job.deployed_version, job.started_by)]
    lines: list[Line] = [headline, details, ["Dataflow ", code(outside(job.ref.dataflow))]]
    if job.start_time is not None:
        lines.append(_life(job, job.start_time, now))
    elif job.duration is not None:
        lines.append([f"Ran {lasting(job.duration)}"])
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


def _life(job: Job, start: datetime, now: datetime) -> Line:
    if job.end_time is not None:
        ran = job.duration if job.duration is not None else job.end_time - start
        return ["Deployed ", moment(start), " · undeployed ", moment(job.end_time), f" · ran {lasting(ran)}"]
    return ["Deployed ", moment(start), f" · running for {lasting(now - start)}" if now > start else ""]


def cannot_see(ref: JobRef, reason: str, remedy: str) -> Message:
    """A look that showed nothing: why, and what to do. Never a status."""
    return message(["⚠️ I can't see ", code(outside(typed(ref))), " now: ", f"{reason}."], [remedy])


# ── watching ────────────────────────────────────────────────────────────────────────────────────────────────────────

_TOLD_WHEN = {
    CHANGES: "every change of its status",
    PROBLEMS: "problems (a warning, an error, an unknown status, an end, and the recovery)",
    ERRORS: "errors (Running with Error or an unknown status, and the recovery)",
}


def now_watching(ref: JobRef, title: str, status: Status, *, by: str, to_person: bool, when: When = _ALL) -> Message:
    """The confirmation of a subscription, with the job's name and present status."""
    job: Line = [bold(outside(title)), f" (run {ref.run})"]
    if to_person:
        what: Line = ["👀 I'll tell you here about ", *job, f": {_told_when(when)}."]
    else:
        what = ["👀 ", person(by), " made this channel watch ", *job, f". Told here: {_told_when(when)}."]
    return message(what, _now(status), buttons=[show_button(str(ref)), stop_button(str(ref))])


def watching_by_message(title: str, status: Status, *, when: When = _ALL) -> Message:
    """To the person who asked in a channel to be told by direct message."""
    return message(
        ["👀 I'll tell you by direct message about ", bold(outside(title)), f": {_told_when(when)}."], _now(status)
    )


def already_watching(title: str, status: Status, *, to_person: bool, when: When = _ALL) -> Message:
    return message(
        ["You already watch " if to_person else "This channel already watches ", bold(outside(title)), "."],
        [f"{'You are told' if to_person else 'Told here'}: {_told_when(when)}."],
        _now(status),
    )


def watching_differently(title: str, status: Status, when: When, *, by: str, to_person: bool) -> Message:
    """A subscription that there was already is told of other changes from now on."""
    if to_person:
        what: Line = ["👀 From now on I'll tell you about ", bold(outside(title)), f": {_told_when(when)}."]
    else:
        changed: Line = ["👀 ", person(by), " changed what this channel is told about ", bold(outside(title))]
        what = [*changed, f". From now on: {_told_when(when)}."]
    return message(what, _now(status))


def _told_when(when: When) -> str:
    """Which changes are told, in words that follow a colon."""
    if when.word is not None:
        return _TOLD_WHEN[when.word]
    *others, last = [status_words(status, 40) for status in when.statuses[:10]] or ["(no status)"]
    return f"when it becomes {', '.join(others)} or {last}" if others else f"when it becomes {last}"


def _now(status: Status, *, seen: bool = True) -> Line:
    return [f"Now: {status_shown(status)}" if seen else f"I can't see it now; last seen: {status_shown(status)}"]


def cannot_post_here(again: str, *, bot_name: str, why: str) -> Message:
    """The bot may not post in the channel: how to invite it, where that helps, and the line to repeat."""
    if not is_not_a_member(why):
        found = obstacle(why)
        return message(
            [f"⚠️ I can't post in this channel, so I don't watch anything for it: {found.why}."],
            [f"Please {found.remedy}, then say it again: ", code(outside(again, 200))],
        )
    return message(
        ["⚠️ I can't post in this channel, so I don't watch anything for it yet."],
        ["Invite me: ", code(f"/invite @{outside(bot_name)}"), " – then say it again: ", code(outside(again, 200))],
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


def was_not_watching(ref: JobRef, *, to_person: bool, command: str) -> Message:
    return message(
        ["You don't watch " if to_person else "This channel doesn't watch ", code(outside(typed(ref))), "."],
        ["What is watched: ", code(f"{command} list")],
    )


# ── mutes and pauses ────────────────────────────────────────────────────────────────────────────────────────────────


def muted(
    ref: JobRef, title: str, *, by: str, until: datetime, to_person: bool, status: Status, seen: bool = True
) -> Message:
    """Nothing is told of the job until then; how it is now (as far as it can be seen), and how to end the mute."""
    name = bold(outside(title))
    what: Line = ["🔇 I won't tell you about ", name] if to_person else ["🔇 ", person(by), " muted ", name]
    return message(
        [*what, " until " if to_person else " in this channel until ", moment(until), "."],
        [*_now(status, seen=seen), ". If it is in trouble then, I'll say so."],
        buttons=[button("Unmute", Action.UNMUTE, str(ref))],
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
    goes_on = counted(count, "paused watch goes on", "paused watches go on")
    return message(["▶️ I can post in ", channel(channel_id), f" again: {goes_on}."])


def nothing_to_resume(channel_id: str) -> Message:
    return message(["Nothing is paused for ", channel(channel_id), " any more."])


# ── when something is wrong ─────────────────────────────────────────────────────────────────────────────────────────


def refusal(refused: Refusal, *, command: str) -> Message:
    """What was wrong, what is right, and a line to copy."""
    return message([refused.wrong], [refused.right], ["Try: ", code(outside(f"{command} {refused.example}", 250))])


def busy(again: str) -> Message:
    return message(["I have too many requests under way. Please say it again in a moment: ", code(outside(again, 200))])


def interrupted(again: str) -> Message:
    return message(["I'm being restarted and could not finish. Please say it again: ", code(outside(again, 200))])


def took_too_long(again: str) -> Message:
    return message(["That took too long, so I stopped waiting. Please say it again: ", code(outside(again, 200))])


def store_trouble() -> Message:
    return message(
        ["⚠️ I can't reach my own database now, so nothing was changed. Please say it again in a minute."],
        ["If it stays like this, tell whoever runs this bot."],
    )


def own_fault() -> Message:
    return message(["⚠️ Something went wrong on my side. It is in my log; please tell whoever runs this bot."])
