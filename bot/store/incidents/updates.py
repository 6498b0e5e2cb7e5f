"""Messages that are to be updated: marked when what they show changes, claimed by whoever updates them.

A message is rendered from its incidents as they are, so an update that comes twice does no harm.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.incident import Incident, Posted
from bot.store.incidents import reading
from bot.store.sql.tables import IncidentRow, SubscriptionRow, TrackedJobRow

# What changes at once becomes one update. It is also what keeps an update under way from overtaking the next one.
_TOGETHER = timedelta(seconds=1)
# A claim lasts longer than a call of Slack's: if the worker dies meanwhile, another one takes the message over.
_CLAIMED_FOR = timedelta(seconds=30)


@dataclass(frozen=True)
class DueUpdate:
    """A message to be updated, with all that it shows; claimed until `claimed_until`."""

    message: Posted
    incidents: Sequence[Incident]
    workspace: str
    claimed_until: datetime


def soon(now: datetime) -> datetime:
    """When a message whose content changed `now` is to be updated."""
    return now + _TOGETHER


async def mark(session: AsyncSession, destination: Destination, dataflows: Set[str], now: datetime) -> None:
    """Have the messages updated that show the open incidents of some jobs at a destination: they were muted, say."""
    rows = (
        select(IncidentRow)
        .where(
            IncidentRow.workspace == destination.workspace,
            IncidentRow.destination == destination.id,
            IncidentRow.dataflow.in_(dataflows),
            IncidentRow.closed_at.is_(None),
            IncidentRow.conversation.is_not(None),
        )
        .order_by(reading.BY_ID)
        .with_for_update()
    )
    for row in (await session.scalars(rows)).all():
        row.update_due_at = soon(now)


async def mark_silenced(session: AsyncSession, silence: int, now: datetime) -> None:
    """The same for all jobs that a silence mutes."""
    muted = (
        select(IncidentRow.id)
        .join(
            SubscriptionRow,
            (SubscriptionRow.workspace == IncidentRow.workspace)
            & (SubscriptionRow.destination == IncidentRow.destination),
        )
        .join(
            TrackedJobRow,
            (TrackedJobRow.id == SubscriptionRow.watched_job_id) & (TrackedJobRow.dataflow == IncidentRow.dataflow),
        )
        .where(
            SubscriptionRow.silence_id == silence,
            IncidentRow.closed_at.is_(None),
            IncidentRow.conversation.is_not(None),
        )
    )
    await _set_due(session, soon(now), IncidentRow.id.in_(muted))


async def is_any_due(session: AsyncSession, now: datetime) -> bool:
    """Whether there is anything to claim."""
    due = select(IncidentRow.id).where(IncidentRow.update_due_at <= now).limit(1)
    return (await session.scalars(due)).first() is not None


async def claim(session: AsyncSession, now: datetime, limit: int) -> Sequence[DueUpdate]:
    """Claim messages that are due, those with the newest incidents first."""
    due = (
        select(IncidentRow.workspace, IncidentRow.conversation, IncidentRow.message_ts)
        .where(
            IncidentRow.update_due_at <= now, IncidentRow.conversation.is_not(None), IncidentRow.message_ts.is_not(None)
        )
        .group_by(IncidentRow.workspace, IncidentRow.conversation, IncidentRow.message_ts)
        .order_by(func.max(IncidentRow.id).desc())
        .limit(limit)
    )
    until = now + _CLAIMED_FOR
    claimed: list[DueUpdate] = []
    for workspace, channel, ts in (await session.execute(due)).all():
        message = Posted(str(channel), str(ts))
        mine = (
            select(IncidentRow.id)
            .where(*_of(workspace, message), IncidentRow.update_due_at <= now)
            .order_by(IncidentRow.id)
            .with_for_update(skip_locked=True)
        )
        if not (ids := (await session.scalars(mine)).all()):
            continue  # another worker claims it at this moment
        await _set_due(session, until, IncidentRow.id.in_(ids))
        claimed.append(DueUpdate(message, await reading.shown_by(session, workspace, message), workspace, until))
    return claimed


async def done(session: AsyncSession, of: DueUpdate) -> None:
    """Note that a message is up to date, unless what it shows changed meanwhile."""
    await _set_due(session, None, *_claimed(of))


async def put_off(session: AsyncSession, of: DueUpdate, until: datetime) -> None:
    """Try a message again at another time."""
    await _set_due(session, until, *_claimed(of))


async def forget(session: AsyncSession, workspace: str, message: Posted) -> None:
    """Note that a message was deleted: the next alert about these incidents takes its place."""
    gone = update(IncidentRow).where(*_of(workspace, message))
    values = {"message_ts": None, "conversation": None, "update_due_at": None}
    await session.execute(gone.values(values).execution_options(synchronize_session=False))


async def forget_thread(session: AsyncSession, destination: Destination, thread: str) -> None:
    """Note that no reply can be posted in a thread: the next alert about its open incidents begins another one."""
    of_thread = update(IncidentRow).where(
        IncidentRow.workspace == destination.workspace,
        IncidentRow.destination == destination.id,
        IncidentRow.message_ts == thread,
        IncidentRow.closed_at.is_(None),
    )
    values = {"message_ts": None, "conversation": None, "update_due_at": None}
    await session.execute(of_thread.values(values).execution_options(synchronize_session=False))


def _of(workspace: str, message: Posted) -> tuple[ColumnElement[bool], ...]:
    return (
        IncidentRow.workspace == workspace,
        IncidentRow.conversation == message.channel,
        IncidentRow.message_ts == message.ts,
    )


def _claimed(of: DueUpdate) -> tuple[ColumnElement[bool], ...]:
    return *_of(of.workspace, of.message), IncidentRow.update_due_at == of.claimed_until


async def _set_due(session: AsyncSession, at: datetime | None, *which: ColumnElement[bool]) -> None:
    which_rows = update(IncidentRow).where(*which).values(update_due_at=at)
    await session.execute(which_rows.execution_options(synchronize_session=False))
