"""The jobs that a delivered message is about, page by page: searched, sorted and cut by the database."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.tracked_job import JobsPage
from bot.store.lists import names
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.order import worst_first
from bot.store.sql.tables import ChangeRow, DeliveryRow, SubscriptionRow, TrackedJobRow
from bot.store.watched import beginnings

# A message is settled soon after Slack accepted it, by our clock; the range is what its index serves. What was settled
# within days is read only if nothing was within minutes: the clocks differ, or the database was down.
_RANGES = (
    (timedelta(minutes=2), timedelta(minutes=10)),
    (timedelta(days=1), timedelta(days=2)),
)


async def page(
    session: AsyncSession, destination: Destination, message_ts: str, words: str, *, number: int, size: int
) -> JobsPage:
    """A page of the jobs of a message whose names contain the words, as they are now; pages count from 1.

    Empty once the message's deliveries or the jobs are no longer kept. The job of each delivery is that of its change
    or of its subscription.
    """
    posted_at = _time_of(message_ts)
    if posted_at is None:
        return JobsPage([], 1, 0, 0)
    for before, after in _RANGES:
        jobs = _jobs(destination, message_ts, posted_at - before, posted_at + after)
        if (await session.scalars(jobs.with_only_columns(TrackedJobRow.id).limit(1))).first() is not None:
            break
    jobs = jobs.where(await names.with_words(session, jobs, words)) if words else jobs
    total = (await session.scalars(jobs.with_only_columns(func.count()))).one()
    pages = -(-total // size)
    number = max(1, min(number, pages))
    rows = await session.scalars(jobs.order_by(*worst_first()).limit(size).offset((number - 1) * size))
    return JobsPage(await beginnings.as_known(session, [*map(to_tracked_job, rows)]), number, pages, total)


def _jobs(
    destination: Destination, message_ts: str, settled_from: datetime, settled_until: datetime
) -> Select[TrackedJobRow]:
    """The jobs of a message that was settled within a range."""
    job_ids = (
        select(func.coalesce(ChangeRow.watched_job_id, SubscriptionRow.watched_job_id))
        .select_from(DeliveryRow)
        .outerjoin(ChangeRow, ChangeRow.id == DeliveryRow.change_id)
        .outerjoin(SubscriptionRow, SubscriptionRow.id == DeliveryRow.subscription_id)
        .where(
            DeliveryRow.settled_at.between(settled_from, settled_until),
            DeliveryRow.workspace == destination.workspace,
            DeliveryRow.destination == destination.id,
            DeliveryRow.message_ts == message_ts,
        )
    )
    return select(TrackedJobRow).where(TrackedJobRow.id.in_(job_ids))


def _time_of(message_ts: str) -> datetime | None:
    """When Slack accepted a message: its ID begins with the seconds since 1970."""
    try:
        return datetime.fromtimestamp(float(message_ts), UTC)
    except (ValueError, OverflowError, OSError):
        return None
