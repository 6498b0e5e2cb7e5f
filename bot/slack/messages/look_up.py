"""A job as a look-up shows it."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.job import Job, Target
from bot.domain.throughput import Figure, Throughput
from bot.slack.grammar.commands import Watch
from bot.slack.grammar.references import Ref
from bot.slack.messages.blocks import (
    Line,
    Message,
    bold,
    code,
    message,
    moment,
    outside,
    person,
)
from bot.slack.messages.buttons import button
from bot.slack.messages.presses import ShareJob
from bot.slack.messages.text import large, lasting, run_details, status_emoji, status_words, typed


def job_card(job: Job, target: Target, *, now: datetime, throughput: Throughput | None = None) -> Message:
    """The job as it is now and what it moves, to the person who asked, with buttons to share and to watch it as it was
    named: that run, or whatever run it has."""
    buttons = [
        button("Share here", ShareJob(target)),
        button("Watch here", Watch(target)),
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
