"""A database of the previous release opens unchanged. Its rows are written as SQL here, as that release wrote them."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import Dataflow, JobRef
from bot.domain.subscription import Subscription
from bot.store import deliveries as delivery_store
from bot.store import mutes, outages, reconcile, tracked_jobs, workers
from bot.store.database import Database, opened
from bot.store.lists import history, watch_list
from bot.store.outages import Cause
from bot.store.patterns import members, watches
from tests.cast import BEN, DEV, ERROR, HOUR, MINUTE, NOON, OPS, ORDERS, SECOND, UP, WARNING, WORKSPACE
from tests.store.steps import claim, deliver_all, deliveries, sql
from tests.store.stored_notifications import STORED

CHANNEL, OTHER_CHANNEL, MUTED, PAUSED = (Destination(WORKSPACE, id) for id in (OPS, DEV, "C3", "C4"))
LATER = NOON + HOUR
FOLLOWED = JobRef("a-dataflow", 7)


def at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Jobs 1 (a run) and 2 (followed); four subscriptions of job 1 and one of a pattern; an outage, and a history.

    OPS has a notification of each kind pending. OTHER_CHANNEL was notified of everything.
    """
    async with opened(f"sqlite:///{tmp_path}/test.db") as database:
        await database.migrate()
        for statement in (*jobs(), *subscribed(), *history_rows(), *queued(), *service()):
            await sql(database, statement.replace(":", "\\:"))
        yield database


def jobs() -> Sequence[str]:
    columns = (
        "INSERT INTO watched_jobs (id, workspace, dataflow, run, followed, version, title, status, status_since,"
        " seen_at, failure, failing_since, unseen_told_at, leased_by) VALUES "
    )
    return (
        f"{columns}(1, 'T1', '{ORDERS.dataflow}', {ORDERS.run}, 0, '3', 'orders', 'Running with Error',"
        f" '{at(NOON)}', '{at(NOON + MINUTE)}', 'it hangs', '{at(NOON + MINUTE)}', '{at(NOON + 2 * MINUTE)}', 'old')",
        f"{columns}(2, 'T1', 'a-dataflow', 7, 1, NULL, 'clicks', 'UP_AND_RUNNING', '{at(NOON)}', '{at(NOON)}',"
        " NULL, NULL, NULL, NULL)",
    )


def subscribed() -> Sequence[str]:
    columns = (
        "INSERT INTO subscriptions (id, workspace, watched_job_id, destination, created_by, created_at, wants,"
        " told_status, pattern_id, paused_because, paused_at, muted_until, muted_at, muted_by, given_up_at,"
        " given_up_because) VALUES "
    )
    made = f"'{at(NOON - HOUR)}'"
    return (
        "INSERT INTO patterns (id, workspace, destination, pattern, created_by, created_at, wants, gathered_at,"
        f" failure) VALUES (1, 'T1', 'C2', 'cl*', 'U2', {made}, 'problems', '{at(NOON)}', 'it is incomplete')",
        f"INSERT INTO members (pattern_id, dataflow, workspace, missing_since) VALUES"
        f" (1, 'a-dataflow', 'T1', '{at(NOON)}')",
        f"{columns}(1, 'T1', 1, 'C1', 'U1', {made}, 'changes', 'Running with Error', NULL, NULL, NULL, NULL, NULL,"
        f" NULL, '{at(NOON)}', 'timeout')",
        f"{columns}(2, 'T1', 1, 'C2', 'U1', {made}, 'Stopped, Running with Error', 'RUNNING_WITH_ERROR', NULL, NULL,"
        " NULL, NULL, NULL, NULL, NULL, NULL)",
        f"{columns}(3, 'T1', 1, 'C3', 'U1', {made}, 'problems', 'Up and Running', NULL, NULL, NULL,"
        f" '{at(LATER)}', '{at(NOON)}', 'U2', NULL, NULL)",
        f"{columns}(4, 'T1', 1, 'C4', 'U1', {made}, 'errors', 'Up and Running', NULL, 'is_archived', '{at(NOON)}',"
        " NULL, NULL, NULL, NULL, NULL)",
        f"{columns}(5, 'T1', 2, 'C2', 'U2', {made}, 'problems', 'Up and Running', 1, NULL, NULL, NULL, NULL, NULL,"
        " NULL, NULL)",
    )


