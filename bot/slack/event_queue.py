"""Slack's events, kept until they are handled.

Slack gets its acknowledgement at once and won't deliver an event again, so it waits here while the database is down.
Events are handled one after the other: an archived channel that is unarchived must end up unarchived.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from bot.fault_log import FaultLog
from bot.store.database import DatabaseFault
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

_ROOM = 20_000  # events, of less than a kilobyte each; Slack delivers 30,000 an hour at most
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.2, 5.0


class NotNow(Exception):
    """An event can't be handled yet."""


@dataclass(frozen=True)
class QueuedEvent:
    """What is kept of an event. `key` is its ID, the same when Slack delivers it again."""

    workspace: str
    key: str
    event: Mapping[str, Any]


class EventQueue:
    """Hands each event to `handle` until that doesn't raise `DatabaseFault` or `NotNow`."""

    def __init__(self, handle: Callable[[QueuedEvent], Awaitable[None]], room: int = _ROOM) -> None:
        self._handle = handle
        self._room = room
        self._waiting: deque[QueuedEvent] = deque()
        self._tasks = Tasks("events", limit=1)
        self._faults = FaultLog(log, "events are handled again")

    @property
    def has_room(self) -> bool:
        """Whether an event can be kept. If not, Slack must keep it: it delivers what isn't acknowledged again."""
        return len(self._waiting) < self._room and not self._tasks.closed

    def put(self, event: QueuedEvent) -> None:
        """Keep an event."""
        self._waiting.append(event)
        with suppress(Full):  # they are being handled already
            self._tasks.start(self._work())

    async def _work(self) -> None:
        wait = _FIRST_WAIT_S
        while self._waiting:
            try:
                await self._handle(self._waiting[0])
            except (DatabaseFault, NotNow) as fault:
                self._faults.note_fault("events wait; retrying", events=len(self._waiting), fault=repr(fault))
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT_S)
                continue
            except Exception:
                log.exception("an event could not be handled")
            else:
                self._faults.note_success()
            self._waiting.popleft()
            wait = _FIRST_WAIT_S

    async def drain(self, grace: float) -> None:
        """Give the events that wait `grace` seconds."""
        await self._tasks.drain(grace=grace)
        if self._waiting:
            log.error("events were not handled before the end", events=len(self._waiting))
