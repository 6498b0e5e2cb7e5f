"""What a job went through."""

from datetime import datetime

from bot.domain.change import Change
from bot.domain.history.recorded import History
from bot.slack.grammar.references import Ref
from bot.slack.messages.blocks import Line, Message, bold, code, message, moment, sanitize
from bot.slack.messages.text import counted, lasting, since, status_icon, status_text, status_words, typed

CHANGES_SHOWN = 20


def job_history(history: History, *, now: datetime) -> Message:
    """The present status, then the latest changes, newest first. If the job isn't watched here any more, the last
    status of which an alert was sent."""
    job = history.job
    name: Line = [bold(sanitize(job.title)), f" (run {job.ref.run})"]
    status, began = bold(status_words(job.status)), moment(job.status_since)
    present: Line = [status, f" {since(is_exact=job.since_is_exact)} ", began]
    if history.watched and job.failure is not None:
        checked: Line = [" · last checked ", moment(job.polled_at)]
        last: Line = [f" now · last seen {status_icon(job.status)} ", *present, *checked]
        lines: list[Line] = [["Can't check ", *name, *last]]
    elif history.watched:
        lasted = f", {lasting(job.lasted(now))}"
        lines = [[f"{status_icon(job.status)} ", *name, " is ", *present, lasted]]
    else:
        last = [f" · last seen {status_icon(job.status)} ", *present]
        lines = [[*name, " isn't watched here any more", *last]]
    shown = history.changes[:CHANGES_SHOWN]
    lines += [_change(change) for change in shown] or [["No changes since ", began, "."]]
    if history.total > len(shown):
        lines.append([f"… and {counted(history.total - len(shown), 'earlier change')}"])
    return message(*lines)


def no_history(ref: Ref, *, to_person: bool, command: str) -> Message:
    """The job isn't watched here. Whether somebody else watches it is theirs to tell."""
    who = "you don't watch it" if to_person else "neither this channel nor you watch it"
    return message(
        ["There is no history for ", code(sanitize(typed(ref))), f" here: {who}."],
        ["Watch it: ", code(sanitize(f"{command} watch {typed(ref)}", 200))],
    )


def _change(change: Change) -> Line:
    after = f"  {lasting(change.lasted).replace('for', 'after', 1)}" if change.lasted is not None else ""
    redeployed = f"  redeployed: run {change.old_run} → {change.ref.run}" if change.old_run is not None else ""
    return [moment(change.at), f"  {status_text(change.old, 40)} → {status_text(change.new, 40)}{after}{redeployed}"]
