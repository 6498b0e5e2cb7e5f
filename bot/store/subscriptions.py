"""Who is told of which job, where: subscribe, unsubscribe, what is watched here, pause."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.jobs import Job, JobRef, change_between
from bot.store import outbox
from bot.store.tables import Subscription, WatchedJob
from bot.store.upsert import insert_if_absent
from bot.store.watches import Known, known


class Outcome(StrEnum):
    """What a wish to subscribe came to."""

    NEW = "new"
    RESUMED = "resumed"
    ALREADY = "already"


@dataclass(frozen=True)
class Subscribed:
    outcome: Outcome
    known: Known


@dataclass(frozen=True)
class WatchedHere:
    """A row of the list of what a destination watches. `paused_because` is Slack's own word, None while it is live."""

    known: Known
    created_by: str
    paused_because: str | None
    paused_at: datetime | None


async def subscribe(
    session: AsyncSession,
    workspace: str,
    job: Job,
    destination: str,
    created_by: str,
    *,
    looked_at: datetime,
    next_look_at: datetime,
) -> Subscribed:
    """Subscribe a destination to a job that was seen just now, in a look that began at `looked_at` (aware UTC).

    The first look is the baseline: nothing is told of it. Where the job is watched already, this look counts like one
    of the watcher's: a change that it shows is recorded for those who subscribed before, or it would be lost if the
    job changed back before the watcher's next look.
    """
    is_new = await insert_if_absent(
        session,
        WatchedJob,
        workspace=workspace,
        dataflow=job.ref.dataflow,
        run=job.ref.run,
        title=job.title,
        status=job.status.raw,
        status_since=looked_at,
        seen_at=looked_at,
        next_look_at=next_look_at,
    )
    row = (await session.scalars(_watched(workspace, job.ref).with_for_update())).one()
    if not is_new and looked_at > row.seen_at:
        job = replace(job, name=job.name or row.title)  # an answer without a name unnames nothing
        if change := change_between(known(row).status, row.status_since, job, looked_at):
            await outbox.record(session, known(row), change)
            row.status, row.status_since = job.status.raw, looked_at
        row.title, row.seen_at, row.failure, row.failing_since = job.title, looked_at, None, None
        await session.flush()
    outcome = await _subscribe_to(session, row, destination, created_by, looked_at)
    return Subscribed(outcome, known(row))


async def _subscribe_to(
    session: AsyncSession, job: WatchedJob, destination: str, created_by: str, now: datetime
) -> Outcome:
    if await insert_if_absent(
        session,
        Subscription,
        workspace=job.workspace,
        watched_job_id=job.id,
        destination=destination,
        created_by=created_by,
        created_at=now,
    ):
        return Outcome.NEW
    row = (await session.scalars(_subscription(job.id, destination).with_for_update())).one()
    if row.paused_because is None:
        return Outcome.ALREADY
    row.paused_because, row.paused_at = None, None
    return Outcome.RESUMED


async def unsubscribe(session: AsyncSession, workspace: str, ref: JobRef, destination: str) -> Known | None:
    """End a subscription, and with it what still waited to be told; the job, or None if it was not watched here."""
    row = (await session.scalars(_watched(workspace, ref))).one_or_none()
    if row is None:
        return None
    subscription = (await session.scalars(_subscription(row.id, destination))).one_or_none()
    if subscription is None:
        return None
    await session.execute(delete(Subscription).where(Subscription.id == subscription.id))
    return known(row)


async def watched_here(session: AsyncSession, workspace: str, destination: str) -> Sequence[WatchedHere]:
    """All that a destination watches, worst first, then by title."""
    rows = await session.execute(
        select(WatchedJob, Subscription)
        .join(Subscription, Subscription.watched_job_id == WatchedJob.id)
        .where(Subscription.workspace == workspace, Subscription.destination == destination)
    )
    here = [WatchedHere(known(job), sub.created_by, sub.paused_because, sub.paused_at) for job, sub in rows]
    return sorted(here, key=lambda w: (w.known.status.status_class.severity, w.known.title.casefold(), w.known.ref))


async def pause(session: AsyncSession, workspace: str, destination: str, because: str, now: datetime) -> None:
    """Pause every subscription of a destination that can't be told any more. No error ever deletes one."""
    await session.execute(
        update(Subscription)
        .where(
            Subscription.workspace == workspace,
            Subscription.destination == destination,
            Subscription.paused_because.is_(None),
        )
        .values(paused_because=because, paused_at=now)
    )


def _watched(workspace: str, ref: JobRef) -> Select[WatchedJob]:
    return select(WatchedJob).where(
        WatchedJob.workspace == workspace, WatchedJob.dataflow == ref.dataflow, WatchedJob.run == ref.run
    )


def _subscription(job_id: int, destination: str) -> Select[Subscription]:
    return select(Subscription).where(Subscription.watched_job_id == job_id, Subscription.destination == destination)
