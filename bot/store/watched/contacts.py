"""The owner and the runbook of watched jobs."""

from collections.abc import Collection, Mapping

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.subscription import Contact
from bot.store.sql.mapping import to_contact
from bot.store.sql.tables import SubscriptionRow, TrackedJobRow


async def of_subscriptions(session: AsyncSession, subscriptions: Collection[int]) -> Mapping[int, Contact]:
    """The contact of each subscription that has one. A job that a destination watches by its name and by its run is
    announced once, so what the one subscription lacks is taken from the other."""
    if not subscriptions:
        return {}
    job, other_job, other = aliased(TrackedJobRow), aliased(TrackedJobRow), aliased(SubscriptionRow)
    rows = await session.execute(
        select(SubscriptionRow.id, other)
        .join(job, job.id == SubscriptionRow.watched_job_id)
        .join(
            other_job,
            (other_job.workspace == job.workspace) & (other_job.dataflow == job.dataflow) & (other_job.run == job.run),
        )
        .join(other, (other.watched_job_id == other_job.id) & (other.destination == SubscriptionRow.destination))
        .where(SubscriptionRow.id.in_(subscriptions), or_(other.owner.is_not(None), other.runbook.is_not(None)))
        .order_by(SubscriptionRow.id, other.id != SubscriptionRow.id, other.id)
    )
    found: dict[int, Contact] = {}
    for subscription, row in rows:
        found[subscription] = found.get(subscription, Contact()).completed_by(to_contact(row))
    return found
