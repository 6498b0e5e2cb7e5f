"""What a channel, or a person's direct messages, chose about threads."""

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.store.sql.tables import ChannelSettingsRow
from bot.store.sql.upsert import insert_if_absent


async def threads(session: AsyncSession, destination: Destination) -> bool:
    """Whether the alerts of an incident form a thread there: yes, unless somebody chose otherwise."""
    chosen = select(ChannelSettingsRow.threads).where(*_of(destination))
    return (await session.scalar(chosen)) is not False


async def set_threads(session: AsyncSession, destination: Destination, *, on: bool) -> bool:
    """Choose whether the alerts of an incident form a thread there; return what was chosen before."""
    before = await threads(session, destination)
    await insert_if_absent(session, ChannelSettingsRow, workspace=destination.workspace, destination=destination.id)
    await session.execute(update(ChannelSettingsRow).where(*_of(destination)).values(threads=on))
    return before


async def move(session: AsyncSession, old: Destination, new: Destination) -> None:
    """Move the settings of a channel whose ID changed. What was chosen under the new ID counts."""
    chosen = await session.scalar(select(ChannelSettingsRow.threads).where(*_of(old)))
    await session.execute(delete(ChannelSettingsRow).where(*_of(old)))
    if chosen is not None:
        row = {"workspace": new.workspace, "destination": new.id, "threads": chosen}
        await insert_if_absent(session, ChannelSettingsRow, **row)


def _of(destination: Destination) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ChannelSettingsRow.workspace == destination.workspace, ChannelSettingsRow.destination == destination.id
