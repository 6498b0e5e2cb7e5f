"""Silences: planned maintenance, which mutes all jobs of a destination that match, and says at its end what happened.

The mutes are those of `bot.store.mutes`, with the silence that made them. Whoever begins, moves or ends a silence locks
it before the subscriptions; so does whoever begins a subscription while it lasts.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.channel.quiet_hours import lets_errors_through
from bot.domain.channel.silence import MAX_PER_DESTINATION, Silence, TooManySilences
from bot.domain.destination import Destination
from bot.domain.notification.silences import Meanwhile, SilenceEnded
from bot.domain.pattern import matches, normalize
from bot.domain.status_filter import StatusFilter, is_problem
from bot.domain.tracked_job import TrackedJob
from bot.store import outbox, reconcile
from bot.store.channels.meanwhile import count_unavailable, put_added
from bot.store.channels.period import Happened, what_happened_in
from bot.store.incidents import reminding
from bot.store.incidents import updates as incident_updates
from bot.store.sql.mapping import to_silence, to_subscription, to_tracked_job
from bot.store.sql.tables import SilenceRow, SubscriptionRow, TrackedJobRow
from bot.store.watched import beginnings, quiet, silenced
from bot.store.watched.difference import put_still_failing
from bot.store.watched.paused import is_paused
from bot.store.watched.until_change import clear_mute

_BATCH = 500


async def begin(
    session: AsyncSession,
    destination: Destination,
    glob: str | None,
    *,
    until: datetime,
    by: str,
    now: datetime,
    reason: str | None = None,
) -> tuple[Silence, int]:
    """Begin a silence, or move the end of the one with the same pattern; return it, and the number of jobs that it
    mutes. Raises `TooManySilences`.

    A job that somebody muted stays so until then, and is muted by the silence afterwards.
    """
    present = select(SilenceRow).where(*silenced.is_open_at(destination)).order_by(SilenceRow.id).with_for_update()
    rows = (await session.scalars(present)).all()
    row = next((one for one in rows if one.pattern == normalize(glob)), None)
    if row is None:
        if len(rows) >= MAX_PER_DESTINATION:
            raise TooManySilences
        row = SilenceRow(
            workspace=destination.workspace,
            destination=destination.id,
            pattern=normalize(glob),
            begins_at=now,
        )
        session.add(row)
    row.ends_at, row.created_by, row.reason = until, by, reason
    await session.flush()
    await _mute(session, row, now)
    jobs = select(TrackedJobRow.dataflow, TrackedJobRow.run).join(SubscriptionRow).where(*_muted_by(row)).distinct()
    count = (await session.execute(select(func.count()).select_from(jobs.subquery()))).scalar_one()
    return to_silence(row), count


async def _mute(session: AsyncSession, row: SilenceRow, now: datetime) -> None:
    """Mute what matches and isn't muted, and move the end of what the silence muted before."""
    mute = {"muted_until": row.ends_at, "muted_by": row.created_by}
    lock = (
        select(SubscriptionRow.id, SubscriptionRow.silence_id, TrackedJobRow.title)
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .where(
            SubscriptionRow.workspace == row.workspace,
            SubscriptionRow.destination == row.destination,
            SubscriptionRow.muted_until.is_(None) | (SubscriptionRow.silence_id == row.id),
        )
        .order_by(TrackedJobRow.id, SubscriptionRow.id)  # as everybody locks them
        .with_for_update(of=SubscriptionRow)
    )
    found = (await session.execute(lock)).all()
    before = [id for id, silence, _ in found if silence == row.id]
    new = [id for id, silence, title in found if silence != row.id and matches(row.pattern, title)]
    for ids, values in ((before, mute), (new, mute | {"muted_at": now, "silence_id": row.id})):
        for start in range(0, len(ids), _BATCH):
            these = update(SubscriptionRow).where(SubscriptionRow.id.in_(ids[start : start + _BATCH]))
            await session.execute(these.values(values).execution_options(synchronize_session=False))
    await incident_updates.mark_silenced(session, row.id, now)


async def open_at(session: AsyncSession, destination: Destination) -> Sequence[Silence]:
    """The silences of a destination, that which ends first before the others."""
    rows = select(SilenceRow).where(*silenced.is_open_at(destination)).order_by(SilenceRow.ends_at, SilenceRow.id)
    return [to_silence(row) for row in await session.scalars(rows)]


async def read_due(session: AsyncSession, now: datetime) -> Sequence[Happened]:
    """What happened in the silence that `end_due` ends next; nothing if none is over."""
    return [await _happened(session, row, now) for row in await session.scalars(_over(now))]


async def end_due(session: AsyncSession, now: datetime, known: Collection[Happened] = ()) -> bool:
    """End a silence that is over; False if there is none. Several workers end each once. `known` is what was read of
    it."""
    row = (await session.scalars(_over(now).with_for_update(skip_locked=True))).one_or_none()
    if row is not None:
        await _end(session, row, now, known)
    return row is not None


def _over(now: datetime) -> Select[SilenceRow]:
    over = select(SilenceRow).where(SilenceRow.ended_at.is_(None), SilenceRow.ends_at <= now)
    return over.order_by(SilenceRow.ends_at, SilenceRow.id).limit(1)


