"""Watches of all jobs that match a pattern: they begin, change and end, with the subscriptions that belong to them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import ColumnElement

from bot.domain.destination import Destination
from bot.domain.job import Dataflow, JobRef, Target, target_of
from bot.domain.notification.confirmations import OtherWatches
from bot.domain.pattern import MAX_PER_DESTINATION, MAX_PER_PERSON, Kept, Pattern, TooManyPatterns, normalize
from bot.domain.reminding import NO_REMINDING, Reminding
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import NO_CONTACT, Contact
from bot.domain.tracked_job import TrackedJob
from bot.store import subscriptions
from bot.store.incidents import reminding as incident_reminding
from bot.store.sql.mapping import to_contact, to_pattern, to_reminding, to_tracked_job
from bot.store.sql.order import worst_first
from bot.store.sql.tables import PatternMemberRow, PatternRow, SubscriptionRow, TrackedJobRow
from bot.store.sql.upsert import insert_all_absent, insert_if_absent
from bot.store.subscriptions import Outcome
from bot.store.watched import reminding as reminding_columns
from bot.store.watched import same_job

_EVERY_CHANGE = StatusFilter()


@dataclass(frozen=True)
class Ended:
    """The watch of a pattern that ended, and how many of its jobs are still watched there, in another way."""

    pattern: Pattern
    still_watched: int


async def watch(
    session: AsyncSession,
    destination: Destination,
    glob: str | None,
    created_by: str,
    *,
    jobs: Collection[str],
    status_filter: StatusFilter | None,
    default_filter: StatusFilter = _EVERY_CHANGE,
    now: datetime,
    contact: Contact = NO_CONTACT,
    reminding: Reminding = NO_REMINDING,
) -> tuple[Outcome, Pattern]:
    """Watch all `jobs` (dataflows) that match now, and those that will match later. Raises `TooManyPatterns`.

    The present jobs are the baseline and aren't announced. Each is subscribed to once it has been looked up. Repeated
    with another filter, the watch and all its subscriptions change; None keeps it, or means `default_filter`. `contact`
    changes the contact of them all, `reminding` the reminders and the escalation.
    """
    row, is_new = await _find(session, destination, glob), False
    while row is None:
        is_new = await insert_if_absent(
            session,
            PatternRow,
            workspace=destination.workspace,
            destination=destination.id,
            pattern=normalize(glob),
            created_by=created_by,
            created_at=now,
            status_filter=(status_filter or default_filter).text,
            owner=NO_CONTACT.changed_by(contact).owner,
            runbook=NO_CONTACT.changed_by(contact).runbook,
            **reminding_columns.columns(NO_REMINDING.changed_by(reminding)),
        )
        row = await _find(session, destination, glob)
    if is_new:
        await _check_limits(session, row)
        rows = [
            {"pattern_id": row.id, "dataflow": dataflow, "workspace": destination.workspace}
            for dataflow in sorted(jobs)
        ]
        await insert_all_absent(session, PatternMemberRow, rows)
        return Outcome.NEW, await _pattern(session, row)
    outcome = await _repeat(session, row, status_filter, contact, reminding, now)
    return outcome, await _pattern(session, row)


async def _check_limits(session: AsyncSession, row: PatternRow) -> None:
    """Raise `TooManyPatterns` if a row that was just inserted is one too many."""
    for column, value, limit, by_person in (
        (PatternRow.destination, row.destination, MAX_PER_DESTINATION, False),
        (PatternRow.created_by, row.created_by, MAX_PER_PERSON, True),
    ):
        same = (PatternRow.workspace == row.workspace, column == value)
        if (await session.execute(select(func.count()).where(*same))).scalar_one() > limit:
            raise TooManyPatterns(limit, by_person=by_person)


async def _repeat(
    session: AsyncSession,
    row: PatternRow,
    status_filter: StatusFilter | None,
    contact: Contact,
    reminding: Reminding,
    now: datetime,
) -> Outcome:
    """Resume an existing watch, or change its filter, its contact or its reminders."""
    values: dict[str, object] = {}
    if status_filter is not None and status_filter.text != row.status_filter:
        row.status_filter = values["status_filter"] = status_filter.text
    if (changed := to_contact(row).changed_by(contact)) != to_contact(row):
        row.owner, row.runbook = values["owner"], values["runbook"] = changed.owner, changed.runbook
    before = to_reminding(row)
    is_reminded_anew = (reminded := before.changed_by(reminding)) != before
    if is_reminded_anew:
        reminding_columns.write(row, reminded)
        values |= reminding_columns.columns(reminded)
    outcome = Outcome.CHANGED if values else Outcome.ALREADY
    outcome = Outcome.RESUMED if row.paused_because is not None else outcome
    row.paused_because = row.paused_at = None
    if "status_filter" in values and outcome is Outcome.CHANGED:
        # As for a single job: the present statuses are the baseline for the new filter.
        job_now = select(TrackedJobRow.status).where(TrackedJobRow.id == SubscriptionRow.watched_job_id)
        values["notified_status"] = job_now.scalar_subquery()
    if "status_filter" in values or is_reminded_anew:
        values["considered"] = None
    if values:
        await session.execute(
            update(SubscriptionRow)
            .where(SubscriptionRow.pattern_id == row.id)
            .values(values)
            .execution_options(synchronize_session=False)
        )
    await session.flush()
    if is_reminded_anew:
        await _plan_anew(session, row, now, tells_another=reminded.tells != before.tells)
    return outcome


async def _plan_anew(session: AsyncSession, row: PatternRow, now: datetime, *, tells_another: bool) -> None:
    dataflows = await session.scalars(
        select(TrackedJobRow.dataflow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(SubscriptionRow.pattern_id == row.id)
    )
    place = Destination(row.workspace, row.destination)
    await incident_reminding.plan_anew(session, place, set(dataflows), now, tells_another=tells_another)


async def unwatch(session: AsyncSession, destination: Destination, glob: str | None) -> Ended | None:
    """End a watch, its subscriptions and what is queued for them; None if there is none.

    A job that another pattern of the destination covers stays watched by that one.
    """
    row = await _find(session, destination, glob)
    if row is None:
        return None
    ended = await _pattern(session, row)
    others = select(PatternRow).where(*_of(destination), PatternRow.id != row.id)
    for other in (await session.scalars(others.order_by(PatternRow.id))).all():
        await _hand_over(session, row, other)
    await same_job.take_back(session, SubscriptionRow.pattern_id == row.id)
    still_watched = await _watched_otherwise(session, row)
    await session.execute(delete(PatternRow).where(PatternRow.id == row.id))
    return Ended(ended, still_watched)


async def _watched_otherwise(session: AsyncSession, row: PatternRow) -> int:
    """How many of a pattern's jobs its destination watches in another way."""
    others = (
        select(func.count(PatternMemberRow.dataflow.distinct()))
        .join(
            TrackedJobRow,
            (TrackedJobRow.workspace == row.workspace) & (TrackedJobRow.dataflow == PatternMemberRow.dataflow),
        )
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            PatternMemberRow.pattern_id == row.id,
            SubscriptionRow.destination == row.destination,
            SubscriptionRow.pattern_id.is_distinct_from(row.id),
        )
    )
    return (await session.execute(others)).scalar_one()


