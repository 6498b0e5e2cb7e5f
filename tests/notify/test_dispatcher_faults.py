"""The dispatcher while Slack, the database or the bot itself fails: nothing lost, repeated or flooded."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stamina
from pytest_mock import MockerFixture
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.notification.confirmations import Deed, JobConfirmation
from bot.domain.notification.service import Paused, Resumed
from bot.notify.dispatcher import Dispatcher
from bot.notify.messenger import AccessRevoked, DestinationGone, RetryLater
from bot.store import deliveries as delivery_store
from bot.store import outbox, pauses, reconcile
from bot.store.database import Database, DatabaseFault
from bot.store.sql.tables import DeliveryRow
from tests.cast import ANN, BEN, CLICKS, DEV, ERROR, NOON, OPS, ORDERS, SECOND, UP, WARNING, WORKSPACE
from tests.notify.fake import (
    Clock,
    FakeMessenger,
    all_quiet,
    becomes,
    deliveries,
    many_change,
    pass_time,
    paths,
    pending,
    round_of,
    subscribed,
    tick,
    watched,
)


async def let_retries_be_due(store: Database, clock: Clock, after: float = 120) -> None:
    """Make every postponed delivery due, by default as far as the pace goes, too."""
    clock.now += after
    async with store.writing() as session:
        await session.execute(update(DeliveryRow).where(DeliveryRow.next_try_at.is_not(None)).values(next_try_at=NOON))


# ── retries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_retry_after_is_obeyed_for_the_destination_alone(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """The destination's whole queue waits as long as Slack said, and shows the failure; other destinations don't
    wait."""
    orders = await watched(store, OPS, DEV)
    await becomes(store, orders, WARNING, ERROR)
    messenger.failures[OPS] = [RetryLater("ratelimited", 40 * SECOND)]
    before = datetime.now(UTC)
    await tick(dispatcher)
    after = datetime.now(UTC)
    left = await pending(store)
    assert {(row.destination, row.attempts, row.error, row.leased_by) for row in left} == {
        (OPS, 1, "ratelimited", None)
    }
    for row in left:
        assert row.next_try_at is not None
        assert before + 40 * SECOND <= row.next_try_at <= after + 41 * SECOND

    await becomes(store, orders, UP)
    await pass_time(dispatcher, clock, 3)
    assert messenger.attempts.count(OPS) == 1
    assert messenger.destinations() == [DEV, DEV]

    await let_retries_be_due(store, clock)
    await tick(dispatcher)
    assert [paths(delivered) for delivered in messenger.delivered if delivered.destination == OPS] == [
        [(UP, WARNING, ERROR, UP)]
    ]


async def test_failures_in_a_row_back_off(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """Without Retry-After each failure in a row postpones the next attempt further, and there is no last attempt."""
    await becomes(store, await watched(store, OPS), ERROR)
    messenger.failures[OPS] = [RetryLater("internal_error") for _ in range(12)]
    for failed in range(12):
        before = datetime.now(UTC)
        await tick(dispatcher)
        after = datetime.now(UTC)
        (row,) = await pending(store)
        assert (row.attempts, row.error) == (failed + 1, "internal_error")
        assert row.next_try_at is not None
        assert before + 0.5 * SECOND <= row.next_try_at <= after + (0.5 + min(300, 2**failed)) * SECOND
        await let_retries_be_due(store, clock)
    await tick(dispatcher)
    assert messenger.destinations() == [OPS]


async def test_failed_attempts_do_not_slow_a_destination_down(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """Only accepted messages widen the pace: after failures, the next two messages are a second apart."""
    orders = await watched(store, OPS)
    messenger.failures[OPS] = [RetryLater("internal_error") for _ in range(4)]
    await becomes(store, orders, WARNING)
    for _ in range(5):
        await let_retries_be_due(store, clock, after=0)
        await tick(dispatcher)
    assert messenger.attempts == [OPS] * 5
    await becomes(store, orders, UP)
    await pass_time(dispatcher, clock, 1)
    assert [delivered.at for delivered in messenger.delivered] == [clock.now - 1, clock.now]


async def test_no_attempt_comes_before_its_time(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """A failed message isn't tried again before its next attempt is due, however many ticks there are."""
    await becomes(store, await watched(store, OPS), ERROR)
    messenger.failures[OPS] = [RetryLater("ratelimited", timedelta(hours=1))]
    await pass_time(dispatcher, clock, 20)
    assert messenger.attempts == [OPS]


