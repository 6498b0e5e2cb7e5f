import asyncio
from dataclasses import replace

from bot.jobs import JobRef
from bot.store import outbox, subscriptions, watches
from bot.store.database import Database
from bot.store.tables import Subscription
from bot.store.watches import Known
from tests.cast import ANN, DEV, ERROR, MINUTE, NOON, OPS, ORDERS, SECOND, UP, WARNING, WORKSPACE, change, job

LEASE = 20 * SECOND


async def watch(database: Database, *runs: int, destination: str = OPS) -> None:
    """Subscribe a channel to runs of the same dataflow, due a second after noon plus their number."""
    async with database.writing() as session:
        for run in runs:
            await subscriptions.subscribe(
                session,
                WORKSPACE,
                job(UP, JobRef(ORDERS.dataflow, run), f"job {run}"),
                destination,
                ANN,
                looked_at=NOON,
                next_look_at=NOON + run * SECOND,
            )


async def claim(database: Database, worker: str, after: int, limit: int = 9) -> list[Known]:
    async with database.writing() as session:
        return list(await watches.claim(session, worker, NOON + after * SECOND, limit=limit, lease=LEASE))


async def waiting(database: Database, worker: str = "t", after: int = 60, limit: int = 9) -> list[outbox.Waiting]:
    async with database.writing() as session:
        return list(await outbox.claim(session, worker, NOON + after * SECOND, limit=limit, lease=LEASE))


async def record(database: Database, known: Known, *statuses: object) -> None:
    """Record changes of a job one after the other."""
    async with database.writing() as session:
        for new in statuses:
            await outbox.record(session, known, change(new=new, ref=known.ref))  # type: ignore[arg-type]


async def test_only_what_is_due_is_claimed_longest_overdue_first(database: Database) -> None:
    """A claim takes what is due, in the order in which it fell due, and no more than asked for."""
    await watch(database, 3, 1, 2, 50)
    assert [known.ref.run for known in await claim(database, "w", after=10, limit=2)] == [1, 2]
    assert [known.ref.run for known in await claim(database, "w", after=10)] == [3]


async def test_workers_share_without_overlap(database: Database) -> None:
    """However many workers claim at the same moment, each job goes to exactly one of them."""
    await watch(database, *range(1, 21))
    shares = await asyncio.gather(*(claim(database, f"w{n}", after=60, limit=5) for n in range(8)))
    runs = [known.ref.run for share in shares for known in share]
    assert sorted(runs) == list(range(1, 21))


async def test_a_dead_workers_jobs_are_free_after_the_lease(database: Database) -> None:
    """A lease keeps others away for its length and no longer."""
    await watch(database, 1)
    assert len(await claim(database, "dead", after=10)) == 1
    assert await claim(database, "other", after=29) == []
    assert len(await claim(database, "other", after=30)) == 1


async def test_a_settled_look_hands_back_the_lease(database: Database) -> None:
    """After a look is settled the job is due again at the time that was decided."""
    await watch(database, 1)
    (known,) = await claim(database, "w", after=1)
    after = replace(known, status=ERROR, seen_at=NOON + SECOND)
    async with database.writing() as session:
        assert await watches.settle(session, "w", known, after, NOON + 40 * SECOND)
    assert await claim(database, "w", after=39) == []
    (again,) = await claim(database, "w", after=40)
    assert again.status == ERROR


async def test_a_look_that_lost_its_lease_does_not_count(database: Database) -> None:
    """When another worker took a job over, what the first one saw is dropped: it may be old."""
    await watch(database, 1)
    (known,) = await claim(database, "slow", after=1)
    await claim(database, "fast", after=30)
    async with database.writing() as session:
        assert not await watches.settle(session, "slow", known, replace(known, status=ERROR), NOON + MINUTE)
    (again,) = await claim(database, "w", after=90)
    assert again.status == UP


async def test_a_look_that_a_subscriber_overtook_does_not_count(database: Database) -> None:
    """When somebody subscribed with a newer look meanwhile, the older one only hands back its lease."""
    await watch(database, 1)
    (known,) = await claim(database, "w", after=1)
    async with database.writing() as session:
        await subscriptions.subscribe(
            session, WORKSPACE, job(ERROR, known.ref), DEV, ANN, looked_at=NOON + 2 * SECOND, next_look_at=NOON + MINUTE
        )
    async with database.writing() as session:
        assert not await watches.settle(session, "w", known, replace(known, status=WARNING), NOON + 5 * SECOND)
    (again,) = await claim(database, "w", after=5)
    assert again.status == ERROR


async def test_a_worker_hands_back_its_own_leases_only(database: Database) -> None:
    """At a shutdown the others keep what they hold."""
    await watch(database, 1, 2)
    await claim(database, "a", after=1, limit=1)
    await claim(database, "b", after=2, limit=1)
    async with database.writing() as session:
        await watches.release(session, "a")
    assert [known.ref.run for known in await claim(database, "c", after=9)] == [1]


