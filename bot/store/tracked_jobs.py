"""Tracked jobs: which worker polls each, and how polls are written."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import bindparam, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.tracked_job import TrackedJob
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import GapRow, SubscriptionRow, TrackedJobRow

_SUBSCRIBED = exists().where(SubscriptionRow.watched_job_id == TrackedJobRow.id)
# Jobs that nobody watches, of those that are leased along with a claim.
_UNWATCHED = 500


async def count_subscribed(session: AsyncSession) -> int:
    """The number of jobs that somebody watches: what the workers share."""
    watched = select(SubscriptionRow.watched_job_id).distinct().subquery()  # the unique index knows them
    return (await session.execute(select(func.count()).select_from(watched))).scalar_one()


async def claim(session: AsyncSession, worker: str, limit: int) -> Sequence[TrackedJob]:
    """Lease watched jobs that no worker polls, at most `limit`.

    Jobs that nobody watches any more are leased along with them, and not returned: else each heartbeat would look at
    all of them. Who watches one again frees it, see `subscriptions.count_poll`.
    """
    free = (
        select(TrackedJobRow, _SUBSCRIBED)
        .where(TrackedJobRow.leased_by.is_(None))
        .order_by(TrackedJobRow.id)
        .limit(limit + _UNWATCHED)
        .with_for_update(skip_locked=True, of=TrackedJobRow)
    )
    found = (await session.execute(free)).all()
    watched = [row for row, is_watched in found if is_watched][:limit]
    ids = [row.id for row in watched] + [row.id for row, is_watched in found if not is_watched]
    if ids:  # at once: a statement a row takes several times as long
        mine = update(TrackedJobRow).where(TrackedJobRow.id.in_(ids)).values(leased_by=worker)
        await session.execute(mine.execution_options(synchronize_session=False))
    return [to_tracked_job(row) for row in watched]


async def is_any_free(session: AsyncSession) -> bool:
    """Whether there is a job that no worker has leased."""
    free = select(TrackedJobRow.id).where(TrackedJobRow.leased_by.is_(None)).limit(1)
    return (await session.scalars(free)).first() is not None


async def leased(session: AsyncSession, worker: str, *, after: int = 0, limit: int | None = None) -> Sequence[int]:
    """The row IDs of the watched jobs that a worker has leased, in order: at most `limit` of those after an ID."""
    mine = select(TrackedJobRow.id).where(TrackedJobRow.leased_by == worker, TrackedJobRow.id > after, _SUBSCRIBED)
    return (await session.scalars(mine.order_by(TrackedJobRow.id).limit(limit))).all()


async def release(session: AsyncSession, worker: str, ids: Collection[int]) -> None:
    """End a worker's lease on some jobs: nobody watches them any more, or other workers have less to do."""
    mine = update(TrackedJobRow).where(TrackedJobRow.leased_by == worker, TrackedJobRow.id.in_(ids))
    await session.execute(mine.values(leased_by=None))


async def find(session: AsyncSession, worker: str, ids: Collection[int]) -> Sequence[TrackedJob]:
    """Some of the watched jobs that a worker has leased."""
    mine = select(TrackedJobRow).where(TrackedJobRow.leased_by == worker, TrackedJobRow.id.in_(ids), _SUBSCRIBED)
    return [to_tracked_job(row) for row in await session.scalars(mine)]


async def write_poll(session: AsyncSession, worker: str, before: TrackedJob, after: TrackedJob) -> bool:
    """Write the job as it is `after` polls that began from what was stored `before`.

    False, with nothing written, if the polls don't count: another worker took the job over, or a newer look-up was
    written (somebody subscribed meanwhile).
    """
    counts = await _write(session, [_values(worker, before, after)]) == 1
    if counts:
        await _write_gaps(session, [(before, after)])
    return counts


async def write_polls(session: AsyncSession, worker: str, polls: Sequence[tuple[TrackedJob, TrackedJob]]) -> set[int]:
    """Write many polls (before, after) in one statement; return the row IDs of those that count."""
    async with session.begin_nested() as together:
        if await _write(session, [_values(worker, *poll) for poll in polls]) == len(polls):
            await _write_gaps(session, polls)
            return {before.id for before, _ in polls}
        await together.rollback()  # the row count says how many don't count, not which
    return {before.id for before, after in polls if await write_poll(session, worker, before, after)}


# Sets the columns that `_values` names.
_UNDISTURBED = update(TrackedJobRow).where(
    TrackedJobRow.id == bindparam("row"),
    TrackedJobRow.leased_by == bindparam("worker"),
    TrackedJobRow.polled_at == bindparam("polled_before"),
    # Without this, a poll of an unavailable job, which changes no other column, would count twice if the answer to a
    # commit is lost.
    TrackedJobRow.unavailable_notified_at.is_not_distinct_from(bindparam("unavailable_notified_before")),
)


async def _write(session: AsyncSession, polls: Sequence[Mapping[str, object]]) -> int:
    # By the connection: a session takes many rows for an update by primary key alone.
    return (await (await session.connection()).execute(_UNDISTURBED, polls)).rowcount


async def _write_gaps(session: AsyncSession, polls: Sequence[tuple[TrackedJob, TrackedJob]]) -> None:
    """Write the gaps that the polls ended; most polls end none."""
    values = [
        {"workspace": after.workspace, "watched_job_id": after.id, "since": gap.since, "until": gap.until}
        for before, after in polls
        for gap in after.gaps
        if gap not in before.gaps
    ]
    if values:
        await session.execute(insert(GapRow), values)


def _values(worker: str, before: TrackedJob, after: TrackedJob) -> Mapping[str, object]:
    return {
        "row": before.id,
        "worker": worker,
        "polled_before": before.polled_at,
        "unavailable_notified_before": before.unavailable_notified_at,
        "run": after.ref.run,
        "version": after.version,
        "title": after.title,
        "status": after.status.raw,
        "status_since": after.status_since,
        "since_is_exact": after.since_is_exact,
        "polled_at": after.polled_at,
        "failure": after.failure,
        "failing_since": after.failing_since,
        "unavailable_notified_at": after.unavailable_notified_at,
    }
