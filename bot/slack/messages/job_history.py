"""What a job went through."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.change import Change
from bot.domain.job import Status
from bot.slack.grammar.references import Ref
from bot.slack.messages.blocks import (
    Line,
    Message,
    bold,
    code,
    message,
    moment,
    outside,
)
from bot.slack.messages.text import counted, lasting, status_emoji, status_shown, status_words, typed

CHANGES_SHOWN = 20


def history(
    run: int,
    title: str,
    changes: Sequence[Change],
    now_status: Status,
    since: datetime,
    *,
    now: datetime,
    total: int,
    watched: bool,
) -> Message:
    """How the job is, and the newest of the `total` changes that were seen of it; `changes` come newest first.

    `since` is when it got into `now_status`. Where nobody watches it any more (`watched` False) that is merely the
    last that was seen.
    """
    name: Line = [bold(outside(title)), f" (run {run})"]
    status = bold(status_words(now_status))
    if watched:
        first: Line = [f"{status_emoji(now_status)} ", *name, " is ", status, " since ", moment(since)]
        lines: list[Line] = [[*first, f", for {lasting(now - since)}"]]
    else:
        seen = f"{status_emoji(now_status)} "
        lines = [["Nobody watches ", *name, " now. The last that was seen: ", seen, status, ", since ", moment(since)]]
    shown = changes[:CHANGES_SHOWN]
    lines += [_change(change) for change in shown] or [["No change was seen since ", moment(since), "."]]
    if total > len(shown):
        lines.append([f"… and {counted(total - len(shown), 'earlier change')}"])
    return message(*lines)


def _change(change: Change) -> Line:
    after = f"  after {lasting(change.lasted)}" if change.lasted is not None else ""
    redeployed = f"  redeployed: run {change.old_run} → {change.ref.run}" if change.old_run is not None else ""
    return [moment(change.at), f"  {status_shown(change.old, 40)} → {status_shown(change.new, 40)}{after}{redeployed}"]


def no_history(ref: Ref, command: str) -> Message:
    """A job that nobody ever watched: there is no history, and how there will be one."""
    return message(
        ["Nobody has watched ", code(outside(typed(ref))), " so far, so no change of it was seen."],
        ["Watch it: ", code(outside(f"{command} watch {typed(ref)}", 200))],
    )
