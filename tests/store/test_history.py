from bot.domain.destination import Destination
from bot.domain.job import JobRef, Status
from bot.store import history, outbox, subscriptions
from bot.store.database import Database
from bot.store.history import History
from tests.cast import (
    CLICKS,
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
    database: Database, ref: JobRef = ORDERS, workspace: str = WORKSPACE, limit: int = 9
) -> History | None:
    async with database.reading() as session:
        return await history.of_job(session, workspace, ref, limit=limit)


async def test_the_latest_changes_come_first(database: Database) -> None:
    """A history shows the newest changes that were asked for, and how many there are in all."""
    await subscribe(database)
    await subscribe(database, job(UP, CLICKS, "clicks"))
    await becomes(database, ERROR, ref=CLICKS)
    await becomes(database, WARNING, ERROR, STOPPED)
    found = await history_of(database, limit=2)
    assert found is not None
    assert [(seen.old, seen.new) for seen in found.changes] == [(ERROR, STOPPED), (WARNING, ERROR)]
    assert [seen.lasted for seen in found.changes] == [SECOND, SECOND]
    assert (found.job, found.total, found.watched) == (await the_job(database), 3, True)


async def test_a_change_is_remembered_to_the_letter(database: Database) -> None:
    """What is read is what was recorded, in the words of the service; of two at one moment the later one is first."""
    await subscribe(database)
    known = await the_job(database)
    first, second = change(), change(ERROR, Status.of("in_Limbo"))
    async with database.writing() as session:
        for one in (first, second):
            await outbox.record_change(session, known, one)
    found = await history_of(database)
    assert found is not None
    assert list(found.changes) == [second, first]
    assert found.changes[0].new.raw == "in_Limbo"


async def test_a_job_that_nobody_watches_any_more_is_remembered(database: Database) -> None:
    """What was seen outlives the subscription, and says that it is over."""
    await subscribe(database)
    await becomes(database, ERROR)
    async with database.writing() as session:
        await subscriptions.unsubscribe(session, Destination(WORKSPACE, OPS), ORDERS)
    found = await history_of(database)
    assert found is not None
    assert (found.job.status, found.total, found.watched) == (ERROR, 1, False)


async def test_what_nobody_ever_watched_has_no_history(database: Database) -> None:
    """Another workspace's history is not seen, and what is new has none yet."""
    await subscribe(database, at=NOON + HOUR)
    assert await history_of(database, CLICKS) is None
    assert await history_of(database, workspace=OTHER_WORKSPACE) is None
    found = await history_of(database)
    assert found is not None
    assert (found.changes, found.total, found.watched) == ([], 0, True)
