from sqlalchemy import select

from bot.domain.destination import Destination
from bot.domain.history.recorded import History, Recorded
from bot.domain.job import JobRef, Status
from bot.domain.tracked_job import Gap, Lasted
from bot.store import outbox, subscriptions
from bot.store.database import Database
from bot.store.lists import history
from bot.store.sql.tables import GapRow, TrackedJobRow
from tests.cast import (
    BEN,
    CLICKS,
    DEV,
    ENDED,
    ERROR,
    HOUR,
    NOON,
    OPS,
    ORDERS,
    OTHER_WORKSPACE,
    SECOND,
    UP,
    WARNING,
    WORKSPACE,
    change,
    job,
)
from tests.store.steps import becomes, subscribe, the_job

STOPPED = Status.of("Stopped")


async def history_of(
    database: Database, ref: JobRef = ORDERS, workspace: str = WORKSPACE, limit: int = 9, *places: str
) -> History | None:
    asking = {Destination(workspace, place) for place in places or (OPS,)}
    async with database.reading() as session:
        return await history.of_job(session, asking, ref, limit=limit)


async def test_the_latest_changes_come_first(database: Database) -> None:
    """A history has the latest changes, newest first, as many as requested, and the total number."""
    await subscribe(database)
    await subscribe(database, job(UP, CLICKS, "clicks"))
    await becomes(database, ERROR, ref=CLICKS)
    await becomes(database, WARNING, ERROR, STOPPED)
    found = await history_of(database, limit=2)
    assert found is not None
    assert [(one.old, one.new) for one in found.changes] == [(ERROR, STOPPED), (WARNING, ERROR)]
    assert [one.lasted for one in found.changes] == [Lasted(SECOND, is_exact=True)] * 2
    assert (found.job, found.total, found.watched) == (await the_job(database), 3, True)


async def test_a_change_is_read_as_it_was_recorded(database: Database) -> None:
    """A recorded change keeps the service's own words. Of two at the same moment, the one recorded later comes
    first."""
    await subscribe(database)
    tracked = await the_job(database)
    first, second = change(), change(ERROR, Status.of("in_Limbo"))
    async with database.writing() as session:
        for one in (first, second):
            await outbox.record_change(session, tracked, one)
    found = await history_of(database)
    assert found is not None
    assert list(found.changes) == [second, first]
    assert found.changes[0].new.raw == "in_Limbo"


async def test_a_history_is_told_to_those_who_watch(database: Database) -> None:
    """Who doesn't watch a job can't learn from its history that somebody does, not even that there was a change before
    they watched it. Who watches it gets the same as the others from then on."""
    await subscribe(database)
    await becomes(database, ERROR)
    assert await history_of(database, ORDERS, WORKSPACE, 9, DEV, BEN) is None
    await subscribe(database, job(ERROR), DEV, at=NOON + HOUR)
    ours = await history_of(database, ORDERS, WORKSPACE, 9, DEV, BEN)
    assert ours is not None
    assert (ours.changes, ours.total) == ([], 0)
    await becomes(database, UP)
    for places in ((OPS,), (DEV,), (BEN, DEV)):
        found = await history_of(database, ORDERS, WORKSPACE, 9, *places)
        assert found is not None
        assert (found.changes[0].new, found.watched) == (UP, True)


async def test_what_was_delivered_is_remembered(database: Database) -> None:
    """When a watch ends by itself, those who were notified see what they were told, but not what came after."""
    await subscribe(database)
    await becomes(database, ERROR, ENDED)
    found = await history_of(database)
    assert found is not None
    assert (found.job.status, [one.new for one in found.changes], found.watched) == (ENDED, [ENDED, ERROR], False)
    await subscribe(database, job(ENDED), DEV)
    await becomes(database, STOPPED)
    assert await history_of(database) == found


async def test_a_history_ends_with_the_watch(database: Database) -> None:
    """Who stops watching is told nothing any more, whoever still watches."""
    await subscribe(database)
    await becomes(database, ERROR)
    async with database.writing() as session:
        await subscriptions.unsubscribe(session, Destination(WORKSPACE, OPS), ORDERS)
    assert await history_of(database) is None


async def test_a_job_that_was_never_watched_has_no_history(database: Database) -> None:
    """A job has no history in another workspace, and a new job has no changes yet."""
    await subscribe(database, at=NOON + HOUR)
    assert await history_of(database, CLICKS) is None
    assert await history_of(database, workspace=OTHER_WORKSPACE) is None
    found = await history_of(database)
    assert found is not None
    assert (found.changes, found.total, found.watched) == ([], 0, True)


async def test_a_history_can_begin_at_a_time(database: Database) -> None:
    """A history since a time has only the changes and gaps in it, with the latest change of all and the latest gap
    before beside them; that of several jobs has the same of each. The job's timeline tells the status in between, from
    the watch on."""
    await subscribe(database)
    await subscribe(database, job(UP, CLICKS, "clicks"))
    await becomes(database, WARNING, ERROR, UP)
    asking = {Destination(WORKSPACE, OPS)}
    async with database.writing() as session:
        row = (await session.scalars(select(TrackedJobRow).where(TrackedJobRow.dataflow == ORDERS.dataflow))).one()
        row.polled_at = NOON + 3 * HOUR
        for since in (NOON - HOUR, NOON + HOUR, NOON + 2 * HOUR):
            gap = GapRow(workspace=WORKSPACE, watched_job_id=row.id, since=since, until=since + HOUR / 2)
            session.add(gap)
    since, end = NOON + 2 * SECOND, NOON + 3 * HOUR
    expected = [Gap(at, at + HOUR / 2) for at in (NOON + 2 * HOUR, NOON + HOUR, NOON - HOUR)]
    async with database.reading() as session:
        one = await history.of_job(session, asking, ORDERS, limit=9, since=since)
        late = await history.of_job(session, asking, ORDERS, limit=9, since=NOON + HOUR)
        jobs = [await the_job(database), await the_job(database, CLICKS)]
        both = await history.of_jobs(session, jobs, since, limit=9)
        few = await history.of_jobs(session, jobs, NOON, limit=1)
    assert one is not None
    assert late is not None
    assert ([each.new for each in one.changes], one.total, one.recorded.gaps) == ([UP, ERROR], 2, expected)
    assert (late.changes, late.total, late.recorded.last) == ([], 0, one.changes[0])
    assert both == {jobs[0].id: one.recorded, jobs[1].id: Recorded([], gaps=[])}
    assert ([each.new for each in few[jobs[0].id].changes], few[jobs[0].id].total) == ([UP], 3)
    assert few[jobs[0].id].gaps == expected, "however few changes are read"
    line = one.timeline(since, end)
    assert line is not None
    assert [(span.status, span.length) for span in line.spans][:2] == [(ERROR, SECOND), (UP, HOUR - 3 * SECOND)]
    assert line.figures.blind == HOUR
    cut = few[jobs[0].id].timeline(jobs[0], NOON, end)
    assert cut.since == NOON + 3 * SECOND  # when the oldest change that was read happened
