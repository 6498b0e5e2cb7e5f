"""The teller while Slack, the database or the bot itself fails: nothing lost, nothing repeated, nobody flooded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import stamina
from pytest_mock import MockerFixture
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.notification import Paused
from bot.notify.dispatcher import AccessRevoked, DestinationGone, Dispatcher, RetryLater
from bot.store import outbox, reconcile
from bot.store.database import Database
from bot.store.sql.tables import DeliveryRow
from tests.cast import ANN, BEN, CLICKS, DEV, ERROR, NOON, OPS, SECOND, UP, WARNING
from tests.notify.fake import (
    Clock,
    Fake,
    all_quiet,
    becomes,
    deliveries,
    many_change,
    pass_time,
    paths,
    round_of,
    subscribed,
    tick,
    waiting,
    watched,
)


async def next_try_has_come(store: Database, clock: Clock) -> None:
    """Whatever waits for its next try is due, and the pace allows it."""
    clock.now += 120
    async with store.writing() as session:
        await session.execute(update(DeliveryRow).where(DeliveryRow.next_try_at.is_not(None)).values(next_try_at=NOON))


# ── again later ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_retry_after_is_obeyed_for_the_destination_alone(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock
) -> None:
    """All that waits there waits as long as Slack said, what arrives later too; the failure is counted and named, and
    other destinations are told meanwhile."""
    orders = await watched(store, OPS, DEV)
    await becomes(store, orders, WARNING, ERROR)
    messenger.failures[OPS] = [RetryLater("ratelimited", 40 * SECOND)]
    before = datetime.now(UTC)
    await tick(dispatcher)
    after = datetime.now(UTC)
    left = await waiting(store)
    assert {(row.destination, row.attempts, row.error, row.leased_by) for row in left} == {
        (OPS, 1, "ratelimited", None)
    }
    for row in left:
        assert row.next_try_at is not None
        assert before + 40 * SECOND <= row.next_try_at <= after + 41 * SECOND

    await becomes(store, orders, UP)
    await pass_time(dispatcher, clock, 3)
    assert messenger.tried.count(OPS) == 1
    assert messenger.where() == [DEV, DEV]

    await next_try_has_come(store, clock)
    await tick(dispatcher)
    assert [paths(told) for told in messenger.told if told.destination == OPS] == [[(UP, WARNING, ERROR, UP)]]


async def test_without_a_wish_it_waits_longer_each_time(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock
) -> None:
    """Failures in a row make the next try come later and later, and there is no limit to their number."""
    await becomes(store, await watched(store, OPS), ERROR)
    messenger.failures[OPS] = [RetryLater("internal_error") for _ in range(12)]
    for failed in range(12):
        before = datetime.now(UTC)
        await tick(dispatcher)
        after = datetime.now(UTC)
        (row,) = await waiting(store)
        assert (row.attempts, row.error) == (failed + 1, "internal_error")
        assert row.next_try_at is not None
        assert before + 0.5 * SECOND <= row.next_try_at <= after + (0.5 + min(300, 2**failed)) * SECOND
        await next_try_has_come(store, clock)
    await tick(dispatcher)
    assert messenger.where() == [OPS]


async def test_no_try_comes_before_its_time(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock
) -> None:
    """A failed message is not tried again with the next tick, however many there are."""
    await becomes(store, await watched(store, OPS), ERROR)
    messenger.failures[OPS] = [RetryLater("ratelimited", timedelta(hours=1))]
    await pass_time(dispatcher, clock, 20)
    assert messenger.tried == [OPS]


@pytest.mark.parametrize("retry_after", [20 * SECOND, None], ids=["for so long", "not said for how long"])
async def test_a_limit_for_everybody_stops_everybody(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock, retry_after: timedelta | None
) -> None:
    """Where Slack limits all that is posted nobody is told until its time is over, and everything is kept."""
    orders = await watched(store, OPS, DEV)
    await becomes(store, orders, WARNING)
    messenger.failures[OPS] = [RetryLater("rate_limited", retry_after, everybody=True)]
    messenger.failures[DEV] = [RetryLater("rate_limited", retry_after, everybody=True)]
    await tick(dispatcher)
    tried = len(messenger.tried)
    async with store.writing() as session:  # were it for the database, all would be due
        await session.execute(update(DeliveryRow).values(next_try_at=NOON))
    await pass_time(dispatcher, clock, 19)
    assert len(messenger.tried) == tried

    await pass_time(dispatcher, clock, 12)
    assert sorted(messenger.where()) == [OPS, DEV]
    assert await waiting(store) == []


async def test_two_limited_destinations_stop_everybody(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock
) -> None:
    """One rate limit is the destination's own; a second destination's within its time quiets those who were not
    limited too."""
    clicks = await watched(store, DEV, ref=CLICKS, name="clicks")
    await becomes(store, await watched(store, OPS), ERROR)
    messenger.failures[OPS] = [RetryLater("ratelimited", 30 * SECOND)]
    await tick(dispatcher)
    await becomes(store, clicks, WARNING)
    await tick(dispatcher)
    assert messenger.where() == [DEV]  # alone, OPS stops nobody

    await becomes(store, clicks, ERROR)
    messenger.failures[DEV] = [RetryLater("ratelimited", 30 * SECOND)]
    clock.now += 5
    await tick(dispatcher)
    assert messenger.tried == [OPS, DEV, DEV]
    await becomes(store, await watched(store, "C3", ref=CLICKS, name="clicks"), UP)
    await pass_time(dispatcher, clock, 29)
    assert messenger.tried == [OPS, DEV, DEV]
    await pass_time(dispatcher, clock, 2)
    assert "C3" in messenger.where()


@pytest.mark.parametrize("end", [None, DestinationGone("is_archived")], ids=["accepted", "gone"])
async def test_that_slack_is_out_of_reach_is_said(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock, end: DestinationGone | None
) -> None:
    """No answer is a trouble that operators see, until Slack answers; a refusal for now is none."""
    await becomes(store, await watched(store, OPS), ERROR)
    messenger.failures[OPS] = [
        RetryLater("internal_error"),
        RetryLater("timed_out", unreachable=True),
        *([end] if end else []),
    ]
    await tick(dispatcher)
    assert dispatcher.problem is None
    await next_try_has_come(store, clock)
    await tick(dispatcher)
    assert dispatcher.problem == "Slack can't be reached: timed_out"
    messenger.failures[ANN] = [RetryLater("ratelimited", 60 * SECOND)]  # who would hear of the pause
    await next_try_has_come(store, clock)
    await tick(dispatcher)
    assert dispatcher.problem is None


# ── given up, gone, out ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_failed_for_a_day_is_given_up(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock
) -> None:
    """News that could not be told for 24 hours are settled as given up and the subscription shows it; then the present
    state is told instead."""
    orders = await watched(store, OPS)
    await becomes(store, orders, WARNING, ERROR, at=datetime.now(UTC) - timedelta(hours=24, seconds=1))
    messenger.failures[OPS] = [RetryLater("fatal_error")]
    await tick(dispatcher)

    rows = await deliveries(store)
    assert [(row.settled_at is None, row.message_ts, row.error) for row in rows] == [(False, None, "fatal_error")] * 2
    subscription = (await subscribed(store))[OPS]
    assert subscription.given_up_because == "fatal_error"
    assert subscription.given_up_at is not None

    await next_try_has_come(store, clock)
    await tick(dispatcher)
    assert messenger.told == []
    async with store.writing() as session:
        assert await reconcile.reconcile(session, datetime.now(UTC)) == 1
    await tick(dispatcher)
    assert [paths(told) for told in messenger.told] == [[(UP, ERROR)]]


async def test_what_is_younger_than_a_day_stays(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock
) -> None:
    """Of a queue only what is too old is given up; the rest is tried again, and nothing is told instead of it."""
    orders = await watched(store, OPS)
    await becomes(store, orders, WARNING, at=datetime.now(UTC) - timedelta(hours=25))
    await becomes(store, orders, ERROR, at=datetime.now(UTC) - timedelta(hours=23))
    messenger.failures[OPS] = [RetryLater("fatal_error")]
    await tick(dispatcher)
    old, young = await deliveries(store)
    assert (old.settled_at is None, old.error) == (False, "fatal_error")
    assert (young.settled_at, young.attempts, young.leased_by) == (None, 1, None)

    async with store.writing() as session:
        assert await reconcile.reconcile(session, datetime.now(UTC)) == 0
    await next_try_has_come(store, clock)
    await tick(dispatcher)
    assert [told.digest.deliveries for told in messenger.told] == [(young.id,)]


async def test_a_day_old_message_that_passes_is_no_failure(
    store: Database, messenger: Fake, dispatcher: Dispatcher
) -> None:
    """However long it waited, what Slack accepts is told: only a failure gives up."""
    await becomes(store, await watched(store, OPS), ERROR, at=NOON)
    await tick(dispatcher)
    assert messenger.where() == [OPS]
    assert (await subscribed(store))[OPS].given_up_at is None


async def test_a_gone_destination_pauses_its_subscriptions_only(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock
) -> None:
    """What waits for a gone channel is given up, its subscriptions are paused with the reason, each who made them is
    told so, and the other channels are told as ever."""
    orders = await watched(store, OPS, DEV, by=[ANN, BEN])
    clicks = await watched(store, OPS, ref=CLICKS, name="clicks", by=[BEN])
    await becomes(store, orders, WARNING, ERROR)
    await becomes(store, clicks, ERROR)
    messenger.failures[OPS] = [DestinationGone("is_archived")]
    await pass_time(dispatcher, clock, 5)

    assert messenger.tried.count(OPS) == 1
    assert {row.error for row in await deliveries(store) if row.destination == OPS} == {"is_archived"}
    assert await waiting(store) == []
    paused = {name: row.paused_because for name, row in (await subscribed(store)).items()}
    assert paused == {OPS: "is_archived", DEV: None}
    told = {told.destination: told.items for told in messenger.told}
    assert told.keys() == {DEV, ANN, BEN}
    assert told[ANN] == (Paused(OPS, "is_archived", 1, ("orders",)),)
    assert told[BEN] == (Paused(OPS, "is_archived", 1, ("clicks",)),)

    await becomes(store, orders, UP)
    await pass_time(dispatcher, clock, 5)
    assert messenger.tried.count(OPS) == 1


async def test_a_person_who_is_gone(store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock) -> None:
    """A direct message that can't be sent pauses that person's subscription, and nobody is told of it."""
    await becomes(store, await watched(store, BEN, by=[BEN]), ERROR)
    messenger.failures[BEN] = [DestinationGone("user_disabled")]
    await pass_time(dispatcher, clock, 5)
    assert messenger.tried == [BEN]
    assert (await subscribed(store))[BEN].paused_because == "user_disabled"
    assert await waiting(store) == []


async def test_a_locked_out_bot_keeps_everything_and_says_so(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock
) -> None:
    """When the bot's own access is refused nobody is told for a minute, nothing is given up however old it is, the
    trouble is said, and it ends with the first message that passes."""
    orders = await watched(store, OPS)
    clicks = await watched(store, DEV, ref=CLICKS, name="clicks")
    await becomes(store, orders, WARNING, at=NOON)
    messenger.failures[OPS] = [AccessRevoked("token_revoked")]
    await tick(dispatcher)
    assert dispatcher.problem == "Slack refuses the bot: token_revoked"

    await becomes(store, clicks, ERROR)
    await becomes(store, orders, ERROR)
    await pass_time(dispatcher, clock, 59)
    assert messenger.tried == [OPS]
    assert len(await waiting(store)) == 3
    assert {row.given_up_at for row in (await subscribed(store)).values()} == {None}

    await next_try_has_come(store, clock)
    await tick(dispatcher)
    assert {told.destination: paths(told) for told in messenger.told} == {
        OPS: [(UP, WARNING, ERROR)],
        DEV: [(UP, ERROR)],
    }
    assert dispatcher.problem is None


# ── faults of the bot's own, and of the database ────────────────────────────────────────────────────────────────────


async def test_an_unexpected_fault_loses_nothing(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock
) -> None:
    """A fault of the bot's own in the middle of telling leaves everything to be tried again, and others unharmed."""
    await becomes(store, await watched(store, OPS, DEV), ERROR)
    messenger.failures[OPS] = [RuntimeError("a fault of the bot's own")]
    await tick(dispatcher)
    (row,) = await waiting(store)
    assert (row.destination, row.attempts, row.leased_by) == (OPS, 1, None)
    assert row.next_try_at is not None
    await next_try_has_come(store, clock)
    await tick(dispatcher)
    assert messenger.where() == [DEV, OPS]
    assert await waiting(store) == []


