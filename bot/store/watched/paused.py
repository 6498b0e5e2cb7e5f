"""Whether alerts for a destination are paused: Slack didn't let the bot post there."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.store.sql.tables import SubscriptionRow


async def is_paused(session: AsyncSession, destination: Destination) -> bool:
    """Whether a destination watches anything, and alerts for all of it are paused."""
    counts = select(func.count(), func.count(SubscriptionRow.paused_because)).where(
        SubscriptionRow.workspace == destination.workspace, SubscriptionRow.destination == destination.id
    )
    watched, paused = (await session.execute(counts)).one()
    return 0 < watched == paused
