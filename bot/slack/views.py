"""Every message that people see, as data. Pure: jobs, changes and the time go in, a `Message` comes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.jobs import Change, Job, JobRef, Status
from bot.slack.grammar import Refusal
from bot.slack.message import (
    Line,
    Message,
    Piece,
    bold,
    button,
    code,
    confirmation,
    fallback,
    message,
    moment,
    outside,
    person,
)
from bot.slack.text import lasting, status_emoji, status_words

ROWS_A_PAGE = 20
# Slack's words for a channel that the bot would have to be invited to: the second is what it says of a private one.
_NOT_A_MEMBER = ("not_in_channel", "channel_not_found")


class Action(StrEnum):
    """The buttons. Each carries a job's reference as its value."""

    SHOW = "show_job"
    SHARE = "share_job"
    WATCH = "watch_job"
    UNWATCH = "unwatch_job"


@dataclass(frozen=True)
class Row:
    """A watched job as the list shows it. `unseen_because` and `paused_because` are None while all is well."""

    ref: JobRef
    title: str
    status: Status
    since: datetime
    seen_at: datetime
    created_by: str
    unseen_because: str | None = None
    paused_because: str | None = None


# ── alerts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def alert(change: Change) -> Message:
    """A job changed its status. The first line alone says it all, and is what a lock screen shows."""
    headline: Line = [
        f"{status_emoji(change.new)} ",
        bold(outside(change.title)),
        " is ",
        bold(status_words(change.new)),
        f" – was {status_emoji(change.old)} {status_words(change.old)}",
        f" for {lasting(change.lasted)}" if change.lasted is not None else "",
    ]
    details: Line = [*_run_and_version(change.ref, change.version, change.started_by), " · seen ", moment(change.at)]
    return message(
        headline,
        details,
        text=fallback(headline),
        buttons=[button("Show job now", Action.SHOW, str(change.ref)), _stop_button(change.ref)],
    )


def _typed(ref: JobRef) -> str:
    """A reference as people type it."""
    return f"{ref.dataflow} {ref.run}"


def _run_and_version(ref: JobRef, version: str | None, started_by: str | None) -> list[Piece | str]:
    parts = [f"Run {ref.run}"]
    if version is not None:
        parts.append(f"version {outside(version, 40)}")
    if started_by is not None:
        parts.append(f"deployed by {outside(started_by, 60)}")
    return [" · ".join(parts)]


def _stop_button(ref: JobRef) -> dict[str, object]:
    ask = confirmation(
        "Stop watching?", "Nobody here will be told any more when this job changes.", "Stop watching", "Keep watching"
    )
    return button("Stop watching", Action.UNWATCH, str(ref), confirm=ask)


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
    details = _run_and_version(job.ref, job.deployed_version, job.started_by)
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
    return message(["⚠️ I can't see ", code(outside(_typed(ref))), " now: ", f"{reason}."], [remedy])


# ── watching ────────────────────────────────────────────────────────────────────────────────────────────────────────


def now_watching(ref: JobRef, title: str, status: Status, *, by: str, to_person: bool) -> Message:
    """The confirmation of a subscription, with the job's name and present status."""
    who: Line = ["👀 I'll tell you here"] if to_person else ["👀 ", person(by), " made this channel watch"]
    what: Line = [
        *who,
        " when " if to_person else " ",
        bold(outside(title)),
        f" (run {ref.run})",
        " changes its status." if to_person else ": every change of its status is told here.",
    ]
    return message(
        what,
        ["Now: ", f"{status_emoji(status)} {status_words(status)}"],
        buttons=[button("Show job now", Action.SHOW, str(ref)), _stop_button(ref)],
    )


def watching_by_message(title: str, status: Status) -> Message:
    """To the person who asked in a channel to be told by direct message."""
    return message(
        ["👀 I'll tell you by direct message when ", bold(outside(title)), " changes its status."],
        ["Now: ", f"{status_emoji(status)} {status_words(status)}"],
    )


