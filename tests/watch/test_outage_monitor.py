"""The service is out, or one job can't be seen, or nobody is let in: told once, and once that it is over."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.domain.notification import JobAvailableAgain, JobUnavailable, Outage
from bot.domain.notification import LoginRefused as RefusedNews
from bot.informatica.errors import BadAnswer, RateLimited, LoginRefused, NotAllowed, NotFound, Unreachable
from bot.store import outages, workers
from bot.store.sql.tables import DeliveryRow, Subscription
from tests.cast import ANN, BEN, CLICKS, DEV, ERROR, OPS, ORDERS, UP
from tests.watch.world import Service, World, runs

AWAY = Unreachable()


async def out(world: World, *watchers: Any) -> None:
    """Three intervals in which the service gives no good answer, and what follows."""
    world.service.usual = AWAY
    for _ in range(3):
        await world.round(*watchers)
    await world.seconds(1, *watchers)


@pytest.mark.parametrize(
    "error",
    [AWAY, Unreachable(timed_out=True), Unreachable(status=500), RateLimited(status=503), BadAnswer(status=200)],
    ids=["away", "late", "500", "busy", "nonsense"],
)
async def test_an_outage_is_told_once(world: World, error: Exception) -> None:
    """After three intervals without any good answer each destination hears once what is not known there, and since
    when, however long it lasts."""
    await world.subscribe(ORDERS)
    await world.subscribe(CLICKS)
    await world.subscribe(CLICKS, destination=DEV, by=BEN)
    poller = await world.started()
    world.service.usual = error
    await world.round(poller)
    await world.round(poller)
    await world.seconds(29, poller)
    assert await world.kinds() == []
    assert poller.problem is None
    for _ in range(4):
        await world.round(poller)

    (ops,), (dev,) = await world.notification(OPS), await world.notification(DEV)
    assert isinstance(ops, Outage)
    assert isinstance(dev, Outage)
    assert (ops.count, dev.count) == (2, 1)
    assert [job.title for job in dev.jobs] == [f"job-{CLICKS.run}"]
    ago = datetime.now(UTC) - ops.since
    assert timedelta(seconds=80) < ago < timedelta(seconds=130)
    assert poller.problem is not None
    assert poller.problem.startswith("the jobs service can't be asked: the jobs service ")


async def test_its_end_is_told_before_what_changed(either_world: World) -> None:
    """The first good answer ends it, once; what that very look shows comes after it, and both go out together."""
    world = either_world
    await world.subscribe()
    poller = await world.started()
    await out(world, poller)
    world.service.usual = ERROR
    await world.round(poller)
    await world.seconds(20, poller)

    assert await world.kinds() == ["outage", "outage_over", "change"]
    assert poller.problem is None
    async with world.database.reading() as session:
        _, over, change = await session.scalars(select(DeliveryRow).order_by(DeliveryRow.id))
    assert over.next_try_at is not None
    assert over.next_try_at > over.created_at + timedelta(seconds=10)
    assert change.next_try_at is None  # it waits behind the other one


async def test_many_good_answers_at_once_end_it_first(world: World, mocker: MockerFixture) -> None:
    """Also of looks that end while somebody is about to say that it is over, no change is recorded before that."""
    for ref in runs(5):
        await world.subscribe(ref)
    poller = await world.started()
    await out(world, poller)
    end, gate = outages.end, asyncio.Event()

    async def slow(*args: Any, **options: Any) -> bool:
        await gate.wait()
        return await end(*args, **options)

    slowly = mocker.patch.object(outages, "end", side_effect=slow)
    world.service.usual = ERROR
    world.clock.now += 30
    await poller.tick()
    await world.until(lambda: slowly.called and not world.service.under_way)
    for _ in range(50):  # what does not wait for the gate has its chance
        await asyncio.sleep(0.002)
    gate.set()
    await world.rest()
    await world.seconds(2, poller)
    assert await world.kinds() == ["outage", "outage_over"] + ["change"] * 5


async def test_many_good_answers_at_once_try_once(world: World, mocker: MockerFixture) -> None:
    """Where it can't be written that it is over, looks that end meanwhile don't queue up to try it one by one."""
    for ref in runs(5):
        await world.subscribe(ref)
    poller = await world.started()
    await out(world, poller)
    gate = asyncio.Event()

    async def fail(*_: Any, **__: Any) -> bool:
        await gate.wait()
        raise OperationalError("DELETE", {}, OSError("disk full"))

    broken = mocker.patch.object(outages, "end", side_effect=fail)
    await world.tick(poller, after=28.5)  # a roll call, since another one so soon after it would try as well
    world.service.usual = ERROR
    world.clock.now += 0.5
    await poller.tick()
    await world.until(lambda: broken.called and not world.service.under_way)
    gate.set()
    await world.rest()
    assert broken.call_count == 1
    mocker.stop(broken)
    await world.seconds(2, poller)
    assert (await world.kinds()).count("outage_over") == 1


async def test_after_it_all_that_could_not_be_seen_is_looked_at_soon(world: World) -> None:
    """Within ten seconds and a tick of the first good answer, whatever the interval, all jobs are looked at."""
    for ref in runs(12):
        await world.subscribe(ref)
    poller = await world.started(interval=timedelta(seconds=300))
    world.service.usual = AWAY
    while not await world.kinds():  # in small steps, so that the looks remain spread over the interval
        await world.tick(poller, after=30)
    world.service.usual = UP
    world.service.asked.clear()
    while not world.service.asked:
        await world.tick(poller, after=30)
    assert len(world.service.asked) < 12
    await world.seconds(11, poller)
    assert {*world.service.asked} == {*runs(12)}


async def test_a_hiccup_is_no_outage(world: World) -> None:
    """Two failures, and a good answer after them, are told to nobody."""
    await world.subscribe()
    poller = await world.started()
    for _ in range(3):
        world.service.usual = AWAY
        await world.round(poller)
        await world.round(poller)
        world.service.usual = UP
        await world.round(poller)
    assert await world.kinds() == []


async def test_an_outage_that_nobody_is_to_hear_of(world: World) -> None:
    """Where all that is watched is muted, an outage is told to nobody, and jobs are looked at no more often for it."""
    await world.subscribe()
    async with world.database.writing() as session:
        await session.execute(update(Subscription).values(muted_until=datetime.now(UTC) + timedelta(hours=1)))
    poller = await world.started()
    await out(world, poller)
    world.service.asked.clear()
    await world.seconds(59, poller)
    assert len(world.service.asked) <= 2
    assert await world.kinds() == []


async def test_two_workers_tell_once(either_world: World) -> None:
    """However many notice it, an outage is told once, and so is its end; then both look at all they could not see."""
    world = either_world
    for ref in runs(4):
        await world.subscribe(ref)
    services = Service(), Service()
    both = [world.poller(service=service) for service in services]
    await world.seconds(4, *both)
    for service in services:
        service.usual = AWAY
    for _ in range(4):  # one looks half an interval after the other
        await world.tick(both[0], after=15)
        await world.tick(both[1], after=15)
    assert await world.kinds() == ["outage"]

    services[0].usual = ERROR
    services[1].usual = ERROR
    services[1].asked.clear()
    await world.tick(both[0], after=15)
    await world.seconds(12, both[1])
    assert await world.kinds() == ["outage", "outage_over"] + ["change"] * 4
    assert len({*services[1].asked}) == 2


async def test_one_worker_that_is_cut_off_is_no_outage(either_world: World) -> None:
    """As long as another worker gets good answers, the service is not out."""
    world = either_world
    for ref in runs(4):
        await world.subscribe(ref)
    cut_off = Service()
    both = [world.poller(), world.poller(service=cut_off)]
    await world.seconds(4, *both)
    cut_off.usual = AWAY
    for _ in range(5):
        await world.round(*both)
    assert len(cut_off.asked) > 3
    assert "outage" not in await world.kinds()


async def test_whoever_comes_after_it_says_that_it_is_over(world: World) -> None:
    """An outage that was told by a worker which is gone is ended by the next one that gets a good answer."""
    await world.subscribe()
    first = await world.started("first")
    await out(world, first)
    await first.drain()
    async with world.database.writing() as session:
        await workers.leave(session, "first")
    second = await world.started("second")
    world.service.usual = UP
    await world.round(second)
    await world.seconds(1, second)
    assert await world.kinds() == ["outage", "outage_over"]


@pytest.mark.parametrize("function", ["begin", "end"])
async def test_a_database_in_trouble_puts_the_telling_off(world: World, function: str, mocker: MockerFixture) -> None:
    """Where it can't be written that it is out, or over, it is tried again, and comes before what changed."""
    await world.subscribe()
    poller = await world.started()
    broken = mocker.patch.object(outages, function, side_effect=OperationalError("", {}, OSError("disk full")))
    await out(world, poller)
    if function == "begin":
        assert poller.problem == "the database can't be written (OperationalError)"
        mocker.stop(broken)
        await world.seconds(1, poller)
    world.service.usual = UP
    with capture_logs() as logs:
        await world.round(poller)
    if function == "end":
        assert any(log["event"].startswith("the database is in trouble") for log in logs)
        assert await world.kinds() == ["outage"]
        mocker.stop(broken)
    await world.seconds(1, poller)
    assert poller.problem is None
    assert await world.kinds() == ["outage", "outage_over"]


