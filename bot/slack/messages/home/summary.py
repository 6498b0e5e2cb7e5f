"""What stands above the rows of the Home tab: how many jobs there are, how they are, and which alerts don't come."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from bot.domain.channel.silence import Silence
from bot.domain.destination import Destination
from bot.domain.home.page import HomePage, PausedPlace, QuietPlace
from bot.domain.job import StatusClass
from bot.domain.subscription import Subscription
from bot.slack.grammar.presses import ResumeAlerts
from bot.slack.messages.blocks import Line, bold, channel, message, moment, person, sanitize
from bot.slack.messages.buttons import button
from bot.slack.messages.channel.maintenance import begun_by, which
from bot.slack.messages.delivery_problems import delivery_problem
from bot.slack.messages.home.elements import block_id
from bot.slack.messages.text import STATUS_ICONS, counted, unbroken

_WORDS = {
    StatusClass.ERROR: "Running with Error",
    StatusClass.UNKNOWN: "in an unknown status",
    StatusClass.WARNING: "Running with Warning",
    StatusClass.STOPPED: "Stopped",
    StatusClass.UNDEPLOYED: "Undeployed",
    StatusClass.DEPLOYING: "Deploying",
    StatusClass.HEALTHY: "Up and Running",
}


def heading(page: HomePage) -> Sequence[Line]:
    """How many jobs are watched, by whom, and how they are."""
    who = [f"You watch {counted(page.own, 'job')}"] if page.own or not page.channels else []
    who += [f"your channels watch {page.channels:,}"] if who and page.channels else []
    who = who or [f"Your channels watch {counted(page.channels, 'job')}"]
    lines: list[Line] = [[bold(" · ".join(who))]]
    counts = [(kind, page.statuses[kind]) for kind in StatusClass if page.statuses.get(kind)]
    if counts:
        lines.append(
            [
                " · ".join(
                    f"{unbroken(STATUS_ICONS[kind], unbroken(f'{count:,}', _WORDS[kind]))}" for kind, count in counts
                )
            ]
        )
    elif page.patterns:
        lines.append(["No matches yet. New jobs that match will be added."])
    if page.unasked is not None:
        lines.append(cannot_ask(page.unasked))
    return lines


def cannot_ask(code: str) -> Line:
    """Slack could not be asked which channels the person is in; `code` is why."""
    why = delivery_problem(code).reason
    return [f"⚠️ I can't show what your channels watch: {why}. Open this tab again in a minute."]


def freshness(page: HomePage, now: datetime) -> tuple[Line, bool]:
    """How old the statuses are, and whether they are old: whether all shown jobs can't be polled, or weren't lately.
    Those of single such jobs are said in their rows."""
    jobs = [one.job for one in page.subscriptions]
    if jobs and not any(job.is_known(now) for job in jobs):
        latest = max(job.polled_at for job in jobs)
        return ["⚠️ Statuses were last checked ", moment(latest), ". They may have changed since."], True
    return ["Statuses as of ", moment(now), ". This page updates when something changes."], False


def what_is_off(page: HomePage, direct_message: str) -> Iterator[dict[str, Any]]:
    """Each reason why alerts don't come, or why a status is unknown; a pause with the button that ends it."""
    lines: list[Line] = [
        [f"📵 Can't check {counted(jobs, 'job')} now: {sanitize(why, 120)}."] for why, jobs in page.failures.items()
    ]
    lines += map(_maintenance, page.silences)
    lines += map(_quiet_hours, page.quiet)
    lines += _mutes(page)
    if lines:
        yield from message(*lines).blocks
    for number, paused in enumerate(page.pauses):
        yield from message(_paused(paused)).blocks
        if not paused.place.is_person:
            resume = button("Resume alerts", ResumeAlerts(paused.place.id))
            name = f"resume-{number}"
            yield {"type": "actions", "block_id": block_id(direct_message, name), "elements": [resume]}


def _mutes(page: HomePage) -> Sequence[Line]:
    """The mutes that end first. Those of maintenance are said by it."""
    lines = [_muted(one) for one in page.mutes]
    left = page.muted - len(page.mutes)
    return [*lines, [f"🔇 … and {left:,} more muted"]] if left > 0 and not page.silences else lines


def _muted(one: Subscription) -> Line:
    until: Line = ["its status changes"] if one.muted_until_change else _moment_or_end(one.muted_until)
    by: Line = [" · by ", person(one.muted_by)] if one.muted_by and not one.destination.is_person else []
    return ["🔇 ", bold(sanitize(one.job.title, 60)), " is muted ", *_where(one.destination), " until ", *until, *by]


def _maintenance(one: Silence) -> Line:
    what: Line = [
        "🔇 Maintenance of ",
        *which(one.glob, 60),
        " ",
        *_where(one.destination),
        " until ",
        moment(one.ends_at),
    ]
    return [*what, f": {sanitize(one.reason, 150)}" if one.reason else "", *begun_by(one)]


def _quiet_hours(one: QuietPlace) -> Line:
    return ["🌙 Quiet hours ", *_where(one.place), *([" until ", moment(one.until)] if one.until is not None else [])]


def _paused(paused: PausedPlace) -> Line:
    problem = delivery_problem(paused.why)
    resume = " and alerts resume" if problem.resumes_alerts else ""
    why = f" are paused: {problem.reason}. {problem.to_do}{resume}."
    jobs = counted(paused.jobs, "job")
    if paused.place.is_person:
        return [f"🚧 Your alerts for {jobs}{why}"]
    return [f"🚧 Alerts for {jobs} in ", channel(paused.place.id), why]


def _where(place: Destination) -> Line:
    return ["for you"] if place.is_person else ["in ", channel(place.id)]


def _moment_or_end(at: datetime | None) -> Line:
    return ["it ends"] if at is None else [moment(at)]
