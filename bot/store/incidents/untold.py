"""Incidents of jobs that failed before their watch began, or began to remind: no alert opened them.

Such an incident has no message until a reminder or an escalation, or the job's next alert, becomes its first one.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import Dataflow
from bot.domain.subscription import Subscription
from bot.domain.tracked_job import TrackedJob
from bot.store.incidents import reminding
from bot.store.incidents.reading import key_of, to_incident
from bot.store.sql import notification_json
from bot.store.sql.mapping import to_subscription, to_tracked_job
from bot.store.sql.tables import IncidentRow, SubscriptionRow, TrackedJobRow


async def follow_up(
    session: AsyncSession, watches: Sequence[tuple[SubscriptionRow, TrackedJobRow]], now: datetime
) -> None:
    """Plan reminders and escalation for those live watches whose job fails, if nothing follows it yet and nobody takes
    care: its incident begins or, if an alert opened it before, goes on."""
    failing: dict[Destination, list[TrackedJob]] = {}
    for sub, row in watches:
        if sub.remind_every is None and sub.escalate_after is None:
            continue
        watch = to_subscription(sub, to_tracked_job(row))
        if _is_to_follow(watch):
            failing.setdefault(watch.destination, []).append(watch.job)
    for destination, jobs in failing.items():
        present: dict[str, list[IncidentRow]] = {job.ref.dataflow: [] for job in jobs}
        for incident in await reminding.open_rows(session, destination, present):
            present[incident.dataflow].append(incident)
        planned: list[IncidentRow] = []
        for job in jobs:
            of_dataflow = present[job.ref.dataflow]
            if mine := [row for row in of_dataflow if _is_about(row, job)]:
                planned += [row for row in mine if _is_left_alone(row)]
                continue
            begun = _begun(destination, job)
            session.add(begun)
            of_dataflow.append(begun)
            planned.append(begun)
        await reminding.plan(session, destination, planned, now)


def _is_to_follow(watch: Subscription) -> bool:
    """Whether a watch says what follows, and was told already of a status that counts."""
    status, reminding = watch.job.status, watch.reminding
    is_told = watch.notified_status == status and watch.status_filter.matches(status, status)
    parts = (reminding.reminders, reminding.escalation)
    return is_told and any(part is not None and part.during.includes(status) for part in parts)


def _is_about(row: IncidentRow, job: TrackedJob) -> bool:
    """Whether an incident of this dataflow is the job's, which may be watched by its name and by its run."""
    incident = to_incident(row)  # None if a newer release wrote it: then that one follows it up
    if incident is None or incident.target == job.target:
        return True
    return isinstance(incident.target, Dataflow) != job.followed and incident.opening.ref == job.ref


def _is_left_alone(row: IncidentRow) -> bool:
    """Whether nothing is planned about an incident, nor was anything done about it."""
    is_planned = row.reminder_due_at is not None or row.escalation_due_at is not None
    return not is_planned and row.escalated_at is None and row.acknowledged_at is None


def _begun(destination: Destination, job: TrackedJob) -> IncidentRow:
    dataflow, run = key_of(job.target)
    # How it was before nobody knows.
    opening = Change(
        ref=job.ref,
        title=job.title,
        old=job.status,
        new=job.status,
        old_since=None,
        at=job.status_since,
        version=job.version,
        followed=job.followed,
        at_is_exact=job.since_is_exact,
    )
    return IncidentRow(
        workspace=destination.workspace,
        destination=destination.id,
        dataflow=dataflow,
        run=run,
        opening=notification_json.dump(opening),
        status=job.status.raw,
        opened_at=job.status_since,
        changed_at=job.status_since,
    )