async def _happened(session: AsyncSession, row: SilenceRow, now: datetime) -> Happened:
    return await Happened.read(session, Destination(row.workspace, row.destination), row.begins_at, now, row.pattern)


async def read_open(
    session: AsyncSession, destination: Destination, glob: str | None, now: datetime
) -> Sequence[Happened]:
    """What happened in the silences that `end_early` ends."""
    rows = (await session.scalars(select(SilenceRow).where(*silenced.is_open_at(destination)))).all()
    return [await _happened(session, one, now) for one in rows if glob is None or one.pattern == normalize(glob)]


async def end_early(
    session: AsyncSession,
    destination: Destination,
    glob: str | None,
    *,
    by: str,
    now: datetime,
    known: Collection[Happened] = (),
) -> Sequence[Silence]:
    """End the silence with this pattern or, without one, all of them; return those that ended. `known` is what was read
    of them."""
    present = select(SilenceRow).where(*silenced.is_open_at(destination)).order_by(SilenceRow.id).with_for_update()
    rows = [one for one in await session.scalars(present) if glob is None or one.pattern == normalize(glob)]
    for row in rows:
        row.ended_at = now  # none goes on with what another one muted
    await session.flush()
    for row in rows:
        await _end(session, row, now, known, by=by)
    return [to_silence(row) for row in rows]


async def _end(
    session: AsyncSession, row: SilenceRow, now: datetime, known: Collection[Happened], *, by: str | None = None
) -> None:
    """End the mutes of a silence, and queue what is to be told: in one message, since it waits together.

    In quiet hours that is what breaks through; if nothing does, and nobody ended it, their end tells that it ended.
    """
    destination = Destination(row.workspace, row.destination)
    row.ended_at = now
    await session.flush()
    await incident_updates.mark_silenced(session, row.id, now)
    filtered = await quiet.at(session, destination)
    ended = await _end_mutes(session, row, destination, now, filtered)
    unavailable = await count_unavailable(session, destination, pattern=row.pattern)
    breaks_through = filtered is None or (unavailable > 0 and lets_errors_through(filtered))
    is_told_now = by is not None or ended.is_told_now or breaks_through
    if is_told_now:
        await put_added(session, destination, row.begins_at, now, pattern=row.pattern)
        await session.flush()
    period = await what_happened_in(session, destination, row.begins_at, now, known, row.pattern)
    meanwhile = Meanwhile.of(period, ended.told, unavailable)
    told_last = SilenceEnded(row.pattern, row.created_by, row.begins_at, now, meanwhile, row.reason, by)
    if await is_paused(session, destination):
        pass  # after the pause it's no news
    elif is_told_now:
        outbox.put(session, destination, told_last, now)
    else:
        outbox.hold_back(session, destination, replace(told_last, meanwhile=meanwhile.until_then), now)
    await outbox.end_subscriptions(session, ended.ending)


@dataclass(frozen=True)
class _Ended:
    """The end of a silence's mutes: the jobs that are `told` of by themselves, as in `Meanwhile.of`, whether any is
    now, and the subscriptions that end with that."""

    told: Mapping[TrackedJob, bool]
    is_told_now: bool
    ending: Collection[int]


async def _end_mutes(
    session: AsyncSession, row: SilenceRow, destination: Destination, now: datetime, filtered: StatusFilter | None
) -> _Ended:
    """End the mutes of a silence, and queue what differs, or still fails; in quiet hours what breaks through."""
    locked = (
        select(TrackedJobRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(*_muted_by(row))
        .order_by(TrackedJobRow.id, SubscriptionRow.id)
        .with_for_update()
    )
    told: dict[TrackedJob, bool] = {}
    ending: list[int] = []
    failing: list[tuple[TrackedJobRow, SubscriptionRow]] = []
    ended: list[tuple[str, SubscriptionRow]] = []
    is_told_now = False
    others = await silenced.going_on(session, destination, now)
    rows = (await session.execute(locked)).all()
    jobs = await beginnings.without_gaps(session, [to_tracked_job(row) for row, _ in rows])
    for job, (row_of_job, sub) in zip(jobs, rows, strict=True):
        if silenced.mute(sub, job.title, others, sub.muted_at or now):
            continue
        muted = to_subscription(sub, job)
        clear_mute(sub)
        ended.append((job.ref.dataflow, sub))
        breaks_through = filtered is None or filtered.matches(muted.notified_status, muted.job.status)
        if change := reconcile.notify(session, sub, job, now, filtered):
            ending += [sub.id] if change.ends else []
        elif muted.is_reminded_after_mute and breaks_through:
            failing.append((row_of_job, sub))
        elif breaks_through or not muted.is_behind:
            continue
        told[muted.job] = is_problem(muted.job.status)
        is_told_now |= breaks_through
    await put_still_failing(session, failing, now, in_window=True)
    await reminding.put_off(session, destination, ended, now)
    return _Ended(told, is_told_now, ending)


def _muted_by(row: SilenceRow) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return SubscriptionRow.silence_id == row.id, SubscriptionRow.muted_until.is_not(None)


async def move(session: AsyncSession, old: Destination, new: Destination) -> None:
    """Move the silences of a channel whose ID changed."""
    here = (SilenceRow.workspace == old.workspace, SilenceRow.destination == old.id)
    await session.execute(update(SilenceRow).where(*here).values(destination=new.id))
