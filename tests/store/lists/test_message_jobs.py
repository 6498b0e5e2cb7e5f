"""The jobs that a delivered message is about."""

from datetime import datetime

from bot.domain.destination import Destination
from bot.store import deliveries, pauses
from bot.store.database import Database
from bot.store.lists import message_jobs
from tests.cast import DEV, ERROR, HOUR, NOON, OPS, WORKSPACE
from tests.store.steps import becomes, claim, sql, statements, subscribe

HERE, NEW = Destination(WORKSPACE, OPS), Destination(WORKSPACE, DEV)
POSTED = f"{(NOON + HOUR).timestamp():.6f}"


async def listed(database: Database, destination: Destination, words: str = "") -> int:
    async with database.reading() as session:
        return (await message_jobs.page(session, destination, POSTED, words, number=1, size=9)).total


async def settle(database: Database, at: datetime) -> None:
    (queue,) = await claim(database)
    async with database.writing() as session:
        await deliveries.settle_delivered(session, queue, [one.id for one in queue.pending], POSTED, at)


async def test_a_message_is_found_among_those_of_its_minutes(database: Database) -> None:
    """What was delivered before and after isn't read, unless nothing was near: a message may be settled much later than
    Slack dates it."""
    await subscribe(database)
    await becomes(database, ERROR)
    for settled_at, asked in ((NOON + HOUR, 1), (NOON + 9 * HOUR, 2)):
        await sql(database, "UPDATE deliveries SET settled_at = NULL, message_ts = NULL")
        await settle(database, settled_at)
        with statements("SELECT watched_jobs.id \n") as looked:
            assert (await listed(database, HERE), await listed(database, HERE, "no such job")) == (1, 0)
        assert len(looked) == 2 * asked


async def test_a_channel_takes_what_its_messages_tell_along(database: Database) -> None:
    """When a channel's ID changes, the jobs of a message that was posted before are still listed there, and nowhere
    else."""
    await subscribe(database)
    await becomes(database, ERROR)
    await settle(database, NOON + HOUR)
    assert (await listed(database, HERE), await listed(database, NEW)) == (1, 0)
    async with database.writing() as session:
        await pauses.move(session, HERE, NEW)
    assert (await listed(database, HERE), await listed(database, NEW)) == (0, 1)
