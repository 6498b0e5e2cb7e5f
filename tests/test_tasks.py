import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import structlog

from bot.tasks import Full, FullForOwner, Tasks

LONG = 30.0  # seconds that nobody waits for: what is awaited with it comes at once, or the test fails


class Stage:
    """Work that waits for its cue, and what became of it."""

    def __init__(self) -> None:
        self.cue = asyncio.Event()
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.cancelled: list[str] = []

    async def act(self, name: str, last_words: Callable[[], Awaitable[object]] | None = None) -> None:
        self.begun.append(name)
        try:
            await self.cue.wait()
        except asyncio.CancelledError:
            if last_words is not None:
                await last_words()
            self.cancelled.append(name)
            raise
        self.ended.append(name)

    async def fail(self, name: str) -> None:
        self.begun.append(name)
        await self.cue.wait()
        raise ValueError(name)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    made = Tasks("looks", limit=2)
    yield made
    await made.drain(grace=0)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG):
        while not holds():
            await asyncio.sleep(0)


async def test_it_runs_in_the_background(tasks: Tasks, stage: Stage) -> None:
    """What is started runs to its end without anybody's waiting for it, even if nobody holds on to it."""
    tasks.start(stage.act("a"))
    assert stage.begun == []
    await until(lambda: stage.begun == ["a"])
    gc.collect()
    stage.cue.set()
    await until(lambda: stage.ended == ["a"])


async def test_what_somebody_waits_for_counts_too(tasks: Tasks, stage: Stage) -> None:
    """Work that its caller does itself takes the place of a task of its owner, and leaves it at the end."""
    with tasks.counting("ann"), tasks.counting("ben"):
        with pytest.raises(Full):
            tasks.start(stage.act("c"))
        assert tasks.free == 0
    each = Tasks("looks", limit=9, per_owner=1)
    with each.counting("ann"):
        with pytest.raises(FullForOwner), each.counting("ann"):
            pass
        each.start(stage.act("b"), owner="ben")
    with each.counting("ann"):
        assert each.free == 7
    await each.drain(grace=0)


async def test_no_more_than_the_limit(tasks: Tasks, stage: Stage) -> None:
    """A full set refuses, names itself, and closes the refused work unrun: Python warns of nothing."""
    tasks.start(stage.act("a"))
    tasks.start(stage.act("b"))
    refused = stage.act("c")
    with pytest.raises(Full, match="looks"):
        tasks.start(refused)
    del refused
    gc.collect()  # a coroutine that was never awaited would be complained of here, and warnings are errors
    stage.cue.set()
    await until(lambda: tasks.free == 2)
    assert stage.begun == stage.ended == ["a", "b"]


async def test_the_refused_work_can_not_be_run_later(tasks: Tasks, stage: Stage) -> None:
    """Refused work is closed for good."""
    tasks.start(stage.act("a"))
    tasks.start(stage.act("b"))
    refused = stage.act("c")
    with pytest.raises(Full):
        tasks.start(refused)
    with pytest.raises(RuntimeError, match="already awaited"):
        await refused


async def test_free_counts(tasks: Tasks, stage: Stage) -> None:
    """`free` says how many more may be started: less with each start, more with each end, none after the drain."""
    free = [tasks.free]
    for name in "ab":
        tasks.start(stage.act(name))
        free.append(tasks.free)
    assert free == [2, 1, 0]
    stage.cue.set()
    await until(lambda: tasks.free == 2)
    tasks.start(stage.act("c"))
    await until(lambda: stage.ended == ["a", "b", "c"])
    await tasks.drain(grace=LONG)
    assert tasks.free == 0


async def test_a_failure_makes_room(tasks: Tasks, stage: Stage) -> None:
    """Work that failed or was cancelled takes no place any more."""
    with structlog.testing.capture_logs():
        tasks.start(stage.fail("a"))
        tasks.start(stage.fail("b"))
        stage.cue.set()
        await until(lambda: tasks.free == 2)


async def test_a_failure_is_logged_and_ends_nothing_else(tasks: Tasks, stage: Stage) -> None:
    """An exception that leaves a task is logged with its traceback and the set's name; the other tasks go on."""
    other = Stage()
    with structlog.testing.capture_logs() as logs:
        tasks.start(other.act("well"))
        tasks.start(stage.fail("a"))
        stage.cue.set()
        await until(lambda: bool(logs))
    (event,) = logs
    assert (event["log_level"], event["tasks"]) == ("error", "looks")
    assert isinstance(event["exc_info"], ValueError)
    assert event["exc_info"].__traceback__ is not None
    assert (other.begun, other.cancelled) == (["well"], [])
    other.cue.set()
    await until(lambda: other.ended == ["well"])


async def test_a_cancellation_is_no_failure(tasks: Tasks, caplog: pytest.LogCaptureFixture) -> None:
    """Work that cancels itself is logged as no failure and makes room."""

    async def give_up() -> None:
        raise asyncio.CancelledError

    with structlog.testing.capture_logs() as logs:
        tasks.start(give_up())
        await until(lambda: tasks.free == 2)
        await asyncio.sleep(0)
    assert logs == []
    assert caplog.records == []  # the event loop has nothing to complain of either


