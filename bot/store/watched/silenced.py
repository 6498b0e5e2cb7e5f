"""Subscriptions that maintenance mutes: those that begin while it lasts, and those whose own mute ends then."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.pattern import matches
from bot.store.sql.tables import SilenceRow, SubscriptionRow


async def open_at(session: AsyncSession, destination: Destination, now: datetime) -> Sequence[SilenceRow]:
    """The silences of a destination, that which ends last first. None of them ends before this transaction does.

    To be called before any job or subscription is locked: whoever ends a silence locks it first.
    """
    lasting = select(SilenceRow).where(*is_open_at(destination), SilenceRow.ends_at > now)
    return (await session.scalars(lasting.order_by(SilenceRow.ends_at.desc()).with_for_update(read=True))).all()


async def mute_again(session: AsyncSession, sub: SubscriptionRow, title: str, now: datetime) -> bool:
    """Let maintenance go on muting a subscription whose own mute ends; return whether it does.

    One that is ending this moment doesn't: waiting for it could be a deadlock.
    """
    return mute(sub, title, await going_on(session, Destination(sub.workspace, sub.destination), now), now)


async def going_on(session: AsyncSession, destination: Destination, now: datetime) -> Sequence[SilenceRow]:
    """The silences of a destination, that which ends last first, but those that are ending this moment."""
    lasting = select(SilenceRow).where(*is_open_at(destination), SilenceRow.ends_at > now)
    ordered = lasting.order_by(SilenceRow.ends_at.desc()).with_for_update(read=True, skip_locked=True)
    return (await session.scalars(ordered)).all()


def mute(sub: SubscriptionRow, title: str, silences: Sequence[SilenceRow], now: datetime) -> bool:
    """Mute a subscription to a job with this name by the first silence that concerns it; return whether one does."""
    silence = next((one for one in silences if matches(one.pattern, title)), None)
    if silence is None:
        return False
    sub.muted_until, sub.muted_at, sub.muted_by = silence.ends_at, now, silence.created_by
    sub.muted_until_change, sub.silence_id = None, silence.id
    return True


def is_open_at(destination: Destination) -> tuple[ColumnElement[bool], ...]:
    """Whether a silence is one of a destination, and hasn't ended."""
    return (
        SilenceRow.workspace == destination.workspace,
        SilenceRow.destination == destination.id,
        SilenceRow.ended_at.is_(None),
    )
