"""The jobs service, or one job, can't be seen: one message at its beginning, one at its end."""

import asyncio
import re
from collections.abc import Iterable

from bot.demo.informatica.stand_in import Fault
from bot.demo.slack.stand_in import Message
from tests.scenarios.conftest import NewWorld
from tests.scenarios.world import ADMIN, MEMBER, PRIVATE, World, changes, shown

_INTERVAL = 1.0  # what an outage's end waits for is a matter of intervals, and a slow machine needs some room
_JOBS = 8
_SINCE = re.compile(r"since \d\d \w+ \d{4} \d\d:\d\d UTC")


async def test_an_outage_of_the_jobs_service(new_world: NewWorld) -> None:
    """Whatever way it fails, each channel gets one message that says since when and what is not known, and one at its
    end with all that changed meanwhile; besides these, silence."""
    faults = (Fault.DROP, Fault.SERVER_ERROR, Fault.UNAVAILABLE, Fault.HANG)
    async with asyncio.TaskGroup() as group:
        for fault in faults:
            group.create_task(_an_outage(new_world, fault))


async def _an_outage(new_world: NewWorld, fault: Fault) -> None:
    async with new_world() as world:
        await _begins_and_ends(world, fault)


async def _begins_and_ends(world: World, fault: Fault) -> None:
    channels = (world.channel, PRIVATE)
    runs = await world.watched(_JOBS, channels)
    world.jobs.faults.retry_after = "1"  # goes with 503
    world.jobs.latency = 0.1  # so that at its beginning looks are under way
    async with world.bot(POLL_INTERVAL=str(_INTERVAL)):
        await world.asked(runs)
        world.jobs.fail(fault)
        begins = [await _message(world, channel, "Can't check any jobs") for channel in channels]
        world.change(runs[:2], "Running with Error")
        await world.looked(3 * _JOBS)
        assert _in_order(world.alerts()) == _in_order(begins), fault
        world.jobs.heal()
        ends = [await _message(world, channel, "The jobs service is back") for channel in channels]
        await world.asked(runs, 2)
    for channel, begin, end in zip(channels, begins, ends, strict=True):
        assert _SINCE.search(shown(begin)), fault
        assert f"Status unknown for {_JOBS} jobs watched here" in shown(begin), fault
        assert _SINCE.search(shown(end)), fault
        assert sorted(changes(end)) == sorted((run.name, ("✅", "❌")) for run in runs[:2]), fault
        assert [m for m in world.alerts() if m.channel == channel] == [begin, end], fault


async def test_a_job_that_alone_cannot_be_seen(world: World) -> None:
    """A job of which the service says that there is none, while others are fine, is told after three failed looks in
    a row and once more when it is seen again."""
    runs = await world.watched(5)
    async with world.bot():
        await world.asked(runs)
        world.jobs.fail(Fault.NOT_FOUND, dataflow=runs[0].dataflow, times=2)
        await world.asked(runs, 5)
        assert world.alerts() == []

        before = len(world.jobs.requests)
        world.jobs.fail(Fault.NOT_FOUND, dataflow=runs[0].dataflow)
        gone = await _message(world, world.channel, "Can't check")
        assert sum(request.path == runs[0].path for request in world.jobs.requests[before:]) >= 3
        assert runs[0].name in shown(gone)
        assert "says there is no such job · last seen ✅ Up and Running" in shown(gone)
        await world.asked(runs, 4)
        assert world.alerts() == [gone]

        world.jobs.heal()
        back = await _message(world, world.channel, "can be checked again")
        assert f"{runs[0].name} can be checked again" in shown(back)
        await world.asked(runs, 3)
    assert world.alerts() == [gone, back]


async def test_a_log_in_that_is_refused_one_day(world: World) -> None:
    """When the session ends and the log-in is refused, that one attempt is all; those who subscribed get one direct
    message each, the channel hears that nothing can be seen, and the metrics say so. The
    bot stays ready: people ask it now."""
    runs = [*await world.watched(10), *await world.watched(10, by=ADMIN.id)]
    async with world.bot():
        await world.asked(runs)
        world.jobs.log_in.accounts = dict.fromkeys(world.jobs.log_in.accounts, "another password")
        world.jobs.expire_sessions()
        direct = [world.slack.direct_message(user).id for user in (MEMBER.id, ADMIN.id)]
        told = [await _message(world, channel, "refused the bot's login") for channel in direct]
        in_channel = await _message(world, world.channel, "Can't check any jobs")
        await world.looked(5 * len(runs))
        await world.ready(200)
        assert await world.figure("jobwatch_login_refused") == 1
    assert all("Tell whoever runs this bot." in shown(message) for message in told)
    assert len(world.jobs.logins) == 2
    assert _in_order(world.alerts()) == _in_order([*told, in_channel])


async def _message(world: World, channel: str, words: str) -> Message:
    return await world.slack.wait_for(
        lambda m: m.channel == channel and m.metadata is not None and words in shown(m), timeout=60
    )


def _in_order(messages: Iterable[Message]) -> list[Message]:
    return sorted(messages, key=lambda message: message.ts)
