"""What is known of the app as a workspace installed it."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.sql.tables import InstallationRow
from bot.store.sql.upsert import insert_if_absent


async def command(session: AsyncSession, workspace: str) -> str | None:
    """The bot's command in a workspace, such as `/job`; None if nobody has used it yet."""
    return await session.scalar(select(InstallationRow.command).where(InstallationRow.workspace == workspace))


async def remember_command(session: AsyncSession, workspace: str, name: str) -> None:
    """Note the bot's command in a workspace."""
    if not await insert_if_absent(session, InstallationRow, workspace=workspace, command=name):
        row = update(InstallationRow).where(InstallationRow.workspace == workspace)
        await session.execute(row.values(command=name))