@pytest.mark.parametrize("retry_after", [20 * SECOND, None], ids=["for 20 s", "without a time"])
async def test_a_limit_for_everybody_stops_everybody(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock, retry_after: timedelta | None
) -> None:
    """If Slack limits all messages, nothing is sent until the limit is over, and nothing is lost."""
    orders = await watched(store, OPS, DEV)
    await becomes(store, orders, WARNING)
    messenger.failures[OPS] = [RetryLater("rate_limited", retry_after, everybody=True)]
    messenger.failures[DEV] = [RetryLater("rate_limited", retry_after, everybody=True)]
    await tick(dispatcher)
    attempts = len(messenger.attempts)
    async with store.writing() as session:  # as far as the database goes, all are due
        await session.execute(update(DeliveryRow).values(next_try_at=NOON))
    await pass_time(dispatcher, clock, 19)
    assert len(messenger.attempts) == attempts

    await pass_time(dispatcher, clock, 12)
    assert sorted(messenger.destinations()) == [OPS, DEV]
    assert await pending(store) == []


async def test_two_limited_destinations_stop_everybody(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """A rate limit is the destination's own; a second one within its time holds back all destinations."""
    clicks = await watched(store, DEV, ref=CLICKS, name="clicks")
    await becomes(store, await watched(store, OPS), ERROR)
    messenger.failures[OPS] = [RetryLater("ratelimited", 30 * SECOND)]
    await tick(dispatcher)
    await becomes(store, clicks, WARNING)
    await tick(dispatcher)
    assert messenger.destinations() == [DEV]  # OPS alone holds back nobody

    await becomes(store, clicks, ERROR)
    messenger.failures[DEV] = [RetryLater("ratelimited", 30 * SECOND)]
    clock.now += 5
    await tick(dispatcher)
    assert messenger.attempts == [OPS, DEV, DEV]
    await becomes(store, await watched(store, "C3", ref=CLICKS, name="clicks"), UP)
    await pass_time(dispatcher, clock, 29)
    assert messenger.attempts == [OPS, DEV, DEV]
    await pass_time(dispatcher, clock, 2)
    assert "C3" in messenger.destinations()


async def test_one_message_at_a_time_asks_for_all(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """While Slack fails for everybody, one message at a time is tried, each time another destination's. Once one is
    accepted the others follow at once, and a message that Slack always fails on keeps none of them waiting."""
    channels = [OPS, DEV, "C3", "C4"]
    await becomes(store, await watched(store, *channels), ERROR)
    for channel in channels:
        messenger.failures[channel] = [RetryLater("internal_error") for _ in range(99 if channel == OPS else 2)]
    await tick(dispatcher)
    assert sorted(messenger.attempts) == sorted(channels)
    for _ in range(2):
        await let_retries_be_due(store, clock, after=4)
        await tick(dispatcher)
        await tick(dispatcher)
    assert len(messenger.attempts) == 4 + 2
    assert len(set(messenger.attempts[4:])) == 2
    for channel in channels[1:]:
        messenger.failures[channel].clear()
    for _ in range(2):
        await let_retries_be_due(store, clock, after=4)
        await tick(dispatcher)
    assert sorted(messenger.destinations()) == sorted(channels[1:])


@pytest.mark.parametrize("end", [None, DestinationGone("is_archived")], ids=["accepted", "gone"])
async def test_operators_see_that_slack_is_unreachable(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock, end: DestinationGone | None
) -> None:
    """No answer is an outage that operators see until Slack answers; a temporary refusal isn't."""
    await becomes(store, await watched(store, OPS), ERROR)
    messenger.failures[OPS] = [
        RetryLater("internal_error"),
        RetryLater("timed_out", unreachable=True),
        *([end] if end else []),
    ]
    await tick(dispatcher)
    assert dispatcher.outage is None
    await let_retries_be_due(store, clock)
    await tick(dispatcher)
    assert dispatcher.outage == "Slack can't be reached: timed_out"
    messenger.failures[ANN] = [RetryLater("ratelimited", 60 * SECOND)]  # who is notified of the pause
    await let_retries_be_due(store, clock)
    await tick(dispatcher)
    assert dispatcher.outage is None


# ── no more retries ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_delivery_that_failed_for_a_day_is_given_up(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """A delivery that failed for 24 hours is given up, its subscription shows it, and the present status is delivered
    instead."""
    orders = await watched(store, OPS)
    await becomes(store, orders, WARNING, ERROR, at=datetime.now(UTC) - timedelta(hours=24, seconds=1))
    messenger.failures[OPS] = [RetryLater("fatal_error")]
    await tick(dispatcher)

    rows = await deliveries(store)
    assert [(row.settled_at is None, row.message_ts, row.error) for row in rows] == [(False, None, "fatal_error")] * 2
    subscription = (await subscribed(store))[OPS]
    assert subscription.given_up_because == "fatal_error"
    assert subscription.given_up_at is not None

    await let_retries_be_due(store, clock)
    await tick(dispatcher)
    assert messenger.delivered == []
    async with store.writing() as session:
        assert await reconcile.reconcile(session, datetime.now(UTC)) == 1
    await tick(dispatcher)
    assert [paths(delivered) for delivered in messenger.delivered] == [[(UP, ERROR)]]


async def test_deliveries_younger_than_a_day_stay(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """Only deliveries older than a day are given up; the rest is tried again."""
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
    await let_retries_be_due(store, clock)
    await tick(dispatcher)
    assert [delivered.digest.deliveries for delivered in messenger.delivered] == [(young.id,)]


async def test_an_old_message_that_is_accepted_is_delivered(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher
) -> None:
    """Whatever its age, a message that Slack accepts is delivered: only a failure gives up."""
    await becomes(store, await watched(store, OPS), ERROR, at=NOON)
    await tick(dispatcher)
    assert messenger.destinations() == [OPS]
    assert (await subscribed(store))[OPS].given_up_at is None


async def test_a_gone_destination_pauses_its_subscriptions_only(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """A gone channel's queue is dropped and its subscriptions are paused. Their subscribers are notified, and other
    channels are served."""
    orders = await watched(store, OPS, DEV, by=[ANN, BEN])
    clicks = await watched(store, OPS, ref=CLICKS, name="clicks", by=[BEN])
    await becomes(store, orders, WARNING, ERROR)
    await becomes(store, clicks, ERROR)
    messenger.failures[OPS] = [DestinationGone("is_archived")]
    await pass_time(dispatcher, clock, 5)

    assert messenger.attempts.count(OPS) == 1
    assert {row.error for row in await deliveries(store) if row.destination == OPS} == {"is_archived"}
    assert await pending(store) == []
    paused = {name: row.paused_because for name, row in (await subscribed(store)).items()}
    assert paused == {OPS: "is_archived", DEV: None}
    delivered = {delivered.destination: delivered.items for delivered in messenger.delivered}
    assert delivered.keys() == {DEV, ANN, BEN}
    assert delivered[ANN] == (Paused(OPS, "is_archived", 1),)
    assert delivered[BEN] == (Paused(OPS, "is_archived", 1),)

    await becomes(store, orders, UP)
    await pass_time(dispatcher, clock, 5)
    assert messenger.attempts.count(OPS) == 1


async def test_a_late_confirmation_resumes_the_rest_of_its_channel(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """A watch that resumed after a pause is confirmed by the dispatcher: what it can deliver proves that the channel's
    other alerts can be delivered too, and they resume."""
    here = Destination(WORKSPACE, OPS)
    await watched(store, OPS)
    await watched(store, OPS, ref=CLICKS, name="clicks")
    for deed, resumed in ((Deed.WATCHED, "not_in_channel"), (Deed.RESUMED, None)):
        async with store.writing() as session:
            await pauses.pause(session, here, "not_in_channel", NOON)
            await outbox.put_confirmation(session, here, JobConfirmation(deed, ORDERS, "orders", UP, ANN, NOON))
        clock.now += 60
        await tick(dispatcher)
        assert (await subscribed(store))[OPS].paused_because == resumed
    clock.now += 60
    await tick(dispatcher)
    assert [type(item) for item in messenger.delivered[-1].items] == [Resumed]


async def test_a_person_who_cannot_be_reached(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """If a direct message can't be sent, that person's subscription is paused and nobody is notified."""
    await becomes(store, await watched(store, BEN, by=[BEN]), ERROR)
    messenger.failures[BEN] = [DestinationGone("user_disabled")]
    await pass_time(dispatcher, clock, 5)
    assert messenger.attempts == [BEN]
    assert (await subscribed(store))[BEN].paused_because == "user_disabled"
    assert await pending(store) == []


async def test_a_bot_whose_access_is_revoked_keeps_everything(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """If the bot's access is refused, nothing is sent for a minute or given up, and operators see it until a message is
    accepted."""
    orders = await watched(store, OPS)
    clicks = await watched(store, DEV, ref=CLICKS, name="clicks")
    await becomes(store, orders, WARNING, at=NOON)
    messenger.failures[OPS] = [AccessRevoked("token_revoked")]
    await tick(dispatcher)
    assert dispatcher.problem == "Slack refuses the bot: token_revoked"

    await becomes(store, clicks, ERROR)
    await becomes(store, orders, ERROR)
    await pass_time(dispatcher, clock, 59)
    assert messenger.attempts == [OPS]
    assert len(await pending(store)) == 3
    assert {row.given_up_at for row in (await subscribed(store)).values()} == {None}

    await let_retries_be_due(store, clock)
    await tick(dispatcher)
    assert {delivered.destination: paths(delivered) for delivered in messenger.delivered} == {
        OPS: [(UP, WARNING, ERROR)],
        DEV: [(UP, ERROR)],
    }
    assert dispatcher.problem is None


# ── faults of the bot's own, and of the database ────────────────────────────────────────────────────────────────────


async def test_an_unexpected_fault_loses_nothing(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """After a fault of the bot's own a message is tried again, and other destinations aren't affected."""
    await becomes(store, await watched(store, OPS, DEV), ERROR)
    messenger.failures[OPS] = [RuntimeError("a fault of the bot's own")]
    await tick(dispatcher)
    (row,) = await pending(store)
    assert (row.destination, row.attempts, row.leased_by) == (OPS, 1, None)
    assert row.next_try_at is not None
    await let_retries_be_due(store, clock)
    await tick(dispatcher)
    assert messenger.destinations() == [DEV, OPS]
    assert await pending(store) == []


FULL = DatabaseFault("OperationalError", "database or disk is full")


@dataclass
class FullDisk:
    """Refuses so many transactions of a database, one after the other; the first takes its time."""

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


async def test_a_full_disk_repeats_no_message(
    store: Database,
    messenger: FakeMessenger,
    dispatcher: Dispatcher,
    clock: Clock,
    mocker: MockerFixture,
    logs: list[MutableMapping[str, Any]],
) -> None:
    """An accepted message is settled once the database can be written again; until then its destination gets no
    other. The log has the fault once, and its end."""
    disk = FullDisk(store)
    mocker.patch.object(store, "writing", disk.writing)
    orders = await watched(store, OPS)
    await becomes(store, orders, WARNING)
    answer = messenger.hold(OPS)
    await dispatcher.tick()
    await messenger.until(lambda: messenger.attempts == [OPS])
    disk.refusals = 1
    answer.set()
    await disk.refused.wait()
    await becomes(store, orders, ERROR)
    for _ in range(3):
        clock.now += 60
        await round_of(dispatcher)
    assert messenger.attempts == [OPS]

    disk.refusals = 2
    with stamina.set_testing(True, attempts=10):  # no pauses between the attempts
        disk.go.set()
        await all_quiet()
        await pass_time(dispatcher, clock, 2)
    assert [line["event"] for line in logs if "settle" in line["event"]] == [
        "can't settle a delivery; retrying",
        "deliveries can be claimed and settled again",
    ]
    assert [paths(delivered) for delivered in messenger.delivered] == [[(UP, WARNING)], [(WARNING, ERROR)]]
    assert [row.message_ts for row in await deliveries(store)] == ["1.0", "2.0"]


async def test_a_failure_that_cannot_be_written(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock, mocker: MockerFixture
) -> None:
    """If the database fails right after Slack did, the message is tried again."""
    await becomes(store, await watched(store, OPS), ERROR)
    messenger.failures[OPS] = [RetryLater("internal_error")]
    settle = mocker.patch.object(delivery_store, "settle_retry", autospec=True, side_effect=FULL)
    await tick(dispatcher)
    assert settle.call_count == 1
    mocker.stop(settle)
    await pass_time(dispatcher, clock, 2)
    assert messenger.destinations() == [OPS]
    assert await pending(store) == []


async def test_a_pause_that_cannot_be_written(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock, mocker: MockerFixture
) -> None:
    """If the database fails right after a channel was found gone, the pause is written at the next attempt."""
    await becomes(store, await watched(store, OPS), ERROR)
    messenger.failures[OPS] = [DestinationGone("is_archived"), DestinationGone("is_archived")]
    abandon = mocker.patch.object(delivery_store, "abandon", autospec=True, side_effect=FULL)
    await tick(dispatcher)
    mocker.stop(abandon)
    assert (await subscribed(store))[OPS].paused_because is None
    await pass_time(dispatcher, clock, 2)
    assert (await subscribed(store))[OPS].paused_because == "is_archived"
    assert messenger.destinations() == [ANN]


async def test_a_failure_among_several_messages_repeats_none_of_them(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """If a part of a list fails, the message above it isn't repeated, and the rest is delivered completely."""
    await many_change(store, 100, ERROR, OPS)
    await tick(dispatcher)
    messenger.failures[OPS] = [RetryLater("internal_error")]
    await pass_time(dispatcher, clock, 1)
    assert (len(messenger.delivered), len(messenger.attempts)) == (1, 2)
    await let_retries_be_due(store, clock)
    await tick(dispatcher)
    await pass_time(dispatcher, clock, 2)
    assert len(messenger.delivered) == 3
    assert messenger.delivery_ids() == [row.id for row in await deliveries(store)]
    assert len(messenger.delivery_ids()) == 100 + 2