async def test_a_destination_is_told_in_order_by_one_at_a_time(database: Database) -> None:
    """Only the oldest waiting delivery of a destination can be claimed; the next one after that one is settled."""
    await watch(database, 1)
    (known,) = await claim(database, "w", after=1)
    await record(database, known, WARNING, ERROR)

    (first,) = await waiting(database, "a")
    assert first.change.new == WARNING
    assert await waiting(database, "b") == []
    async with database.writing() as session:
        await outbox.settle_told(session, first, "1.0", NOON)
    (second,) = await waiting(database, "b")
    assert second.change.new == ERROR


async def test_a_failed_delivery_holds_back_those_behind_it(database: Database) -> None:
    """While the oldest waits for its next try, the order holds: nothing behind it goes first."""
    await watch(database, 1)
    (known,) = await claim(database, "w", after=1)
    await record(database, known, WARNING, ERROR)
    (first,) = await waiting(database, after=60)
    async with database.writing() as session:
        await outbox.settle_later(session, "t", first, NOON + 100 * SECOND, "ratelimited")

    assert await waiting(database, after=99) == []
    (again,) = await waiting(database, after=100)
    assert (again.id, again.attempts) == (first.id, 1)


async def test_destinations_do_not_wait_for_each_other(database: Database) -> None:
    """Each destination's oldest delivery is claimed, whatever happens to the others."""
    await watch(database, 1)
    await watch(database, 1, destination=DEV)
    (known,) = await claim(database, "w", after=1)
    await record(database, known, WARNING, ERROR)
    assert [(w.destination, w.change.new) for w in await waiting(database)] == [(OPS, WARNING), (DEV, WARNING)]


async def test_two_tellers_never_claim_the_same(database: Database) -> None:
    """However many tellers claim at the same moment, each delivery goes to one of them."""
    for n in range(6):
        await watch(database, 1, destination=f"C{n}")
    (known,) = await claim(database, "w", after=1)
    await record(database, known, ERROR)
    shares = await asyncio.gather(*(waiting(database, f"t{n}", limit=2) for n in range(6)))
    claimed = [w.id for share in shares for w in share]
    assert len(claimed) == len(set(claimed)) == 6


async def test_what_was_told_stays_told_whoever_holds_the_lease(database: Database) -> None:
    """A message that Slack accepted after its lease had ended is not told again."""
    await watch(database, 1)
    (known,) = await claim(database, "w", after=1)
    await record(database, known, ERROR)
    (slow,) = await waiting(database, "slow", after=60)
    await waiting(database, "fast", after=90)
    async with database.writing() as session:
        await outbox.settle_told(session, slow, "1.0", NOON)
    assert await waiting(database, "third", after=120) == []


async def test_a_paused_subscription_gets_no_deliveries(database: Database) -> None:
    """While a destination is gone nothing piles up for it; the others are told."""
    await watch(database, 1)
    await watch(database, 1, destination=DEV)
    (known,) = await claim(database, "w", after=1)
    async with database.writing() as session:
        await subscriptions.pause(session, WORKSPACE, OPS, "is_archived", NOON)
    await record(database, known, ERROR)
    assert [w.destination for w in await waiting(database)] == [DEV]


async def test_what_waits_for_a_gone_destination_is_given_up(database: Database) -> None:
    """All that waited for a destination that is gone is settled at once, and is not tried again."""
    await watch(database, 1)
    (known,) = await claim(database, "w", after=1)
    await record(database, known, WARNING, ERROR)
    async with database.writing() as session:
        assert await outbox.settle_gone(session, WORKSPACE, OPS, "is_archived", NOON) == 2
    assert await waiting(database) == []


async def test_a_change_and_its_deliveries_are_written_together_or_not_at_all(database: Database) -> None:
    """A transaction that fails after the change was recorded leaves neither the change nor a delivery behind."""
    await watch(database, 1)
    (known,) = await claim(database, "w", after=1)

    class Crash(Exception):
        pass

    try:
        async with database.writing() as session:
            await watches.settle(session, "w", known, replace(known, status=ERROR), NOON + MINUTE)
            await outbox.record(session, known, change(ref=known.ref))
            raise Crash
    except Crash:
        pass
    assert await waiting(database) == []
    (again,) = await claim(database, "w", after=60)
    assert again.status == UP


async def test_a_delivery_that_is_written_twice_is_refused(database: Database) -> None:
    """The database itself holds that one change is told once to one subscription."""
    await watch(database, 1)
    (known,) = await claim(database, "w", after=1)
    await record(database, known, ERROR)
    (first,) = await waiting(database)
    async with database.writing() as session:
        subscription = (await session.execute(Subscription.__table__.select())).one()
        assert not await _duplicate(session, first.id, subscription.id)


async def _duplicate(session: object, delivery: int, subscription: int) -> bool:
    from sqlalchemy import select
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.store.tables import Delivery
    from bot.store.upsert import insert_if_absent

    assert isinstance(session, AsyncSession)
    change_id = (await session.execute(select(Delivery.change_id).where(Delivery.id == delivery))).scalar_one()
    return await insert_if_absent(
        session,
        Delivery,
        workspace=WORKSPACE,
        change_id=change_id,
        subscription_id=subscription,
        destination=OPS,
        next_try_at=NOON,
        attempts=0,
    )