async def _hand_over(session: AsyncSession, old: PatternRow, new: PatternRow) -> None:
    covered = (
        select(TrackedJobRow.id)
        .join(PatternMemberRow, PatternMemberRow.dataflow == TrackedJobRow.dataflow)
        .where(PatternMemberRow.pattern_id == new.id, TrackedJobRow.workspace == new.workspace, TrackedJobRow.followed)
    )
    await session.execute(
        update(SubscriptionRow)
        .where(SubscriptionRow.pattern_id == old.id, SubscriptionRow.watched_job_id.in_(covered))
        .values(
            pattern_id=new.id,
            status_filter=new.status_filter,
            created_by=new.created_by,
            owner=new.owner,
            runbook=new.runbook,
            **reminding_columns.columns_of(new),
            considered=None,
        )
        .execution_options(synchronize_session=False)
    )


async def keep(session: AsyncSession, destination: Destination, target: Target) -> Kept | None:
    """Keep watching a job that somebody unwatches if a pattern covers it: the next discovery would bring it back.

    None if no pattern covers it.
    """
    found = await subscriptions.find(session, destination, target)
    if found is None or not found[0].followed:
        return None
    job, sub = found
    covering = (
        select(PatternRow)
        .join(PatternMemberRow, PatternMemberRow.pattern_id == PatternRow.id)
        .where(*_of(destination), PatternMemberRow.dataflow == job.dataflow)
        .order_by(PatternRow.id != sub.pattern_id, PatternRow.id)
        .limit(1)
    )
    row = (await session.scalars(covering)).one_or_none()
    if row is None:
        return None
    was_named = sub.pattern_id is None
    if was_named:
        sub.pattern_id, sub.status_filter, sub.created_by = row.id, row.status_filter, row.created_by
        sub.owner, sub.runbook = row.owner, row.runbook
        reminding_columns.write(sub, to_reminding(row))
        sub.considered = None
        await session.flush()
    return Kept(to_tracked_job(job), await _pattern(session, row), was_named)


