"""Subscriptions: subscribe, unsubscribe, and list what a destination watches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, delete, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import change_between
from bot.domain.destination import Destination
from bot.domain.job import Dataflow, Job, JobRef, Target
from bot.domain.reminding import NO_REMINDING, Reminding
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import NO_CONTACT, Contact
from bot.domain.tracked_job import TrackedJob, follows_closely
from bot.store import outbox
from bot.store.incidents import reminding as incident_reminding
from bot.store.sql.mapping import to_contact, to_reminding, to_tracked_job
from bot.store.sql.tables import GapRow, PatternRow, SubscriptionRow, TrackedJobRow
from bot.store.sql.upsert import insert_if_absent
from bot.store.watched import reminding as reminding_columns
from bot.store.watched import same_job, silenced

_EVERY_CHANGE = StatusFilter()


class Outcome(StrEnum):
    """What came of a request to subscribe."""

    NEW = "new"
    RESUMED = "resumed"
    CHANGED = "changed"  # it existed, with another filter, contact or reminders
    ALREADY = "already"


@dataclass(frozen=True)
class Subscribed:
    """A subscription after a request to subscribe. `maintenance_until` is when the maintenance ends that mutes it."""

    outcome: Outcome
    job: TrackedJob
    status_filter: StatusFilter
    contact: Contact = NO_CONTACT
    reminding: Reminding = NO_REMINDING
    maintenance_until: datetime | None = None


@dataclass(frozen=True)
class _Wanted:
    """What a request to subscribe names, as in `subscribe`."""

    status_filter: StatusFilter | None
    filter_if_new: StatusFilter
    contact: Contact
    reminding: Reminding


async def subscribe(
    session: AsyncSession,
    destination: Destination,
    job: Job,
    created_by: str,
    *,
    polled_at: datetime,
    followed: bool = False,
    status_filter: StatusFilter | None = None,
    default_filter: StatusFilter = _EVERY_CHANGE,
    contact: Contact = NO_CONTACT,
    reminding: Reminding = NO_REMINDING,
) -> Subscribed:
    """Subscribe a destination to a job that was looked up at `polled_at` (aware UTC): to that run, or to the dataflow
    if `followed`.

    Without `status_filter`, an existing subscription keeps its own; a new one gets `default_filter`, and is muted as
    long as maintenance concerns the job. `contact` changes the contact, `reminding` the reminders and the escalation.

    A job's first look-up is its baseline and isn't announced. A look-up of a tracked job counts like a poll: a change
    is recorded for the existing subscriptions, or it would be lost if the job changed back before the next poll.
    """
    silences = await silenced.open_at(session, destination, polled_at)
    row, is_new = await _track(session, destination.workspace, job, polled_at, followed=followed)
    if not is_new:
        await count_poll(session, row, job, polled_at)
    wanted = _Wanted(status_filter, status_filter or default_filter, contact, reminding)
    outcome, sub = await _subscribe_to(session, row, destination, created_by, polled_at, wanted)
    if outcome is Outcome.NEW:
        silenced.mute(sub, row.title, silences, polled_at)
    return Subscribed(
        outcome,
        to_tracked_job(row),
        StatusFilter.read(sub.status_filter),
        to_contact(sub),
        to_reminding(sub),
        maintenance_until=sub.muted_until if sub.silence_id is not None else None,
    )


async def count_poll(session: AsyncSession, row: TrackedJobRow, job: Job, polled_at: datetime) -> None:
    """Record a look-up made outside the poller, if it is newer than the row: somebody is about to watch the job. If
    nobody did, no worker polls it, whoever leased it."""
    before, is_watched = to_tracked_job(row), await _is_watched(session, row)
    row.leased_by = row.leased_by if is_watched else None
    if polled_at <= before.polled_at:
        return
    if before.is_overdue(polled_at):
        gap = GapRow(workspace=row.workspace, watched_job_id=row.id, since=before.polled_at, until=polled_at)
        session.add(gap)
    if change := change_between(before, job, polled_at):
        await outbox.record_change(session, before, change, seen_at=polled_at)
        row.status, row.status_since, row.since_is_exact = job.status.raw, change.at, change.at_is_exact
    elif not is_watched and not follows_closely(row.polled_at, polled_at):
        began = job.began(polled_at)  # nobody looked meanwhile: it may have changed and changed back
        row.status_since, row.since_is_exact = began or polled_at, began is not None
    row.run, row.version, row.title = job.ref.run, job.deployed_version, job.name or row.title
    row.polled_at, row.failure, row.failing_since = polled_at, None, None
    await session.flush()


async def _is_watched(session: AsyncSession, row: TrackedJobRow) -> bool:
    watched = select(SubscriptionRow.id).where(SubscriptionRow.watched_job_id == row.id).limit(1)
    return (await session.scalars(watched)).first() is not None


async def _track(
    session: AsyncSession, workspace: str, job: Job, polled_at: datetime, *, followed: bool
) -> tuple[TrackedJobRow, bool]:
    """The job's row, locked until the transaction ends, and whether it is new."""
    while True:
        is_new = await insert_if_absent(
            session,
            TrackedJobRow,
            workspace=workspace,
            dataflow=job.ref.dataflow,
            run=job.ref.run,
            followed=followed,
            version=job.deployed_version,
            title=job.title,
            status=job.status.raw,
            status_since=job.began(polled_at) or polled_at,
            since_is_exact=job.began(polled_at) is not None,
            polled_at=polled_at,
        )
        target = Dataflow(job.ref.dataflow) if followed else job.ref
        row = (await session.scalars(tracked(workspace, target).with_for_update())).one_or_none()
        if row is not None:  # None if retention removed an existing row between the two statements
            return row, is_new


