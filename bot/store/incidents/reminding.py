"""When reminders and escalations are due: planned when an alert is delivered, claimed when their time comes, ended when
somebody takes care.

A time says when to look at an incident, never what is true then: whoever claims it decides by the job and its watch as
they are at that moment.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.incident import DueIncident
from bot.domain.job import Status, Target
from bot.domain.notification.digest import Queue
from bot.domain.notification.reminders import Escalated, Reminder
from bot.domain.reminding import LONGEST_ESCALATION, LONGEST_REMINDERS, NO_REMINDING, Failing, Reminding
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Subscription
from bot.domain.tracked_job import TrackedJob
from bot.store.incidents.reading import BY_ID, key_of, to_incident
from bot.store.incidents.updates import soon
from bot.store.sql.mapping import to_contact, to_reminding, to_subscription, to_tracked_job
from bot.store.sql.tables import ChangeRow, DeliveryRow, IncidentRow, SubscriptionRow, TrackedJobRow
from bot.store.watched import beginnings, quiet

_BATCH = 100
# When an incident that can't be announced is looked at again.
_UNREADABLE_FOR = timedelta(hours=1)
# Nothing is planned further ahead; if something is, the clock was set back.
_LATEST = max(LONGEST_REMINDERS, LONGEST_ESCALATION) + timedelta(hours=1)
# Changes that are read to find out since when a job fails; one that changes more often has begun to fail by then.
_MOST_CHANGES = 50
_KINDS = (Reminder.kind, Escalated.kind)

_Watches = Mapping[str, Sequence[tuple[TrackedJobRow, SubscriptionRow]]]


async def plan(session: AsyncSession, destination: Destination, told: Sequence[IncidentRow], now: datetime) -> None:
    """Plan what follows an alert that told `now` how the jobs of these incidents changed."""
    if not told:
        return
    watches = await _watches_at(session, destination, {row.dataflow for row in told})
    for row in told:
        reminding, status = _reminding_of(row, watches), Status.of(row.status)
        if row.closed_at is None:
            row.reminder_due_at = reminding.next_reminder(status, now)
            row.escalation_due_at = reminding.next_escalation(status, row.changed_at, row.escalation_due_at)


async def plan_anew(
    session: AsyncSession,
    destination: Destination,
    dataflows: Collection[str],
    now: datetime,
    *,
    tells_another: bool = False,
) -> None:
    """Plan what follows alerts that were delivered already: a watch of these jobs changed what does. Nothing, if
    somebody takes care. If it `tells_another` than before, nobody counts as told."""
    watches = await _watches_at(session, destination, dataflows)
    for row in await open_rows(session, destination, dataflows):
        reminding, status = _reminding_of(row, watches), Status.of(row.status)
        if tells_another:
            row.escalated_at = None
        if not is_taken(row):
            row.reminder_due_at = reminding.next_reminder(status, now)
            row.escalation_due_at = reminding.next_escalation(status, row.changed_at, None)
            row.update_due_at = soon(now) if row.conversation is not None else row.update_due_at


def is_taken(row: IncidentRow) -> bool:
    """Whether somebody takes care of an incident, and its job hasn't changed since."""
    return row.acknowledged_at is not None and row.acknowledged_at >= row.changed_at


async def is_taken_still(session: AsyncSession, row: IncidentRow) -> bool:
    """Whether the job of an incident is as it was when somebody took care of it."""
    if row.acknowledged_at is None:
        return False
    watches = await _watches_at(session, Destination(row.workspace, row.destination), {row.dataflow})
    began = [job.status_since for job, _ in _of_incident(row, watches.get(row.dataflow, []))]
    return bool(began) and max(began) <= row.acknowledged_at


async def put_off(
    session: AsyncSession, destination: Destination, watches: Collection[tuple[str, SubscriptionRow]], now: datetime
) -> None:
    """Begin to count anew after the mutes of some watches, each with its dataflow: their end was told."""
    reminded: dict[str, Reminding] = {}
    for dataflow, sub in watches:
        if (reminding := to_reminding(sub)) != NO_REMINDING:
            reminded[dataflow] = reminding.completed_by(reminded.get(dataflow, NO_REMINDING))
    for row in await open_rows(session, destination, reminded) if reminded else ():
        reminding = reminded[row.dataflow]
        if row.reminder_due_at is not None and reminding.reminders is not None:
            row.reminder_due_at = now + reminding.reminders.every
        if row.escalation_due_at is not None and reminding.escalation is not None:
            row.escalation_due_at = now + reminding.escalation.after


