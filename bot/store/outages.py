"""What is wrong with the jobs service as a whole, told once to whom it concerns when it begins and when it is over."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.jobs import Status
from bot.news import LastSeen, LoginRefused, Outage, OutageOver
from bot.store import outbox
from bot.store.outbox import Place
from bot.store.tables import OutageRecord, Subscription, WatchedJob
from bot.store.upsert import insert_if_absent

_NAMED = 10  # jobs that a message names


class Cause(StrEnum):
    """What can be wrong. Each is told by itself."""

    SERVICE = "service"  # no good answer
    LOGIN = "login"  # the bot's log-in is refused


async def told(session: AsyncSession) -> frozenset[Cause]:
    """What is wrong and was told."""
    return frozenset(Cause(cause) for cause in await session.scalars(select(OutageRecord.cause).distinct()))


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
    gone = delete(OutageRecord).returning(
        OutageRecord.workspace, OutageRecord.destination, OutageRecord.cause, OutageRecord.since
    )
    over: dict[Place, datetime] = {}
    for workspace, destination, cause, since in (await session.execute(gone)).all():
        place = workspace, destination
        if place in listening[Cause(cause)]:
            over[place] = min(since, over.get(place, since))
    for (workspace, destination), since in sorted(over.items()):
        outbox.put(session, workspace, destination, OutageOver(since, now), now, not_before=not_before)
    return bool(over)


async def _told_of(session: AsyncSession, cause: Cause) -> set[Place]:
    """Who heard of it."""
    rows = await session.execute(
        select(OutageRecord.workspace, OutageRecord.destination).where(OutageRecord.cause == cause.value)
    )
    return {(workspace, destination) for workspace, destination in rows}


async def _listening(session: AsyncSession, cause: Cause) -> set[Place]:
    """Whom it concerns: of an outage each destination hears, of the log-in those who subscribed."""
    whom = Subscription.created_by if cause is Cause.LOGIN else Subscription.destination
    live = (Subscription.paused_because.is_(None), Subscription.muted_until.is_(None))
    rows = await session.execute(select(Subscription.workspace, whom).where(*live).distinct())
    return {(workspace, destination) for workspace, destination in rows}


async def _first(session: AsyncSession, places: Iterable[Place], cause: Cause, since: datetime) -> list[Place]:
    """Those that hear of it for the first time. Of several workers that notice it, one is first."""
    return [
        (workspace, destination)
        for workspace, destination in sorted(places)
        if await insert_if_absent(
            session, OutageRecord, workspace=workspace, cause=cause.value, destination=destination, since=since
        )
    ]


async def _jobs_of_places(session: AsyncSession) -> Mapping[Place, Sequence[LastSeen]]:
    """What each destination with a live subscription watches, worst first."""
    rows = await session.execute(
        select(Subscription.workspace, Subscription.destination, WatchedJob.title, WatchedJob.status)
        .join(WatchedJob, WatchedJob.id == Subscription.watched_job_id)
        .where(Subscription.paused_because.is_(None), Subscription.muted_until.is_(None))
        .order_by(Subscription.workspace, Subscription.destination)
    )
    jobs: dict[Place, list[LastSeen]] = defaultdict(list)
    for workspace, destination, title, status in rows:
        jobs[workspace, destination].append(LastSeen(title, Status.of(status)))
    for seen in jobs.values():
        seen.sort(key=lambda job: (job.status.status_class.severity, job.title.casefold()))
    return jobs