async def _subscribe_to(
    session: AsyncSession,
    job: TrackedJobRow,
    destination: Destination,
    created_by: str,
    now: datetime,
    wanted: _Wanted,
) -> tuple[Outcome, SubscriptionRow]:
    status_filter = wanted.status_filter
    is_new = await insert_if_absent(
        session,
        SubscriptionRow,
        workspace=job.workspace,
        watched_job_id=job.id,
        destination=destination.id,
        created_by=created_by,
        created_at=now,
        status_filter=wanted.filter_if_new.text,
        notified_status=job.status,
    )
    mine = select(SubscriptionRow).where(
        SubscriptionRow.watched_job_id == job.id, SubscriptionRow.destination == destination.id
    )
    row = (await session.scalars(mine.with_for_update())).one()
    told_before = to_reminding(row).tells
    is_called_anew = _change(row, wanted.contact, wanted.reminding)
    if is_new:
        return Outcome.NEW, row
    is_filtered_anew = status_filter is not None and status_filter.text != row.status_filter
    if row.paused_because is not None:
        outcome = Outcome.RESUMED
    elif is_filtered_anew or is_called_anew:
        outcome = Outcome.CHANGED
    else:
        return Outcome.ALREADY, row
    row.status_filter = status_filter.text if status_filter else row.status_filter
    row.paused_because = row.paused_at = row.considered = None
    if is_called_anew:
        tells_another = to_reminding(row).tells != told_before
        await incident_reminding.plan_anew(session, destination, {job.dataflow}, now, tells_another=tells_another)
    if outcome is Outcome.CHANGED:
        if row.pattern_id is not None:  # what is said of one job makes the subscription the person's, not the pattern's
            row.pattern_id, row.created_by = None, created_by
        # The confirmation shows the present status. After a pause, what changed meanwhile is delivered as well.
        row.notified_status = job.status if is_filtered_anew else row.notified_status
    return outcome, row


def _change(row: SubscriptionRow, contact: Contact, reminding: Reminding) -> bool:
    """Change whom a subscription's alerts call and what follows them; return whether that is anything else now."""
    called, reminded = to_contact(row).changed_by(contact), to_reminding(row).changed_by(reminding)
    is_new = (called, reminded) != (to_contact(row), to_reminding(row))
    row.owner, row.runbook = called.owner, called.runbook
    reminding_columns.write(row, reminded)
    return is_new


async def unsubscribe(session: AsyncSession, destination: Destination, target: Target) -> TrackedJob | None:
    """End a subscription and drop what is queued for it; return the job, None if it wasn't watched there."""
    found = await find(session, destination, target)
    if found is None:
        return None
    job, sub = found
    await same_job.take_back(session, SubscriptionRow.id == sub.id)
    await session.execute(delete(SubscriptionRow).where(SubscriptionRow.id == sub.id))
    return to_tracked_job(job)


async def find(
    session: AsyncSession, destination: Destination, target: Target
) -> tuple[TrackedJobRow, SubscriptionRow] | None:
    """A destination's subscription to a job, locked until the transaction ends, and the job.

    A run also finds the followed job if that run alone isn't watched: a message may be older than the last deployment.
    A dataflow also finds its only watched run.
    """
    dataflow = target.id if isinstance(target, Dataflow) else target.dataflow
    of_dataflow = await session.execute(_subscribed(destination).where(TrackedJobRow.dataflow == dataflow))
    found = [(job, sub) for job, sub in of_dataflow]
    exact = [(job, sub) for job, sub in found if to_tracked_job(job).target == target]
    followed = [(job, sub) for job, sub in found if job.followed]
    if exact or isinstance(target, JobRef):
        return next(iter(exact or followed), None)
    return found[0] if len(found) == 1 else None


async def find_with_same_job(
    session: AsyncSession, destination: Destination, target: Target
) -> Sequence[tuple[TrackedJobRow, SubscriptionRow]]:
    """The same, followed by the destination's other subscription to that very run; empty if there is none."""
    found = await find(session, destination, target)
    if found is None:
        return []
    job, _ = found
    others = await session.execute(
        _subscribed(destination).where(
            TrackedJobRow.dataflow == job.dataflow, TrackedJobRow.run == job.run, TrackedJobRow.id != job.id
        )
    )
    return [found, *((other, sub) for other, sub in others)]


def _subscribed(destination: Destination) -> Select[TrackedJobRow, SubscriptionRow]:
    """A destination's subscriptions and their jobs, locked in the order in which everybody locks them."""
    return (
        select(TrackedJobRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(TrackedJobRow.workspace == destination.workspace, SubscriptionRow.destination == destination.id)
        .order_by(TrackedJobRow.id)
        .with_for_update()
    )


def tracked(workspace: str, target: Target) -> Select[TrackedJobRow]:
    """The row of a job as its watchers name it."""
    in_workspace = select(TrackedJobRow).where(TrackedJobRow.workspace == workspace)
    if isinstance(target, Dataflow):
        return in_workspace.where(TrackedJobRow.dataflow == target.id, TrackedJobRow.followed)
    return in_workspace.where(
        TrackedJobRow.dataflow == target.dataflow, TrackedJobRow.run == target.run, ~TrackedJobRow.followed
    )


async def live_destinations(session: AsyncSession, workspace: str) -> Sequence[Destination]:
    """Where alerts of jobs or patterns go that aren't paused, in the order of their IDs."""
    watches = [
        select(row.destination).where(row.workspace == workspace, row.paused_because.is_(None))
        for row in (SubscriptionRow, PatternRow)
    ]
    return [Destination(workspace, id) for id in sorted(await session.scalars(union(*watches)))]
