"""Who is told of which job, where: subscribe, unsubscribe, what is watched here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import change_in
from bot.domain.job import Dataflow, Job, JobRef, Target
from bot.domain.status_filter import StatusFilter
from bot.domain.tracked_job import TrackedJob
from bot.store import outbox
from bot.store.sql.tables import SubscriptionRow, TrackedJobRow
from bot.store.sql.upsert import insert_if_absent
from bot.store.tracked_jobs import known


class Outcome(StrEnum):
    """What a wish to subscribe came to."""

    NEW = "new"
    RESUMED = "resumed"
    CHANGED = "otherwise"  # it was there, and now wants to hear of other changes
    ALREADY = "already"


@dataclass(frozen=True)
class Subscribed:
    outcome: Outcome
    known: TrackedJob
    when: StatusFilter


@dataclass(frozen=True)
class WatchedJob:
    """A row of the list of what a destination watches. `paused_because` is Slack's own word, None while it is live."""

    known: TrackedJob
    created_by: str
    when: StatusFilter
    paused_because: str | None
    paused_at: datetime | None
    muted_until: datetime | None
    muted_by: str | None
    given_up_because: str | None
    given_up_at: datetime | None


async def subscribe(
    session: AsyncSession,
    workspace: str,
    job: Job,
    destination: str,
    created_by: str,
    *,
    looked_at: datetime,
    followed: bool = False,
    when: StatusFilter | None = None,
) -> Subscribed:
    """Subscribe a destination to a job that was seen just now, in a look that began at `looked_at` (aware UTC): to that
    run of it, or (`followed`) to whatever run it has.

    `when` None means every change, or whatever a subscription that is there already wants.

    The first look is the baseline: nothing is told of it. Where the job is watched already, this look counts like one
    of the watcher's: a change that it shows is recorded for those who subscribed before, or it would be lost if the
    job changed back before the watcher's next look.
    """
    row, is_new = await _watch(session, workspace, job, looked_at, followed=followed)
    if not is_new:
        await count_look(session, row, job, looked_at)
    outcome, subscription = await _subscribe_to(session, row, destination, created_by, looked_at, when)
    return Subscribed(outcome, known(row), StatusFilter.read(subscription.wants))


async def count_look(session: AsyncSession, row: TrackedJobRow, job: Job, looked_at: datetime) -> None:
    """A look at a job that is watched already, made beside the watcher's, counts if it is newer than what is known."""
    if looked_at <= row.seen_at:
        return
    if change := change_in(known(row), job, looked_at):
        await outbox.record(session, known(row), change)
        row.status, row.status_since = job.status.raw, looked_at
    row.run, row.version, row.title = job.ref.run, job.deployed_version, job.name or row.title
    row.seen_at, row.failure, row.failing_since = looked_at, None, None
    await session.flush()


async def _watch(
    session: AsyncSession, workspace: str, job: Job, looked_at: datetime, *, followed: bool
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
            status_since=looked_at,
            seen_at=looked_at,
        )
        target = Dataflow(job.ref.dataflow) if followed else job.ref
        row = (await session.scalars(_watched(workspace, target).with_for_update())).one_or_none()
        if row is not None:  # or it was there, and the cleaning removed it between the two statements
            return row, is_new


async def _subscribe_to(
    session: AsyncSession,
    job: TrackedJobRow,
    destination: str,
    created_by: str,
    now: datetime,
    when: StatusFilter | None,
) -> tuple[Outcome, SubscriptionRow]:
    is_new = await insert_if_absent(
        session,
        SubscriptionRow,
        workspace=job.workspace,
        watched_job_id=job.id,
        destination=destination,
        created_by=created_by,
        created_at=now,
        wants=(when or StatusFilter()).text,
        notified_status=job.status,
    )
    row = (await session.scalars(_subscription(job.id, destination).with_for_update())).one()
    if is_new:
        return Outcome.NEW, row
    if row.paused_because is not None:
        outcome = Outcome.RESUMED
    elif when is not None and when.text != row.wants:
        outcome = Outcome.CHANGED
    else:
        return Outcome.ALREADY, row
    row.wants = when.text if when else row.wants
    row.paused_because = row.paused_at = None
    if outcome is Outcome.CHANGED:
        if row.pattern_id is not None:  # what somebody says of one job alone is theirs, and no longer the pattern's
            row.pattern_id, row.created_by = None, created_by
        row.notified_status = (
            job.status
        )  # the confirmation says it; after a pause, what changed meanwhile is told as well
    return outcome, row


