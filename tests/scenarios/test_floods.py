"""Much at once: many changes, and many jobs whose polls hang."""

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest

from bot.demo.informatica.request_log import RecordedRequest
from bot.demo.informatica.stand_in import Fault
from bot.demo.slack.stand_in import Message
from bot.notify import pace
from tests.scenarios.world import Run, World, changes, is_list, shown


async def test_many_changes_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """If 150 of 200 jobs fail at once, all are delivered, each once, in few messages and the lists in their threads;
    and Slack, which accepts one a second, has to refuse none of them. (Here a second is a quarter of one.)"""
    runs = await world.watched_jobs(200)
    world.slack.rates.on, world.slack.rates.gap = True, 0.25
    monkeypatch.setattr(pace, "_MIN_GAP_S", 0.25)
    monkeypatch.setattr(pace, "_MAX_GAP_S", 15 * 0.25)
    monkeypatch.setattr(pace, "_MAX_URGENT_GAP_S", 4 * 0.25)
    async with world.bot(POLL_INTERVAL="2"):
        await world.until_polled(runs)
        world.change(runs[:150], "Running with Error")
        await world.until_delivered(runs[:150], "❌")
    world.assert_delivered(dict.fromkeys(runs[:150], "✅ ❌"))
    assert len(world.delivered()) == 150
    # Four within the first second and three quarters; then, as long as more jobs are seen to fail, one a second.
    posted = [float(message.ts) for message in world.alerts() if message.is_in_channel]
    assert len(posted) <= 5 + posted[-1] - posted[0]
    assert world.slack.rates.refused <= 1


@pytest.mark.usefixtures("impatient_polls")
async def test_polls_that_hang_delay_nobody(world: World) -> None:
    """While the polls of thirty jobs hang, another one is polled between a few of theirs, and its changes are
    delivered."""
    healthy, *hanging = await world.watched_jobs(31)
    for run in hanging:
        world.jobs.fail(Fault.HANG, dataflow=run.dataflow)
    # They take turns in one of the four slots, and nearly a second each: an interval is over before the next one.
    async with world.bot(POLL_INTERVAL="0.5", POLL_CONCURRENCY="4"):
        await world.until_polled(hanging)
        await world.until_requests(10)  # by now it is known that they hang
        for status, icon in (("Running with Error", "❌"), ("Up and Running", "✅")):
            before = len(world.jobs.requests)
            world.change([healthy], status)
            await world.until_delivered([healthy], icon)
            assert _most_between(world.jobs.requests[before:], healthy) < 8, status


def _most_between(requests: Sequence[RecordedRequest], run: Run) -> int:
    """The most requests for other jobs between two polls of this one."""
    polls = [number for number, request in enumerate(requests) if request.path == run.path]
    return max(later - earlier - 1 for earlier, later in pairwise([-1, *polls]))


@pytest.mark.usefixtures("impatient_polls")
async def test_polls_that_hang_are_announced_once(world: World) -> None:
    """Fifty jobs that can't be checked are announced once each, in a few messages."""
    healthy, *hanging = await world.watched_jobs(51)
    for run in hanging:
        world.jobs.fail(Fault.HANG, dataflow=run.dataflow)
    async with world.bot(POLL_CONCURRENCY="200"):  # all at the same time, so that three polls don't take long
        names = {run.name for run in hanging}
        await world.slack.until(lambda: _unavailable(world) >= names, 60, world.slack.messages)
        await world.until_polled(hanging)
        await world.until_polled([healthy], 2)
    posted = "\n".join(map(shown, world.alerts()))
    named = "\n".join(shown(message) for message in world.alerts() if is_list(message) or not _has_list(world, message))
    assert all(named.count(f"{name} (run ") + named.count(f"Can't check {name}:") == 1 for name in names)
    assert "didn't answer in time" in posted
    assert healthy.name not in posted
    assert sum(message.is_in_channel for message in world.alerts()) < 10


def _has_list(world: World, message: Message) -> bool:
    """Whether a message names only the worst, and a list in its thread all."""
    return any(is_list(each) and each.thread_ts == message.ts for each in world.alerts())


def _unavailable(world: World) -> set[str]:
    """The names of the jobs that were announced as unavailable, alone or in a list."""
    said = "\n".join(shown(message) for message in world.alerts() if is_list(message) or not _has_list(world, message))
    return {*re.findall(r"(\S+) \(run \d+\)", said), *re.findall(r"Can't check (\S+):", said)}


async def test_many_failing_jobs_are_one_message_and_its_thread(world: World) -> None:
    """Seventy jobs that fail at once are one message with the worst five and a button for all; the full list follows
    in its thread, each job once. Where threads are off, the list follows in the channel."""
    runs = await world.watched_jobs(70)
    for choice, status, icon in (("on", "Running with Error", "❌"), ("off", "Up and Running", "✅")):
        before = len(world.alerts())
        async with world.bot(POLL_CONCURRENCY="200"):
            await world.reply(f"threads {choice}")
            world.change(runs, status)
            await world.until_delivered(runs, icon)
        posted = world.alerts()[before:]
        roots = {message.ts for message in posted if not is_list(message)}
        named = [change.name for message in posted for change in changes(message)]  # of lists, and of few jobs
        assert sorted(named) == sorted(run.name for run in runs), choice
        threads = {message.thread_ts for message in posted if is_list(message)}
        assert threads, choice
        assert threads <= (roots if choice == "on" else {None}), choice
