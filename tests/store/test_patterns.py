"""Patterns: begun, changed, ended; paused and moved with their destination."""

from bot.domain.destination import Destination
from bot.domain.job import Dataflow
from bot.domain.pattern import Pattern
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Subscription
from bot.store import pauses, reconcile, subscriptions
from bot.store.database import Database
from bot.store.patterns import members, watches
from bot.store.sql.tables import DeliveryRow, PatternMemberRow, PatternRow, SubscriptionRow
from bot.store.subscriptions import Outcome
from tests.cast import ANN, BEN, CLICKS, DEV, ERROR, HOUR, NOON, OPS, ORDERS, OTHER_WORKSPACE, UP, WORKSPACE, job
from tests.store.steps import becomes, changes_waiting, count, waits
from tests.store.taking_in import here, look, take_in, watch, watch_one

LATER = NOON + HOUR


async def unwatch(
    database: Database, glob: str | None = "orders*", destination: str = OPS, workspace: str = WORKSPACE
) -> Pattern | None:
    async with database.writing() as session:
        return await watches.unwatch(session, Destination(workspace, destination), glob)


async def listed(database: Database, destination: str = OPS) -> list[Subscription]:
    async with database.reading() as session:
        return list(await subscriptions.of_destination(session, Destination(WORKSPACE, destination)))


async def test_said_twice_it_is_done_once(database: Database) -> None:
    """The same pattern is one, however it is written, and the second person hears that it is there."""
    outcome, pattern = await watch(database, "orders*", ORDERS)
    assert (outcome, pattern.glob, pattern.jobs) == (Outcome.NEW, "orders*", 1)
    outcome, again = await watch(database, "ORDERS*", ORDERS, CLICKS, by=BEN)
    assert (outcome, again) == (Outcome.ALREADY, pattern)
    assert (await watch(database, None))[0] is Outcome.NEW
    assert (await watch(database, "*"))[0] is Outcome.ALREADY
    assert await count(database, PatternRow) == 2


async def test_said_with_another_when_it_changes_for_all_its_jobs(database: Database) -> None:
    """From then on each job, and each that is still to come, tells of what was said last; what they are by then is the
    baseline of that. Somebody's own subscription wants what it wanted."""
    await watch_one(database, CLICKS, status_filter="errors")
    _, pattern = await watch(database, "*", ORDERS, CLICKS)
    await take_in(database, pattern, look(ORDERS), look(CLICKS))
    await pauses_nothing_but_changes(database)
    outcome, changed = await watch(database, "*", status_filter="problems")
    assert (outcome, changed.status_filter) == (Outcome.CHANGED, StatusFilter("problems"))
    status_filter = {one.job.ref.dataflow: one.status_filter.text for one in await listed(database)}
    assert status_filter == {ORDERS.dataflow: "problems", CLICKS.dataflow: "errors"}
    assert (await watch(database, "*", status_filter="problems"))[0] is Outcome.ALREADY
    async with database.writing() as session:
        assert await reconcile.reconcile(session, LATER) == 0


async def pauses_nothing_but_changes(database: Database) -> None:
    """A change that nobody wanted lies between what was told and what is."""
    await watch(database, "*", status_filter="Stopped")
    await becomes(database, ERROR)
    assert await changes_waiting(database) == []


async def test_its_end_is_the_end_of_its_subscriptions(database: Database) -> None:
    """What a pattern brought goes with it, with what waited; somebody's own stays, and so does every other place."""
    await watch_one(database, CLICKS, by=BEN)
    _, pattern = await watch(database, "orders*", ORDERS, CLICKS)
    await take_in(database, pattern, look(ORDERS), look(CLICKS))
    _, other = await watch(database, "orders*", ORDERS, destination=DEV)
    await take_in(database, other, look(ORDERS))
    await becomes(database, ERROR)

    assert await unwatch(database, "payments*") is None
    assert await unwatch(database, workspace=OTHER_WORKSPACE) is None
    ended = await unwatch(database, "Orders*")
    assert ended is not None
    assert ended.jobs == 2
    assert [(one.job.ref, one.created_by) for one in await listed(database)] == [(CLICKS, BEN)]
    assert [place for place, _ in await waits(database)] == [DEV]
    assert await count(database, PatternMemberRow) == 1


async def test_a_job_of_two_patterns_outlives_one_of_them(database: Database) -> None:
    """Without a gap: it goes on as the other pattern's, with what that one wants."""
    _, orders = await watch(database, "orders*", ORDERS)
    await take_in(database, orders, look(ORDERS))
    _, every = await watch(database, "*", ORDERS, CLICKS, by=BEN, status_filter="errors")
    await take_in(database, every, look(ORDERS), look(CLICKS))
    await unwatch(database)
    rows = {one.job.ref: (one.created_by, one.status_filter.text) for one in await listed(database)}
    assert rows == {ORDERS: (BEN, "errors"), CLICKS: (BEN, "errors")}
    await unwatch(database, "*")
    assert await count(database, SubscriptionRow) == 0


