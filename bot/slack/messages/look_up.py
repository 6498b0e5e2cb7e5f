"""What a look-up of a job is answered with."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.job import Job, Target
from bot.domain.throughput import Figure, Throughput
from bot.slack.grammar.references import Ref
from bot.slack.messages.blocks import Line, Message, bold, code, message, moment, person, sanitize
from bot.slack.messages.buttons import share_button, watch_button
from bot.slack.messages.text import capitalized, duration, shorten, status_icon, status_words, typed, with_unit

_COUNTERS: Sequence[Sequence[tuple[Figure, str, str]]] = (
    [("in_messages", "messages", "in"), ("out_messages", "messages", "out")],
    [("in_bytes", "B", "in"), ("out_bytes", "B", "out")],
)


def job_card(job: Job, target: Target, *, now: datetime, throughput: Throughput | None = None) -> Message:
    """The job as it is now, to the person who asked. The buttons share and watch it as it was named (`target`)."""
    buttons = [share_button(target), watch_button(target)]
    return message(*_job_lines(job, now, throughput), buttons=buttons)


def shared_job_card(job: Job, shared_by: str, *, now: datetime) -> Message:
    """The same for everybody in the channel, with the person who shared it."""
    return message(*_job_lines(job, now), ["Shared by ", person(shared_by)])


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


def _job_lines(job: Job, now: datetime, throughput: Throughput | None = None) -> list[Line]:
    headline: Line = [f"{status_icon(job.status)} ", bold(sanitize(job.title)), " is ", bold(status_words(job.status))]
    lines: list[Line] = [headline, [capitalized(run_details(job.ref.run, job.deployed_version, job.started_by))]]
    if job.start_time is not None:
        lines.append(_lifetime(job, job.start_time, now))
    elif job.duration is not None:
        lines.append([f"Ran for {duration(job.duration)}"])
    if throughput is not None and throughput.now.run in (None, job.ref.run):
        lines += _throughput(throughput)
    agent_group = job.extra_data.get("agentGroupId")
    for label, value in (
        ("Dataflow", job.ref.dataflow),
        ("Location", job.location),
        ("Runtime environment", job.runtime_env),
        ("Secure Agent group", agent_group if isinstance(agent_group, str) else None),
        ("Organisation", job.org_id),
    ):
        if value:
            lines.append([f"{label}: ", code(sanitize(value))])
    return lines


def _lifetime(job: Job, start: datetime, now: datetime) -> Line:
    if job.end_time is not None:
        ran = job.duration if job.duration is not None else job.end_time - start
        return ["Deployed ", moment(start), " · undeployed ", moment(job.end_time), f" · ran for {duration(ran)}"]
    is_running = now > start and not job.status.status_class.is_inactive
    return ["Deployed ", moment(start), f" · running for {duration(now - start)}" if is_running else ""]


def _throughput(throughput: Throughput) -> list[Line]:
    """`1.2 M messages in (14 k messages/s) · 1.1 M messages out`, and the same for bytes."""
    lines = [" · ".join(filter(None, (_counter(throughput, *counter) for counter in line))) for line in _COUNTERS]
    return [[line] for line in lines if line]


def _counter(throughput: Throughput, figure: Figure, unit: str, direction: str) -> str:
    total, rate = getattr(throughput.now, figure), throughput.rate(figure)
    if total is None:
        return ""
    per_second = f" ({with_unit(rate, unit)}/s)" if rate is not None else ""
    return f"{with_unit(total, unit)} {direction}{per_second}"
