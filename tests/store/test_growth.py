"""What is asked often takes as long however much is kept: it reads an index of what it is after, and no table.

The work is counted: on SQLite the steps of its virtual machine, on PostgreSQL the rows that a plan visits.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import event, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.job import Dataflow
from bot.store import deliveries, handled_requests, mutes, outbox, reconcile, subscriptions, tracked_jobs, workers
from bot.store.channels import digests, quiet_hours, silences
from bot.store.database import Database
from bot.store.homes import refreshing
from bot.store.incidents import reading, reminding, updates
from bot.store.lists import home, message_jobs, names, watch_list
from bot.store.sql.tables import HandledRequestRow
from bot.store.watched import contacts
from tests.cast import BEN, ERROR, HOUR, NOON, OPS, ORDERS, SECOND, WORKSPACE
from tests.store.steps import becomes, deliver_all, plan_of, subscribe

Step = Callable[[AsyncSession], Awaitable[object]]

DAY = timedelta(days=1)
LATER = NOON + HOUR
HERE, ME = Destination(WORKSPACE, OPS), Destination(WORKSPACE, BEN)
POSTED = f"{NOON.timestamp():.6f}"

EVERY_FEW_SECONDS: dict[str, Step] = {
    "a heartbeat": lambda session: workers.beat(session, "w", None, may_reap=True),
    "leases": lambda session: tracked_jobs.leased(session, "w", limit=5),
    "free jobs": lambda session: tracked_jobs.claim(session, "w", 10_000),
    "free jobs of a full worker": lambda session: tracked_jobs.is_any_free(session),
    "queues": lambda session: deliveries.claim(session, "w", LATER, limit=1),
    "reconciliation": lambda session: reconcile.reconcile_some(session, LATER),
    "ends of mutes": lambda session: mutes.end_mutes(session, LATER),
    "ends of maintenance": lambda session: silences.end_due(session, LATER),
    "quiet hours": lambda session: quiet_hours.turn_due(session, LATER),
    "digests": lambda session: digests.due(session, LATER),
    "messages to update": lambda session: updates.is_any_due(session, LATER),
    "reminders": lambda session: reminding.is_any_due(session, LATER),
    "whether Home tabs differ": refreshing.version,
}
REQUESTS: dict[str, Step] = {
    "is it handled": lambda session: handled_requests.is_first(session, WORKSPACE, "new", LATER),
    "the list": lambda session: watch_list.page(session, HERE, number=1, size=15),
    "the Home tab": lambda session: home.read(session, ME, [OPS], "", number=1, size=9, now=LATER),
    "a name": lambda session: names.title_of(session, {HERE, ME}, Dataflow(ORDERS.dataflow)),
    "names": lambda session: names.watched_by(session, {HERE, ME}, LATER),
    "whether names differ": lambda session: names.version(session, {HERE, ME}),
    "a watch": lambda session: subscriptions.find(session, HERE, ORDERS),
    "a mute": lambda session: mutes.mute(session, HERE, ORDERS, until=LATER, by=BEN, now=NOON),
    "an acknowledgement": lambda session: reminding.drop(session, HERE, ORDERS.dataflow),
    "the jobs of a message": lambda session: message_jobs.page(session, HERE, POSTED, "", number=1, size=9),
    "the incidents of an alert": lambda session: reading.open_at(session, HERE, [ORDERS.dataflow, "another"]),
    "whom alerts call": lambda session: contacts.of_subscriptions(session, {1}),
    "what was confirmed": lambda session: outbox.drop_confirmations(session, HERE, ()),
}
EVERY_NIGHT: dict[str, Step] = {
    "the next old requests": lambda session: handled_requests.forget_old(session, LATER, 5),
}
_PAGES = ("the list", "the Home tab")

# What others keep: jobs that another channel watches by their runs, jobs that nobody watches, what happened to them and
# was delivered long ago, what failed there and still does, requests that were handled.
_FIRST, _FEW, _MANY = 1_000, 200, 2_000
_THEN, _SOON = "'2026-02-13 12:00:00.000000'", "'2026-02-20 12:00:00.000000'"
_OTHERS = {
    "watched_jobs (id, workspace, dataflow, run, followed, title, status, status_since, seen_at, leased_by)": (
        f"i, 'T1', 'flow' || i, i, FALSE, 'job ' || i, 'Up and Running', {_THEN}, {_THEN}, 'w'"
    ),
    "subscriptions (workspace, watched_job_id, destination, created_by, created_at, wants, told_status, considered,"
    " muted_until)": f"'T1', i, 'C2', 'U1', {_THEN}, 'changes', 'Up and Running', 'x', {_SOON}",
    "changes (id, workspace, watched_job_id, title, old_status, new_status, at)": (
        f"i, 'T1', i, 'job', 'Up and Running', 'Running with Error', {_THEN}"
    ),
    "deliveries (id, workspace, change_id, destination, news, created_at, attempts, settled_at, message_ts)": (
        f"i, 'T1', i, 'C2', '{{}}', {_THEN}, 0, {_THEN}, '1.0'"
    ),
    "incidents (workspace, destination, dataflow, opening, status, opened_at, changed_at, conversation, message_ts,"
    " reminder_due_at)": (
        f"'T1', 'C2', 'flow' || i, '{{}}', 'Running with Error', {_THEN}, {_THEN}, 'C2', '1.0', {_SOON}"
    ),
    "silences (workspace, destination, pattern, created_by, begins_at, ends_at, ended_at)": (
        f"'T1', 'C2', '*', 'U1', {_THEN}, {_THEN}, {_THEN}"
    ),
    "channel_settings (workspace, destination, digest, digest_due_at, quiet_hours, quiet_due_at)": (
        f"'T1', 'C' || i, 'daily 09:00', {_SOON}, '22:00-07:00', {_SOON}"
    ),
}


async def fill(database: Database, first: int, last: int) -> None:
    """Keep so many of each, and let the channel watch a few of these jobs."""
    async with database.writing() as session:
        for into, values in _OTHERS.items():
            numbers = "WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
            others = text(f"INSERT INTO {into} {numbers} SELECT {values} FROM n")
            await session.execute(others.bindparams(first=first, last=last))
        request = {"workspace": WORKSPACE}
        requests = [{**request, "key": f"{i}", "at": NOON - DAY + i * SECOND} for i in range(first, last + 1)]
        await session.execute(insert(HandledRequestRow), requests)
        await session.execute(text("DELETE FROM subscriptions WHERE watched_job_id % 4 = 3"))
        few = f"UPDATE subscriptions SET destination = '{OPS}' WHERE watched_job_id BETWEEN {_FIRST} AND {_FIRST + 20}"
        await session.execute(text(few))
    if not database.is_sqlite:
        async with database.writing() as session:
            await session.execute(text("ANALYZE"))


async def work_of(database: Database, step: Step) -> int:
    """The steps that SQLite executes, or the rows that PostgreSQL visits. Nothing is changed."""
    async with database.writing() as session:
        work = await _counted(session, step)
        await session.rollback()
        return work


async def _counted(session: AsyncSession, step: Step) -> int:
    connection = await session.connection()
    if connection.dialect.name == "sqlite":
        return await _steps_of(session, step)
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    await step(session)
    event.remove(connection.sync_connection, "before_cursor_execute", note)
    looked = [each for each in sent if each[0].startswith("SELECT") and "set_config" not in each[0]]
    return sum([await _visited(session, *each) for each in looked])


async def _steps_of(session: AsyncSession, step: Step) -> int:
    raw = await (await session.connection()).get_raw_connection()
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    await raw.driver_connection.set_progress_handler(count, 1)  # type: ignore[union-attr]
    await step(session)
    await raw.driver_connection.set_progress_handler(None, 0)  # type: ignore[union-attr]
    return steps


async def _visited(session: AsyncSession, statement: str, values: Any) -> int:
    explained = await (await session.connection()).exec_driver_sql(
        f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values
    )
    [plan] = explained.scalar_one()
    nodes, visited = [plan["Plan"]], 0
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        visited += rows * node["Actual Loops"] if re.search("Scan$", node["Node Type"]) else 0
    return int(visited)


async def test_nothing_that_is_asked_often_grows(database: Database) -> None:
    """Neither what a worker asks every few seconds nor what a request asks reads what concerns others or is over, and
    what is removed at night is removed in short steps."""
    steps = EVERY_FEW_SECONDS | REQUESTS | EVERY_NIGHT
    if not database.is_sqlite:  # it joins more than a few rows by reading a small table whole: see the next test
        steps = {name: step for name, step in steps.items() if name not in _PAGES}
    await subscribe(database)
    await subscribe(database, destination=BEN)
    await becomes(database, ERROR)
    await deliver_all(database, at=NOON)
    async with database.writing() as session:
        await session.execute(text(f"UPDATE deliveries SET message_ts = '{POSTED}'"))
        await session.execute(text("UPDATE watched_jobs SET leased_by = 'w'"))
    work: list[dict[str, int]] = []
    for first, last in ((_FIRST, _FIRST + _FEW - 1), (_FIRST + _FEW, _FIRST + _MANY - 1)):
        await fill(database, first, last)
        work.append({name: await work_of(database, step) for name, step in steps.items()})
    few, many = work
    assert {name: (few[name], many[name]) for name in few if many[name] - few[name] >= _MANY - _FEW} == {}


async def test_no_list_asks_about_the_jobs_of_others(postgresql: Database) -> None:
    """Whether a job is watched in two ways is asked about the few jobs that are listed, not about all first."""
    await subscribe(postgresql)
    await fill(postgresql, _FIRST, _FIRST + _MANY - 1)
    for name in _PAGES:
        async with postgresql.writing() as session:
            assert "hashed SubPlan" not in await plan_of(session, partial(REQUESTS[name], session)), name
