"""What is known of each watched job, which worker looks at it, and how a look is settled."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.job import Job, JobRef, Status, StatusClass, Target, target_of
from bot.store.sql.tables import SubscriptionRow, TrackedJobRow


@dataclass(frozen=True)
class TrackedJob:
    """A watched job as it is known. Times are aware UTC.

    `followed` says that it is whatever run the dataflow has; `version` is that of the deployment.
    `status_since` is when the status was first seen, `seen_at` when the latest look that succeeded began.
    `failure` says in words why the job can't be seen now, since `failing_since`; None while it can.
    `unavailable_notified_at` is when that was told. `failures` in a row and `changed_at`, the latest change that this worker
    saw, are not stored: they decide when to look next.
    """

    id: int
    workspace: str
    ref: JobRef
    title: str
    status: Status
    status_since: datetime
    seen_at: datetime
    followed: bool = False
    version: str | None = None
    failure: str | None = None
    failing_since: datetime | None = None
    unavailable_notified_at: datetime | None = None
    failures: int = 0
    changed_at: datetime | None = None

    @property
    def target(self) -> Target:
        """The job as its watchers mean it."""
        return target_of(self.ref, followed=self.followed)


def known(row: TrackedJobRow) -> TrackedJob:
    """The row in the language of the product."""
    return TrackedJob(
        id=row.id,
        workspace=row.workspace,
        ref=JobRef(row.dataflow, row.run),
        title=row.title,
        status=Status.of(row.status),
        status_since=row.status_since,
        seen_at=row.seen_at,
        followed=row.followed,
        version=row.version,
        failure=row.failure,
        failing_since=row.failing_since,
        unavailable_notified_at=row.unavailable_notified_at,
    )


def change_in(before: TrackedJob, job: Job, at: datetime) -> Change | None:
    """What changed from what was known `before` to the job as seen `at` (aware UTC); None for nothing.

    Another run of a followed job is a change, whatever its status.
    """
    is_redeployed = job.ref.run != before.ref.run
    if before.status == job.status and not is_redeployed:
        return None
    return Change(
        ref=job.ref,
        title=job.name or before.title,  # an answer without a name unnames nothing
        old=before.status,
        new=job.status,
        old_since=before.status_since,
        at=at,
        version=job.deployed_version,
        started_by=job.started_by,
        followed=before.followed,
        old_run=before.ref.run if is_redeployed else None,
        old_version=before.version if is_redeployed else None,
        ends=ends_with_its_run(replace(before, status=job.status)),
    )


def ends_with_its_run(job: TrackedJob) -> bool:
    """Whether a watch of it is over: of one run that was undeployed nothing is to come. A later one has another ID."""
    return not job.followed and job.status.status_class is StatusClass.UNDEPLOYED


_SUBSCRIBED = exists().where(SubscriptionRow.watched_job_id == TrackedJobRow.id)


async def subscribed(session: AsyncSession) -> int:
    """How many jobs somebody subscribes to: what the workers share among themselves."""
    return (await session.execute(select(func.count()).select_from(TrackedJobRow).where(_SUBSCRIBED))).scalar_one()


async def claim(session: AsyncSession, worker: str, limit: int) -> Sequence[TrackedJob]:
    """Lease at most `limit` jobs that somebody subscribes to and nobody looks at."""
    free = (
        select(TrackedJobRow)
        .where(TrackedJobRow.leased_by.is_(None), _SUBSCRIBED)
        .order_by(TrackedJobRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.scalars(free)).all()
    for row in rows:
        row.leased_by = worker
    return [known(row) for row in rows]


async def held(session: AsyncSession, worker: str) -> set[int]:
    """The jobs (their row's IDs) that this worker has on lease and that somebody still subscribes to."""
    return set(await session.scalars(select(TrackedJobRow.id).where(TrackedJobRow.leased_by == worker, _SUBSCRIBED)))


async def hand_back(session: AsyncSession, worker: str, ids: Collection[int]) -> None:
    """End the lease on some jobs: nobody subscribes to them any more, or others have less to do."""
    mine = update(TrackedJobRow).where(TrackedJobRow.leased_by == worker, TrackedJobRow.id.in_(ids))
    await session.execute(mine.values(leased_by=None))


async def find(session: AsyncSession, worker: str, ids: Collection[int]) -> Sequence[TrackedJob]:
    """Jobs as they stand in the store: those that this worker has on lease and somebody subscribes to."""
    mine = select(TrackedJobRow).where(TrackedJobRow.leased_by == worker, TrackedJobRow.id.in_(ids), _SUBSCRIBED)
    return [known(row) for row in await session.scalars(mine)]


async def settle(session: AsyncSession, worker: str, before: TrackedJob, after: TrackedJob) -> bool:
    """Write what is known `after` looks that began with what stood in the store `before`.

    False, and nothing written, if they don't count: another worker took the job over, or a newer look (somebody
    subscribed meanwhile) was written already.
    """
    return await _written(session, [_look(worker, before, after)]) == 1


async def settle_all(session: AsyncSession, worker: str, looks: Sequence[tuple[TrackedJob, TrackedJob]]) -> set[int]:
    """The same for many jobs, each `before` with its `after`, in a moment; the IDs of those that count."""
    async with session.begin_nested() as together:
        if await _written(session, [_look(worker, *look) for look in looks]) == len(looks):
            return {before.id for before, _ in looks}
        await together.rollback()  # how many don't count was said, not which
    return {before.id for before, after in looks if await settle(session, worker, before, after)}


# It sets the columns that `_look` names.
_UNDISTURBED = update(TrackedJobRow).where(
    TrackedJobRow.id == bindparam("row"),
    TrackedJobRow.leased_by == bindparam("worker"),
    TrackedJobRow.seen_at == bindparam("seen_before"),
    # Or news of a job out of sight, whose look shows nothing new, would count twice when a commit's answer is lost.
    TrackedJobRow.unavailable_notified_at.is_not_distinct_from(bindparam("unseen_told_before")),
)


async def _written(session: AsyncSession, looks: Sequence[Mapping[str, object]]) -> int:
    # By the connection: a session takes many rows for an update by primary key alone.
    return (await (await session.connection()).execute(_UNDISTURBED, looks)).rowcount


def _look(worker: str, before: TrackedJob, after: TrackedJob) -> Mapping[str, object]:
    return {
        "row": before.id,
        "worker": worker,
        "seen_before": before.seen_at,
        "unseen_told_before": before.unavailable_notified_at,
        "run": after.ref.run,
        "version": after.version,
        "title": after.title,
        "status": after.status.raw,
        "status_since": after.status_since,
        "seen_at": after.seen_at,
        "failure": after.failure,
        "failing_since": after.failing_since,
        "unseen_told_at": after.unavailable_notified_at,
    }