async def unsubscribe(session: AsyncSession, workspace: str, target: Target, destination: str) -> TrackedJob | None:
    """End a subscription, and with it what still waited to be told; the job, or None if it was not watched here."""
    found = await find(session, workspace, target, destination)
    if found is None:
        return None
    job, subscription = found
    await session.execute(delete(SubscriptionRow).where(SubscriptionRow.id == subscription.id))
    return known(job)


async def watched_here(session: AsyncSession, workspace: str, destination: str) -> Sequence[WatchedJob]:
    """All that a destination watches, worst first, then by title."""
    rows = await session.execute(
        select(TrackedJobRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(SubscriptionRow.workspace == workspace, SubscriptionRow.destination == destination)
    )
    here = [_watched_here(known(job), sub) for job, sub in rows]
    return sorted(here, key=lambda w: (w.known.status.status_class.severity, w.known.title.casefold(), w.known.ref))


async def watched_anywhere(session: AsyncSession, workspace: str) -> Sequence[TrackedJob]:
    """Every job of the workspace that somebody watches, the one seen last at the end: what the bot knows by name."""
    rows = select(TrackedJobRow).where(
        TrackedJobRow.workspace == workspace, exists().where(SubscriptionRow.watched_job_id == TrackedJobRow.id)
    )
    return [known(row) for row in await session.scalars(rows.order_by(TrackedJobRow.seen_at))]


def _watched_here(job: TrackedJob, row: SubscriptionRow) -> WatchedJob:
    return WatchedJob(
        known=job,
        created_by=row.created_by,
        when=StatusFilter.read(row.wants),
        paused_because=row.paused_because,
        paused_at=row.paused_at,
        muted_until=row.muted_until,
        muted_by=row.muted_by,
        given_up_because=row.given_up_because,
        given_up_at=row.given_up_at,
    )


async def find(
    session: AsyncSession, workspace: str, target: Target, destination: str
) -> tuple[TrackedJobRow, SubscriptionRow] | None:
    """A destination's subscription to a job, locked until the transaction ends, and the job.

    Who names one run means the job that is followed, too, where that run alone is not watched: a message may be older
    than the last deployment. And who names the dataflow means its one run that is watched, if the job is not followed.
    """
    dataflow = target.id if isinstance(target, Dataflow) else target.dataflow
    of_dataflow = await session.execute(
        select(TrackedJobRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            TrackedJobRow.workspace == workspace,
            TrackedJobRow.dataflow == dataflow,
            SubscriptionRow.destination == destination,
        )
        .order_by(TrackedJobRow.id)
        .with_for_update()
    )
    found = [(job, sub) for job, sub in of_dataflow]
    exact = [(job, sub) for job, sub in found if known(job).target == target]
    followed = [(job, sub) for job, sub in found if job.followed]
    if exact or isinstance(target, JobRef):
        return next(iter(exact or followed), None)
    return found[0] if len(found) == 1 else None


def _watched(workspace: str, target: Target) -> Select[TrackedJobRow]:
    of_dataflow = select(TrackedJobRow).where(TrackedJobRow.workspace == workspace)
    if isinstance(target, Dataflow):
        return of_dataflow.where(TrackedJobRow.dataflow == target.id, TrackedJobRow.followed)
    return of_dataflow.where(
        TrackedJobRow.dataflow == target.dataflow, TrackedJobRow.run == target.run, ~TrackedJobRow.followed
    )


def _subscription(job_id: int, destination: str) -> Select[SubscriptionRow]:
    return select(SubscriptionRow).where(
        SubscriptionRow.watched_job_id == job_id, SubscriptionRow.destination == destination
    )
