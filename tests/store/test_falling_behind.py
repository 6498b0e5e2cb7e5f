"""What may leave a subscription behind asks for reconciliation: nothing else makes reconciliation look at it."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.job import Dataflow
from bot.domain.status_filter import StatusFilter
from bot.store import deliveries, mutes, pauses
from bot.store.database import Database
from bot.store.patterns import watches
from tests.cast import ANN, ERROR, HOUR, NOON, OPS, ORDERS, WORKSPACE
from tests.store.pattern_steps import add, found, watch, watch_one
from tests.store.steps import becomes, sql, the_subscription

HERE = Destination(WORKSPACE, OPS)
NAME = Dataflow(ORDERS.dataflow)


async def asks(database: Database, step: Callable[[AsyncSession], Awaitable[object]]) -> bool:
    """Whether the subscription asks for reconciliation because of a step."""
    await sql(database, "UPDATE subscriptions SET considered = 'before'")
    async with database.writing() as session:
        await step(session)
    return (await the_subscription(database)).considered is None


async def test_what_ends_a_silence_asks_for_reconciliation(database: Database) -> None:
    """A subscription is looked at after a mute, a pause, another filter and an alert that is given up."""

    def mute(session: AsyncSession) -> Awaitable[object]:
        return mutes.mute(session, HERE, NAME, until=NOON, by=ANN, now=NOON)

    def pause(session: AsyncSession) -> Awaitable[object]:
        return pauses.pause(session, HERE, "is_archived", NOON)

    await watch_one(database, ORDERS)
    assert not await asks(database, mute)
    assert await asks(database, lambda session: mutes.unmute(session, HERE, NAME, NOON)), "an unmute"
    await asks(database, mute)
    assert await asks(database, lambda session: mutes.end_mutes(session, NOON)), "the end of a mute"
    assert not await asks(database, pause)
    assert await asks(database, lambda session: pauses.resume(session, HERE, NOON)), "a resumption"
    await asks(database, pause)
    for status_filter in (None, "problems"):
        await sql(database, "UPDATE subscriptions SET considered = 'before'")
        await watch_one(database, ORDERS, status_filter=status_filter)
        assert (await the_subscription(database)).considered is None, status_filter
    await becomes(database, ERROR)
    assert await asks(database, lambda session: deliveries.abandon(session, HERE, "timeout", NOON)), (
        "an abandoned queue"
    )


async def test_what_changes_a_patterns_filter_asks_for_reconciliation(database: Database) -> None:
    """A pattern's subscription is looked at when it gets another filter, whichever way."""
    errors = StatusFilter.read("errors")
    _, pattern = await watch(database, "o*", ORDERS)
    await add(database, pattern, found(ORDERS))
    assert await asks(
        database,
        lambda session: watches.watch(session, HERE, "o*", ANN, jobs=[], status_filter=errors, now=NOON),
    ), "another filter"
    _, every = await watch(database, "*", ORDERS)
    assert await asks(database, lambda session: watches.unwatch(session, HERE, "o*")), "another pattern takes it over"
    await watch_one(database, ORDERS, status_filter="errors", at=NOON + HOUR)
    assert await asks(database, lambda session: watches.keep(session, HERE, NAME)), "it returns to the pattern"
    assert (await the_subscription(database)).pattern_id == every.id
