from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import update

from bot.domain.destination import Destination
from bot.domain.home.page import HomePage, PausedPlace, QuietPlace
from bot.domain.job import StatusClass
from bot.store import mutes, pauses
from bot.store.database import Database
from bot.store.lists import home
from bot.store.sql.tables import ChannelSettingsRow, SilenceRow
from bot.store.sql.upsert import insert_if_absent
from tests.cast import ANN, BEN, CLICKS, DEV, ERROR, HOUR, NOON, OPS, ORDERS, STOPPED, UP, WARNING, WORKSPACE, job
from tests.store import pattern_steps
from tests.store.steps import plan_of, run, sql, subscribe

_BEN = Destination(WORKSPACE, BEN)


async def read(
    database: Database, channels: Collection[str] = (OPS,), words: str = "", *, number: int = 1, size: int = 9
) -> HomePage:
    async with database.reading() as session:
        return await home.read(session, _BEN, channels, words, number=number, size=size, now=NOON)


def names(page: HomePage) -> list[tuple[str, str]]:
    return [(one.destination.id, one.job.title) for one in page.subscriptions]


async def test_a_person_sees_their_own_watches_and_those_of_their_channels(database: Database) -> None:
    """Worst first, whoever watches; what another channel or another person watches is neither shown nor counted."""
    for status, number, place in ((UP, 1, BEN), (ERROR, 2, OPS), (WARNING, 3, OPS), (STOPPED, 4, DEV), (ERROR, 5, ANN)):
        await subscribe(database, job(status, run(number), f"job {number}"), place)
    await subscribe(database, job(ERROR, run(2), "job 2"), BEN, workspace="T2")
    page = await read(database)
    assert names(page) == [(OPS, "job 2"), (OPS, "job 3"), (BEN, "job 1")]
    assert (page.own, page.channels) == (1, 2)
    counts = {StatusClass.ERROR: 1, StatusClass.WARNING: 1, StatusClass.HEALTHY: 1}
    assert page.statuses == counts
    assert names(await read(database, [])) == [(BEN, "job 1")]
    assert (await read(database, [], "job 2")).found == 0
    nothing = await read(database, ["C404"], "x")
    assert (nothing.own, nothing.channels, nothing.found, nothing.subscriptions) == (1, 0, 0, [])


async def test_names_are_searched_and_pages_are_cut(database: Database) -> None:
    """All words must be in the name, in any case and order; wildcards are letters. A page beyond the last is the
    last."""
    for number, title in enumerate(("Sales EU 100%", "sales us", "billing EU"), 1):
        await subscribe(database, job(UP, run(number), title))
    await subscribe(database, job(UP, run(4), "Zürich–Sales\u200b\u00a0ÖL"))
    for words, found in (("eu SALES", 1), ("sales", 3), ("%", 1), ("_", 0), ("", 4), ("zu\u0308rich-sales öl", 1)):
        assert (await read(database, words=words)).found == found, words
    last = await read(database, number=9, size=3)
    assert (last.number, last.pages, len(last.subscriptions)) == (2, 2, 1)


async def test_a_job_counts_once_however_many_places_watch_it(database: Database) -> None:
    """What several channels and the person watch is one job that fails, or one that can't be checked; each watch has
    its row."""
    for place in (OPS, DEV, BEN):
        await subscribe(database, job(ERROR, ORDERS), place)
    await subscribe(database, job(UP, CLICKS), OPS)
    await sql(database, "UPDATE watched_jobs SET failure = 'busy'")
    page = await read(database, (OPS, DEV))
    assert (page.own, page.channels, page.found) == (1, 2, 4)
    assert page.statuses == {StatusClass.ERROR: 1, StatusClass.HEALTHY: 1}
    assert page.failures == {"busy": 2}