async def put_off_held(
    session: AsyncSession, destination: Destination, breaks_through: StatusFilter, now: datetime
) -> None:
    """Begin to count anew after quiet hours for the reminders that they held back: their end told what still fails. Who
    is to be told of what fails for long is told by then."""
    due = select(IncidentRow.dataflow).where(
        IncidentRow.workspace == destination.workspace,
        IncidentRow.destination == destination.id,
        IncidentRow.closed_at.is_(None),
        IncidentRow.reminder_due_at.is_not(None),
    )
    dataflows = set(await session.scalars(due))
    if not dataflows:
        return
    watches = await _watches_at(session, destination, dataflows)
    for row in await open_rows(session, destination, dataflows):
        reminders, status = _reminding_of(row, watches).reminders, Status.of(row.status)
        if row.reminder_due_at is not None and reminders is not None and not breaks_through.matches(status, status):
            row.reminder_due_at = now + reminders.every


async def is_any_due(session: AsyncSession, now: datetime) -> bool:
    """Whether there is anything to claim."""
    return (await session.scalars(select(IncidentRow.id).where(_due(now)).limit(1))).first() is not None


async def claim(session: AsyncSession, now: datetime) -> Sequence[DueIncident]:
    """Some incidents about which something is due, locked until the transaction ends; `settle` writes what came of
    them. Another worker, or whoever writes a change of their jobs, may hold others."""
    are_due = (
        select(IncidentRow.id, TrackedJobRow, SubscriptionRow)
        .join(
            TrackedJobRow,
            (TrackedJobRow.workspace == IncidentRow.workspace) & (TrackedJobRow.dataflow == IncidentRow.dataflow),
        )
        .join(
            SubscriptionRow,
            (SubscriptionRow.watched_job_id == TrackedJobRow.id)
            & (SubscriptionRow.destination == IncidentRow.destination),
        )
        .where(_due(now))
        .order_by(IncidentRow.id)
        .limit(_BATCH)
        # First these, without which none is announced: who records a change locks them before the incidents.
        .with_for_update(of=SubscriptionRow, skip_locked=True)
    )
    found: dict[int, list[tuple[TrackedJobRow, SubscriptionRow]]] = {}
    for id, job, sub in await session.execute(are_due):
        found.setdefault(id, []).append((job, sub))
    if len(found) > 1 and sum(map(len, found.values())) == _BATCH:
        found.popitem()  # perhaps without its other watch
    mine = select(IncidentRow).where(IncidentRow.id.in_(found), _due(now)).order_by(IncidentRow.id)
    rows = (await session.scalars(mine.with_for_update(skip_locked=True))).all()
    behind = await _behind(session, [sub.id for row in rows for _, sub in found[row.id]])
    due: list[DueIncident] = []
    for row in rows:
        if (one := await _due_incident(session, row, found[row.id], behind)) is not None:
            due.append(one)
        else:  # it ends, or a newer release wrote it: nothing is said of it, nor does it stand in the others' way
            later = now + _UNREADABLE_FOR
            row.reminder_due_at, row.escalation_due_at = row.reminder_due_at and later, row.escalation_due_at and later
    return await _with_quiet_hours(session, due)


async def settle(
    session: AsyncSession,
    due: DueIncident,
    reminder_at: datetime | None,
    escalation_at: datetime | None,
    now: datetime,
    *,
    is_escalated: bool,
) -> None:
    """Write when something is due next about a claimed incident, and whether somebody was told `now`."""
    row = await session.get_one(IncidentRow, due.incident.id)
    row.reminder_due_at, row.escalation_due_at = reminder_at, escalation_at
    if is_escalated:
        row.escalated_at = now
        row.update_due_at = soon(now) if row.conversation is not None else row.update_due_at


