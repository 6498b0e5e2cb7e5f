"""Watches of patterns: they begin, change and end, and are paused and moved with their destination."""

import pytest

from bot.domain.destination import Destination
from bot.domain.job import Dataflow
from bot.domain.pattern import MAX_PER_DESTINATION, MAX_PER_PERSON, Pattern, TooManyPatterns
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Subscription
from bot.store import pauses, reconcile, subscriptions
from bot.store.database import Database
from bot.store.lists import watch_list
from bot.store.patterns import members, watches
from bot.store.sql.tables import DeliveryRow, PatternMemberRow, PatternRow, SubscriptionRow
from bot.store.subscriptions import Outcome
from tests.cast import ANN, BEN, CLICKS, DEV, ERROR, HOUR, NOON, OPS, ORDERS, OTHER_WORKSPACE, UP, WORKSPACE, job
from tests.store.pattern_steps import add, found, patterns_of, watch, watch_one
from tests.store.steps import becomes, count, pending, pending_changes, sql

LATER = NOON + HOUR


async def unwatch(
    database: Database, glob: str | None = "orders*", destination: str = OPS, workspace: str = WORKSPACE
) -> Pattern | None:
    async with database.writing() as session:
        ended = await watches.unwatch(session, Destination(workspace, destination), glob)
        return ended.pattern if ended else None


async def listed(database: Database, destination: str = OPS) -> list[Subscription]:
    async with database.reading() as session:
        return list(
            (await watch_list.page(session, Destination(WORKSPACE, destination), number=1, size=99)).subscriptions
        )


async def test_watching_a_pattern_twice_is_one_watch(database: Database) -> None:
    """A pattern is watched once, however it is spelled, and the second person learns that it exists."""
    outcome, pattern = await watch(database, "orders*", ORDERS)
    assert (outcome, pattern.glob, pattern.jobs) == (Outcome.NEW, "orders*", 1)
    outcome, again = await watch(database, "ORDERS*", ORDERS, CLICKS, by=BEN)
    assert (outcome, again) == (Outcome.ALREADY, pattern)
    assert (await watch(database, None))[0] is Outcome.NEW
    assert (await watch(database, "*"))[0] is Outcome.ALREADY
    assert await count(database, PatternRow) == 2


async def test_a_destination_has_a_limited_number_of_patterns(database: Database) -> None:
    """One more than the limit isn't written; what exists can still be repeated, and ended to make room."""
    for number in range(MAX_PER_DESTINATION):
        await watch(database, f"{number}*", by=f"U{number}")
    with pytest.raises(TooManyPatterns) as raised:
        await watch(database, "more*")
    assert (raised.value.limit, raised.value.by_person) == (MAX_PER_DESTINATION, False)
    assert await count(database, PatternRow) == MAX_PER_DESTINATION
    assert (await watch(database, "1*"))[0] is Outcome.ALREADY
    await unwatch(database, "1*")
    assert (await watch(database, "more*"))[0] is Outcome.NEW


async def test_a_person_makes_a_limited_number_of_patterns(database: Database) -> None:
    """The patterns that one person made everywhere are limited too; those of another workspace don't count."""
    for number in range(MAX_PER_PERSON):
        await watch(database, "*", destination=f"C{number}")
    with pytest.raises(TooManyPatterns) as raised:
        await watch(database, "*", destination="C99")
    assert (raised.value.limit, raised.value.by_person) == (MAX_PER_PERSON, True)
    assert (await watch(database, "*", destination="C99", by=BEN))[0] is Outcome.NEW
    assert (await watch(database, "*", destination="C99", workspace=OTHER_WORKSPACE))[0] is Outcome.NEW


async def test_a_pattern_is_found_however_it_is_spelled(database: Database) -> None:
    """Other dashes, decomposed letters and the spelling of an earlier release mean the same pattern."""
    await watch(database, "zürich--*")
    await sql(database, "UPDATE patterns SET pattern = 'zürich--*'")
    assert (await watch(database, "zu\u0308rich—*"))[0] is Outcome.ALREADY
    assert await unwatch(database, "ZÜRICH-*") is not None
    assert await count(database, PatternRow) == 0


async def test_a_new_filter_changes_all_subscriptions_of_the_pattern(database: Database) -> None:
    """A new filter holds for all present and future jobs of the pattern, from their present statuses on. Subscriptions
    that people made keep theirs."""
    await watch_one(database, CLICKS, status_filter="errors")
    _, pattern = await watch(database, "*", ORDERS, CLICKS)
    await add(database, pattern, found(ORDERS), found(CLICKS))
    await change_unnoticed(database)
    outcome, changed = await watch(database, "*", status_filter="problems")
    assert (outcome, changed.status_filter) == (Outcome.CHANGED, StatusFilter("problems"))
    status_filter = {one.job.ref.dataflow: one.status_filter.text for one in await listed(database)}
    assert status_filter == {ORDERS.dataflow: "problems", CLICKS.dataflow: "errors"}
    assert (await watch(database, "*", status_filter="problems"))[0] is Outcome.ALREADY
    async with database.writing() as session:
        assert await reconcile.reconcile(session, LATER) == 0


async def change_unnoticed(database: Database) -> None:
    """Let a job change without a notification."""
    await watch(database, "*", status_filter="Stopped")
    await becomes(database, ERROR)
    assert await pending_changes(database) == []


