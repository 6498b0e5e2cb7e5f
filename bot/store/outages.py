"""What is wrong with the jobs service as a whole, told once to whom it concerns when it begins and when it is over."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.job import Status
from bot.domain.notification import LastStatus, LoginRefused, Outage, OutageEnded
from bot.store import outbox
from bot.store.sql.tables import OutageRow, SubscriptionRow, TrackedJobRow
from bot.store.sql.upsert import insert_if_absent

_NAMED = 10  # jobs that a message names


class Cause(StrEnum):
    """What can be wrong. Each is told by itself."""

    SERVICE = "service"  # no good answer
    LOGIN = "login"  # the bot's log-in is refused


async def told(session: AsyncSession) -> frozenset[Cause]:
    """What is wrong and was told."""
    return frozenset(Cause(cause) for cause in await session.scalars(select(OutageRow.cause).distinct()))


async def begin(session: AsyncSession, reason: str, since: datetime, now: datetime) -> bool:
    """No good answer `since`: tell each destination what is not known there; False if that was told before."""
    heard = await _told_of(session, Cause.LOGIN)
    places = {place: jobs for place, jobs in (await _jobs_of_places(session)).items() if place not in heard}
    first = await _first(session, places, Cause.SERVICE, since)
    for workspace, destination in first:
        jobs = places[workspace, destination]
        news = Outage(reason, since, len(jobs), tuple(jobs[:_NAMED]))
        outbox.put(session, workspace, destination, news, now)
    return bool(first)


async def begin_login_refused(session: AsyncSession, reason: str, remedy: str, now: datetime) -> bool:
    """The log-in is refused: tell those who subscribed; False if that was told before."""
    first = await _first(session, await _listening(session, Cause.LOGIN), Cause.LOGIN, now)
    for workspace, person in first:
        outbox.put(session, workspace, person, LoginRefused(reason, remedy, now), now)
    return bool(first)


async def end(session: AsyncSession, now: datetime, *, not_before: datetime) -> bool:
    """Good answers again: tell each destination that was told; False if nothing was wrong.

    The message, and all that comes after it, waits until `not_before`, so that it brings along what changed meanwhile.
    """
    listening = {cause: await _listening(session, cause) for cause in Cause}
    gone = delete(OutageRow).returning(OutageRow.workspace, OutageRow.destination, OutageRow.cause, OutageRow.since)
    over: dict[Destination, datetime] = {}
    for workspace, destination, cause, since in (await session.execute(gone)).all():
        place = workspace, destination
        if place in listening[Cause(cause)]:
            over[place] = min(since, over.get(place, since))
    for (workspace, destination), since in sorted(over.items()):
        outbox.put(session, workspace, destination, OutageEnded(since, now), now, not_before=not_before)
    return bool(over)


async def _told_of(session: AsyncSession, cause: Cause) -> set[Destination]:
    """Who heard of it."""
    rows = await session.execute(
        select(OutageRow.workspace, OutageRow.destination).where(OutageRow.cause == cause.value)
    )
    return {(workspace, destination) for workspace, destination in rows}


async def _listening(session: AsyncSession, cause: Cause) -> set[Destination]:
    """Whom it concerns: of an outage each destination hears, of the log-in those who subscribed."""
    whom = SubscriptionRow.created_by if cause is Cause.LOGIN else SubscriptionRow.destination
    live = (SubscriptionRow.paused_because.is_(None), SubscriptionRow.muted_until.is_(None))
    rows = await session.execute(select(SubscriptionRow.workspace, whom).where(*live).distinct())
    return {(workspace, destination) for workspace, destination in rows}


async def _first(
    session: AsyncSession, places: Iterable[Destination], cause: Cause, since: datetime
) -> list[Destination]:
    """Those that hear of it for the first time. Of several workers that notice it, one is first."""
    return [
        (workspace, destination)
        for workspace, destination in sorted(places)
        if await insert_if_absent(
            session, OutageRow, workspace=workspace, cause=cause.value, destination=destination, since=since
        )
    ]


async def _jobs_of_places(session: AsyncSession) -> Mapping[Destination, Sequence[LastStatus]]:
    """What each destination with a live subscription watches, worst first."""
    rows = await session.execute(
        select(SubscriptionRow.workspace, SubscriptionRow.destination, TrackedJobRow.title, TrackedJobRow.status)
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .where(SubscriptionRow.paused_because.is_(None), SubscriptionRow.muted_until.is_(None))
        .order_by(SubscriptionRow.workspace, SubscriptionRow.destination)
    )
    jobs: dict[Destination, list[LastStatus]] = defaultdict(list)
    for workspace, destination, title, status in rows:
        jobs[workspace, destination].append(LastStatus(title, Status.of(status)))
    for seen in jobs.values():
        seen.sort(key=lambda job: (job.status.status_class.severity, job.title.casefold()))
    return jobs
