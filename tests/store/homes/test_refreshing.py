import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.destination import Destination
from bot.domain.home.tab import HomeTab
from bot.store import handled_requests, mutes, retention
from bot.store.database import Database
from bot.store.homes import refreshing, tabs
from tests.cast import ANN, BEN, ERROR, HOUR, MINUTE, NOON, OPS, ORDERS, SECOND, WORKSPACE
from tests.store.steps import becomes, sql, subscribe

_DAY = 24 * HOUR


async def opened(database: Database, person: str = BEN, at: datetime = NOON) -> HomeTab:
    """Somebody opens their tab, and Slack shows it at once."""
    async with database.writing() as session:
        tab = await tabs.open_tab(session, Destination(WORKSPACE, person), f"D{person[1:]}", at)
        await tabs.note_published(session, tab, over=tab.view_hash, due_at=None, now=at)
    return tab


async def claimed(database: Database, at: datetime, *, happened: bool = True, limit: int = 9) -> Sequence[str]:
    async with database.writing() as session:
        found = await refreshing.claim(session, at, happened=happened, limit=limit)
    async with database.reading() as session:
        assert not await refreshing.is_any_due(session, at, happened=happened) or len(found) == limit
    return [tab.person.id for tab in found]


async def test_when_a_tab_is_compared(database: Database) -> None:
    """A few seconds after the last time if anything happened; less often if it was opened long ago, or if nothing did;
    at once when something shown ends; and never a day after it was opened."""
    for opened_ago, compared_ago, happened, is_due in (
        (MINUTE, 2 * SECOND, True, False),
        (MINUTE, 4 * SECOND, True, True),
        (MINUTE, 4 * MINUTE, False, False),
        (MINUTE, 6 * MINUTE, False, True),
        (2 * HOUR, 30 * SECOND, True, False),
        (2 * HOUR, 2 * MINUTE, True, True),
        (_DAY - MINUTE, HOUR, True, True),
        (_DAY + MINUTE, HOUR, True, False),
    ):
        tab = await opened(database, at=NOON - opened_ago)
        async with database.writing() as session:
            await tabs.note_unchanged(session, tab, due_at=None, now=NOON - compared_ago)
        found = await claimed(database, NOON, happened=happened)
        assert bool(found) == is_due, (opened_ago, compared_ago, happened)
        await sql(database, "DELETE FROM app_homes")
    tab = await opened(database)
    async with database.writing() as session:
        await tabs.note_unchanged(session, tab, due_at=NOON + MINUTE, now=NOON)
    assert await claimed(database, NOON + MINUTE - SECOND, happened=False) == []
    assert await claimed(database, NOON + MINUTE, happened=False) == [BEN]


async def test_a_tab_that_two_published_is_published_again(database: Database) -> None:
    """If two publish a tab at the same time, nobody knows which of the views Slack shows, whoever notes it last: what
    is noted is neither, and the tab is compared again soon."""
    first = await opened(database)
    for shown, hash in (("one", "h1"), ("another", "h2")):
        async with database.writing() as session:
            published = replace(first, shown=shown, view_hash=hash)
            await tabs.note_published(session, published, over=first.view_hash, due_at=NOON + HOUR, now=NOON)
    async with database.reading() as session:
        tab = await tabs.find(session, first.person)
    assert tab is not None
    assert (tab.shown, tab.view_hash) == (None, None)
    assert await claimed(database, NOON + 4 * SECOND, happened=False) == [BEN]


async def test_a_tab_that_is_odd_is_compared_too(database: Database) -> None:
    """One whose channels can't be read, so that Slack is asked, and one that was compared before the clock was set
    back: neither keeps others from being compared."""
    await opened(database, at=NOON)
    await opened(database, ANN, at=NOON + 9 * HOUR)
    for text in ("[", "5", "{}"):
        await sql(database, "UPDATE app_homes SET channels = :text WHERE person = :who", text=text, who=BEN)
        async with database.reading() as session:
            found = await tabs.find(session, Destination(WORKSPACE, BEN))
        assert found is not None
        assert found.channels is None
    assert set(await claimed(database, NOON + MINUTE)) == {ANN, BEN}


async def test_a_tab_is_compared_by_one_worker(postgresql: Database) -> None:
    """Two workers that look at the same time share the tabs, and a claimed one is left alone until it was published or
    its claimer must be dead."""
    for number in range(6):
        await opened(postgresql, f"U{number}")
    later = NOON + MINUTE
    found = await asyncio.gather(*(claimed(postgresql, later, limit=4) for _ in range(2)))
    assert sorted(one for each in found for one in each) == [f"U{number}" for number in range(6)]
    assert await claimed(postgresql, later + 5 * SECOND) == []
    assert len(await claimed(postgresql, later + 20 * SECOND)) == 6


async def test_the_version_says_whether_anything_happened(database: Database) -> None:
    """It differs once a job changes, somebody watches one, or a person did anything; polls alone don't change it."""

    async def version() -> tuple[object, ...]:
        async with database.reading() as session:
            return await refreshing.version(session)

    versions = [await version()]
    await subscribe(database)
    versions.append(await version())
    await becomes(database, ERROR)
    versions.append(await version())
    async with database.writing() as session:  # as a handler does whose confirmation was shown
        await handled_requests.is_first(session, WORKSPACE, "1.2", NOON)
        await mutes.mute(session, Destination(WORKSPACE, OPS), ORDERS, until=NOON + HOUR, by=ANN, now=NOON)
    versions.append(await version())
    assert len(set(versions)) == len(versions)
    await sql(database, "UPDATE watched_jobs SET seen_at = seen_at, leased_by = 'w'")
    assert await version() == versions[-1]


async def test_a_later_visit_begins_anew(database: Database) -> None:
    """The page and the search are kept for a visit; who comes back later sees the first page of everything."""
    person = Destination(WORKSPACE, BEN)
    await opened(database)
    async with database.writing() as session:
        tab = await tabs.use(session, person, NOON + MINUTE, page=3, words="orders")
        assert tab is not None
        assert (tab.page, tab.words) == (3, "orders")
        assert await tabs.use(session, Destination(WORKSPACE, ANN), NOON, page=1) is None
    for after, page, words in ((10 * MINUTE, 3, "orders"), (timedelta(hours=3), 1, "")):
        tab = await opened(database, at=NOON + after)
        assert (tab.page, tab.words) == (page, words)


async def test_tabs_that_nobody_opens_are_removed(database: Database) -> None:
    """A tab is kept for thirty days since it was last opened."""
    await opened(database)
    for days, removed in ((29, 0), (31, 1)):
        found = await retention.purge(database, NOON + days * _DAY, keep_history=_DAY)
        assert found["app_homes"] == removed
