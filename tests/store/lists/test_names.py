from datetime import datetime

from sqlalchemy import update

from bot.domain.destination import Destination
from bot.store import subscriptions
from bot.store.database import Database
from bot.store.lists import names
from bot.store.sql.tables import TrackedJobRow
from tests.cast import ANN, CLICKS, DEV, ERROR, HOUR, MINUTE, NOON, OPS, ORDERS, OTHER_WORKSPACE, SECOND, WORKSPACE, job
from tests.store.steps import becomes, subscribe

HERE, MINE = Destination(WORKSPACE, OPS), Destination(WORKSPACE, ANN)


async def version(database: Database) -> tuple[int, ...]:
    async with database.reading() as session:
        return await names.version(session, {HERE, MINE})


async def unsubscribe(database: Database, destination: Destination) -> None:
    async with database.writing() as session:
        await subscriptions.unsubscribe(session, destination, ORDERS)


async def test_what_is_watched_has_a_version(database: Database) -> None:
    """It differs for each set of watched jobs, also where a database gives an ID again; what others watch, or what
    becomes of a job, makes no difference."""
    seen = [await version(database)]
    await subscribe(database)
    seen.append(await version(database))
    await becomes(database, ERROR)
    await subscribe(database, destination=DEV)
    await subscribe(database, workspace=OTHER_WORKSPACE)
    assert await version(database) == seen[-1]
    await subscribe(database, job(ERROR), destination=ANN, at=NOON)
    seen.append(await version(database))
    await unsubscribe(database, MINE)
    await subscribe(database, job(ref=CLICKS), destination=ANN)
    seen.append(await version(database))
    await unsubscribe(database, HERE)
    seen.append(await version(database))
    assert len(set(seen)) == len(seen), seen


async def test_a_status_that_may_be_old_says_when_it_was_seen(database: Database) -> None:
    """What was last seen is the present status only of a job that can be polled and was written lately."""
    await subscribe(database)
    cases: tuple[tuple[str | None, datetime, datetime | None], ...] = (
        (None, NOON - MINUTE, None),
        (None, NOON - HOUR, NOON - HOUR),
        ("it hangs", NOON - SECOND, NOON - SECOND),
    )
    for failure, polled_at, as_of in cases:
        async with database.writing() as session:
            await session.execute(update(TrackedJobRow).values(failure=failure, polled_at=polled_at))
        async with database.reading() as session:
            (found,) = await names.watched_by(session, [Destination(WORKSPACE, OPS)], NOON)
        assert found.as_of == as_of, failure
