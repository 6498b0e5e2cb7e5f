"""What a look-up of a job is answered with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.job import Job, JobLink, Status, Target
from bot.domain.subscription import Subscription
from bot.domain.throughput import Figure, Throughput
from bot.slack.grammar.commands import History
from bot.slack.grammar.references import Ref
from bot.slack.messages.blocks import (
    Line,
    Message,
    Piece,
    bold,
    code,
    columns,
    fallback,
    message,
    moment,
    person,
    sanitize,
)
from bot.slack.messages.buttons import (
    button,
    details_button,
    open_button,
    share_button,
    show_button,
    watch_button,
    watching_button,
)
from bot.slack.messages.reminding.words import reminding_lines
from bot.slack.messages.text import (
    ago,
    capitalized,
    duration,
    known_to_last,
    quantity,
    shorten,
    status_icon,
    status_words,
    typed,
    with_unit,
)
from bot.slack.messages.watch_list import silence

_LONG_OVER = timedelta(days=30)
_COUNTERS: Mapping[Figure, tuple[str, str]] = {
    "in_messages": ("messages", "in"),
    "out_messages": ("messages", "out"),
    "in_bytes": ("B", "in"),
    "out_bytes": ("B", "out"),
}


@dataclass(frozen=True)
class Surroundings:
    """What a card shows besides the job: whether it is in direct messages, the watch of this place if there is one,
    whether the reader has a history of the job, and where the job's page is."""

    is_direct: bool = False
    subscription: Subscription | None = None
    has_history: bool = False
    link: JobLink | None = None


def job_card(
    job: Job, target: Target, around: Surroundings, *, now: datetime, throughput: Throughput | None = None
) -> Message:
    """The job as it is now, to the person who asked. The buttons share and watch it as it was named (`target`)."""
    share = [] if around.is_direct else [share_button(target)]
    buttons = [_watch_button(target, around), *share, *_more_buttons(job, target, around)]
    return _card(job, (), around.subscription, buttons, now=now, throughput=throughput)


def shared_job_card(
    job: Job,
    target: Target,
    around: Surroundings,
    shared_by: str,
    *,
    now: datetime,
    throughput: Throughput | None = None,
) -> Message:
    """The same for everybody in the channel, with the person who shared it. A colleague can look the job up again,
    since a shared card grows old."""
    buttons = [show_button(target), _watch_button(target, around), *_more_buttons(job, target, around)]
    return _card(job, [person(shared_by)], around.subscription, buttons, now=now, throughput=throughput)


def unfurled_job(job: Job, target: Target, *, now: datetime, watched: Subscription | None = None) -> Message:
    """The job below a link to it, to everybody in the channel, with the watch of that channel if there is one. It grows
    old, so it says when it was seen, and a colleague can look the job up again."""
    headline = _headline(job, watched, now)
    small: Line = ["As of ", moment(now), f" · {run_details(job.ref.run, job.deployed_version, None)}"]
    buttons = [show_button(target), watching_button(target) if watched else watch_button(target)]
    return message(headline, small=[small], buttons=buttons)


def cannot_check(ref: Ref, reason: str, remedy: str) -> Message:
    """A look-up that failed: why, and what to do. Never a status."""
    return message(["Can't check ", code(sanitize(typed(ref))), f" now: {reason}."], [remedy])


def run_details(run: object, version: str | None, started_by: str | None) -> str:
    """The run, and its version and deployer if they are known."""
    parts = [
        f"run {run}",
        f"version {shorten(version, 90)}" if version else "",
        f"deployed by {shorten(started_by, 60)}" if started_by else "",
    ]
    return " · ".join(filter(None, parts))


def _card(
    job: Job,
    by: Sequence[Piece],
    subscription: Subscription | None,
    buttons: Sequence[dict[str, Any]],
    *,
    now: datetime,
    throughput: Throughput | None,
) -> Message:
    if throughput is not None and throughput.now.run not in (None, job.ref.run):
        throughput = None
    lines = [_headline(job, subscription, now), *_unusual(job, subscription, throughput)]
    fields = [*_rates(throughput), *_totals(throughput), *_life(job, now)]
    small: Line = [capitalized(" · ".join(filter(None, (_surroundings(job), "shared by " if by else "")))), *by]
    spoken: list[Line] = [*lines, *([f"{label}: ", *value] for label, value in fields), small]
    text = "\n".join(filter(None, map(fallback, spoken)))
    return message(*lines, below=columns(fields), small=[small] if any(small) else [], buttons=buttons, text=text)


