"""The jobs that a delivered message is about."""

from bot.domain.destination import Destination
from bot.store import deliveries, pauses
from bot.store.database import Database
from bot.store.lists import message_jobs
from tests.cast import DEV, ERROR, HOUR, NOON, OPS, WORKSPACE
from tests.store.steps import becomes, claim, subscribe

HERE, NEW = Destination(WORKSPACE, OPS), Destination(WORKSPACE, DEV)
POSTED = f"{(NOON + HOUR).timestamp():.6f}"


async def listed(database: Database, destination: Destination) -> int:
    async with database.reading() as session:
        return (await message_jobs.page(session, destination, POSTED, "", number=1, size=9)).total


async def test_a_channel_takes_what_its_messages_tell_along(database: Database) -> None:
    """When a channel's ID changes, the jobs of a message that was posted before are still listed there, and nowhere
    else."""
    await subscribe(database)
    await becomes(database, ERROR)
    (queue,) = await claim(database)
    async with database.writing() as session:
        await deliveries.settle_delivered(session, queue, [one.id for one in queue.pending], POSTED, NOON + HOUR)
    assert (await listed(database, HERE), await listed(database, NEW)) == (1, 0)
    async with database.writing() as session:
        await pauses.move(session, HERE, NEW)
    assert (await listed(database, HERE), await listed(database, NEW)) == (0, 1)