def already_watching(title: str, status: Status, *, to_person: bool) -> Message:
    return message(
        ["You already watch " if to_person else "This channel already watches ", bold(outside(title)), "."],
        ["Now: ", f"{status_emoji(status)} {status_words(status)}"],
    )


def cannot_post_here(again: str, *, bot_name: str, why: str) -> Message:
    """The bot is not in the channel: how to invite it, and the line to repeat."""
    if why not in _NOT_A_MEMBER:
        return message(
            ["⚠️ I may not post in this channel, so I don't watch anything for it."], ["Slack says: ", code(why)]
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
        ["You don't watch " if to_person else "This channel doesn't watch ", code(outside(_typed(ref))), "."],
        ["What is watched: ", code(f"{command} list")],
    )


# ── lists and help ──────────────────────────────────────────────────────────────────────────────────────────────────


def watch_list(rows: Sequence[Row], *, page: int, to_person: bool, command: str) -> Message:
    """What is watched here: `rows` in the order shown (worst first), one page of them."""
    if not rows:
        return message(_count(0, to_person), ["Watch one: ", code(f"{command} watch DATAFLOW RUN")])
    pages = -(-len(rows) // ROWS_A_PAGE)
    page = min(page, pages)
    shown = rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]
    lines: list[Line] = [_count(len(rows), to_person)]
    for row in shown:
        lines += _row(row)
    if pages > 1:
        more: list[Piece | str] = ["  More: ", code(f"{command} list page {page + 1}")] if page < pages else []
        lines.append([f"Page {page} of {pages}.", *more])
    return message(*lines)


def _count(count: int, to_person: bool) -> Line:
    watches = "You watch" if to_person else "This channel watches"
    return [f"{watches} no job yet."] if count == 0 else [bold(f"{watches} {count} job{'' if count == 1 else 's'}")]


def _row(row: Row) -> list[Line]:
    """A job in the list. Each text from outside is short: a page of the longest ones must fit into one message."""
    lines: list[Line] = [
        [
            f"{status_emoji(row.status)} ",
            bold(outside(row.title, 80)),
            f" – {outside(status_words(row.status), 40)} since ",
            moment(row.since),
            " · ",
            code(_typed(row.ref)),
            " · by ",
            person(row.created_by),
        ]
    ]
    if row.unseen_because:
        lines.append([f"      ⚠️ can't see it now ({outside(row.unseen_because)}), last seen ", moment(row.seen_at)])
    if row.paused_because:
        how = "invite me again, then watch it" if row.paused_because in _NOT_A_MEMBER else "watch it again"
        lines.append([f"      ⏸ paused: Slack says {outside(row.paused_because, 60)}; {how} to resume"])
    return lines


def help_text(rows: Sequence[Row], *, to_person: bool, command: str) -> Message:
    """A short help that starts with what is watched here."""
    watched: list[Line] = [_count(len(rows), to_person)]
    watched += [[f"{status_emoji(r.status)} {outside(r.title, 80)} – {status_words(r.status)}"] for r in rows[:3]]
    if len(rows) > 3:
        watched.append([f"… and {len(rows) - 3} more: ", code(f"{command} list")])
    told = "tell me" if to_person else "tell this channel"
    usage = [
        ("status DATAFLOW RUN", "the job as it is now, only to you"),
        ("watch DATAFLOW RUN", f"{told} whenever it changes its status"),
        *([] if to_person else [("watch DATAFLOW RUN to me", "tell me alone, by direct message")]),
        ("unwatch DATAFLOW RUN", "stop telling"),
        ("list", "what is watched here, worst first"),
    ]
    lines: list[Line] = [[code(f"{command} {example}"), f"  {meaning}"] for example, meaning in usage]
    return message(
        *watched,
        [""],
        *lines,
        ["DATAFLOW and RUN are the job's IDs; DATAFLOW/RUN and a URL with both do too."],
    )


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