async def test_one_job_cant_be_taken_out(database: Database) -> None:
    """It belongs to its pattern; and where somebody had named it, it goes on as the pattern's."""
    await watch_one(database, ORDERS, by=BEN, status_filter="errors")
    _, pattern = await watch(database, "orders*", ORDERS)
    async with database.writing() as session:
        kept = await watches.keep(session, Destination(WORKSPACE, OPS), Dataflow(ORDERS.dataflow))
        assert kept is not None
        assert (kept.was_named, kept.pattern, kept.job.title) == (True, pattern, "orders")
        again = await watches.keep(session, Destination(WORKSPACE, OPS), ORDERS)
        assert again is not None
        assert not again.was_named
        assert await watches.keep(session, Destination(WORKSPACE, DEV), Dataflow(ORDERS.dataflow)) is None
        assert await watches.keep(session, Destination(OTHER_WORKSPACE, OPS), Dataflow(ORDERS.dataflow)) is None
    (row,) = await listed(database)
    assert (row.created_by, row.status_filter) == (ANN, StatusFilter())
    await unwatch(database)
    assert await listed(database) == []


async def test_one_run_that_is_watched_is_nobodys_pattern(database: Database) -> None:
    """A pattern is of jobs whatever their run; the watch of one run begins and ends by itself."""
    async with database.writing() as session:
        await subscriptions.subscribe(session, Destination(WORKSPACE, OPS), job(), BEN, polled_at=NOON)
    await watch(database, "orders*", ORDERS)
    async with database.writing() as session:
        assert await watches.keep(session, Destination(WORKSPACE, OPS), ORDERS) is None


async def test_what_somebody_says_of_one_job_is_theirs(database: Database) -> None:
    """A job of a pattern that is watched by name with another WHEN does not end with the pattern."""
    _, pattern = await watch(database, "orders*", ORDERS)
    await take_in(database, pattern, look(ORDERS))
    await watch_one(database, ORDERS, by=BEN, at=LATER)
    assert (await listed(database))[0].created_by == ANN
    await watch_one(database, ORDERS, by=BEN, at=LATER, status_filter="errors")
    await unwatch(database)
    (row,) = await listed(database)
    assert (row.created_by, row.status_filter.text) == (BEN, "errors")


async def test_a_pattern_is_paused_with_its_destination(database: Database) -> None:
    """While a channel can't be told nothing is gathered for it; when it can, at once."""
    _, pattern = await watch(database, "orders*", ORDERS)
    await watch(database, "orders*", ORDERS, destination=DEV)
    async with database.writing() as session:
        await pauses.pause(session, Destination(WORKSPACE, OPS), "is_archived", LATER)
    assert [one.paused_because for one in await here(database)] == ["is_archived"]
    assert await take_in(database, pattern, look(CLICKS), new=True) == 0
    async with database.writing() as session:
        claimed = [await members.claim(session, LATER, HOUR) for _ in range(2)]
        assert [one.destination for one in claimed if one] == [DEV]
    async with database.writing() as session:
        await pauses.resume(session, Destination(WORKSPACE, OPS), LATER)
    async with database.writing() as session:
        claimed_now = await members.claim(session, LATER, HOUR)
        assert claimed_now is not None
        assert claimed_now.destination == OPS
        await pauses.pause_again(session, Destination(WORKSPACE, OPS), "not_in_channel", LATER)
    assert [one.paused_because for one in await here(database)] == ["not_in_channel"]
    outcome, resumed = await watch(database, "orders*")
    assert (outcome, resumed.paused_because) == (Outcome.RESUMED, None)


async def test_a_channel_that_moves_takes_its_patterns_along(database: Database) -> None:
    """Its patterns, their jobs and subscriptions go to the new ID; the same pattern said anew there has them all."""
    _, orders = await watch(database, "orders*", ORDERS)
    _, every = await watch(database, "*", ORDERS, CLICKS)
    await take_in(database, orders, look(ORDERS))
    await take_in(database, every, look(CLICKS))
    await watch(database, "*", ORDERS, CLICKS, destination=OPS, workspace=OTHER_WORKSPACE)
    _, anew = await watch(database, "*", ORDERS, by=BEN, destination="C_NEW")
    async with database.writing() as session:
        assert await pauses.move(session, Destination(WORKSPACE, OPS), Destination(WORKSPACE, "C_NEW")) == 2
    assert await here(database) == []
    moved = await here(database, "C_NEW")
    assert [(one.key, one.created_by) for one in moved] == [("*", BEN), ("orders*", ANN)]
    assert len(await listed(database, "C_NEW")) == 2
    async with database.writing() as session:
        await watches.unwatch(session, Destination(WORKSPACE, "C_NEW"), None)
    assert [one.job.ref for one in await listed(database, "C_NEW")] == [ORDERS]
    assert anew.key == "*"
    assert await count(database, PatternRow) == 2


async def test_news_that_waits_ends_with_the_pattern(database: Database) -> None:
    """Nothing is told of jobs that are not watched any more."""
    _, pattern = await watch(database, "orders*")
    await take_in(database, pattern, look(ORDERS, UP), new=True)
    assert len(await waits(database)) == 1
    await unwatch(database)
    assert await waits(database) == []
    assert await count(database, DeliveryRow) == 0
