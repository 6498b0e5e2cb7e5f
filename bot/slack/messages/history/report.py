"""A job's history: the present status, the figures, the timeline in text, and the latest changes."""

import re
from datetime import UTC, datetime, tzinfo
from typing import Any

from bot.domain.change import Change
from bot.domain.history.lookback import Lookback
from bot.domain.history.recorded import History
from bot.domain.history.timeline import Timeline
from bot.slack.grammar.presses import ShareHistory, TurnHistory
from bot.slack.grammar.references import Ref
from bot.slack.messages.blocks import (
    Line,
    Message,
    bold,
    code,
    columns,
    fallback,
    message,
    moment,
    person,
    sanitize,
)
from bot.slack.messages.buttons import button
from bot.slack.messages.history.figures import fields, summary
from bot.slack.messages.history.squares import legend, squares
from bot.slack.messages.text import counted, lasting, since, status_icon, status_text, status_words, typed

CHANGES_SHOWN = 10

# Two marks around a text, and two colons around the name of an emoji.
_MARKUP = re.compile(r"(?<!\w)([*_~`]+|:)(.+?)\1(?!\w)")


def job_history(
    history: History,
    timeline: Timeline | None,
    period: Lookback = Lookback.WEEK,
    zone: tzinfo = UTC,
    *,
    now: datetime,
    has_picture: bool = False,
    to_person: bool = False,
) -> Message:
    """The present status, then what happened in the period; without a `timeline`, the last status of which an alert was
    sent, and the changes until then. `has_picture` says that the picture was sent to the person, `to_person` that they
    asked in a direct message."""
    present = _present(history, now)
    if timeline is None:
        return message(present, *_changes(history, None, None))
    title: Line = [bold(f"The last {period.words}"), ":"]
    changes = _changes(history, period, timeline)
    shown: list[Line] = [legend(timeline, period, zone)]
    if has_picture and not to_person:
        shown.append(["The picture is in your direct messages with me."])
    blocks = [
        *message(present, title).blocks,
        *columns(fields(history, timeline)),
        *message(*squares(timeline, period, zone), small=shown).blocks,
        *message(*changes, buttons=_buttons(history, period, to_person=to_person)).blocks,
    ]
    text = [present, [f"The last {period.words}: ", *summary(timeline)], *changes]
    return Message("\n".join(map(fallback, text)), blocks)


def shared_history(history: History, timeline: Timeline, period: Lookback, zone: tzinfo, sharer: str) -> Message:
    """The history for everybody in the channel, in text: if Slack takes no picture."""
    lines = [shared_headline(history, timeline, period, sharer), *squares(timeline, period, zone)]
    return message(*lines, small=[legend(timeline, period, zone, names_zone=True)], text=fallback(lines[0]))


def shared_headline(history: History, timeline: Timeline, period: Lookback, sharer: str) -> Line:
    """Who shares whose history, and its figures: on top of the picture."""
    shares: Line = [person(sharer), " shares the history of ", _unmarked(history)]
    return [*shares, f" · last {period.words}: ", *summary(timeline)]


def picture_headline(history: History, timeline: Timeline, period: Lookback) -> Line:
    """Whose history it is, and its figures: on top of the picture."""
    name: Line = [f"{status_icon(history.job.status)} ", _unmarked(history)]
    return [*name, f" · last {period.words}: ", *summary(timeline)]


def _unmarked(history: History) -> str:
    """The job's name without what Slack would read as markup: the text above a file is mrkdwn, and has no escape for
    it. The file's own title is plain text, and has the whole name."""
    return _MARKUP.sub(r"\2", sanitize(history.job.title))


def no_history(ref: Ref, *, to_person: bool, command: str) -> Message:
    """The job isn't watched here. Whether somebody else watches it is theirs to tell."""
    who = "you don't watch it" if to_person else "neither this channel nor you watch it"
    return message(
        ["There is no history for ", code(sanitize(typed(ref))), f" here: {who}."],
        ["Watch it: ", code(sanitize(f"{command} watch {typed(ref)}", 200))],
    )


def cannot_share(ref: Ref, *, command: str) -> Message:
    """Only what the channel itself watches is shared with it: what a person watches is theirs."""
    return message(
        ["I can't share the history of ", code(sanitize(typed(ref))), " here: this channel doesn't watch it."],
        ["Watch it: ", code(sanitize(f"{command} watch {typed(ref)}", 200))],
    )


def _present(history: History, now: datetime) -> Line:
    job = history.present
    name: Line = [bold(sanitize(job.title)), f" (run {job.ref.run})"]
    present: Line = [
        bold(status_words(job.status)),
        f" {since(is_exact=job.since_is_exact)} ",
        moment(job.status_since),
    ]
    if history.watched and not job.is_known(now):
        checked: Line = [" · last checked ", moment(job.polled_at)]
        seen: Line = ["Can't check ", *name, " now"] if job.failure is not None else name
        return [*seen, f" · last seen {status_icon(job.status)} ", *present, *checked]
    if history.watched:
        exactly: Line = [", since ", moment(job.status_since)] if job.since_is_exact else []
        status = bold(status_words(job.status))
        return [f"{status_icon(job.status)} ", *name, " is ", status, f" · {lasting(job.lasted(now))}", *exactly]
    return [*name, f" isn't watched here any more · last seen {status_icon(job.status)} ", *present]


def _changes(history: History, period: Lookback | None, timeline: Timeline | None) -> list[Line]:
    shown = history.changes[:CHANGES_SHOWN]
    if not shown and timeline is None:
        return [["No changes since ", moment(history.present.status_since), "."]]
    if not shown:
        seen = " seen" if timeline is not None and timeline.figures.blind else ""
        return [[f"No changes{seen} in this time."]]
    lines = [_change(history.as_known(change)) for change in shown]
    if history.total > len(shown):
        lines.append(
            [f"… and {counted(history.total - len(shown), 'earlier change')}{' in this time' if period else ''}"]
        )
    return lines


def _change(change: Change) -> Line:
    lasted = f" {lasting(change.lasted)}" if change.lasted is not None else ""
    redeployed = f" · redeployed: run {change.old_run} → {change.ref.run}" if change.old_run is not None else ""
    return [moment(change.at), f" · {status_text(change.old, 40)}{lasted} → {status_text(change.new, 40)}{redeployed}"]


def _buttons(history: History, shown: Lookback, *, to_person: bool) -> list[dict[str, Any]]:
    """The other periods; and to share this one, where there is somebody to share it with."""
    target = history.job.target
    found = [button(period.words, TurnHistory(target, period)) for period in Lookback if period is not shown]
    return found if to_person else [*found, button("Share here", ShareHistory(target, shown))]
