"""An outage, an unavailable job, or a refused log-in: announced once, and once that it ended."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.domain.notification.jobs import JobAvailableAgain, JobUnavailable
from bot.domain.notification.service import LoginRefused as RefusedNotification
from bot.domain.notification.service import Outage
from bot.informatica.errors import (
    BadAnswer,
    LoginRefused,
    NotAllowed,
    NotFound,
    RateLimited,
    SuccessorUnknown,
    Unreachable,
)
from bot.store import outages, workers
from bot.store.sql.tables import DeliveryRow, SubscriptionRow
from tests.cast import ANN, BEN, CLICKS, DEV, ERROR, OPS, ORDERS, UP
from tests.watch.world import Service, World, runs

UNREACHABLE = Unreachable()


async def out(world: World, *pollers: Any) -> None:
    """Let three intervals pass without a good answer, and what follows."""
    world.service.usual = UNREACHABLE
    for _ in range(3):
        await world.round(*pollers)
    await world.seconds(1, *pollers)


@pytest.mark.parametrize(
    "error",
    [UNREACHABLE, Unreachable(timed_out=True), Unreachable(status=500), RateLimited(status=503), BadAnswer(status=200)],
    ids=["unreachable", "timed out", "500", "busy", "nonsense"],
)
async def test_an_outage_is_announced_once(world: World, error: Exception) -> None:
    """After three intervals without a good answer each destination is notified once, with its jobs and since when."""
    await world.subscribe(ORDERS)
    await world.subscribe(CLICKS)
    await world.subscribe(CLICKS, destination=DEV, by=BEN)
    poller = await world.started()
    world.service.usual = error
    await world.round(poller)
    await world.round(poller)
    await world.seconds(29, poller)
    assert await world.kinds() == []
    assert poller.outage is None
    for _ in range(4):
        await world.round(poller)

    (ops,), (dev,) = await world.notifications(OPS), await world.notifications(DEV)
    assert isinstance(ops, Outage)
    assert isinstance(dev, Outage)
    assert (ops.count, dev.count) == (2, 1)
    assert [job.title for job in dev.jobs] == [f"job-{CLICKS.run}"]
    ago = datetime.now(UTC) - ops.since
    assert timedelta(seconds=80) < ago < timedelta(seconds=130)
    assert poller.outage is not None
    assert poller.outage.startswith("the jobs service can't be reached: the jobs service ")


async def test_the_end_comes_before_what_changed(either_world: World) -> None:
    """The first good answer ends the outage, once. The change that it shows comes after the end, in the same
    message."""
    world = either_world
    await world.subscribe()
    poller = await world.started()
    await out(world, poller)
    world.service.usual = ERROR
    await world.round(poller)
    await world.seconds(20, poller)

    assert await world.kinds() == ["outage", "outage_over", "change"]
    assert poller.outage is None
    async with world.database.reading() as session:
        _, over, change = await session.scalars(select(DeliveryRow).order_by(DeliveryRow.id))
    assert over.next_try_at is not None
    assert over.next_try_at > over.created_at + timedelta(seconds=10)
    assert change.next_try_at is None  # it waits behind the other one


async def test_many_good_answers_at_once_wait_for_the_end(world: World, mocker: MockerFixture) -> None:
    """Polls that end while the end is being announced record their changes after it."""
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
    for _ in range(50):  # whatever doesn't wait for the gate has its chance
        await asyncio.sleep(0.002)
    gate.set()
    await world.rest()
    await world.seconds(2, poller)
    assert await world.kinds() == ["outage", "outage_over"] + ["change"] * 5


async def test_many_good_answers_at_once_try_to_end_it_once(world: World, mocker: MockerFixture) -> None:
    """If the end can't be written, polls that end meanwhile don't queue up to try it again."""
    for ref in runs(5):
        await world.subscribe(ref)
    poller = await world.started()
    await out(world, poller)
    gate = asyncio.Event()

    async def fail(*_: Any, **__: Any) -> bool:
        await gate.wait()
        raise OperationalError("DELETE", {}, OSError("disk full"))

    broken = mocker.patch.object(outages, "end", side_effect=fail)
    await world.tick(poller, after=28.5)  # a heartbeat, since another one so soon after it would try as well
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


async def test_failing_jobs_are_polled_soon_after_an_outage(world: World) -> None:
    """All failing jobs are polled within ten seconds and a tick of the first good answer."""
    for ref in runs(12):
        await world.subscribe(ref)
    poller = await world.started(interval=timedelta(seconds=300))
    world.service.usual = UNREACHABLE
    while not await world.kinds():  # in small steps, so that the polls remain spread over the interval
        await world.tick(poller, after=30)
    world.service.usual = UP
    world.service.polled.clear()
    while not world.service.polled:
        await world.tick(poller, after=30)
    assert len(world.service.polled) < 12
    await world.seconds(11, poller)
    assert {*world.service.polled} == {*runs(12)}


async def test_what_failed_in_an_outage_says_nothing_about_a_job(world: World) -> None:
    """A job that fails once more just after the first good answer isn't announced; one that goes on failing is."""
    await world.subscribe(ORDERS)
    await world.subscribe(CLICKS)
    poller = await world.started()
    await out(world, poller)
    assert await world.kinds() == ["outage"]
    world.service.usual = UP
    world.service.answers[CLICKS] = RateLimited(status=503)  # under way, or held back by one that was
    world.service.polled.clear()
    while CLICKS not in world.service.polled or ORDERS not in world.service.polled:
        await world.seconds(1, poller)
    await world.seconds(5, poller)
    assert "out_of_sight" not in await world.kinds()
    for _ in range(4):
        await world.round(poller)
    assert (await world.kinds()).count("out_of_sight") == 1


