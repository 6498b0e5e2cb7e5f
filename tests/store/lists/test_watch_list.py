from bot.domain.destination import Destination
from bot.domain.subscription import WatchedPage
from bot.store import pauses
from bot.store.database import Database
from bot.store.lists import watch_list
from bot.store.patterns import members
from tests.cast import CLICKS, DEV, ERROR, NOON, OPS, ORDERS, UP, WORKSPACE, job
from tests.store import pattern_steps
from tests.store.steps import run, sql, subscribe


async def page(database: Database, place: str = OPS, number: int = 1, size: int = 9) -> WatchedPage:
    async with database.reading() as session:
        return await watch_list.page(session, Destination(WORKSPACE, place), number=number, size=size)


async def test_the_jobs_of_a_new_pattern_count_at_once(database: Database) -> None:
    """Those that weren't looked up yet are pending, each once however many patterns have it, in their place only; one
    that is looked up counts as watched."""
    _, pattern = await pattern_steps.watch(database, "o*", ORDERS, CLICKS)
    await pattern_steps.watch(database, None, ORDERS, CLICKS)
    await pattern_steps.watch(database, None, ORDERS, destination=DEV)
    here = await page(database)
    assert (here.total, here.pending, here.pages) == (0, 2, 0)
    async with database.writing() as session:
        await members.add(session, pattern.id, [pattern_steps.found(ORDERS)], NOON)
    here, there = await page(database), await page(database, DEV)
    assert (here.total, here.pending) == (1, 1)
    assert (there.total, there.pending) == (0, 1)


async def test_reasons_are_counted_over_all_pages(database: Database) -> None:
    """Why jobs can't be checked and why alerts are paused, with the number of jobs, the most frequent reason first."""
    for number in range(1, 5):
        await subscribe(database, job(ERROR if number == 4 else UP, run(number)))
    for number, reason in ((1, "busy"), (2, "gone"), (3, "gone")):
        await sql(database, "UPDATE watched_jobs SET failure = :reason WHERE run = :run", reason=reason, run=number)
    here = await page(database, size=1)
    assert (here.pages, list(here.failures.items()), here.paused) == (4, [("gone", 2), ("busy", 1)], 0)
    assert [one.job.ref for one in here.subscriptions] == [run(4)]
    async with database.writing() as session:
        await pauses.pause(session, Destination(WORKSPACE, OPS), "is_archived", NOON)
    here = await page(database, size=1)
    assert (here.pauses, here.paused) == ({"is_archived": 4}, 4)
