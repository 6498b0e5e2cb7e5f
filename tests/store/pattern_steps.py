"""Steps that the tests of patterns share: watch a pattern, look jobs up, add them."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.destination import Destination
from bot.domain.job import JobRef, Status
from bot.domain.pattern import Pattern
from bot.domain.status_filter import StatusFilter
from bot.store import subscriptions
from bot.store.database import Database
from bot.store.patterns import members, watches
from bot.store.patterns.members import DiscoveredJob
from bot.store.subscriptions import Outcome
from tests.cast import ANN, NOON, OPS, UP, WORKSPACE, job


async def watch(
    database: Database,
    glob: str | None,
    *jobs: JobRef,
    by: str = ANN,
    destination: str = OPS,
    workspace: str = WORKSPACE,
    status_filter: str | None = None,
) -> tuple[Outcome, Pattern]:
    """Watch a pattern whose matching jobs are `jobs` now."""
    async with database.writing() as session:
        return await watches.watch(
            session,
            Destination(workspace, destination),
            glob,
            by,
            jobs=[ref.dataflow for ref in jobs],
            status_filter=None if status_filter is None else StatusFilter.read(status_filter),
            now=NOON,
        )


async def watch_one(
    database: Database, ref: JobRef, *, by: str = ANN, status_filter: str | None = None, at: datetime = NOON
) -> None:
    """Watch one job by its name."""
    async with database.writing() as session:
        await subscriptions.subscribe(
            session,
            Destination(WORKSPACE, OPS),
            job(UP, ref),
            by,
            polled_at=at,
            followed=True,
            status_filter=None if status_filter is None else StatusFilter.read(status_filter),
        )


def found(ref: JobRef, status: Status = UP, at: datetime = NOON, name: str = "orders") -> DiscoveredJob:
    """A job that was looked up."""
    return DiscoveredJob(job(status, ref, name), at, is_new=False)


async def add(
    database: Database, pattern: Pattern, *jobs: DiscoveredJob, new: bool = False, at: datetime = NOON
) -> int:
    """Add jobs that were looked up, as baseline or as `new` ones."""
    async with database.writing() as session:
        made = [DiscoveredJob(one.job, one.at, is_new=new) for one in jobs]
        return await members.add(session, pattern.id, made, at)


async def patterns_of(database: Database, destination: str = OPS) -> Sequence[Pattern]:
    """The patterns of a destination."""
    async with database.reading() as session:
        return await watches.of_destination(session, Destination(WORKSPACE, destination))
