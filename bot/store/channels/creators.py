"""Who made the watches of a destination."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.job import Target
from bot.domain.pattern import normalize
from bot.store.channels import silences
from bot.store.lists import watch_list
from bot.store.patterns import watches as pattern_watches
from bot.store.sql.tables import SubscriptionRow


async def of_job(session: AsyncSession, destination: Destination, target: Target) -> str | None:
    """Who made the watch of a job; None if it isn't watched there."""
    found = await watch_list.find(session, destination, target)
    return found.created_by if found else None


async def of_pattern(session: AsyncSession, destination: Destination, glob: str | None) -> str | None:
    """Who made the watch of a pattern; None if it isn't watched there."""
    here = await pattern_watches.of_destination(session, destination)
    return next((pattern.created_by for pattern in here if pattern.key == normalize(glob)), None)


async def of_silence(session: AsyncSession, destination: Destination, glob: str | None) -> str | None:
    """Who began the maintenance of a pattern, or all that there is if `glob` is None; None if it wasn't one person."""
    here = await silences.open_at(session, destination)
    people = {silence.created_by for silence in here if glob is None or silence.key == normalize(glob)}
    return people.pop() if len(people) == 1 else None


async def made_any(session: AsyncSession, destination: Destination, person: str) -> bool:
    """Whether a person made a watch there."""
    made = select(SubscriptionRow.id).where(
        SubscriptionRow.workspace == destination.workspace,
        SubscriptionRow.destination == destination.id,
        SubscriptionRow.created_by == person,
    )
    return (await session.scalars(made.limit(1))).first() is not None