async def test_what_is_off_is_named(database: Database) -> None:
    """The mutes that end first, the pauses of each place, why jobs can't be checked, maintenance and quiet hours
    that are open; and when the first of them ends, or quiet hours begin."""
    for number in range(1, 9):
        await subscribe(database, job(UP, run(number), f"job {number}"))
    await subscribe(database, job(UP, CLICKS, "clicks"), DEV)
    async with database.writing() as session:
        for number in range(1, 8):
            until = NOON + number * HOUR
            await mutes.mute(session, Destination(WORKSPACE, OPS), run(number), until=until, by=ANN, now=NOON)
        await pauses.pause(session, Destination(WORKSPACE, DEV), "is_archived", NOON)
        for ends, ended in ((2 * HOUR, None), (-HOUR, None), (HOUR, NOON)):
            where = {"workspace": WORKSPACE, "destination": OPS, "pattern": "*", "created_by": ANN}
            session.add(SilenceRow(**where, begins_at=NOON - 3 * HOUR, ends_at=NOON + ends, ended_at=ended))
        session.add(ChannelSettingsRow(workspace=WORKSPACE, destination=DEV, quiet_since=NOON - HOUR))
        session.add(ChannelSettingsRow(workspace=WORKSPACE, destination="C404", quiet_since=NOON - HOUR))
    await sql(database, "UPDATE watched_jobs SET failure = 'busy' WHERE run = 8")
    page = await read(database, (OPS, DEV))
    assert page.muted == 7
    assert [one.job.title for one in page.mutes] == [f"job {number}" for number in range(1, 6)]
    assert page.pauses == [PausedPlace(Destination(WORKSPACE, DEV), "is_archived", 1)]
    assert page.failures == {"busy": 1}
    assert [(one.destination.id, one.glob, one.ends_at) for one in page.silences] == [(OPS, None, NOON + 2 * HOUR)]
    assert page.quiet == [QuietPlace(Destination(WORKSPACE, DEV))]
    assert page.next_turn == NOON + timedelta(hours=1)
    async with database.writing() as session:
        for place, due in ((OPS, HOUR / 2), (DEV, 2 * HOUR), ("C404", HOUR / 4)):
            await insert_if_absent(session, ChannelSettingsRow, workspace=WORKSPACE, destination=place)
            mine = update(ChannelSettingsRow).where(ChannelSettingsRow.destination == place)
            await session.execute(mine.values(quiet_due_at=NOON + due))
    page = await read(database, (OPS, DEV))
    assert page.quiet == [QuietPlace(Destination(WORKSPACE, DEV), NOON + 2 * HOUR)]
    assert page.next_turn == NOON + HOUR / 2


async def test_what_ends_while_a_page_is_read_is_due_at_once(database: Database) -> None:
    """A mute that ends after it was counted, and before the rest is read, or after the rows were read: whatever shows
    it says when it ended, so that the tab is compared again."""
    await subscribe(database, job(UP, ORDERS))
    for read_late in ("_read", "_mutes"):
        async with database.writing() as session:
            await mutes.mute(session, Destination(WORKSPACE, OPS), ORDERS, until=NOON, by=ANN, now=NOON - HOUR)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(home, read_late, partial(_after_the_end, database, getattr(home, read_late)))
            page = await read(database)
        assert page.muted == 1, read_late
        assert page.next_turn == NOON, read_late


async def _after_the_end(database: Database, read_part: Callable[..., Awaitable[object]], *arguments: object) -> object:
    async with database.writing() as session:
        await mutes.unmute(session, Destination(WORKSPACE, OPS), ORDERS, NOON)
    return await read_part(*arguments)


async def test_nothing_is_watched_yet(database: Database) -> None:
    """A pattern that matches nothing yet is a watch, too."""
    assert (await read(database)).is_first_time
    await pattern_steps.watch(database, None)
    assert not (await read(database)).is_first_time


async def test_reading_finds_its_rows_by_indexes(database: Database) -> None:
    """What others watch costs nothing, however many channels the person is in."""
    await subscribe(database, job(UP, ORDERS))
    async with database.reading() as session:
        channels = [OPS, *(f"C{number}" for number in range(2_000))]
        plan = await plan_of(session, lambda: home.read(session, _BEN, channels, "", number=1, size=9, now=NOON))
    assert "SCAN subscriptions" not in plan
    assert "SCAN watched_jobs" not in plan
    assert "Seq Scan" not in plan
