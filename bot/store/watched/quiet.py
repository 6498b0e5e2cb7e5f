"""Where quiet hours are in force, and what breaks through."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.channel.quiet_hours import lets_errors_through, read_exceptions
from bot.domain.destination import Destination
from bot.domain.status_filter import StatusFilter
from bot.store.sql.tables import ChannelSettingsRow


async def breaking_through(
    session: AsyncSession, workspace: str, destinations: Collection[str]
) -> Mapping[str, StatusFilter]:
    """The destinations of a workspace in which quiet hours are in force, with what breaks through.

    They don't end before this transaction does: whoever ends them sees what it holds back. Those that are ending or
    beginning this moment aren't among them; waiting for those could be a deadlock.
    """
    if not destinations:
        return {}
    rows = await session.execute(
        select(ChannelSettingsRow.destination, ChannelSettingsRow.quiet_filter)
        .where(
            ChannelSettingsRow.workspace == workspace,
            ChannelSettingsRow.destination.in_(destinations),
            ChannelSettingsRow.quiet_since.is_not(None),
        )
        .with_for_update(read=True, skip_locked=True)
    )
    return {destination: read_exceptions(text) for destination, text in rows}


async def silent(session: AsyncSession, workspace: str, destinations: Collection[str]) -> set[str]:
    """Those where not even errors break through, nor what keeps the bot from seeing them."""
    found = await breaking_through(session, workspace, destinations)
    return {destination for destination, filtered in found.items() if not lets_errors_through(filtered)}


async def at(session: AsyncSession, destination: Destination) -> StatusFilter | None:
    """What breaks through the quiet hours that are in force at a destination; None if none are."""
    return (await breaking_through(session, destination.workspace, {destination.id})).get(destination.id)
