"""The settings of a channel, or of a person's direct messages."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.quiet_hours import QuietHours, read_exceptions
from bot.domain.channel.settings import ChangesBy, ChannelSettings
from bot.domain.destination import Destination
from bot.domain.status_filter import StatusFilter
from bot.store.sql.tables import ChannelSettingsRow
from bot.store.sql.upsert import insert_if_absent

# Due at once: whoever plans quiet hours does so.
TO_BE_PLANNED = datetime(1970, 1, 1, tzinfo=UTC)


async def read(session: AsyncSession, destination: Destination) -> ChannelSettings:
    """What was chosen there, and the defaults of the rest."""
    row = (await session.scalars(select(ChannelSettingsRow).where(*_of(destination)))).one_or_none()
    return to_settings(row) if row else ChannelSettings()


async def change(
    session: AsyncSession, destination: Destination, choose: Callable[[ChannelSettings], ChannelSettings]
) -> ChannelSettings:
    """Choose other settings there, made of the present ones; return what was chosen before.

    Digest and quiet hours are planned anew if they, or the time zone, are others than before.
    """
    await insert_if_absent(session, ChannelSettingsRow, workspace=destination.workspace, destination=destination.id)
    row = (await session.scalars(select(ChannelSettingsRow).where(*_of(destination)).with_for_update())).one()
    before = to_settings(row)
    settings = choose(before)
    quiet = settings.quiet_hours
    row.threads = settings.threads
    row.default_filter = settings.default_filter.text
    row.time_zone = settings.time_zone
    row.digest = settings.digest.text if settings.digest else None
    row.quiet_hours = quiet.text if quiet else None
    row.quiet_filter = quiet.exceptions if quiet else None
    row.changes_by = settings.changes_by.value
    row.guests_may_change = settings.guests_may_change
    row.restricted_by = settings.restricted_by
    if (before.digest, before.time_zone) != (settings.digest, settings.time_zone):
        row.digest_due_at = row.digest_since = None
    if (before.quiet_hours, before.time_zone) != (settings.quiet_hours, settings.time_zone):
        row.quiet_due_at = TO_BE_PLANNED
    return before


async def move(session: AsyncSession, old: Destination, new: Destination) -> None:
    """Move the settings of a channel whose ID changed. What was chosen under the new ID counts."""
    chosen_anew = select(ChannelSettingsRow.destination).where(*_of(new))
    if (await session.scalars(chosen_anew)).one_or_none() is None:
        await session.execute(update(ChannelSettingsRow).where(*_of(old)).values(destination=new.id))
    else:
        await session.execute(delete(ChannelSettingsRow).where(*_of(old)))


def to_settings(row: ChannelSettingsRow) -> ChannelSettings:
    """The settings in a row. What a newer release wrote and this one can't read counts as not chosen."""
    breaks_through = read_exceptions(row.quiet_filter)
    return ChannelSettings(
        threads=row.threads is not False,
        default_filter=StatusFilter.read(row.default_filter) if row.default_filter else StatusFilter(),
        time_zone=row.time_zone,
        digest=DigestSchedule.read(row.digest) if row.digest else None,
        quiet_hours=QuietHours.read(row.quiet_hours, breaks_through) if row.quiet_hours else None,
        changes_by=ChangesBy(row.changes_by) if row.changes_by in list(ChangesBy) else ChangesBy.EVERYONE,
        guests_may_change=bool(row.guests_may_change),
        restricted_by=row.restricted_by,
    )


def _of(destination: Destination) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ChannelSettingsRow.workspace == destination.workspace, ChannelSettingsRow.destination == destination.id
