"""Outages of the jobs service: each destination is notified once when one begins and once when it ends."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.job import Status
from bot.domain.notification.service import LastStatus, LoginRefused, Outage, OutageEnded
from bot.store import outbox
from bot.store.sql.order import worst_first
from bot.store.sql.tables import OutageRow, SubscriptionRow, TrackedJobRow
from bot.store.sql.upsert import insert_all_absent, insert_if_absent
from bot.store.watched import quiet, same_job

_MAX_NAMED = 10  # jobs that a message names


class Cause(StrEnum):
    """What is wrong. Each cause is announced by itself."""

    SERVICE = "service"  # no good answer
    LOGIN = "login"  # the bot's log-in is refused


async def announced(session: AsyncSession) -> frozenset[Cause]:
    """The causes that are announced and not over."""
    return frozenset(Cause(cause) for cause in await session.scalars(select(OutageRow.cause).distinct()))


async def begin(session: AsyncSession, reason: str, since: datetime, now: datetime) -> bool:
    """Announce an outage to each destination with what was last seen there; False if that was done before. To be
    repeated while it lasts, for those whose silence has ended."""
    concerned = await _concerned(session, Cause.SERVICE) - await _notified_of(session, Cause.LOGIN)
    first = await _first(session, concerned, Cause.SERVICE, since)
    jobs = await _worst_jobs(session) if first else {}
    for destination in first:
        count, worst = jobs[destination]
        outbox.put(session, destination, Outage(reason, since, count, worst), now)
    return bool(first)


async def begin_login_refused(session: AsyncSession, reason: str, remedy: str, now: datetime) -> bool:
    """Announce a refused log-in to those who made subscriptions; False if that was done before."""
    first = await _first(session, await _concerned(session, Cause.LOGIN), Cause.LOGIN, now)
    for person in first:
        outbox.put(session, person, LoginRefused(reason, remedy, now), now)
    return bool(first)


async def end(session: AsyncSession, now: datetime, *, not_before: datetime) -> bool:
    """Announce the end to each destination that was notified of the beginning; False if there was none.

    Also where all jobs were muted meanwhile: the first message said that another one would come. In quiet hours the
    summary at their end says it.
    The message and everything after it waits until `not_before`, so that it contains what changed meanwhile.
    """
    concerned = {cause: await _concerned(session, cause, if_muted=True) for cause in Cause}
    gone = delete(OutageRow).returning(OutageRow.workspace, OutageRow.destination, OutageRow.cause, OutageRow.since)
    over: dict[Destination, datetime] = {}
    for workspace, destination_id, cause, since in (await session.execute(gone)).all():
        destination = Destination(workspace, destination_id)
        if destination in concerned[Cause(cause)]:
            over[destination] = min(since, over.get(destination, since))
    for destination, since in sorted(over.items()):
        outbox.put(session, destination, OutageEnded(since, now), now, not_before=not_before)
    return bool(over)


async def move(session: AsyncSession, old: Destination, new: Destination) -> None:
    """Let a channel whose ID changed hear of the end of the outages that it was notified of."""
    gone = delete(OutageRow).where(OutageRow.workspace == old.workspace, OutageRow.destination == old.id)
    for cause, since in (await session.execute(gone.returning(OutageRow.cause, OutageRow.since))).all():
        await insert_if_absent(
            session, OutageRow, workspace=new.workspace, cause=cause, destination=new.id, since=since
        )


async def _notified_of(session: AsyncSession, cause: Cause) -> set[Destination]:
    rows = await session.execute(
        select(OutageRow.workspace, OutageRow.destination).where(OutageRow.cause == cause.value)
    )
    return {Destination(*row) for row in rows}


async def _concerned(session: AsyncSession, cause: Cause, *, if_muted: bool = False) -> set[Destination]:
    """Whom a cause concerns: an outage every destination, a refused log-in those who made subscriptions. Either breaks
    through quiet hours where errors do: nobody would hear of them. `if_muted` tells whether also those with nothing but
    muted subscriptions."""
    whom = SubscriptionRow.created_by if cause is Cause.LOGIN else SubscriptionRow.destination
    muted = () if if_muted else (SubscriptionRow.muted_until.is_(None),)
    live = (SubscriptionRow.paused_because.is_(None), *muted)
    rows = await session.execute(select(SubscriptionRow.workspace, whom).where(*live).distinct())
    concerned = {Destination(*row) for row in rows}
    silent: set[Destination] = set()
    for workspace in {one.workspace for one in concerned}:
        here = {one.id for one in concerned if one.workspace == workspace}
        silent |= {Destination(workspace, one) for one in await quiet.silent(session, workspace, here)}
    return concerned - silent


async def _first(
    session: AsyncSession, destinations: Iterable[Destination], cause: Cause, since: datetime
) -> list[Destination]:
    """Those not notified before. Of several workers that notice an outage, one is first."""
    rows = [
        {"workspace": one.workspace, "cause": cause.value, "destination": one.id, "since": since}
        for one in sorted(destinations)
    ]
    inserted = await insert_all_absent(session, OutageRow, rows, OutageRow.workspace, OutageRow.destination)
    return sorted(Destination(row.workspace, row.destination) for row in inserted)


async def _worst_jobs(session: AsyncSession) -> Mapping[Destination, tuple[int, tuple[LastStatus, ...]]]:
    """How many jobs each destination watches, as its list counts them, and the worst of them: muted ones come last."""
    here = (SubscriptionRow.workspace, SubscriptionRow.destination)
    muted_last = (SubscriptionRow.muted_until.is_not(None),)
    numbered = (
        select(
            *here,
            TrackedJobRow.title,
            TrackedJobRow.status,
            func.row_number().over(partition_by=here, order_by=(*muted_last, *worst_first())).label("place"),
            func.count().over(partition_by=here).label("total"),
        )
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .where(
            SubscriptionRow.paused_because.is_(None),
            ~same_job.is_watched_by_name(unpaused=True),
        )
        .subquery()
    )
    worst = select(numbered).where(numbered.c.place <= _MAX_NAMED).order_by(numbered.c.place)
    jobs: dict[Destination, tuple[int, tuple[LastStatus, ...]]] = {}
    for row in await session.execute(worst):
        destination = Destination(row.workspace, row.destination)
        _, named = jobs.get(destination, (0, ()))
        jobs[destination] = row.total, (*named, LastStatus(row.title, Status.of(row.status)))
    return jobs
