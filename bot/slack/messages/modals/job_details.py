"""What else is known of a job: its run, its version, and the IDs that administrators ask for."""

from collections.abc import Sequence
from typing import Any

from bot.domain.job import Job, JobLink, JobRef, Target
from bot.slack.messages.blocks import Line, Message, bold, code, message, moment, sanitize
from bot.slack.messages.buttons import open_button
from bot.slack.messages.delivery_problems import delivery_problem
from bot.slack.messages.text import duration, status_icon, status_words


def looking_up() -> dict[str, Any]:
    """Opened at once, since a trigger is valid for three seconds only."""
    return _modal(message(["Looking up the job…"]))


def job_details(job: Job, link: JobLink | None) -> dict[str, Any]:
    """Each ID stands in a box of its own, to copy."""
    headline: Line = [f"{status_icon(job.status)} ", bold(sanitize(job.title)), f" is {status_words(job.status)}"]
    return _modal(message(headline, *_rows(job), buttons=open_button(link, job.ref)))


def cannot_check(target: Target, reason: str, remedy: str) -> dict[str, Any]:
    """The look-up failed: why, what to do, and the IDs that are known anyway."""
    run: list[Line] = [["Run: ", code(str(target.run))]] if isinstance(target, JobRef) else []
    dataflow = target.dataflow if isinstance(target, JobRef) else target.id
    ids: Sequence[Line] = [["Dataflow: ", code(sanitize(dataflow))], *run]
    return _modal(message([f"Can't check this job now: {reason}."], [remedy], *ids))


def cannot_open(reported: str) -> Message:
    """Slack didn't open the modal: `reported` is its error code."""
    return message([f"Slack didn't show the details: {delivery_problem(reported).reason}. Press the button again."])


def _rows(job: Job) -> list[Line]:
    agent_group = job.extra_data.get("agentGroupId")
    rows: list[Line] = [
        [f"{label}: ", code(sanitize(value))]
        for label, value in (
            ("Dataflow", job.ref.dataflow),
            ("Run", str(job.ref.run)),
            ("Version", job.deployed_version),
            ("Deployed by", job.started_by),
            ("Location", job.location),
            ("Runtime environment", job.runtime_env),
            ("Secure Agent group", agent_group if isinstance(agent_group, str) else None),
            ("Organisation", job.org_id),
        )
        if value
    ]
    for label, at in (("Deployed", job.start_time), ("Ended", job.end_time)):
        if at is not None:
            rows.append([f"{label}: ", moment(at)])
    ran = "Ran for" if job.status.status_class.is_inactive else "Running for"
    return [*rows, [f"{ran}: {duration(job.duration)}"]] if job.duration is not None else rows


def _modal(content: Message) -> dict[str, Any]:
    plain = {"type": "plain_text", "text": "Job details"}
    return {
        "type": "modal",
        "callback_id": "job_details",
        "title": plain,
        "close": plain | {"text": "Close"},
        "blocks": list(content.blocks),
    }
