"""Whom the alerts about watched jobs call, and what follows them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.domain.reminding import NO_REMINDING, Reminding
from bot.domain.subscription import NO_CONTACT, Contact
from bot.store.sql.mapping import to_contact, to_reminding
from bot.store.sql.tables import SubscriptionRow, TrackedJobRow


async def of_subscriptions(
    session: AsyncSession, subscriptions: Collection[int]
) -> Mapping[int, tuple[Contact, Reminding]]:
    """The contact and the reminders of each subscription that has any. A job that a destination watches by its name and
    by its run is announced once, so what the one subscription lacks is taken from the other."""
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
        .where(SubscriptionRow.id.in_(subscriptions), or_(*(column.is_not(None) for column in _columns_of(other))))
        .order_by(SubscriptionRow.id, other.id != SubscriptionRow.id, other.id)
    )
    found: dict[int, tuple[Contact, Reminding]] = {}
    for subscription, row in rows:
        contact, reminding = found.get(subscription, (NO_CONTACT, NO_REMINDING))
        found[subscription] = contact.completed_by(to_contact(row)), reminding.completed_by(to_reminding(row))
    return found


def _columns_of(other: type[SubscriptionRow]) -> Sequence[InstrumentedAttribute[Any]]:
    return other.owner, other.runbook, other.remind_every, other.escalate_to
