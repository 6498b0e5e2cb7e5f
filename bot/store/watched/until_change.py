"""Mutes that the next change of a job's status ends."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.tracked_job import TrackedJob
from bot.store.incidents import updates as incident_updates
from bot.store.sql.tables import SubscriptionRow
from bot.store.watched import silenced


async def end_mutes(session: AsyncSession, job: TrackedJob, now: datetime) -> None:
    """End the mutes of a tracked job that last until it changes: it does. Maintenance goes on."""
    muted = select(SubscriptionRow).where(
        SubscriptionRow.watched_job_id == job.id, SubscriptionRow.muted_until_change.is_(True)
    )
    for sub in (await session.scalars(muted.order_by(SubscriptionRow.id).with_for_update())).all():
        clear_mute(sub)
        await silenced.mute_again(session, sub, job.title, now)
        await incident_updates.mark(session, Destination(sub.workspace, sub.destination), {job.ref.dataflow}, now)


def clear_mute(sub: SubscriptionRow) -> None:
    """Leave nothing of a mute."""
    sub.muted_until = sub.muted_at = sub.muted_by = sub.muted_until_change = sub.silence_id = None
    sub.considered = None