async def test_draining_waits_for_what_ends_in_time(tasks: Tasks, stage: Stage) -> None:
    """Draining lets what is under way end, cancels none of it, and is over as soon as it has ended."""
    tasks.start(stage.act("a"))
    tasks.start(stage.act("b"))
    await until(lambda: len(stage.begun) == 2)
    draining = asyncio.create_task(tasks.drain(grace=10 * LONG))
    await until(lambda: tasks.free == 0)
    for _ in range(20):  # rounds of the loop, in which a drain that did not wait would have cancelled them
        await asyncio.sleep(0)
    assert (stage.ended, stage.cancelled) == ([], [])
    stage.cue.set()
    async with asyncio.timeout(LONG):
        await draining
    assert sorted(stage.ended) == ["a", "b"]
    assert stage.cancelled == []


async def test_draining_an_empty_set() -> None:
    """Where nothing is under way draining is over at once, also the second time."""
    tasks = Tasks("looks", limit=2)
    async with asyncio.timeout(LONG):
        await tasks.drain(grace=10 * LONG)
        await tasks.drain(grace=10 * LONG)


async def test_what_does_not_end_in_time_is_cancelled(tasks: Tasks, stage: Stage) -> None:
    """After the grace the rest is cancelled, which is no failure; what ended in time is left alone."""
    quick = Stage()
    quick.cue.set()
    with structlog.testing.capture_logs() as logs:
        tasks.start(stage.act("slow"))
        tasks.start(quick.act("quick"))
        await until(lambda: quick.ended == ["quick"] and stage.begun == ["slow"])
        await tasks.drain(grace=0, last_words=LONG)
    assert (stage.ended, stage.cancelled) == ([], ["slow"])
    assert (quick.ended, quick.cancelled) == (["quick"], [])
    assert logs == []


async def test_last_words(tasks: Tasks, stage: Stage) -> None:
    """A cancelled task may still hand back what it holds; the drain is over when it has."""
    handed_back: list[str] = []

    async def hand_back() -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        handed_back.append("lease")

    tasks.start(stage.act("a", hand_back))
    await until(lambda: stage.begun == ["a"])
    async with asyncio.timeout(LONG):
        await tasks.drain(grace=0, last_words=10 * LONG)
    assert handed_back == ["lease"]
    assert stage.cancelled == ["a"]


async def test_last_words_that_fail_are_logged(tasks: Tasks, stage: Stage) -> None:
    """An exception in a cancelled task's last words is logged like any other."""

    async def stumble() -> None:
        raise ValueError("no database")

    with structlog.testing.capture_logs() as logs:
        tasks.start(stage.act("a", stumble))
        await until(lambda: stage.begun == ["a"])
        await tasks.drain(grace=0, last_words=LONG)
    assert [event["event"] for event in logs] == ["a background task failed"]


async def test_what_is_stuck_is_reported(tasks: Tasks, stage: Stage) -> None:
    """A task that does not end even when cancelled holds up nobody: it is logged how many there are."""
    free = asyncio.Event()
    with structlog.testing.capture_logs() as logs:
        tasks.start(stage.act("stuck", free.wait))
        await until(lambda: stage.begun == ["stuck"])
        async with asyncio.timeout(LONG):
            await tasks.drain(grace=0, last_words=0)
    assert stage.cancelled == []
    assert [(event["log_level"], event["tasks"], event["count"]) for event in logs] == [("error", "looks", 1)]
    free.set()
    await until(lambda: stage.cancelled == ["stuck"])


async def test_work_that_never_began_is_cancelled_without_a_warning(tasks: Tasks, stage: Stage) -> None:
    """Work that was started and cancelled before its first step ends quietly: Python warns of nothing."""
    tasks.start(stage.act("a"))
    async with asyncio.timeout(LONG):
        await tasks.drain(grace=0, last_words=LONG)
    gc.collect()
    assert stage.ended == []


async def test_after_the_drain_nothing_starts(tasks: Tasks, stage: Stage) -> None:
    """From the moment that draining begins new work is refused and closed, even while there would be room."""
    tasks.start(stage.act("a"))
    await until(lambda: stage.begun == ["a"])
    draining = asyncio.create_task(tasks.drain(grace=LONG))
    await until(lambda: tasks.free == 0)
    with pytest.raises(Full):
        tasks.start(stage.act("b"))
    stage.cue.set()
    await draining
    with pytest.raises(Full):
        tasks.start(stage.act("c"))
    gc.collect()
    assert stage.begun == ["a"]


async def test_one_owner_leaves_room_for_others(stage: Stage) -> None:
    """An owner has so many tasks at once and no more, until one of them ends; others aren't concerned."""
    tasks = Tasks("work", limit=10, per_owner=2)
    for name in ("a1", "a2"):
        tasks.start(stage.act(name), owner="a")
    with pytest.raises(FullForOwner):
        tasks.start(stage.act("a3"), owner="a")
    tasks.start(stage.act("b1"), owner="b")
    tasks.start(stage.act("nobody's"))
    assert tasks.free == 6
    stage.cue.set()
    await tasks.drain(grace=LONG)
    assert sorted(stage.ended) == ["a1", "a2", "b1", "nobody's"]


async def test_an_owner_whose_task_ended_has_room_again(stage: Stage) -> None:
    """What failed or was cancelled counts no longer, like what ended."""
    tasks = Tasks("work", limit=10, per_owner=1)
    tasks.start(stage.fail("a1"), owner="a")
    stage.cue.set()
    while tasks.free < 10:
        await asyncio.sleep(0)
    tasks.start(stage.act("a2"), owner="a")
    await tasks.drain(grace=LONG)
    assert stage.ended == ["a2"]