async def test_a_job_that_is_gone_after_an_outage_is_asked_about_as_often_as_any(world: World) -> None:
    """Its failures in the outage don't count, even if its own is the first answer: until it would be announced, the job
    list can show that it was removed."""
    await world.subscribe(ORDERS)
    await world.subscribe(CLICKS)
    poller = await world.started()
    await out(world, poller)
    world.service.answers[CLICKS] = NotFound()
    world.service.polled.clear()
    while CLICKS not in world.service.polled:
        await world.seconds(1, poller)
    world.service.usual = UP
    await world.seconds(20, poller)
    assert "out_of_sight" not in await world.kinds()
    for _ in range(3):
        await world.round(poller)
    assert (await world.kinds()).count("out_of_sight") == 1


async def test_a_hiccup_is_no_outage(world: World) -> None:
    """Two failures and a good answer after them aren't announced."""
    await world.subscribe()
    poller = await world.started()
    for _ in range(3):
        world.service.usual = UNREACHABLE
        await world.round(poller)
        await world.round(poller)
        world.service.usual = UP
        await world.round(poller)
    assert await world.kinds() == []


async def test_an_outage_of_muted_jobs_is_not_announced(world: World) -> None:
    """If every subscription is muted, an outage isn't announced, and jobs aren't polled more often."""
    await world.subscribe()
    async with world.database.writing() as session:
        await session.execute(update(SubscriptionRow).values(muted_until=datetime.now(UTC) + timedelta(hours=1)))
    poller = await world.started()
    await out(world, poller)
    world.service.polled.clear()
    await world.seconds(59, poller)
    assert len(world.service.polled) <= 2
    assert await world.kinds() == []


async def test_whose_mute_ends_hears_of_an_outage_that_lasts(world: World) -> None:
    """An outage that others were told of is announced, once, where all was muted when it began."""
    await world.subscribe(ORDERS)
    await world.subscribe(CLICKS, destination=DEV)
    muted = update(SubscriptionRow).where(SubscriptionRow.destination == DEV)
    async with world.database.writing() as session:
        await session.execute(muted.values(muted_until=datetime.now(UTC) + timedelta(hours=1)))
    poller = await world.started()
    await out(world, poller)
    async with world.database.writing() as session:
        await session.execute(muted.values(muted_until=None))
    for _ in range(6):
        await world.round(poller)
    assert (await world.kinds(OPS), await world.kinds(DEV)) == (["outage"], ["outage"])
    world.service.usual = UP
    await world.round(poller)
    assert (await world.kinds(OPS), await world.kinds(DEV)) == (["outage", "outage_over"],) * 2


