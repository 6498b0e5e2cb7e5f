"""What the tests of patterns do again and again: watch many, look at some, take them in."""

from collections.abc import Sequence
from datetime import datetime

from bot.jobs import JobRef, Status
from bot.store import members, patterns, subscriptions
from bot.store.database import Database
from bot.store.members import Look
from bot.store.patterns import Pattern
from bot.store.subscriptions import Outcome
from bot.when import When
from tests.cast import ANN, NOON, OPS, UP, WORKSPACE, job


async def watch(
    database: Database,
    glob: str | None,
    *jobs: JobRef,
    by: str = ANN,
    destination: str = OPS,
    workspace: str = WORKSPACE,
    when: str | None = None,
) -> tuple[Outcome, Pattern]:
    """Somebody watches all that match; `jobs` are there now."""
    async with database.writing() as session:
        return await patterns.watch(
            session,
            workspace,
            destination,
            glob,
            by,
            jobs=[ref.dataflow for ref in jobs],
            when=None if when is None else When.read(when),
            now=NOON,
        )


async def watch_one(
    database: Database, ref: JobRef, *, by: str = ANN, when: str | None = None, at: datetime = NOON
) -> None:
    """Somebody watches one job by its name."""
    async with database.writing() as session:
        await subscriptions.subscribe(
            session,
            WORKSPACE,
            job(UP, ref),
            OPS,
            by,
            looked_at=at,
            followed=True,
            when=None if when is None else When.read(when),
        )


def look(ref: JobRef, status: Status = UP, at: datetime = NOON, name: str = "orders") -> Look:
    """A look at a job."""
    return Look(job(status, ref, name), at, is_new=False)


async def take_in(database: Database, pattern: Pattern, *looks: Look, new: bool = False, at: datetime = NOON) -> int:
    """The jobs were looked at, those of the baseline or `new` ones."""
    async with database.writing() as session:
        made = [Look(one.job, one.at, is_new=new) for one in looks]
        return await members.take_in(session, pattern.id, made, at)


async def here(database: Database, destination: str = OPS) -> Sequence[Pattern]:
    """The patterns of a destination."""
    async with database.reading() as session:
        return await patterns.here(session, WORKSPACE, destination)
