"""Who wants to hear of every job whose name matches a glob: patterns and their subscriptions begin, change and end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import ColumnElement

from bot.jobs import Target
from bot.store import subscriptions
from bot.store.globs import EVERY, key_of
from bot.store.subscriptions import Outcome
from bot.store.tables import Member, PatternRecord, Subscription, WatchedJob
from bot.store.upsert import insert_all_absent, insert_if_absent
from bot.store.watches import Known, known
from bot.when import When

MOST_JOBS = 2_000  # of one pattern: each is looked at once in an interval, whoever asked for it


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
    when: When
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

    known: Known
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
    when: When | None,
    now: datetime,
) -> tuple[Outcome, Pattern]:
    """Let a destination hear of all `jobs` (dataflows) that match now, and of those to come.

    What is there now is the baseline, of which nothing is told. Each subscription follows as soon as the job was
    looked at. Said again with another `when`, it changes for all its jobs; None means every change, or what it was.
    """
    key = key_of(glob)
    is_new = await insert_if_absent(
        session,
        PatternRecord,
        workspace=workspace,
        destination=destination,
        pattern=key,
        created_by=created_by,
        created_at=now,
        wants=(when or When()).text,
    )
    row = (await session.scalars(_one(workspace, destination, key).with_for_update())).one()
    if is_new:
        rows = [{"pattern_id": row.id, "dataflow": flow, "workspace": workspace} for flow in sorted(jobs)]
        await insert_all_absent(session, Member, rows)
        return Outcome.NEW, await _pattern(session, row)
    outcome = await _wants(session, row, when)
    return outcome, await _pattern(session, row)


async def _wants(session: AsyncSession, row: PatternRecord, when: When | None) -> Outcome:
    """The same pattern was said again."""
    differs = when is not None and when.text != row.wants
    outcome = Outcome.OTHERWISE if differs else Outcome.ALREADY
    outcome = Outcome.RESUMED if row.paused_because is not None else outcome
    row.paused_because = row.paused_at = None
    if when is not None and differs:
        row.wants = when.text
        values: dict[str, object] = {"wants": when.text}
        if outcome is Outcome.OTHERWISE:
            # As for one job: what they are now is the baseline of what is told from now on.
            job_now = select(WatchedJob.status).where(WatchedJob.id == Subscription.watched_job_id)
            values["told_status"] = job_now.scalar_subquery()
        await session.execute(
            update(Subscription)
            .where(Subscription.pattern_id == row.id)
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
    others = select(PatternRecord).where(*_of(workspace, destination), PatternRecord.id != row.id)
    for other in (await session.scalars(others.order_by(PatternRecord.id))).all():
        await _hand_over(session, row, other)
    await session.execute(delete(PatternRecord).where(PatternRecord.id == row.id))
    return ended


async def _hand_over(session: AsyncSession, old: PatternRecord, new: PatternRecord) -> None:
    has_too = (
        select(WatchedJob.id)
        .join(Member, Member.dataflow == WatchedJob.dataflow)
        .where(Member.pattern_id == new.id, WatchedJob.workspace == new.workspace, WatchedJob.followed)
    )
    await session.execute(
        update(Subscription)
        .where(Subscription.pattern_id == old.id, Subscription.watched_job_id.in_(has_too))
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
        select(PatternRecord)
        .join(Member, Member.pattern_id == PatternRecord.id)
        .where(*_of(workspace, destination), Member.dataflow == job.dataflow)
        .order_by(PatternRecord.id != sub.pattern_id, PatternRecord.id)
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
    rows = select(PatternRecord).where(*_of(workspace, destination)).order_by(PatternRecord.pattern)
    return [await _pattern(session, row) for row in (await session.scalars(rows)).all()]


async def worst(session: AsyncSession, pattern: Pattern) -> Sequence[Known]:
    """Those of its jobs that were looked at, as they are known, the worst first."""
    rows = await session.scalars(
        select(WatchedJob)
        .join(Member, Member.dataflow == WatchedJob.dataflow)
        .join(Subscription, Subscription.watched_job_id == WatchedJob.id)
        .where(
            WatchedJob.followed,
            Member.pattern_id == pattern.id,
            Subscription.workspace == pattern.workspace,
            Subscription.destination == pattern.destination,
        )
    )
    return sorted(map(known, rows), key=lambda job: (job.status.status_class.severity, job.title.casefold(), job.ref))


async def is_here(session: AsyncSession, workspace: str, destination: str, glob: str | None) -> bool:
    """Whether a destination has this very pattern."""
    return (await session.scalars(_one(workspace, destination, key_of(glob)))).one_or_none() is not None


async def move(session: AsyncSession, workspace: str, old: str, new: str) -> None:
    """A channel got another ID: its patterns go along, with their subscriptions where those went."""
    there = {row.pattern: row for row in await session.scalars(select(PatternRecord).where(*_of(workspace, new)))}
    rows = select(PatternRecord).where(*_of(workspace, old)).order_by(PatternRecord.id).with_for_update()
    for row in (await session.scalars(rows)).all():
        if row.pattern not in there:
            row.destination = new
            continue
        # Said anew under the new ID: that one counts.
        await session.execute(
            update(Subscription).where(Subscription.pattern_id == row.id).values(pattern_id=there[row.pattern].id)
        )
        await session.execute(delete(PatternRecord).where(PatternRecord.id == row.id))
    await session.flush()


async def pause(session: AsyncSession, workspace: str, destination: str, why: str, now: datetime) -> None:
    """While its destination can't be told, a pattern gathers nothing."""
    live = (*_of(workspace, destination), PatternRecord.paused_because.is_(None))
    await session.execute(update(PatternRecord).where(*live).values(paused_because=why, paused_at=now))


async def resume(session: AsyncSession, workspace: str, destination: str) -> None:
    """What came and went meanwhile is told when it is gathered, which is at once."""
    paused = (*_of(workspace, destination), PatternRecord.paused_because.is_not(None))
    await session.execute(
        update(PatternRecord).where(*paused).values(paused_because=None, paused_at=None, gathered_at=None)
    )


async def _pattern(session: AsyncSession, row: PatternRecord) -> Pattern:
    members = select(func.count()).select_from(Member).where(Member.pattern_id == row.id)
    return pattern_of(row, (await session.execute(members)).scalar_one())


def pattern_of(row: PatternRecord, jobs: int) -> Pattern:
    """The row in the language of the product."""
    return Pattern(
        id=row.id,
        workspace=row.workspace,
        destination=row.destination,
        key=row.pattern,
        created_by=row.created_by,
        when=When.read(row.wants),
        jobs=jobs,
        paused_because=row.paused_because,
        failure=row.failure,
    )


def _of(workspace: str, destination: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return PatternRecord.workspace == workspace, PatternRecord.destination == destination


def _one(workspace: str, destination: str, key: str) -> Select[PatternRecord]:
    return select(PatternRecord).where(*_of(workspace, destination), PatternRecord.pattern == key)
