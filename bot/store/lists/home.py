"""What a person's Home tab shows: sorted, searched, counted and cut by the database."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, null, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.domain.channel.silence import Silence
from bot.domain.destination import Destination
from bot.domain.home.page import HomePage, PausedPlace, QuietPlace
from bot.domain.job import Status, StatusClass
from bot.domain.subscription import Subscription
from bot.store.lists import names
from bot.store.sql.mapping import to_silence, to_subscription, to_tracked_job
from bot.store.sql.order import worst_first
from bot.store.sql.tables import ChannelSettingsRow, PatternRow, SilenceRow, SubscriptionRow, TrackedJobRow
from bot.store.watched import beginnings, same_job

_NAMED = 5  # mutes, pauses and silent places; and reasons why jobs can't be polled

_Watched = Select[TrackedJobRow, SubscriptionRow]


async def read(
    session: AsyncSession,
    person: Destination,
    channels: Collection[str],
    words: str,
    *,
    number: int,
    size: int,
    now: datetime,
) -> HomePage:
    """A page of what a person watches and what these channels do. A page beyond the last one is the last."""
    places = await _watching(session, person, channels)
    watched, counts = _subscriptions(person.workspace, places), _Counts()
    if places:
        counts = await _count(session, watched, person)
    sought = watched.where(await names.with_words(session, watched, words)) if words and places else watched
    found = (await session.scalars(sought.with_only_columns(func.count()))).one() if words else counts.total
    pages = -(-found // size)
    number = max(1, min(number, pages))
    rows = sought.order_by(*worst_first(), SubscriptionRow.id).limit(size).offset((number - 1) * size)
    return HomePage(
        subscriptions=await _read(session, rows) if found else [],
        number=number,
        pages=pages,
        found=found,
        words=words,
        own=counts.own,
        channels=counts.channels,
        statuses=counts.statuses,
        muted=counts.muted,
        unmuted_at=counts.unmuted_at,
        mutes=await _mutes(session, watched) if counts.muted else [],
        pauses=await _pauses(session, watched) if counts.paused else [],
        failures=await _failures(session, watched) if counts.failing else {},
        silences=await _silences(session, person.workspace, places, now) if places else [],
        quiet=await _quiet(session, person.workspace, places, now) if places else [],
        quiet_turns_at=await _next_turn(session, person.workspace, places) if places else None,
        patterns=await _patterns(session, person.workspace, places) if places else 0,
    )


async def _watching(session: AsyncSession, person: Destination, channels: Collection[str]) -> Sequence[str]:
    """Those of the places that watch anything: a person may be in thousands of channels."""
    among = {person.id, *channels}
    watching = union(
        *(
            select(table.destination).where(table.workspace == person.workspace, table.destination.in_(among))
            for table in (SubscriptionRow, PatternRow)
        )
    )
    return (await session.scalars(watching)).all()


def _subscriptions(workspace: str, places: Collection[str]) -> _Watched:
    """The subscriptions of some places. A job that one watches by its name and by its run is one: by its name."""
    return (
        select(TrackedJobRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            SubscriptionRow.workspace == workspace,
            SubscriptionRow.destination.in_(places),
            ~same_job.is_watched_by_name(),
        )
    )


async def _read(session: AsyncSession, rows: _Watched) -> Sequence[Subscription]:
    found = [(job, sub) for job, sub in await session.execute(rows)]
    jobs = await beginnings.as_known(session, [to_tracked_job(job) for job, _ in found])
    return [to_subscription(sub, job) for job, (_, sub) in zip(jobs, found, strict=True)]


@dataclass(frozen=True)
class _Counts:
    """`total` counts subscriptions, `channels` and `statuses` jobs: several places may watch the same one."""

    total: int = 0
    own: int = 0
    channels: int = 0
    muted: int = 0
    paused: int = 0
    failing: int = 0
    unmuted_at: datetime | None = None
    statuses: Mapping[StatusClass, int] = field(default_factory=dict)


async def _count(session: AsyncSession, watched: _Watched, person: Destination) -> _Counts:
    is_own = SubscriptionRow.destination == person.id
    of_each = (SubscriptionRow.muted_until, SubscriptionRow.paused_because, TrackedJobRow.failure)
    columns: tuple[Any, ...] = (is_own, func.count(), *map(func.count, of_each), func.min(SubscriptionRow.muted_until))
    rows = (await session.execute(watched.with_only_columns(*columns).group_by(is_own))).all()
    own = sum(count for is_own, count, *_ in rows if is_own)
    unmuted_at = min((row[-1] for row in rows if row[-1] is not None), default=None)
    total, muted, paused, failing = (sum(row[column] for row in rows) for column in range(1, 5))
    of_channels = (await _count_jobs(session, watched.where(~is_own)))[None]
    statuses: Counter[StatusClass] = Counter()
    for status, count in (await _count_jobs(session, watched, TrackedJobRow.status)).items():
        statuses[Status.of(status or "").status_class] += count
    return _Counts(total, own, of_channels, muted, paused, failing, unmuted_at, statuses)


async def _count_jobs(
    session: AsyncSession,
    watched: _Watched,
    by: InstrumentedAttribute[str] | InstrumentedAttribute[str | None] | None = None,
) -> Mapping[str | None, int]:
    """The number of jobs with each value of a column, or of all; each once, however many places watch it."""
    value = null() if by is None else by
    jobs = watched.with_only_columns(TrackedJobRow.dataflow, TrackedJobRow.run, value.label("value")).distinct()
    each, counts = jobs.subquery(), Counter[str | None]()
    for found, count in await session.execute(select(each.c.value, func.count()).group_by(each.c.value)):
        counts[found] = count
    return counts


async def _mutes(session: AsyncSession, watched: _Watched) -> Sequence[Subscription]:
    """The mutes that end first, but those of a silence, which is shown itself."""
    muted = watched.where(SubscriptionRow.muted_until.is_not(None), SubscriptionRow.silence_id.is_(None))
    return await _read(session, muted.order_by(SubscriptionRow.muted_until, SubscriptionRow.id).limit(_NAMED))


async def _pauses(session: AsyncSession, watched: _Watched) -> Sequence[PausedPlace]:
    where = (SubscriptionRow.workspace, SubscriptionRow.destination, SubscriptionRow.paused_because)
    counts = watched.with_only_columns(*where, func.count()).where(SubscriptionRow.paused_because.is_not(None))
    rows = await session.execute(counts.group_by(*where).order_by(func.count().desc(), *where).limit(_NAMED))
    return [PausedPlace(Destination(workspace, place), str(why), jobs) for workspace, place, why, jobs in rows]


async def _failures(session: AsyncSession, watched: _Watched) -> Mapping[str, int]:
    failing = watched.where(TrackedJobRow.failure.is_not(None))
    counts = await _count_jobs(session, failing, TrackedJobRow.failure)
    return {str(why): jobs for why, jobs in sorted(counts.items(), key=lambda each: (-each[1], str(each[0])))[:_NAMED]}


async def _patterns(session: AsyncSession, workspace: str, places: Collection[str]) -> int:
    count = select(func.count()).where(PatternRow.workspace == workspace, PatternRow.destination.in_(places))
    return (await session.scalars(count)).one()


async def _silences(session: AsyncSession, workspace: str, places: Collection[str], now: datetime) -> Sequence[Silence]:
    """The maintenance that ends first."""
    silences = select(SilenceRow).where(
        SilenceRow.workspace == workspace,
        SilenceRow.destination.in_(places),
        SilenceRow.ended_at.is_(None),
        SilenceRow.begins_at <= now,
        SilenceRow.ends_at > now,
    )
    rows = await session.scalars(silences.order_by(SilenceRow.ends_at, SilenceRow.id).limit(_NAMED))
    return [to_silence(row) for row in rows]


async def _quiet(session: AsyncSession, workspace: str, places: Collection[str], now: datetime) -> Sequence[QuietPlace]:
    settings = select(ChannelSettingsRow.destination, ChannelSettingsRow.quiet_due_at).where(
        ChannelSettingsRow.workspace == workspace,
        ChannelSettingsRow.destination.in_(places),
        ChannelSettingsRow.quiet_since.is_not(None),
        or_(ChannelSettingsRow.quiet_due_at.is_(None), ChannelSettingsRow.quiet_due_at > now),
    )
    rows = await session.execute(settings.order_by(ChannelSettingsRow.destination).limit(_NAMED))
    return [QuietPlace(Destination(workspace, place), until) for place, until in rows]


async def _next_turn(session: AsyncSession, workspace: str, places: Collection[str]) -> datetime | None:
    """When quiet hours begin or end next, which is past for a moment until a worker turns them."""
    first = select(func.min(ChannelSettingsRow.quiet_due_at)).where(
        ChannelSettingsRow.workspace == workspace, ChannelSettingsRow.destination.in_(places)
    )
    return (await session.scalars(first)).one()