async def test_the_end_of_a_pattern_ends_its_subscriptions(database: Database) -> None:
    """A pattern's subscriptions and their pending deliveries end with it; those of people and of other destinations
    stay."""
    await watch_one(database, CLICKS, by=BEN)
    _, pattern = await watch(database, "orders*", ORDERS, CLICKS)
    await add(database, pattern, found(ORDERS), found(CLICKS))
    _, other = await watch(database, "orders*", ORDERS, destination=DEV)
    await add(database, other, found(ORDERS))
    await becomes(database, ERROR)

    assert await unwatch(database, "payments*") is None
    assert await unwatch(database, workspace=OTHER_WORKSPACE) is None
    ended = await unwatch(database, "Orders*")
    assert ended is not None
    assert ended.jobs == 2
    assert [(one.job.ref, one.created_by) for one in await listed(database)] == [(CLICKS, BEN)]
    assert [destination for destination, _ in await pending(database)] == [DEV]
    assert await count(database, PatternMemberRow) == 1


async def test_a_job_of_two_patterns_stays_watched(database: Database) -> None:
    """If one of two patterns ends, their job belongs to the other one and gets its filter, without a gap."""
    _, orders = await watch(database, "orders*", ORDERS)
    await add(database, orders, found(ORDERS))
    _, every = await watch(database, "*", ORDERS, CLICKS, by=BEN, status_filter="errors")
    await add(database, every, found(ORDERS), found(CLICKS))
    await unwatch(database)
    rows = {one.job.ref: (one.created_by, one.status_filter.text) for one in await listed(database)}
    assert rows == {ORDERS: (BEN, "errors"), CLICKS: (BEN, "errors")}
    await unwatch(database, "*")
    assert await count(database, SubscriptionRow) == 0


async def test_one_job_of_a_pattern_stays_watched(database: Database) -> None:
    """Unwatching one job of a pattern hands it back to the pattern, even if somebody had named it."""
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


async def test_the_watch_of_a_single_run_belongs_to_no_pattern(database: Database) -> None:
    """Patterns consist of followed jobs; the watch of a single run begins and ends by itself."""
    async with database.writing() as session:
        await subscriptions.subscribe(session, Destination(WORKSPACE, OPS), job(), BEN, polled_at=NOON)
    await watch(database, "orders*", ORDERS)
    async with database.writing() as session:
        assert await watches.keep(session, Destination(WORKSPACE, OPS), ORDERS) is None


async def test_a_filter_for_one_job_makes_it_the_persons(database: Database) -> None:
    """A pattern's job that somebody watches with a filter of their own doesn't end with the pattern."""
    _, pattern = await watch(database, "orders*", ORDERS)
    await add(database, pattern, found(ORDERS))
    await watch_one(database, ORDERS, by=BEN, at=LATER)
    assert (await listed(database))[0].created_by == ANN
    await watch_one(database, ORDERS, by=BEN, at=LATER, status_filter="errors")
    await unwatch(database)
    (row,) = await listed(database)
    assert (row.created_by, row.status_filter.text) == (BEN, "errors")


async def test_a_pattern_is_paused_with_its_destination(database: Database) -> None:
    """No jobs are discovered for a destination that can't be reached; once it can, they are discovered at once."""
    _, pattern = await watch(database, "orders*", ORDERS)
    await watch(database, "orders*", ORDERS, destination=DEV)
    async with database.writing() as session:
        await pauses.pause(session, Destination(WORKSPACE, OPS), "is_archived", LATER)
    assert [one.paused_because for one in await patterns_of(database)] == ["is_archived"]
    assert await add(database, pattern, found(CLICKS), new=True) == 0
    async with database.writing() as session:
        claimed = [await members.claim(session, LATER, HOUR) for _ in range(2)]
        assert [one.destination.id for one in claimed if one] == [DEV]
    async with database.writing() as session:
        await pauses.resume(session, Destination(WORKSPACE, OPS), LATER)
    async with database.writing() as session:
        claimed_now = await members.claim(session, LATER, HOUR)
        assert claimed_now is not None
        assert claimed_now.destination.id == OPS
        await pauses.pause_again(session, Destination(WORKSPACE, OPS), "not_in_channel", LATER)
    assert [one.paused_because for one in await patterns_of(database)] == ["not_in_channel"]
    outcome, resumed = await watch(database, "orders*")
    assert (outcome, resumed.paused_because) == (Outcome.RESUMED, None)


async def test_a_channels_patterns_move_with_it(database: Database) -> None:
    """Patterns, jobs and subscriptions move to the channel's new ID; a pattern watched there already absorbs its
    twin."""
    _, orders = await watch(database, "orders*", ORDERS)
    _, every = await watch(database, "*", ORDERS, CLICKS)
    await add(database, orders, found(ORDERS))
    await add(database, every, found(CLICKS))
    await watch(database, "*", ORDERS, CLICKS, destination=OPS, workspace=OTHER_WORKSPACE)
    _, anew = await watch(database, "*", ORDERS, by=BEN, destination="C_NEW")
    async with database.writing() as session:
        assert await pauses.move(session, Destination(WORKSPACE, OPS), Destination(WORKSPACE, "C_NEW")) == 2
    assert await patterns_of(database) == []
    moved = await patterns_of(database, "C_NEW")
    assert [(one.key, one.created_by) for one in moved] == [("*", BEN), ("orders*", ANN)]
    assert len(await listed(database, "C_NEW")) == 2
    async with database.writing() as session:
        await watches.unwatch(session, Destination(WORKSPACE, "C_NEW"), None)
    assert [one.job.ref for one in await listed(database, "C_NEW")] == [ORDERS]
    assert anew.key == "*"
    assert await count(database, PatternRow) == 2


async def test_pending_announcements_end_with_the_pattern(database: Database) -> None:
    """Nothing is announced of jobs that aren't watched any more."""
    _, pattern = await watch(database, "orders*")
    await add(database, pattern, found(ORDERS, UP), new=True)
    assert len(await pending(database)) == 1
    await unwatch(database)
    assert await pending(database) == []
    assert await count(database, DeliveryRow) == 0
