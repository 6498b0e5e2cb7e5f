from dataclasses import replace
from datetime import UTC
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import Status
from bot.domain.notification import (
    JobAdded,
    JobAvailableAgain,
    JobRemoved,
    JobUnavailable,
    LastStatus,
    LoginRefused,
    Notification,
    Outage,
    OutageEnded,
    Paused,
    Resumed,
    StillFailing,
)
from bot.store import outbox, tracked_jobs
from bot.store.database import Database
from bot.store.reconcile import reconcile_all
from bot.store.sql.tables import ChangeRow, DeliveryRow, SubscriptionRow
from bot.store.sql.upsert import insert_if_absent
from tests.cast import (
    ANN,
    BEN,
    DEPLOYING,
    DEV,
    ENDED,
    ERROR,
    HOUR,
    NOON,
    OPS,
    ORDERS,
    OTHER_WORKSPACE,
    SECOND,
    UP,
    WARNING,
    WORKSPACE,
    change,
    job,
)
from tests.store.steps import (
    NEWS,
    becomes,
    changes_waiting,
    claim,
    claim_jobs,
    count,
    deliveries,
    sql,
    subscribe,
    the_job,
    the_subscription,
    waits,
)

st.register_type_strategy(Status, st.text().map(Status.of))
AWARE = st.datetimes(timezones=st.just(UTC))


def news_of(kind: type) -> st.SearchStrategy[Notification]:
    """Any news of a kind, with times as the bot has them."""
    times: dict[str, st.SearchStrategy[object]] = {
        name: AWARE for name in ("since", "at", "unseen_since", "muted_at", "paused_at") if name in kind.__annotations__
    }
    if kind is Change:
        times["old_since"] = st.none() | AWARE
    return st.builds(kind, **times)


@given(st.one_of(*map(news_of, get_args(Notification))))
def test_news_is_read_as_it_was_written(notification: Notification) -> None:
    """Every kind of news survives the database, to the letter."""
    read = NEWS.validate_json(NEWS.dump_json(notification))
    assert read == notification
    assert type(read) is type(notification)
    assert NEWS.dump_json(read) == NEWS.dump_json(notification)  # a status's own spelling is no part of ==


async def test_all_that_can_be_told_waits_in_the_database(database: Database) -> None:
    """News of every kind, with whatever people and services wrote in it, is claimed as it was put there."""
    title = 'naïve \x00 "orders" 🔴 \u2028 \\u0041'
    every: list[Notification] = [
        replace(change(new=Status.of("in_Limbo")), title=title, old_since=None),
        JobUnavailable(ORDERS, title, UP, "it hangs", NOON),
        JobAvailableAgain(ORDERS, title, ERROR, NOON, NOON + SECOND),
        StillFailing(ORDERS, title, ERROR, NOON, NOON, ANN, NOON + HOUR),
        Outage("no answer", NOON, 2, (LastStatus(title, UP), LastStatus("", Status.of("")))),
        OutageEnded(NOON, NOON + HOUR),
        LoginRefused("refused", "see the log", NOON),
        Paused(OPS, "is_archived", 12, (title, "clicks")),
        Resumed(12, NOON),
        JobAdded(ORDERS, title, UP, NOON),
        JobRemoved(ORDERS, title, ERROR, NOON),
    ]
    assert {type(notification) for notification in every} == set(get_args(Notification))
    async with database.writing() as session:
        for notification in every:
            outbox.put(session, Destination(WORKSPACE, OPS), notification, NOON)
            await session.flush()
    (queue,) = await claim(database)
    assert [one.notification for one in queue.pending] == every
    assert NEWS.dump_json(queue.pending[0].notification) == NEWS.dump_json(every[0])


async def test_a_change_waits_for_all_who_want_it_and_can_be_told(database: Database) -> None:
    """Each live subscription that wants a change gets a delivery; who doesn't, is paused or muted gets none."""
    await subscribe(database, destination=OPS)
    await subscribe(database, destination=DEV, status_filter="errors")
    await subscribe(database, destination="C_ENDS", status_filter="Stopped")
    await subscribe(database, destination="C_PAUSED")
    await subscribe(database, destination="C_MUTED")
    await sql(database, "UPDATE subscriptions SET paused_because = 'is_archived' WHERE destination = 'C_PAUSED'")
    await sql(database, "UPDATE subscriptions SET muted_until = '2026-03-01' WHERE destination = 'C_MUTED'")
    await becomes(database, WARNING)
    assert [place for place, _ in await waits(database)] == [OPS]
    await becomes(database, Status.of("Stopped"))
    assert [place for place, _ in await waits(database)] == [OPS, OPS, "C_ENDS"]


async def test_a_watch_of_one_run_ends_with_it(database: Database) -> None:
    """That its run was undeployed is told to all who can be told, whatever they want to hear of, after all that waited;
    then their watch is over. Who can't be told now keeps it, and hears of the end later."""
    await subscribe(database, destination=OPS)
    await subscribe(database, destination=DEV, status_filter="errors")
    await subscribe(database, destination="C_PAUSED")
    await sql(database, "UPDATE subscriptions SET paused_because = 'is_archived' WHERE destination = 'C_PAUSED'")
    await becomes(database, WARNING, ENDED)
    assert [await changes_waiting(database, place) for place in (OPS, DEV)] == [[WARNING, ENDED], [ENDED]]
    assert await watching(database) == ["C_PAUSED"]
    await sql(database, "UPDATE subscriptions SET paused_because = NULL")
    async with database.writing() as session:
        assert await reconcile_all(session, NOON + HOUR) == 1
    assert await changes_waiting(database, "C_PAUSED") == [ENDED]
    assert await watching(database) == []
    told = [notification for _, notification in await waits(database) if isinstance(notification, Change)]
    assert [notification.ends for notification in told] == [notification.new == ENDED for notification in told]