async def others(session: AsyncSession, destination: Destination, besides: Target) -> OtherWatches:
    """What makes a destination watch a job besides the watch of `besides`, whether that has ended or not."""
    dataflow = besides.id if isinstance(besides, Dataflow) else besides.dataflow
    watched = select(TrackedJobRow.run, TrackedJobRow.followed).join(
        SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id
    )
    here = watched.where(
        TrackedJobRow.workspace == destination.workspace,
        TrackedJobRow.dataflow == dataflow,
        SubscriptionRow.destination == destination.id,
    )
    targets = {target_of(JobRef(dataflow, run), followed=followed) for run, followed in await session.execute(here)}
    covering = select(PatternRow.pattern).join(PatternMemberRow, PatternMemberRow.pattern_id == PatternRow.id)
    first = covering.where(*_of(destination), PatternMemberRow.dataflow == dataflow).order_by(PatternRow.id).limit(1)
    left = targets - {besides}
    return OtherWatches(
        await session.scalar(first),
        Dataflow(dataflow) in left,
        tuple(sorted(target.run for target in left if isinstance(target, JobRef))),
    )


async def of_destination(session: AsyncSession, destination: Destination) -> Sequence[Pattern]:
    """The patterns of a destination, by name."""
    members = select(func.count()).where(PatternMemberRow.pattern_id == PatternRow.id).correlate(PatternRow)
    rows = select(PatternRow, members.scalar_subquery()).where(*_of(destination)).order_by(PatternRow.pattern)
    return [to_pattern(row, jobs) for row, jobs in await session.execute(rows)]


async def worst(session: AsyncSession, pattern: Pattern, *, limit: int) -> Sequence[TrackedJob]:
    """The jobs of a pattern that have been looked up, worst status first, at most `limit`."""
    rows = await session.scalars(
        select(TrackedJobRow)
        .join(PatternMemberRow, PatternMemberRow.dataflow == TrackedJobRow.dataflow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            TrackedJobRow.followed,
            PatternMemberRow.pattern_id == pattern.id,
            SubscriptionRow.workspace == pattern.destination.workspace,
            SubscriptionRow.destination == pattern.destination.id,
        )
        .order_by(*worst_first())
        .limit(limit)
    )
    return [to_tracked_job(row) for row in rows]


async def exists(session: AsyncSession, destination: Destination, glob: str | None) -> bool:
    """Whether a destination watches this very pattern."""
    return await _find(session, destination, glob, lock=False) is not None


async def move(session: AsyncSession, old: Destination, new: Destination) -> None:
    """Move the patterns of a channel whose ID changed, and their subscriptions."""
    at_new = {row.pattern: row for row in await session.scalars(select(PatternRow).where(*_of(new)))}
    rows = select(PatternRow).where(*_of(old)).order_by(PatternRow.id).with_for_update()
    for row in (await session.scalars(rows)).all():
        if row.pattern not in at_new:
            row.destination = new.id
            continue
        # The same pattern is watched again under the new ID: keep that one.
        await session.execute(
            update(SubscriptionRow)
            .where(SubscriptionRow.pattern_id == row.id)
            .values(pattern_id=at_new[row.pattern].id)
        )
        await session.execute(delete(PatternRow).where(PatternRow.id == row.id))
    await session.flush()


async def pause(session: AsyncSession, destination: Destination, why: str, now: datetime) -> None:
    """Stop discovery for the patterns of a destination that can't be reached."""
    live = (*_of(destination), PatternRow.paused_because.is_(None))
    await session.execute(update(PatternRow).where(*live).values(paused_because=why, paused_at=now))


async def resume(session: AsyncSession, destination: Destination, *, because: str | None = None) -> None:
    """Resume discovery, as `pauses.resume` does; what was added and removed meanwhile is found at once."""
    reason = PatternRow.paused_because
    paused = (*_of(destination), reason.is_not(None) if because is None else reason == because)
    await session.execute(
        update(PatternRow).where(*paused).values(paused_because=None, paused_at=None, discovered_at=None)
    )


async def _pattern(session: AsyncSession, row: PatternRow) -> Pattern:
    members = select(func.count()).select_from(PatternMemberRow).where(PatternMemberRow.pattern_id == row.id)
    return to_pattern(row, (await session.execute(members)).scalar_one())


def _of(destination: Destination) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return PatternRow.workspace == destination.workspace, PatternRow.destination == destination.id


async def _find(
    session: AsyncSession, destination: Destination, glob: str | None, *, lock: bool = True
) -> PatternRow | None:
    """The row of a pattern, locked. Earlier releases stored other spellings, so they are compared as people mean them;
    a destination has few."""
    rows = select(PatternRow).where(*_of(destination)).order_by(PatternRow.id)
    found = await session.scalars(rows.with_for_update() if lock else rows)
    return next((row for row in found.all() if normalize(row.pattern) == normalize(glob)), None)