async def test_two_workers_announce_an_outage_once(either_world: World) -> None:
    """An outage and its end are announced once, however many workers notice; then both poll their failing jobs."""
    world = either_world
    for ref in runs(4):
        await world.subscribe(ref)
    services = Service(), Service()
    both = [world.poller(service=service) for service in services]
    await world.seconds(4, *both)
    for service in services:
        service.usual = UNREACHABLE
    for _ in range(4):  # one polls half an interval after the other
        await world.tick(both[0], after=15)
        await world.tick(both[1], after=15)
    assert await world.kinds() == ["outage"]

    services[0].usual = ERROR
    services[1].usual = ERROR
    services[1].polled.clear()
    await world.tick(both[0], after=15)
    await world.seconds(12, both[1])
    assert await world.kinds() == ["outage", "outage_over"] + ["change"] * 4
    assert len({*services[1].polled}) == 2


async def test_a_worker_that_is_cut_off_is_no_outage(either_world: World) -> None:
    """While another worker gets good answers, the service isn't out."""
    world = either_world
    for ref in runs(4):
        await world.subscribe(ref)
    cut_off = Service()
    both = [world.poller(), world.poller(service=cut_off)]
    await world.seconds(4, *both)
    cut_off.usual = UNREACHABLE
    for _ in range(5):
        await world.round(*both)
    assert len(cut_off.polled) > 3
    assert "outage" not in await world.kinds()


async def test_another_worker_ends_an_outage(world: World) -> None:
    """An outage that a lost worker announced is ended by the next worker that gets a good answer."""
    await world.subscribe()
    first = await world.started("first")
    await out(world, first)
    await first.drain()
    async with world.database.writing() as session:
        await workers.deregister(session, "first")
    second = await world.started("second")
    world.service.usual = UP
    await world.round(second)
    await world.seconds(1, second)
    assert await world.kinds() == ["outage", "outage_over"]


@pytest.mark.parametrize("function", ["begin", "end"])
async def test_a_database_fault_postpones_the_announcement(world: World, function: str, mocker: MockerFixture) -> None:
    """If an outage or its end can't be written, it is tried again, and comes before what changed."""
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
        assert any(log["event"].startswith("the database can't be written") for log in logs)
        assert await world.kinds() == ["outage"]
        mocker.stop(broken)
    await world.seconds(1, poller)
    assert poller.problem is None
    assert await world.kinds() == ["outage", "outage_over"]


# ── one job ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("error", [NotFound(status=404), NotAllowed(status=403)], ids=["404", "403"])
async def test_an_unavailable_job_is_announced_once(either_world: World, error: Exception) -> None:
    """The third failure in a row notifies a job's subscribers once, and the next good poll notifies them once."""
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
    (notification,) = await world.notifications()
    assert isinstance(notification, JobUnavailable)
    assert (notification.ref, notification.status) == (ORDERS, UP)
    assert poller.problem is None

    world.service.answers[ORDERS] = ERROR
    for _ in range(2):
        await world.round(poller)
    _, back, change = await world.notifications()
    assert isinstance(back, JobAvailableAgain)
    assert (back.status, back.unavailable_since, change.kind) == (ERROR, notification.since, "change")
    assert await world.kinds(DEV) == []


async def test_a_job_that_times_out_while_others_answer_is_unavailable(world: World) -> None:
    """A job whose polls get no answer is unavailable if another job was polled since it failed."""
    await world.subscribe(ORDERS)
    await world.subscribe(CLICKS)
    poller = await world.started()
    world.service.answers[ORDERS] = Unreachable(timed_out=True)
    for _ in range(5):
        await world.round(poller)
    assert await world.kinds() == ["out_of_sight"]


