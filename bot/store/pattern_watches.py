"""Who wants to hear of every job whose name matches a glob: patterns and their subscriptions begin, change and end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import ColumnElement

from bot.domain.job import Target
from bot.domain.pattern import EVERY, key_of
from bot.domain.status_filter import StatusFilter
from bot.domain.tracked_job import TrackedJob
from bot.store import subscriptions
from bot.store.sql.tables import PatternMemberRow, PatternRow, SubscriptionRow, TrackedJobRow
from bot.store.sql.upsert import insert_all_absent, insert_if_absent
from bot.store.subscriptions import Outcome
from bot.store.tracked_jobs import known

MAX_JOBS = 2_000  # of one pattern: each is looked at once in an interval, whoever asked for it


@dataclass(frozen=True)
class Pattern:
    """A pattern of a destination, and how many `jobs` it has. `key` is the glob as `globs.key_of` spells it.

    `paused_because` is Slack's own word, None while it is live; `failure` says in words why it finds no new jobs now.
    """

    id: int
    workspace: str
    destination: str
    key: str
    created_by: str
    when: StatusFilter
    jobs: int
    paused_because: str | None = None
    failure: str | None = None

    @property
    def glob(self) -> str | None:
        """As commands say it: None is every job."""
        return None if self.key == EVERY else self.key


@dataclass(frozen=True)
class Kept:
    """A job that goes on being watched, for a pattern has it. `was_named`: somebody had named it, and that is over."""

    known: TrackedJob
    pattern: Pattern
    was_named: bool


async def watch(
    session: AsyncSession,
    workspace: str,
    destination: str,
    glob: str | None,
    created_by: str,
    *,
    jobs: Collection[str],
    when: StatusFilter | None,
    now: datetime,
) -> tuple[Outcome, Pattern]:
    """Let a destination hear of all `jobs` (dataflows) that match now, and of those to come.

    What is there now is the baseline, of which nothing is told. Each subscription follows as soon as the job was
    looked at. Said again with another `when`, it changes for all its jobs; None means every change, or what it was.
    """
    key = key_of(glob)
    is_new = await insert_if_absent(
        session,
        PatternRow,
        workspace=workspace,
        destination=destination,
        pattern=key,
        created_by=created_by,
        created_at=now,
        wants=(when or StatusFilter()).text,
    )
    row = (await session.scalars(_one(workspace, destination, key).with_for_update())).one()
    if is_new:
        rows = [{"pattern_id": row.id, "dataflow": flow, "workspace": workspace} for flow in sorted(jobs)]
        await insert_all_absent(session, PatternMemberRow, rows)
        return Outcome.NEW, await _pattern(session, row)
    outcome = await _wants(session, row, when)
    return outcome, await _pattern(session, row)


async def _wants(session: AsyncSession, row: PatternRow, when: StatusFilter | None) -> Outcome:
    """The same pattern was said again."""
    differs = when is not None and when.text != row.wants
    outcome = Outcome.CHANGED if differs else Outcome.ALREADY
    outcome = Outcome.RESUMED if row.paused_because is not None else outcome
    row.paused_because = row.paused_at = None
    if when is not None and differs:
        row.wants = when.text
        values: dict[str, object] = {"wants": when.text}
        if outcome is Outcome.CHANGED:
            # As for one job: what they are now is the baseline of what is told from now on.
            job_now = select(TrackedJobRow.status).where(TrackedJobRow.id == SubscriptionRow.watched_job_id)
            values["told_status"] = job_now.scalar_subquery()
        await session.execute(
            update(SubscriptionRow)
            .where(SubscriptionRow.pattern_id == row.id)
            .values(values)
            .execution_options(synchronize_session=False)
        )
    await session.flush()
    return outcome


async def unwatch(session: AsyncSession, workspace: str, destination: str, glob: str | None) -> Pattern | None:
    """End a pattern, and its subscriptions with what still waited to be told; None where there is none such.

    A job that another pattern of the destination has too goes on as that one's.
    """
    row = (await session.scalars(_one(workspace, destination, key_of(glob)).with_for_update())).one_or_none()
    if row is None:
        return None
    ended = await _pattern(session, row)
    others = select(PatternRow).where(*_of(workspace, destination), PatternRow.id != row.id)
    for other in (await session.scalars(others.order_by(PatternRow.id))).all():
        await _hand_over(session, row, other)
    await session.execute(delete(PatternRow).where(PatternRow.id == row.id))
    return ended


async def _hand_over(session: AsyncSession, old: PatternRow, new: PatternRow) -> None:
    has_too = (
        select(TrackedJobRow.id)
        .join(PatternMemberRow, PatternMemberRow.dataflow == TrackedJobRow.dataflow)
        .where(PatternMemberRow.pattern_id == new.id, TrackedJobRow.workspace == new.workspace, TrackedJobRow.followed)
    )
    await session.execute(
        update(SubscriptionRow)
        .where(SubscriptionRow.pattern_id == old.id, SubscriptionRow.watched_job_id.in_(has_too))
        .values(pattern_id=new.id, wants=new.wants, created_by=new.created_by)
        .execution_options(synchronize_session=False)
    )


async def keep(session: AsyncSession, workspace: str, target: Target, destination: str) -> Kept | None:
    """What becomes of one job of a pattern that somebody wants unwatched: it would come back with the next list, so
    it stays, as the pattern's. None where no pattern has it."""
    found = await subscriptions.find(session, workspace, target, destination)
    if found is None or not found[0].followed:
        return None
    job, sub = found
    having = (
        select(PatternRow)
        .join(PatternMemberRow, PatternMemberRow.pattern_id == PatternRow.id)
        .where(*_of(workspace, destination), PatternMemberRow.dataflow == job.dataflow)
        .order_by(PatternRow.id != sub.pattern_id, PatternRow.id)
        .limit(1)
    )
    row = (await session.scalars(having)).one_or_none()
    if row is None:
        return None
    was_named = sub.pattern_id is None
    if was_named:
        sub.pattern_id, sub.wants, sub.created_by = row.id, row.wants, row.created_by
        await session.flush()
    return Kept(known(job), await _pattern(session, row), was_named)


