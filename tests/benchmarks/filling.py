"""Fills a database: watched jobs, and deliveries that wait. In bulk, as commands would take hours."""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from bot.demo.slack.stand_in import MEMBER, SlackStandIn
from bot.domain.change import Change
from bot.domain.job import JobRef, Status
from bot.store.database import opened
from bot.store.sql import notification_json
from bot.store.sql.tables import DeliveryRow, SubscriptionRow, TrackedJobRow
from tests.benchmarks.services import run_of

WORKSPACE = SlackStandIn().app.team_id
_UP, _WARNING = "Up and Running", "Running with Warning"
_AT_ONCE = 5_000


async def fill(database_url: str, jobs: int, channels_of: Callable[[int], Sequence[str]]) -> None:
    """Migrate a new database, and let channels watch so many healthy jobs: each those of `channels_of` its number."""
    now = datetime.now(UTC)
    watched = [_job(number, now) for number in range(jobs)]
    subscriptions = [_subscription(number, channel, now) for number in range(jobs) for channel in channels_of(number)]
    await _insert(database_url, (TrackedJobRow, watched), (SubscriptionRow, subscriptions))


async def fill_queues(database_url: str, numbers: Sequence[int], channels: Sequence[str]) -> None:
    """Let a change of each of these jobs to a warning wait, in the channels by turns."""
    now = datetime.now(UTC)
    waiting = [_delivery(number, channels[place % len(channels)], now) for place, number in enumerate(numbers)]
    await _insert(database_url, (DeliveryRow, waiting))


async def all_told(database_url: str) -> float:
    """When the last change was delivered, in seconds since 1970; infinite while one waits."""
    async with opened(database_url) as database, database.reading() as session:
        of_changes = select(DeliveryRow.settled_at).where(DeliveryRow.change_id.is_not(None))
        times = (await session.scalars(of_changes)).all()
    return max((math.inf if at is None else at.timestamp() for at in times), default=math.inf)


async def _insert(database_url: str, *tables: tuple[type[Any], Sequence[dict[str, object]]]) -> None:
    async with opened(database_url) as database:
        await database.migrate()
        async with database.writing() as session:
            connection = await session.connection()
            for table, rows in tables:
                for some in _batches(rows):
                    await connection.execute(insert(table), some)
        if not database.is_sqlite:  # autovacuum would do it within a minute; in SQLite nobody does
            async with database.writing() as session:
                await (await session.connection()).exec_driver_sql("ANALYZE")


def _batches(rows: Sequence[dict[str, object]]) -> Iterator[Sequence[dict[str, object]]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def _job(number: int, now: datetime) -> dict[str, object]:
    run = run_of(number)
    return {
        "id": number + 1,
        "workspace": WORKSPACE,
        "dataflow": run.dataflow,
        "run": run.run,
        "followed": False,
        "title": run.name,
        "status": _UP,
        "status_since": now - timedelta(hours=1),
        "polled_at": now,
    }


def _subscription(number: int, channel: str, now: datetime) -> dict[str, object]:
    return {
        "workspace": WORKSPACE,
        "watched_job_id": number + 1,
        "destination": channel,
        "created_by": MEMBER.id,
        "created_at": now,
        "status_filter": "changes",
        "notified_status": _UP,
    }


def _delivery(number: int, channel: str, now: datetime) -> dict[str, object]:
    run = run_of(number)
    old, new = Status.of(_UP), Status.of(_WARNING)
    change = Change(JobRef(run.dataflow, run.run), run.name, old, new, now - timedelta(hours=1), now)
    return {
        "workspace": WORKSPACE,
        "destination": channel,
        "notification": notification_json.dump(change),
        "created_at": now,
        "attempts": 0,
    }