def _headline(job: Job, subscription: Subscription | None, now: datetime) -> Line:
    """`❌ orders is Running with Error · for 12 min`. How long is known where the job is watched, and of a job that has
    been over for long it is what matters most."""
    headline: Line = [f"{status_icon(job.status)} ", bold(sanitize(job.title)), " is ", bold(status_words(job.status))]
    if job.status.status_class.is_inactive and job.end_time is not None and now - job.end_time >= _LONG_OVER:
        return [*headline, f" · it ended {ago(now - job.end_time)}"]
    tracked = subscription.job if subscription else None
    if tracked is None or (tracked.ref, tracked.status) != (job.ref, job.status) or not tracked.is_known(now):
        return headline
    lasted = known_to_last(tracked.lasted(now))
    return [*headline, f" · {lasted}" if lasted else ""]


def _unusual(job: Job, subscription: Subscription | None, throughput: Throughput | None) -> list[Line]:
    """What the person on call would otherwise find out late."""
    lines = [*silence(subscription), *reminding_lines(subscription.reminding, names=False)] if subscription else []
    if _is_stuck(job.status, throughput):
        lines.append(["⏳ Messages come in, but none go out"])
    return lines


def _is_stuck(status: Status, throughput: Throughput | None) -> bool:
    if throughput is None or status.status_class.is_inactive:
        return False
    return bool(throughput.rate("in_messages")) and throughput.rate("out_messages") == 0


def _rates(throughput: Throughput | None) -> list[tuple[str, Line]]:
    """What goes through now or, as long as that can't be told, what went through on average since the deployment."""
    if throughput is None:
        return []
    rates = {figure: throughput.rate(figure) for figure in _COUNTERS}
    label = f"Throughput, last {duration(throughput.span)}" if throughput.span else ""
    if not any(rate is not None for rate in rates.values()):
        rates, label = {figure: throughput.average(figure) for figure in _COUNTERS}, "Average throughput"
    return _figures(label, rates, per="/s")


def _totals(throughput: Throughput | None) -> list[tuple[str, Line]]:
    totals = {figure: getattr(throughput.now, figure) for figure in _COUNTERS} if throughput else {}
    return _figures("Since the deployment", totals)


def _figures(label: str, numbers: Mapping[Figure, float | None], per: str = "") -> list[tuple[str, Line]]:
    """A line for messages and one for bytes: `4.5 k messages/s in, 0 out`. Bytes have a magnitude each."""
    lines = []
    for wanted in ("messages", "B"):
        parts: list[str] = []
        for figure, (unit, way) in _COUNTERS.items():
            number = numbers.get(figure)
            if unit == wanted and number is not None:
                amount = quantity(number) if parts and unit == "messages" else f"{with_unit(number, unit)}{per}"
                parts.append(f"{amount} {way}")
        lines.append(", ".join(parts))
    text = "\n".join(filter(None, lines))
    return [(label, [text])] if text else []


def _life(job: Job, now: datetime) -> list[tuple[str, Line]]:
    start, end = job.start_time, job.end_time
    fields: list[tuple[str, Line]] = [("Deployed", [moment(start)])] if start is not None else []
    if end is not None:
        fields.append(("Ended", [moment(end)]))
    ran = job.duration if job.duration is not None or start is None or end is None else end - start
    if end is None and start is not None and start < now and not job.status.status_class.is_inactive:
        fields.append(("Running for", [duration(now - start)]))
    elif ran is not None and job.status.status_class.is_inactive:
        fields.append(("Ran for", [duration(ran)]))
    return fields


def _surroundings(job: Job) -> str:
    """By whom it was deployed, and in which folder it is. The runtime environment is an ID."""
    parts = (("deployed by ", job.started_by), ("in ", job.location))
    return " · ".join(f"{before}{shorten(value, 60)}" for before, value in parts if value and shorten(value))


def _watch_button(target: Target, around: Surroundings) -> dict[str, Any]:
    return watching_button(target) if around.subscription else watch_button(target)


def _more_buttons(job: Job, target: Target, around: Surroundings) -> list[dict[str, Any]]:
    history = [button("History", History(target))] if around.has_history else []
    return [*history, *open_button(around.link, job.ref), details_button(job.ref)]