FULL = OperationalError("UPDATE deliveries", {}, Exception("database or disk is full"))


@dataclass
class FullDisk:
    """Refuses one transaction of a database after the other, as many as it is told to; the first takes its time."""

    store: Database
    refusals: int = 0
    refused: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._writing = self.store.writing

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        if self.refusals:
            self.refusals -= 1
            self.refused.set()
            await self.go.wait()
            raise FULL
        async with self._writing() as session:
            yield session


async def test_a_disk_that_is_full_for_a_while_repeats_no_message(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock, mocker: MockerFixture
) -> None:
    """That Slack accepted a message is written down when the database takes it again; until then its destination is
    told nothing else, so the message is told once and the next one after it."""
    disk = FullDisk(store)
    mocker.patch.object(store, "writing", disk.writing)
    orders = await watched(store, OPS)
    await becomes(store, orders, WARNING)
    answer = messenger.hold(OPS)
    await dispatcher.tick()
    await messenger.until(lambda: messenger.tried == [OPS])
    disk.refusals = 1
    answer.set()
    await disk.refused.wait()
    await becomes(store, orders, ERROR)
    for _ in range(3):
        clock.now += 60
        await round_of(dispatcher)
    assert messenger.tried == [OPS]

    disk.refusals = 2
    with stamina.set_testing(True, attempts=10):  # no pauses between the tries
        disk.go.set()
        await all_quiet()
        await pass_time(dispatcher, clock, 2)
    assert [paths(told) for told in messenger.told] == [[(UP, WARNING)], [(WARNING, ERROR)]]
    assert [row.message_ts for row in await deliveries(store)] == ["1.0", "2.0"]