async def watching(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(select(SubscriptionRow.destination)))


async def test_what_is_told_is_the_change_to_the_letter(database: Database) -> None:
    """Whoever tells a change knows all of it without asking elsewhere."""
    await subscribe(database)
    known = await the_job(database)
    told = replace(change(at=NOON + SECOND), new=Status.of("RUNNING_WITH_ERROR"))
    async with database.writing() as session:
        await outbox.record_change(session, known, told)
    assert await waits(database) == [(OPS, told)]
    (queue,) = await claim(database)
    (one,) = queue.pending
    assert (one.notification, one.created_at, one.attempts) == (told, NOON + SECOND, 0)
    assert isinstance(one.notification, Change)
    assert one.notification.new.raw == "RUNNING_WITH_ERROR"
    assert one.subscription == (await the_subscription(database)).id


async def test_what_was_told_last_is_remembered_and_not_what_was_left_out(database: Database) -> None:
    """A change that a subscription does not want leaves what it was told last as it was, so that the recovery is told
    whatever came in between."""
    await subscribe(database, status_filter="problems")
    await becomes(database, ERROR)
    assert (await the_subscription(database)).notified_status == ERROR.raw
    await becomes(database, DEPLOYING)
    assert (await the_subscription(database)).notified_status == ERROR.raw
    await becomes(database, UP)
    assert await changes_waiting(database) == [ERROR, UP]
    assert (await the_subscription(database)).notified_status == UP.raw


async def test_a_change_that_nobody_wants_is_history_all_the_same(database: Database) -> None:
    """What was seen is remembered whether or not it was told."""
    await subscribe(database, status_filter="errors")
    await becomes(database, WARNING)
    assert await waits(database) == []
    assert await count(database, ChangeRow) == 1


async def test_news_that_is_no_change_reaches_every_live_subscription(database: Database) -> None:
    """That a job is out of sight concerns whoever subscribes to it, whichever changes they want."""
    await subscribe(database, destination=OPS, status_filter="errors")
    await subscribe(database, destination=DEV)
    await sql(database, "UPDATE subscriptions SET muted_until = '2026-03-01' WHERE destination = 'C2'")
    known = await the_job(database)
    notification = JobUnavailable(known.ref, known.title, known.status, "it hangs", NOON)
    async with database.writing() as session:
        await outbox.notify_subscribers(session, known, notification, NOON + SECOND)
    assert await waits(database) == [(OPS, notification)]
    (delivery,) = await deliveries(database)
    assert (delivery.created_at, delivery.notified_before) == (NOON + SECOND, None)


async def test_another_workspace_hears_nothing(database: Database) -> None:
    """The same job in two workspaces is two watched jobs, each with its own known status and deliveries."""
    await subscribe(database)
    await subscribe(database, workspace=OTHER_WORKSPACE)
    await becomes(database, ERROR, workspace=OTHER_WORKSPACE)
    (queue,) = await claim(database)
    assert queue.destination == Destination(OTHER_WORKSPACE, OPS)
    assert (await the_job(database)).status == UP


async def test_a_change_and_its_deliveries_are_written_together_or_not_at_all(database: Database) -> None:
    """A transaction that fails after the change was recorded leaves neither the change nor a delivery behind."""
    await subscribe(database)
    (known,) = await claim_jobs(database, "w")

    class Crash(Exception):
        pass

    async def fail() -> None:
        async with database.writing() as session:
            assert await tracked_jobs.write_poll(session, "w", known, replace(known, status=ERROR))
            await outbox.record_change(session, known, change())
            await session.flush()
            raise Crash

    with pytest.raises(Crash):
        await fail()
    assert await deliveries(database) == []
    assert await count(database, ChangeRow) == 0
    assert (await the_job(database)).status == UP
    assert (await the_subscription(database)).notified_status == UP.raw


async def test_a_delivery_that_is_written_twice_is_refused(database: Database) -> None:
    """The database itself holds that one change is told once to one subscription."""
    await subscribe(database)
    await becomes(database, ERROR)
    (first,) = await deliveries(database)
    again = {"workspace": WORKSPACE, "destination": OPS, "news": first.notification, "created_at": NOON, "attempts": 0}
    async with database.writing() as session:
        assert not await insert_if_absent(
            session, DeliveryRow, change_id=first.change_id, subscription_id=first.subscription_id, **again
        )
        # What is no change has no such rule: the same may be told again another day.
        assert await insert_if_absent(session, DeliveryRow, subscription_id=first.subscription_id, **again)


async def test_a_newcomer_is_not_told_what_it_was_shown(database: Database) -> None:
    """A look made to subscribe counts like the watcher's: a change that it shows is told to those who were there, and
    the newcomer, who was shown it, is not told again."""
    await subscribe(database, job(UP), OPS, ANN)
    newcomer = await subscribe(database, job(ERROR, ORDERS), DEV, BEN, at=NOON + HOUR)
    assert newcomer.job.status == ERROR
    ((place, told),) = await waits(database)
    assert isinstance(told, Change)
    assert (place, told.old, told.new, told.at) == (OPS, UP, ERROR, NOON + HOUR)
    assert (await the_subscription(database, OPS)).notified_status == ERROR.raw
    assert (await the_subscription(database, DEV)).notified_status == ERROR.raw
