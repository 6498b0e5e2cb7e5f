"""Outages of the jobs service: each destination is notified once when one begins and once when it ends."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.job import Status
from bot.domain.notification.digest import Notification
from bot.domain.notification.service import LastStatus, LoginRefused, Outage, OutageEnded
from bot.store import outbox
from bot.store.sql import notification_json
from bot.store.sql.order import worst_first
from bot.store.sql.tables import DeliveryRow, OutageRow, SubscriptionRow, TrackedJobRow
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

    Also where all jobs were muted meanwhile: the first message said that another one would come. Where alerts are
    paused, or quiet hours let nothing through, it is held back until that ends.
    The message and everything after it waits until `not_before`, so that it contains what changed meanwhile.
    """
    gone = delete(OutageRow).returning(OutageRow.workspace, OutageRow.destination, OutageRow.cause, OutageRow.since)
    rows = [_Begun(Destination(*row[:2]), Cause(row.cause), row.since) for row in await session.execute(gone)]
    fates = await _fates(session, rows)
    # Asked only now: whoever resumes a destination locks its rows, and comes before or after.
    watching = {cause: await _watching(session, cause) for cause in Cause}
    paused = watching[Cause.SERVICE] - await _watching(session, Cause.SERVICE, SubscriptionRow.paused_because.is_(None))
    over: dict[Destination, datetime] = {}
    for row in rows:
        if row.destination in watching[row.cause] and fates[row] is not _Fate.DROPPED:
            over[row.destination] = min(row.since, over.get(row.destination, row.since))
    waiting = {row.destination for row in rows if fates[row] is _Fate.WAITING}  # it merges with the end
    deaf = (paused | await _silent(session, over.keys())) - waiting
    for destination, since in sorted(over.items()):
        ended = OutageEnded(since, now)
        if destination in deaf:
            outbox.hold_back(session, destination, ended, now)
        else:
            outbox.put(session, destination, ended, now, not_before=not_before)
    return bool(over)


async def release(
    session: AsyncSession, destination: Destination, now: datetime, *, since: datetime
) -> Sequence[Notification]:
    """Queue what was held back from a destination `since` then, but no beginning of what is over; return it."""
    lasting = await _lasting(session, destination)
    return await outbox.release(
        session,
        destination,
        now,
        since=since,
        is_over=lambda held: isinstance(held, Outage | LoginRefused) and _key(held) not in lasting,
    )


async def put_again(
    session: AsyncSession, destination: Destination, given_up: Sequence[DeliveryRow], now: datetime
) -> None:
    """Queue anew what was given up: the beginnings of what lasts. If quiet hours let nothing through, at their end."""
    told = [notification_json.load_if_readable(row.notification) for row in given_up]
    if begun := [one for one in told if isinstance(one, Outage | LoginRefused)]:
        lasting = await _lasting(session, destination)
        add = outbox.hold_back if await _silent(session, {destination}) else outbox.put
        for one in begun:
            if _key(one) in lasting:
                add(session, destination, one, now)


async def _lasting(session: AsyncSession, destination: Destination) -> set[tuple[Cause, datetime]]:
    """What a destination was to be notified of and lasts. Locked: whoever ends it comes before or after."""
    here = OutageRow.workspace == destination.workspace, OutageRow.destination == destination.id
    rows = await session.execute(select(OutageRow.cause, OutageRow.since).where(*here).with_for_update())
    return {(Cause(cause), since) for cause, since in rows}


def _key(begun: Outage | LoginRefused) -> tuple[Cause, datetime]:
    return Cause.LOGIN if isinstance(begun, LoginRefused) else Cause.SERVICE, begun.since


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


async def _concerned(session: AsyncSession, cause: Cause) -> set[Destination]:
    """Whom a cause concerns now. Either breaks through quiet hours where errors do: nobody would hear of them."""
    live = SubscriptionRow.paused_because.is_(None), SubscriptionRow.muted_until.is_(None)
    concerned = await _watching(session, cause, *live)
    return concerned - await _silent(session, concerned)


async def _watching(session: AsyncSession, cause: Cause, *which: ColumnElement[bool]) -> set[Destination]:
    """Whom a cause concerns by some subscriptions: an outage their destinations, a refused log-in who made them."""
    whom = SubscriptionRow.created_by if cause is Cause.LOGIN else SubscriptionRow.destination
    rows = await session.execute(select(SubscriptionRow.workspace, whom).where(*which).distinct())
    return {Destination(*row) for row in rows}


async def _silent(session: AsyncSession, destinations: Collection[Destination]) -> set[Destination]:
    """Those where quiet hours let neither errors through, nor what keeps the bot from seeing them."""
    silent: set[Destination] = set()
    for workspace in {one.workspace for one in destinations}:
        here = {one.id for one in destinations if one.workspace == workspace}
        silent |= {Destination(workspace, one) for one in await quiet.silent(session, workspace, here)}
    return silent


class _Fate(Enum):
    """What became of the message that something began."""

    WAITING, DELIVERED, DROPPED = range(3)


@dataclass(frozen=True)
class _Begun:
    """A row: what a destination was to be notified of."""

    destination: Destination
    cause: Cause
    since: datetime


async def _fates(session: AsyncSession, rows: Sequence[_Begun]) -> Mapping[_Begun, _Fate]:
    """What became of the latest messages that these began."""
    if not rows:
        return {}
    sent = select(
        DeliveryRow.workspace,
        DeliveryRow.destination,
        DeliveryRow.notification,
        DeliveryRow.settled_at,
        DeliveryRow.message_ts,
    ).where(
        or_(DeliveryRow.settled_at.is_(None), DeliveryRow.settled_at >= min(row.since for row in rows)),
        or_(*(DeliveryRow.notification.contains(f'"{kind}"') for kind in (Outage.kind, LoginRefused.kind))),
    )
    fates: dict[tuple[Destination, Cause], _Fate] = {}
    for workspace, destination, text, settled_at, message_ts in await session.execute(sent.order_by(outbox.BY_ID)):
        notification = notification_json.load_if_readable(text)
        if isinstance(notification, Outage | LoginRefused):
            cause, _ = _key(notification)
            settled = _Fate.DELIVERED if message_ts is not None else _Fate.DROPPED
            fates[Destination(workspace, destination), cause] = _Fate.WAITING if settled_at is None else settled
    return {row: fates.get((row.destination, row.cause), _Fate.DELIVERED) for row in rows}


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