def history_rows() -> Sequence[str]:
    columns = (
        "INSERT INTO changes (id, workspace, watched_job_id, title, old_status, new_status, old_since, at, version,"
        " started_by, run, old_run, old_version) VALUES "
    )
    return (
        f"{columns}(1, 'T1', 1, 'orders', 'UP_AND_RUNNING', 'Running with Warning', '{at(NOON - HOUR)}',"
        f" '{at(NOON - MINUTE)}', '3', 'ann', {ORDERS.run}, NULL, NULL)",
        f"{columns}(2, 'T1', 1, 'orders', 'Running with Warning', 'Running with Error', NULL,"
        f" '{at(NOON)}', NULL, NULL, NULL, NULL, NULL)",
    )


def queued() -> Sequence[str]:
    columns = (
        "INSERT INTO deliveries (id, workspace, change_id, subscription_id, destination, news, told_before,"
        " created_at, next_try_at, tried_at, attempts, leased_by, settled_at, message_ts, error) VALUES "
    )
    when = f"'{at(NOON)}'"
    return (
        f"{columns}(1, 'T1', 2, 2, 'C2', '{STORED[0][0]}', 'Running with Warning', {when}, NULL, NULL, 0, NULL,"
        f" {when}, '1.0', NULL)",
        f"{columns}(2, 'T1', 2, 1, 'C1', '{STORED[0][0]}', 'Running with Warning', {when}, {when}, {when}, 2, 'old',"
        " NULL, NULL, 'timeout')",
        *(
            f"{columns}({number}, 'T1', NULL, NULL, 'C1', '{stored}', NULL, {when}, NULL, NULL, 0, NULL, NULL, NULL,"
            " NULL)"
            for number, (stored, _) in enumerate(STORED[1:], start=3)
        ),
    )


def service() -> Sequence[str]:
    return (
        f"INSERT INTO outages (workspace, cause, destination, since) VALUES ('T1', 'service', 'C2', '{at(NOON)}')",
        f"INSERT INTO workers (id, seen_at, good_at) VALUES ('old', '{at(NOON)}', '{at(NOON - MINUTE)}')",
        f"INSERT INTO handled_requests (workspace, key, at) VALUES ('T1', 't1', '{at(NOON)}')",
    )


async def of(database: Database, destination: Destination) -> Sequence[Subscription]:
    async with database.reading() as session:
        return (await watch_list.page(session, destination, number=1, size=99)).subscriptions


async def run_reconcile(database: Database, now: datetime = LATER) -> int:
    async with database.writing() as session:
        return await reconcile.reconcile(session, now)


async def start_anew(database: Database) -> None:
    """Free what the previous release's worker held, as the start of a worker does."""
    async with database.writing() as session:
        await workers.deregister_all(session)


async def test_pending_deliveries_are_claimed_in_order(database: Database) -> None:
    """A notification of each kind is claimed as it was queued, in its order, with its failed attempts."""
    await start_anew(database)
    (queue,) = await claim(database)
    assert queue.destination == CHANNEL
    assert [one.notification for one in queue.pending] == [meaning for _, meaning in STORED]
    first, second = queue.pending[:2]
    assert (first.id, first.attempts, first.subscription, first.created_at) == (2, 2, 1, NOON)
    assert (second.id, second.attempts, second.subscription) == (3, 0, None)


async def test_nothing_is_delivered_twice(database: Database) -> None:
    """What was delivered, or is pending, is not repeated, in whatever spelling the status was stored."""
    await start_anew(database)
    assert await run_reconcile(database) == 0
    assert len(await deliver_all(database)) == len(STORED)
    assert await run_reconcile(database) == 0
    settled = (await deliveries(database))[0]
    assert (settled.id, settled.settled_at, settled.message_ts) == (1, NOON, "1.0")


async def test_a_queue_that_is_given_up_returns_to_the_status_before(database: Database) -> None:
    """`told_before` still says what a subscription was notified of before a delivery."""
    async with database.writing() as session:
        assert len(await delivery_store.abandon(session, CHANNEL, "is_archived", LATER)) == len(STORED)
    (subscription,) = await of(database, CHANNEL)
    assert subscription.notified_status == WARNING


