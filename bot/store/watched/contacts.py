"""Whom the alerts about watched jobs call, and what follows them."""

from collections.abc import Collection, Mapping

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.reminding import NO_REMINDING, Reminding
from bot.domain.subscription import NO_CONTACT, Contact
from bot.store.sql.mapping import to_contact, to_reminding
from bot.store.sql.tables import SubscriptionRow, TrackedJobRow

_CALLS = (SubscriptionRow.owner, SubscriptionRow.runbook, SubscriptionRow.remind_every, SubscriptionRow.escalate_to)


async def of_subscriptions(
    session: AsyncSession, subscriptions: Collection[int]
) -> Mapping[int, tuple[Contact, Reminding]]:
    """The contact and the reminders of each subscription that has any. A job that a destination watches by its name and
    by its run is announced once, so what the one subscription lacks is taken from the other."""
    if not subscriptions:
        return {}
    named = (SubscriptionRow.destination, TrackedJobRow.workspace, TrackedJobRow.dataflow, TrackedJobRow.run)
    of_job = SubscriptionRow.watched_job_id == TrackedJobRow.id
    rows = await session.execute(
        select(SubscriptionRow.id, *named).join(TrackedJobRow, of_job).where(SubscriptionRow.id.in_(subscriptions))
    )
    mine = {id: tuple(job) for id, *job in rows}
    # By itself: in one statement with the first, PostgreSQL reads every job to find the few that are watched twice.
    places, workspaces, dataflows = ({watch[column] for watch in mine.values()} for column in range(3))
    others = await session.execute(
        select(SubscriptionRow, *named)
        .join(TrackedJobRow, of_job)
        .where(
            TrackedJobRow.workspace.in_(workspaces),
            TrackedJobRow.dataflow.in_(dataflows),
            SubscriptionRow.destination.in_(places),
            or_(*(column.is_not(None) for column in _CALLS)),
        )
        .order_by(SubscriptionRow.id)
    )
    calling: dict[tuple[object, ...], list[SubscriptionRow]] = {}
    for row, *job in others:
        calling.setdefault(tuple(job), []).append(row)
    found: dict[int, tuple[Contact, Reminding]] = {}
    for subscription, watch in sorted(mine.items()):
        for row in sorted(calling.get(watch, []), key=lambda row: row.id != subscription):
            contact, reminding = found.get(subscription, (NO_CONTACT, NO_REMINDING))
            found[subscription] = contact.completed_by(to_contact(row)), reminding.completed_by(to_reminding(row))
    return found