async def here(session: AsyncSession, workspace: str, destination: str) -> Sequence[Pattern]:
    """The patterns of a destination, by name."""
    rows = select(PatternRow).where(*_of(workspace, destination)).order_by(PatternRow.pattern)
    return [await _pattern(session, row) for row in (await session.scalars(rows)).all()]


async def worst(session: AsyncSession, pattern: Pattern) -> Sequence[TrackedJob]:
    """Those of its jobs that were looked at, as they are known, the worst first."""
    rows = await session.scalars(
        select(TrackedJobRow)
        .join(PatternMemberRow, PatternMemberRow.dataflow == TrackedJobRow.dataflow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            TrackedJobRow.followed,
            PatternMemberRow.pattern_id == pattern.id,
            SubscriptionRow.workspace == pattern.workspace,
            SubscriptionRow.destination == pattern.destination,
        )
    )
    return sorted(map(known, rows), key=lambda job: (job.status.status_class.severity, job.title.casefold(), job.ref))


async def is_here(session: AsyncSession, workspace: str, destination: str, glob: str | None) -> bool:
    """Whether a destination has this very pattern."""
    return (await session.scalars(_one(workspace, destination, key_of(glob)))).one_or_none() is not None


async def move(session: AsyncSession, workspace: str, old: str, new: str) -> None:
    """A channel got another ID: its patterns go along, with their subscriptions where those went."""
    there = {row.pattern: row for row in await session.scalars(select(PatternRow).where(*_of(workspace, new)))}
    rows = select(PatternRow).where(*_of(workspace, old)).order_by(PatternRow.id).with_for_update()
    for row in (await session.scalars(rows)).all():
        if row.pattern not in there:
            row.destination = new
            continue
        # Said anew under the new ID: that one counts.
        await session.execute(
            update(SubscriptionRow).where(SubscriptionRow.pattern_id == row.id).values(pattern_id=there[row.pattern].id)
        )
        await session.execute(delete(PatternRow).where(PatternRow.id == row.id))
    await session.flush()


async def pause(session: AsyncSession, workspace: str, destination: str, why: str, now: datetime) -> None:
    """While its destination can't be told, a pattern gathers nothing."""
    live = (*_of(workspace, destination), PatternRow.paused_because.is_(None))
    await session.execute(update(PatternRow).where(*live).values(paused_because=why, paused_at=now))


async def resume(session: AsyncSession, workspace: str, destination: str) -> None:
    """What came and went meanwhile is told when it is gathered, which is at once."""
    paused = (*_of(workspace, destination), PatternRow.paused_because.is_not(None))
    await session.execute(
        update(PatternRow).where(*paused).values(paused_because=None, paused_at=None, discovered_at=None)
    )


async def _pattern(session: AsyncSession, row: PatternRow) -> Pattern:
    members = select(func.count()).select_from(PatternMemberRow).where(PatternMemberRow.pattern_id == row.id)
    return pattern_of(row, (await session.execute(members)).scalar_one())


def pattern_of(row: PatternRow, jobs: int) -> Pattern:
    """The row in the language of the product."""
    return Pattern(
        id=row.id,
        workspace=row.workspace,
        destination=row.destination,
        key=row.pattern,
        created_by=row.created_by,
        when=StatusFilter.read(row.wants),
        jobs=jobs,
        paused_because=row.paused_because,
        failure=row.failure,
    )


def _of(workspace: str, destination: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return PatternRow.workspace == workspace, PatternRow.destination == destination


def _one(workspace: str, destination: str, key: str) -> Select[PatternRow]:
    return select(PatternRow).where(*_of(workspace, destination), PatternRow.pattern == key)