async def test_jobs_and_subscriptions_are_read(database: Database) -> None:
    """Each subscription has its job, its filter, its last notified status and why an alert was given up."""
    (mine,) = await of(database, CHANNEL)
    assert (mine.job.id, mine.job.ref, mine.job.status, mine.job.polled_at) == (1, ORDERS, ERROR, NOON + MINUTE)
    assert (mine.job.failure, mine.job.unavailable_notified_at) == ("it hangs", NOON + 2 * MINUTE)
    assert (mine.status_filter.text, mine.notified_status, mine.is_live) == ("changes", ERROR, True)
    assert (mine.given_up_because, mine.given_up_at) == ("timeout", NOON)
    single, of_pattern = await of(database, OTHER_CHANNEL)
    assert (single.status_filter.text, single.notified_status.raw) == (
        "Stopped, Running with Error",
        "RUNNING_WITH_ERROR",
    )
    assert (of_pattern.job.target, of_pattern.job.status.raw) == (Dataflow("a-dataflow"), "UP_AND_RUNNING")
    assert (of_pattern.pattern_id, of_pattern.created_by) == (1, BEN)


async def test_a_pause_and_a_mute_are_read(database: Database) -> None:
    """A paused and a muted subscription are still so, show why, and are behind as before."""
    (muted,), (paused,) = await of(database, MUTED), await of(database, PAUSED)
    assert (muted.muted_until, muted.muted_at, muted.muted_by) == (LATER, NOON, BEN)
    assert (paused.paused_because, paused.paused_at) == ("is_archived", NOON)
    assert [(one.is_live, one.is_behind) for one in (muted, paused)] == [(False, True)] * 2


async def test_a_mute_of_the_previous_release_ends(database: Database) -> None:
    """The end of a mute that began before is told once: the job can't be checked."""
    async with database.writing() as session:
        assert await mutes.end_mutes(session, LATER - SECOND) == 0
        assert await mutes.end_mutes(session, LATER) == 1
    assert await run_reconcile(database) == 0
    (queue,) = [queue for queue in await claim(database) if queue.destination == MUTED]
    (reminder,) = queue.pending
    assert reminder.notification.kind == "out_of_sight"


async def test_the_history_is_read(database: Database) -> None:
    """Recorded changes are read with their statuses and times, newest first."""
    async with database.reading() as session:
        found = await history.of_job(session, {CHANNEL}, ORDERS, limit=9)
    assert found is not None
    assert list(found.changes) == [
        Change(ORDERS, "orders", WARNING, ERROR, None, NOON),
        Change(ORDERS, "orders", UP, WARNING, NOON - HOUR, NOON - MINUTE, "3", "ann"),
    ]
    assert found.changes[1].old.raw == "UP_AND_RUNNING"


async def test_patterns_are_read(database: Database) -> None:
    """A pattern has its filter and failure, its jobs with the time since when lists lack them, and its last claim."""
    async with database.writing() as session:
        (pattern,) = await watches.of_destination(session, OTHER_CHANNEL)
        assert (pattern.key, pattern.status_filter.text, pattern.failure) == ("cl*", "problems", "it is incomplete")
        assert (await members.of_pattern(session, pattern)).missing_since == {"a-dataflow": NOON}
        assert await members.claim(session, NOON + SECOND, MINUTE) is None
        assert await members.claim(session, NOON + MINUTE, MINUTE) is not None


async def test_workers_and_outages_are_read(database: Database) -> None:
    """The previous release's worker is reaped, its jobs are polled on, and its outage ends where it was announced."""
    async with database.writing() as session:
        assert await outages.announced(session) == {Cause.SERVICE}
        assert await outages.end(session, LATER, not_before=LATER)
        heartbeat = await workers.beat(session, "new", None, may_reap=True)
        assert (heartbeat.alive, heartbeat.is_new) == (1, True)
        assert {job.ref for job in await tracked_jobs.claim(session, "new", 9)} == {ORDERS, FOLLOWED}
    ended = [
        queue.destination for queue in await claim(database) if queue.pending[-1].notification.kind == "outage_over"
    ]
    assert ended == [OTHER_CHANNEL]
