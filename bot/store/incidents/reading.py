"""Incidents as they are: those of some jobs, those that a message shows, and the one that an alert belongs to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.incident import Acknowledgement, Incident, Posted
from bot.domain.job import Dataflow, JobRef, Status, Target
from bot.domain.reminding import Reminding
from bot.domain.subscription import Contact
from bot.store.sql import notification_json
from bot.store.sql.mapping import to_contact, to_reminding
from bot.store.sql.notification_json import UnreadableNotification
from bot.store.sql.tables import IncidentRow, SubscriptionRow, TrackedJobRow

log = structlog.get_logger(__name__)

# Of one message; more than any shows.
_MAX_SHOWN = 1_000
# The order of a few open ones. By the plain column, SQLite would read all that are open to save sorting these.
BY_ID = IncidentRow.id + 0


async def open_at(session: AsyncSession, destination: Destination, dataflows: Collection[str]) -> Sequence[Incident]:
    """The open incidents of some jobs at a destination, oldest first."""
    rows = select(IncidentRow).where(
        IncidentRow.workspace == destination.workspace,
        IncidentRow.destination == destination.id,
        IncidentRow.dataflow.in_(dataflows),
        IncidentRow.closed_at.is_(None),
    )
    return await with_watches(session, (await session.scalars(rows.order_by(BY_ID))).all())


async def shown_by(session: AsyncSession, workspace: str, message: Posted) -> Sequence[Incident]:
    """All that a message shows, open or closed, oldest first; nothing if this release can't read all of it: the rest
    would be lost to whoever looks at the message."""
    rows = select(IncidentRow).where(
        IncidentRow.workspace == workspace,
        IncidentRow.conversation == message.channel,
        IncidentRow.message_ts == message.ts,
    )
    found = (await session.scalars(rows.order_by(IncidentRow.id).limit(_MAX_SHOWN))).all()
    incidents = await with_watches(session, found)
    return incidents if len(incidents) == len(found) else []


async def of_alert(
    session: AsyncSession, destination: Destination, target: Target, at: datetime | None
) -> Incident | None:
    """The incident of a job to which an alert belongs that tells of a change `at` that time: the newest that had begun
    by then. Without a time, the newest."""
    rows = select(IncidentRow).where(
        IncidentRow.workspace == destination.workspace,
        IncidentRow.destination == destination.id,
        IncidentRow.dataflow == (target.id if isinstance(target, Dataflow) else target.dataflow),
    )
    if at is not None:
        rows = rows.where(IncidentRow.opened_at <= at)
    newest = IncidentRow.closed_at.is_not(None), IncidentRow.opened_at.desc(), IncidentRow.id.desc()
    found = [one for row in await session.scalars(rows.order_by(*newest).limit(20)) if (one := to_incident(row))]
    exact = [one for one in found if one.target == target]
    return next(iter(exact or found), None)


async def with_watches(session: AsyncSession, rows: Sequence[IncidentRow]) -> Sequence[Incident]:
    """The incidents of one destination, each with the mute that is in force there, whom it calls and what follows."""
    incidents = [one for row in rows if (one := to_incident(row))]
    if not incidents:
        return []
    place = incidents[0].destination
    watched = await session.execute(
        select(TrackedJobRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            TrackedJobRow.workspace == place.workspace,
            TrackedJobRow.dataflow.in_({row.dataflow for row in rows}),
            SubscriptionRow.destination == place.id,
        )
    )
    watches = {(job.dataflow, None if job.followed else job.run): sub for job, sub in watched}
    return [_watched(one, watches) for one in incidents]


def _watched(incident: Incident, watches: Mapping[tuple[str, int | None], SubscriptionRow]) -> Incident:
    """An incident with what its watch says. What that lacks of a contact is another watch's of the same job."""
    key = key_of(incident.target)
    if sub := watches.get(key):
        incident = replace(
            incident,
            muted_until=sub.muted_until,
            muted_by=sub.muted_by,
            muted_until_change=bool(sub.muted_until_change),
            contact=to_contact(sub),
            reminding=to_reminding(sub),
        )
    others = [row for (dataflow, _), row in watches.items() if dataflow == key[0]]
    return replace(
        incident,
        contact=reduce(Contact.completed_by, map(to_contact, others), incident.contact),
        reminding=reduce(Reminding.completed_by, map(to_reminding, others), incident.reminding),
    )


def key_of(target: Target) -> tuple[str, int | None]:
    """A job as the table names it: the dataflow, and the run unless it is followed."""
    return (target.id, None) if isinstance(target, Dataflow) else (target.dataflow, target.run)


def to_incident(row: IncidentRow) -> Incident | None:
    """An incident from its row; None if a newer release wrote what this one can't read."""
    try:
        opening = notification_json.load(row.opening)
    except UnreadableNotification:
        opening = None
    if not isinstance(opening, Change):
        log.error("unreadable incident skipped", incident=row.id)
        return None
    acknowledged = None
    if row.acknowledged_by is not None and row.acknowledged_at is not None:
        acknowledged = Acknowledgement(row.acknowledged_by, row.acknowledged_at)
    message = Posted(row.conversation, row.message_ts) if row.conversation and row.message_ts else None
    return Incident(
        id=row.id,
        destination=Destination(row.workspace, row.destination),
        target=Dataflow(row.dataflow) if row.run is None else JobRef(row.dataflow, row.run),
        opening=opening,
        status=Status.of(row.status),
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        closed_at=row.closed_at,
        acknowledged=acknowledged,
        circumstances=notification_json.load_circumstances(row.circumstances),
        is_reminded=row.reminder_due_at is not None or row.escalation_due_at is not None,
        escalated_at=row.escalated_at,
        thread=row.message_ts,
        message=message,
    )
