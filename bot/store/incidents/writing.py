"""Incidents begin and go on with the message that is delivered, and end with it or with the watch."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.incident import Acknowledgement, Circumstances, Incident, Posted
from bot.domain.job import Status, StatusClass
from bot.store.incidents import reminding
from bot.store.incidents.reading import key_of
from bot.store.incidents.updates import soon
from bot.store.sql import notification_json
from bot.store.sql.tables import DeliveryRow, IncidentRow, SubscriptionRow, TrackedJobRow

_BATCH = 500


def begin(
    session: AsyncSession, destination: Destination, opened: Sequence[Change], posted: Posted, *, shows_incidents: bool
) -> Sequence[IncidentRow]:
    """Write the incidents that a message opened. It is kept up to date if it shows nothing else."""
    rows = [
        IncidentRow(
            workspace=destination.workspace,
            destination=destination.id,
            dataflow=dataflow,
            run=run,
            opening=notification_json.dump(change),
            status=change.new.raw,
            opened_at=change.at,
            changed_at=change.at,
            conversation=posted.channel if shows_incidents else None,
            message_ts=posted.ts,
        )
        for change in opened
        for dataflow, run in [key_of(change.target)]
    ]
    session.add_all(rows)
    return rows


async def go_on(
    session: AsyncSession,
    changed: Collection[Incident],
    now: datetime,
    *,
    shown: Posted | None = None,
    instead: tuple[Posted, bool] | None = None,
) -> Sequence[IncidentRow]:
    """Write incidents as they are after a message; return those of which it told that the job changed.

    The message `shown` already shows them so. `instead` is the post that takes the place of a deleted first message,
    and whether it is kept up to date.
    """
    by_id = {one.id: one for one in changed}
    rows = select(IncidentRow).where(IncidentRow.id.in_(by_id)).order_by(IncidentRow.id).with_for_update()
    told: list[IncidentRow] = []
    for row in (await session.scalars(rows)).all():
        incident = by_id[row.id]
        is_same = row.status == incident.status.raw
        # What is said to last since a gap may be what somebody took care of before.
        if not is_same or (row.changed_at != incident.changed_at and not await reminding.is_taken_still(session, row)):
            told.append(row)
            row.status, row.changed_at = incident.status.raw, incident.changed_at
        row.closed_at = row.closed_at or incident.closed_at
        if incident.thread is None and instead is not None and row.closed_at is None:
            posted, is_updated = instead
            row.message_ts, row.conversation = posted.ts, posted.channel if is_updated else None
            row.update_due_at = soon(now) if is_updated else None
        elif row.conversation is not None:
            is_shown = shown is not None and incident.message == shown
            # What was due may be under way, with an older state: then it is made again.
            row.update_due_at = None if is_shown and row.update_due_at is None else soon(now)
        if row.closed_at is not None:
            row.reminder_due_at = row.escalation_due_at = None
    return told


async def add_circumstances(
    session: AsyncSession, destination: Destination, opening: Change, posted: Posted, found: Circumstances
) -> None:
    """Write what was found out about an incident that a message opened, and have the message updated."""
    dataflow, run = key_of(opening.target)
    rows = select(IncidentRow).where(
        IncidentRow.workspace == destination.workspace,
        IncidentRow.conversation == posted.channel,
        IncidentRow.message_ts == posted.ts,
        IncidentRow.dataflow == dataflow,
        IncidentRow.run.is_not_distinct_from(run),
    )
    for row in (await session.scalars(rows.with_for_update())).all():
        row.circumstances = notification_json.dump_circumstances(found)
        row.update_due_at = found.at


async def acknowledge(session: AsyncSession, incident: Incident, by: str, now: datetime) -> Acknowledgement | None:
    """Note who takes care of an incident; return who already does, None if nobody did.

    It ends reminders and escalation until the job changes. If it has, and they go on, it can be acknowledged again.
    """
    row = (await session.scalars(select(IncidentRow).where(IncidentRow.id == incident.id).with_for_update())).one()
    is_reminded = row.reminder_due_at is not None or row.escalation_due_at is not None
    if row.acknowledged_by is not None and not is_reminded:
        return Acknowledgement(row.acknowledged_by, row.acknowledged_at or now)
    row.acknowledged_by, row.acknowledged_at = by, now
    row.reminder_due_at = row.escalation_due_at = None
    await reminding.drop(session, incident.destination, row.dataflow)
    row.update_due_at = soon(now) if row.conversation is not None else None
    return None


async def move(session: AsyncSession, old: Destination, new: Destination) -> None:
    """Move the incidents of a channel whose ID changed: its messages moved along, and keep their IDs."""
    here = (IncidentRow.workspace == old.workspace, IncidentRow.destination == old.id)
    conversation = case((IncidentRow.conversation == old.id, new.id), else_=IncidentRow.conversation)
    moved = update(IncidentRow).where(*here).values(destination=new.id, conversation=conversation)
    await session.execute(moved.execution_options(synchronize_session=False))


async def end_silent(session: AsyncSession, now: datetime, *, after: int = 0) -> int:
    """End incidents that no delivery will end: nobody watches the job there any more, or it works again and the filter
    excludes that. Looks at some of those after an ID; return the last one's, 0 after the last ones.

    Not while something waits for the destination: that may be about them.
    """
    is_open = IncidentRow.closed_at.is_(None) & (IncidentRow.id > after)
    some = (await session.scalars(select(IncidentRow.id).where(is_open).order_by(IncidentRow.id).limit(_BATCH))).all()
    if not some:
        return 0
    for row, present, since, is_exact in (await session.execute(_perhaps_over(some))).all():
        _end(row, present, since, now, is_exact=bool(is_exact))
    return some[-1] if len(some) == _BATCH else 0


def _end(row: IncidentRow, present: str | None, since: datetime | None, now: datetime, *, is_exact: bool) -> None:
    """End an incident unless its job, in the status `present` `since` then, still fails. Unless that `is_exact`, it is
    known to have failed when its last status began."""
    if present is not None and Status.of(present).status_class is not StatusClass.HEALTHY:
        return
    row.closed_at, row.reminder_due_at, row.escalation_due_at = now, None, None
    if present is not None and since is not None:
        row.closed_at = max(since if is_exact else row.changed_at, row.opened_at)
        row.status, row.changed_at = present, max(since, row.opened_at)
    row.update_due_at = soon(now) if row.conversation is not None else None


def _perhaps_over(among: Collection[int]) -> Select[IncidentRow, str | None, datetime | None, bool | None]:
    """Open incidents among some whose job isn't watched, or has another status than was delivered last."""
    waiting = exists().where(
        DeliveryRow.settled_at.is_(None),
        DeliveryRow.workspace == IncidentRow.workspace,
        DeliveryRow.destination == IncidentRow.destination,
    )
    subscribed = (
        TrackedJobRow.id == SubscriptionRow.watched_job_id,
        TrackedJobRow.workspace == IncidentRow.workspace,
        TrackedJobRow.dataflow == IncidentRow.dataflow,
        SubscriptionRow.destination == IncidentRow.destination,
    )
    live = (*subscribed, SubscriptionRow.paused_because.is_(None), SubscriptionRow.muted_until.is_(None))
    by_name, by_run = TrackedJobRow.followed, ~TrackedJobRow.followed
    # It may be watched by its name and by its run. Another run of the dataflow is another job.
    as_named = case((IncidentRow.run.is_(None), by_name), else_=by_run & (TrackedJobRow.run == IncidentRow.run))
    otherwise = case((IncidentRow.run.is_(None), by_run), else_=by_name)
    present, since, is_exact = (
        func.coalesce(
            *(
                select(column).where(*live, how).order_by(TrackedJobRow.run.desc()).limit(1).scalar_subquery()
                for how in (as_named, otherwise)
            )
        )
        for column in (TrackedJobRow.status, TrackedJobRow.status_since, TrackedJobRow.since_is_exact)
    )
    is_watched = exists().where(*subscribed, as_named | otherwise)
    return (
        select(IncidentRow, present, since, is_exact)
        .where(
            IncidentRow.id.in_(among),
            IncidentRow.closed_at.is_(None),
            ~waiting,
            or_(~is_watched, present != IncidentRow.status),
        )
        .order_by(IncidentRow.id)
        .with_for_update(of=IncidentRow, skip_locked=True)
    )
