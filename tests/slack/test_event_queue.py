import asyncio

import pytest
from structlog.testing import capture_logs

from bot.slack import event_queue
from bot.slack.event_queue import EventQueue, NotNow, QueuedEvent
from bot.store.database import DatabaseFault

FIRST, SECOND, THIRD = (QueuedEvent("T1", f"Ev{number}", {}) for number in range(3))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_queue, "_FIRST_WAIT_S", 0.0)


@pytest.mark.parametrize("fault", [DatabaseFault("it is down"), NotNow()], ids=repr)
async def test_events_are_kept_until_they_are_handled(fault: Exception) -> None:
    """A fault that passes loses no event and changes no order, however often it comes; the log has it once, and
    its end."""
    tries, handled = 0, list[QueuedEvent]()

    async def handle(event: QueuedEvent) -> None:
        nonlocal tries
        tries += 1
        if tries <= 200:
            raise fault
        handled.append(event)

    queue = EventQueue(handle)
    for event in (FIRST, SECOND, THIRD):
        queue.put(event)
    with capture_logs() as logs:
        await queue.drain(grace=20)
    assert handled == [FIRST, SECOND, THIRD]
    assert tries == 203
    assert [line["event"] for line in logs] == ["events wait; retrying", "events are handled again"]


async def test_a_mistake_keeps_nothing_behind_it_waiting() -> None:
    """An event over which the bot itself fails is logged, and the next one is handled."""
    handled = list[QueuedEvent]()

    async def handle(event: QueuedEvent) -> None:
        if event is FIRST:
            raise ValueError("a mistake")
        handled.append(event)

    queue = EventQueue(handle)
    with capture_logs() as logs:
        queue.put(FIRST)
        queue.put(SECOND)
        await queue.drain(grace=20)
    assert handled == [SECOND]
    assert [log["event"] for log in logs] == ["an event could not be handled"]


async def test_there_is_room_until_there_is_none() -> None:
    """Memory is bounded: what doesn't fit must stay with Slack, and so must what comes while the bot ends."""
    gate = asyncio.Event()

    async def handle(_: QueuedEvent) -> None:
        await gate.wait()

    queue = EventQueue(handle, room=2)
    queue.put(FIRST)
    assert queue.has_room
    queue.put(SECOND)
    assert not queue.has_room
    gate.set()
    await queue.drain(grace=20)
    assert not queue.has_room


async def test_what_waits_at_the_end_is_said() -> None:
    """An event that the bot takes to its end is at least in the log."""

    async def handle(_: QueuedEvent) -> None:
        raise NotNow

    queue = EventQueue(handle)
    queue.put(FIRST)
    with capture_logs() as logs:
        await queue.drain(grace=0.05)
    assert logs[-1] == {"event": "events were not handled before the end", "log_level": "error", "events": 1}