async def drop(session: AsyncSession, destination: Destination, dataflow: str) -> None:
    """Drop the reminders and escalations about a job that still wait for delivery: somebody takes care."""
    of_job = (
        select(DeliveryRow.id)
        .join(SubscriptionRow, SubscriptionRow.id == DeliveryRow.subscription_id)
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .where(
            TrackedJobRow.workspace == destination.workspace,
            TrackedJobRow.dataflow == dataflow,
            SubscriptionRow.destination == destination.id,
            DeliveryRow.settled_at.is_(None),
            or_(*(DeliveryRow.notification.contains(f'"{kind}"', autoescape=True) for kind in _KINDS)),
        )
    )
    # Found first: by what isn't leased, SQLite would find nearly all deliveries that are kept.
    found = [*await session.scalars(of_job)]
    if destination.is_person:
        found += await session.scalars(_told_elsewhere(destination, dataflow))
    unleased = delete(DeliveryRow).where(DeliveryRow.id.in_(found), DeliveryRow.leased_by.is_(None))
    await session.execute(unleased.execution_options(synchronize_session=False))


async def drop_taken(session: AsyncSession, queue: Queue) -> None:
    """Drop what a message that wasn't accepted says of jobs of which somebody took care while it was under way.

    To be called before deliveries are locked: whoever takes care locks them after the incident.
    """
    for one in queue.pending:
        told = one.notification
        if isinstance(told, Reminder | Escalated):
            watched_by = told.watched_by if isinstance(told, Escalated) else None
            place = Destination(queue.destination.workspace, watched_by or queue.destination.id)
            if any(map(is_taken, await open_rows_of(session, place, told.target))):
                untold = DeliveryRow.id == one.id, DeliveryRow.settled_at.is_(None)
                await session.execute(delete(DeliveryRow).where(*untold))


def _told_elsewhere(person: Destination, dataflow: str) -> Select[int]:
    """What waits to tell those whom a person named for their own watches of a job."""
    named = (
        select(SubscriptionRow.escalate_to)
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .where(
            TrackedJobRow.workspace == person.workspace,
            TrackedJobRow.dataflow == dataflow,
            SubscriptionRow.destination == person.id,
        )
    )
    said = (f'"{word}"' for word in (Escalated.kind, person.id, dataflow))
    return select(DeliveryRow.id).where(
        DeliveryRow.settled_at.is_(None),
        DeliveryRow.workspace == person.workspace,
        DeliveryRow.destination.in_(named),
        *(DeliveryRow.notification.contains(each, autoescape=True) for each in said),
    )


def _due(now: datetime) -> ColumnElement[bool]:
    # Nothing is due about one that is closed. Asked for that as well, SQLite would read all that are open.
    times = IncidentRow.reminder_due_at, IncidentRow.escalation_due_at
    return or_(*(at <= now for at in times), *(at > now + _LATEST for at in times))


async def open_rows(
    session: AsyncSession, destination: Destination, dataflows: Collection[str]
) -> Sequence[IncidentRow]:
    """The open incidents of some jobs at a destination, locked until the transaction ends."""
    rows = select(IncidentRow).where(
        IncidentRow.workspace == destination.workspace,
        IncidentRow.destination == destination.id,
        IncidentRow.dataflow.in_(dataflows),
        IncidentRow.closed_at.is_(None),
    )
    return (await session.scalars(rows.order_by(BY_ID).with_for_update())).all()


async def open_rows_of(session: AsyncSession, destination: Destination, target: Target) -> Sequence[IncidentRow]:
    """The open incidents of which a reminder or an escalation about a job tells, locked. Of a job watched in two ways,
    it may be announced as the one and watched as the other, if that watch ended: see `_of_incident`."""
    dataflow, run = key_of(target)
    rows = await open_rows(session, destination, {dataflow})
    as_named = [row for row in rows if row.run == run]
    return as_named or [row for row in rows if (row.run is None) != (run is None)]


async def _watches_at(session: AsyncSession, destination: Destination, dataflows: Collection[str]) -> _Watches:
    rows = await session.execute(
        select(TrackedJobRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            TrackedJobRow.workspace == destination.workspace,
            TrackedJobRow.dataflow.in_(dataflows),
            SubscriptionRow.destination == destination.id,
        )
    )
    found: dict[str, list[tuple[TrackedJobRow, SubscriptionRow]]] = {}
    for job, sub in rows:
        found.setdefault(job.dataflow, []).append((job, sub))
    return found