# ── one job ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("error", [NotFound(status=404), NotAllowed(status=403)], ids=["404", "403"])
async def test_one_job_out_of_sight_is_told_once(either_world: World, error: Exception) -> None:
    """The third failure in a row is told to those who watch it, once; and once that it can be seen again."""
    world = either_world
    await world.subscribe(ORDERS)
    await world.subscribe(CLICKS, destination=DEV, by=BEN)
    poller = await world.started()
    world.service.answers[ORDERS] = error
    await world.round(poller)
    await world.round(poller)
    assert await world.kinds() == []
    for _ in range(4):
        await world.round(poller)
    (notification,) = await world.notification()
    assert isinstance(notification, JobUnavailable)
    assert (notification.ref, notification.status) == (ORDERS, UP)
    assert poller.problem is None

    world.service.answers[ORDERS] = ERROR
    for _ in range(2):
        await world.round(poller)
    _, back, change = await world.notification()
    assert isinstance(back, JobAvailableAgain)
    assert (back.status, back.unavailable_since, change.kind) == (ERROR, notification.since, "change")
    assert await world.kinds(DEV) == []


async def test_one_job_that_does_not_answer_while_others_do(world: World) -> None:
    """What is no answer of the service's own is told of a job as well, if another one was seen since it failed."""
    await world.subscribe(ORDERS)
    await world.subscribe(CLICKS)
    poller = await world.started()
    world.service.answers[ORDERS] = Unreachable(timed_out=True)
    for _ in range(5):
        await world.round(poller)
    assert await world.kinds() == ["out_of_sight"]


