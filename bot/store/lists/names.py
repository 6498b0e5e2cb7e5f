"""The names of watched jobs."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import Dataflow, Status, Target
from bot.domain.job_search import NamedJob
from bot.domain.names import contains
from bot.store.sql import notification_json
from bot.store.sql.notification_json import UnreadableNotification
from bot.store.sql.tables import IncidentRow, SubscriptionRow, TrackedJobRow

# An unchanged job that can be polled is written once a minute.
_WRITTEN_WITHIN = timedelta(minutes=2)
_BATCH = 500  # rows: about a millisecond


async def version(session: AsyncSession, destinations: Collection[Destination]) -> tuple[int, ...]:
    """A value that differs once some destinations of one workspace begin or end to watch a job."""
    # All three: SQLite gives the highest ID again once its row is deleted.
    found = select(
        func.count(),
        func.coalesce(func.max(SubscriptionRow.id), 0),
        func.coalesce(func.sum(SubscriptionRow.watched_job_id), 0),
    )
    return tuple(map(int, (await session.execute(found.where(*_at(destinations)))).one()))


async def watched_by(
    session: AsyncSession, destinations: Collection[Destination], now: datetime, *, dataflow: str | None = None
) -> Sequence[NamedJob]:
    """The jobs that some destinations of one workspace watch, as last seen: all, or those of one dataflow. Other tasks
    run in between."""
    rows = await session.stream(
        select(
            TrackedJobRow.dataflow,
            TrackedJobRow.run,
            TrackedJobRow.followed,
            TrackedJobRow.title,
            TrackedJobRow.status,
            TrackedJobRow.polled_at,
            TrackedJobRow.failure,
        )
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(*_at(destinations), *(() if dataflow is None else _is(dataflow, destinations)))
    )
    found: list[NamedJob] = []
    async for batch in rows.partitions(_BATCH):
        for dataflow, run, followed, title, status, polled_at, failure in batch:
            as_of = polled_at if failure is not None or now - polled_at > _WRITTEN_WITHIN else None
            found.append(NamedJob(dataflow, title, Status.of(status), None if followed else run, as_of))
        await asyncio.sleep(0)
    return found


async def title_of(session: AsyncSession, destinations: Collection[Destination], target: Target) -> str | None:
    """What some destinations of one workspace may know a job by: as they watch it, else as an alert named it when it
    last failed there; None if neither."""
    dataflow = target.id if isinstance(target, Dataflow) else target.dataflow
    watched = (
        select(TrackedJobRow.title)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(*_at(destinations), *_is(dataflow, destinations))
        .limit(1)
    )
    failed = (
        select(IncidentRow.opening)
        .where(
            IncidentRow.workspace.in_({one.workspace for one in destinations}),
            IncidentRow.destination.in_({one.id for one in destinations}),
            IncidentRow.dataflow == dataflow,
        )
        .order_by(IncidentRow.id.desc())
        .limit(1)
    )
    if title := await session.scalar(watched):
        return title
    opening = await session.scalar(failed)
    with suppress(UnreadableNotification):
        change = notification_json.load(opening) if opening else None
        return change.title if isinstance(change, Change) else None
    return None


async def with_words(
    session: AsyncSession, jobs: Select[TrackedJobRow] | Select[TrackedJobRow, SubscriptionRow], words: str
) -> ColumnElement[bool]:
    """Whether a job is one of those `jobs` whose names contain the words, as people see and type them: no database
    compares names so. Other tasks run in between."""
    rows = await session.stream(jobs.with_only_columns(TrackedJobRow.id, TrackedJobRow.title))
    found: list[int] = []
    async for batch in rows.partitions(_BATCH):
        found += [id for id, title in batch if contains(title, words)]
        await asyncio.sleep(0)
    # Written into the statement: there may be more than a statement can have parameters.
    return TrackedJobRow.id.in_(bindparam("found", found, expanding=True, literal_execute=True))


def _at(destinations: Collection[Destination]) -> tuple[ColumnElement[bool], ...]:
    return (
        SubscriptionRow.workspace.in_({one.workspace for one in destinations}),
        SubscriptionRow.destination.in_({one.id for one in destinations}),
    )


def _is(dataflow: str, destinations: Collection[Destination]) -> tuple[ColumnElement[bool], ...]:
    """Whether a tracked job is of a dataflow, as an index finds it."""
    return TrackedJobRow.workspace.in_({one.workspace for one in destinations}), TrackedJobRow.dataflow == dataflow