def _of_incident(
    row: IncidentRow, watches: Sequence[tuple[TrackedJobRow, SubscriptionRow]]
) -> Sequence[tuple[TrackedJobRow, SubscriptionRow]]:
    """The watches of an incident's job, first that as which it was announced. Another run is another job."""
    as_named = [(job, sub) for job, sub in watches if (None if job.followed else job.run) == row.run]
    otherwise = [(job, sub) for job, sub in watches if job.followed != (row.run is None)]
    return [*as_named, *otherwise]


def _reminding_of(row: IncidentRow, watches: _Watches) -> Reminding:
    """What follows an alert: of a job watched in two ways, what the one watch lacks is the other's."""
    reminding = NO_REMINDING
    for _, sub in _of_incident(row, watches.get(row.dataflow, [])):
        reminding = reminding.completed_by(to_reminding(sub))
    return reminding


async def _behind(session: AsyncSession, subscriptions: Collection[int]) -> set[int]:
    """The subscriptions for which something waits."""
    waiting = select(DeliveryRow.subscription_id).where(
        DeliveryRow.subscription_id.in_(subscriptions), DeliveryRow.settled_at.is_(None)
    )
    return {id for id in await session.scalars(waiting) if id is not None}


async def _due_incident(
    session: AsyncSession,
    row: IncidentRow,
    watches: Sequence[tuple[TrackedJobRow, SubscriptionRow]],
    behind: Collection[int],
) -> DueIncident | None:
    incident, mine = to_incident(row), _of_incident(row, watches)
    if incident is None or not mine or row.closed_at is not None:
        return None
    job, sub = to_tracked_job(mine[0][0]), mine[0][1]
    (known,) = await beginnings.as_known(session, [job])
    watch = to_subscription(sub, known)
    for _, other in mine[1:]:
        watch = replace(
            watch,
            reminding=watch.reminding.completed_by(to_reminding(other)),
            contact=watch.contact.completed_by(to_contact(other)),
        )
    failing_since, exact = await _failing_since(session, job)
    return DueIncident(
        incident,
        watch,
        failing_since,
        row.reminder_due_at,
        row.escalation_due_at,
        is_behind=any(sub.id in behind for _, sub in mine),
        exact=exact,
        gap=(await beginnings.latest_gaps(session, [job.id])).get(job.id),
    )


async def _with_quiet_hours(session: AsyncSession, found: Sequence[DueIncident]) -> Sequence[DueIncident]:
    """The same, each with whether quiet hours hold back what tells of its job's status."""
    places: dict[str, set[str]] = {}
    for one in found:
        places.setdefault(one.watch.destination.workspace, set()).add(one.watch.destination.id)
    filters = {
        Destination(workspace, id): filtered
        for workspace, ids in places.items()
        for id, filtered in (await quiet.breaking_through(session, workspace, ids)).items()
    }

    def is_held(watch: Subscription) -> bool:
        filtered, status = filters.get(watch.destination), watch.job.status
        return filtered is not None and not filtered.matches(status, status)

    return [replace(one, is_quiet=is_held(one.watch)) for one in found]


async def _failing_since(
    session: AsyncSession, job: TrackedJob
) -> tuple[Mapping[Failing, datetime], frozenset[Failing]]:
    """When a job last began to fail, in each sense in which it does now, and the senses in which that was seen."""
    newest = select(ChangeRow).where(ChangeRow.watched_job_id == job.id).order_by(ChangeRow.at.desc())
    changes = (await session.scalars(newest.limit(_MOST_CHANGES))).all()
    since, exact = dict[Failing, datetime](), set[Failing]()
    for sense in (one for one in Failing if one.includes(job.status)):
        began, is_exact = job.status_since, job.since_is_exact
        for change in changes:
            if change.at <= began:
                began, is_exact = change.at, change.at_is_exact is not False
            if not sense.includes(Status.of(change.old_status)):
                break
            if change.old_since is not None and change.old_since < began:
                began, is_exact = change.old_since, bool(change.old_since_is_exact)
        since[sense] = began
        exact |= {sense} if is_exact else set()
    return since, frozenset(exact)
