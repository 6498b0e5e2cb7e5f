from datetime import datetime

from sqlalchemy import update

from bot.domain.destination import Destination
from bot.store.database import Database
from bot.store.lists import names
from bot.store.sql.tables import TrackedJobRow
from tests.cast import HOUR, MINUTE, NOON, OPS, SECOND, WORKSPACE
from tests.store.steps import subscribe


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