async def test_out_of_sight_over_a_restart(world: World) -> None:
    """A restart repeats nothing, and does not forget that it was told: it is still told when the job is back."""
    await world.subscribe(ORDERS)
    world.service.usual = NotFound(status=404)
    for name in ("first", "second"):
        poller = await world.started(name)
        for _ in range(4):
            await world.round(poller)
        await poller.drain()
        async with world.database.writing() as session:
            await workers.leave(session, name)
    assert await world.kinds() == ["out_of_sight"]
    world.service.usual = UP
    third = await world.started("third")
    for _ in range(2):
        await world.round(third)
    assert await world.kinds() == ["out_of_sight", "back_in_sight"]


# ── the log-in ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_refused_log_in_is_told_to_those_who_subscribed(either_world: World) -> None:
    """Each of them hears it once, however many looks are refused and for how long; the channels hear nothing of it."""
    world = either_world
    for ref in runs(6):
        await world.subscribe(ref)
    await world.subscribe(ORDERS, by=BEN)
    poller = await world.started()
    world.service.usual = LoginRefused(status=401)
    await world.round(poller)
    for person in (ANN, BEN):
        (notification,) = await world.notification(person)
        assert isinstance(notification, RefusedNews)
        assert "INFORMATICA_PASSWORD" in notification.remedy
    assert await world.kinds(OPS) == []
    for _ in range(2):
        await world.round(poller)
    assert await world.kinds(ANN) == await world.kinds(BEN) == ["login_refused"]


async def test_a_refusal_that_could_not_be_written_is_told_later(world: World, mocker: MockerFixture) -> None:
    """A database in trouble puts it off until the next look."""
    await world.subscribe()
    poller = await world.started()
    world.service.usual = LoginRefused(status=401)
    broken = mocker.patch.object(
        outages, "begin_login_refused", side_effect=OperationalError("", {}, OSError("disk full"))
    )
    await world.round(poller)
    mocker.stop(broken)
    assert await world.kinds(ANN) == []
    await world.round(poller)
    assert await world.kinds(ANN) == ["login_refused"]


async def test_one_that_is_let_in_and_one_that_is_refused(world: World) -> None:
    """While one worker was restarted with the right password and another still has the wrong one, it is told once that
    the log-in was refused and once that it is over: they don't contradict each other for ever."""
    for ref in runs(4):
        await world.subscribe(ref)
    refused = Service()
    refused.usual = LoginRefused(status=401)
    both = [world.poller(), world.poller(service=refused)]
    await world.seconds(3, *both)
    for _ in range(4):
        await world.round(*both)
    await world.seconds(3, *both)
    assert await world.kinds(ANN) == ["login_refused", "outage_over"]