async def test_a_failure_that_can_not_be_written_down(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock, mocker: MockerFixture
) -> None:
    """Where the database fails just after Slack did, the message is not lost: it is tried again."""
    await becomes(store, await watched(store, OPS), ERROR)
    messenger.failures[OPS] = [RetryLater("internal_error")]
    settle = mocker.patch.object(outbox, "settle_later", autospec=True, side_effect=FULL)
    await tick(dispatcher)
    assert settle.call_count == 1
    mocker.stop(settle)
    await pass_time(dispatcher, clock, 2)
    assert messenger.where() == [OPS]
    assert await waiting(store) == []


async def test_a_pause_that_can_not_be_written_down(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock, mocker: MockerFixture
) -> None:
    """Where the database fails just after a channel turned out to be gone, that is found out again and written then."""
    await becomes(store, await watched(store, OPS), ERROR)
    messenger.failures[OPS] = [DestinationGone("is_archived"), DestinationGone("is_archived")]
    abandon = mocker.patch.object(outbox, "abandon", autospec=True, side_effect=FULL)
    await tick(dispatcher)
    mocker.stop(abandon)
    assert (await subscribed(store))[OPS].paused_because is None
    await pass_time(dispatcher, clock, 2)
    assert (await subscribed(store))[OPS].paused_because == "is_archived"
    assert messenger.where() == [ANN]


async def test_a_failure_among_several_messages_repeats_none_of_them(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock
) -> None:
    """Where the second of several messages fails, the first one is not told again and the rest is told completely."""
    await many_change(store, 100, ERROR, OPS)
    await tick(dispatcher)
    messenger.failures[OPS] = [RetryLater("internal_error")]
    await pass_time(dispatcher, clock, 1)
    assert (len(messenger.told), len(messenger.tried)) == (1, 2)
    await next_try_has_come(store, clock)
    await tick(dispatcher)
    assert len(messenger.told) == 2
    assert messenger.covered() == [row.id for row in await deliveries(store)]
    assert len(messenger.covered()) == 100