async def test_an_optional_resource_that_fails_is_no_outage(world: World) -> None:
    """If only the question for a run's successor fails, the jobs resource answers: that is no outage."""
    await world.subscribe(ORDERS)
    poller = await world.started()
    world.service.usual = SuccessorUnknown(status=503)
    for _ in range(5):
        await world.round(poller)
    assert await world.kinds() == ["out_of_sight"]
    assert poller.problem is None


async def test_an_unavailable_job_over_a_restart(world: World) -> None:
    """A restart repeats no notification, and a job that was unavailable is still announced as available again."""
    await world.subscribe(ORDERS)
    world.service.usual = NotFound(status=404)
    for name in ("first", "second"):
        poller = await world.started(name)
        for _ in range(4):
            await world.round(poller)
        await poller.drain()
        async with world.database.writing() as session:
            await workers.deregister(session, name)
    assert await world.kinds() == ["out_of_sight"]
    world.service.usual = UP
    third = await world.started("third")
    for _ in range(2):
        await world.round(third)
    assert await world.kinds() == ["out_of_sight", "back_in_sight"]


# ── the log-in ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_refused_log_in_is_announced_to_subscribers(either_world: World) -> None:
    """Each subscriber is notified once of a refused log-in, however many polls are refused; channels aren't."""
    world = either_world
    for ref in runs(6):
        await world.subscribe(ref)
    await world.subscribe(ORDERS, by=BEN)
    poller = await world.started()
    world.service.usual = LoginRefused(status=401)
    await world.round(poller)
    for person in (ANN, BEN):
        (notification,) = await world.notifications(person)
        assert isinstance(notification, RefusedNotification)
        assert notification.remedy == LoginRefused(status=401).remedy
    assert await world.kinds(OPS) == []
    for _ in range(2):
        await world.round(poller)
    assert await world.kinds(ANN) == await world.kinds(BEN) == ["login_refused"]


async def test_a_refused_log_in_is_announced_after_a_database_fault(world: World, mocker: MockerFixture) -> None:
    """If a refused log-in can't be written, the next poll tries again."""
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


async def test_a_refused_log_in_is_no_jobs_own(world: World) -> None:
    """If other polls still get good answers from the last session, the jobs whose polls are refused aren't announced as
    unavailable: it isn't about them."""
    await world.subscribe(ORDERS)
    await world.subscribe(CLICKS)
    poller = await world.started()
    world.service.answers[ORDERS] = LoginRefused(status=401)
    for _ in range(5):
        await world.round(poller)
    assert await world.kinds(OPS) == []


async def test_whose_mute_ends_hears_of_a_refused_log_in(world: World) -> None:
    """A refused log-in, which lasts until somebody acts, is announced to those who couldn't be told when it began."""
    await world.subscribe(ORDERS)
    await world.subscribe(CLICKS, by=BEN)
    muted = update(SubscriptionRow).where(SubscriptionRow.created_by == BEN)
    async with world.database.writing() as session:
        await session.execute(muted.values(muted_until=datetime.now(UTC) + timedelta(hours=1)))
    poller = await world.started()
    world.service.usual = LoginRefused(status=401)
    await world.round(poller)
    async with world.database.writing() as session:
        await session.execute(muted.values(muted_until=None))
    for _ in range(6):
        await world.round(poller)
    assert (await world.kinds(ANN), await world.kinds(BEN)) == (["login_refused"], ["login_refused"])


async def test_one_worker_let_in_and_one_refused(world: World) -> None:
    """If one worker has the right password and another the wrong one, the refusal and its end are each announced
    once."""
    for ref in runs(4):
        await world.subscribe(ref)
    refused = Service()
    refused.usual = LoginRefused(status=401)
    both = [world.poller(), world.poller(service=refused)]
    await world.seconds(3, *both)
    for _ in range(6):  # the one that is refused doesn't announce it anew
        await world.round(*both)
    await world.seconds(3, *both)
    assert await world.kinds(ANN) == ["login_refused", "outage_over"]
