"""Background tasks that somebody owns: bounded in number, never lost to the garbage collector, drained at the end."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class Full(Exception):
    """As many tasks are under way as this set may hold."""


class Tasks:
    """A set of running tasks. An exception that leaves one is logged, never swallowed, and ends nothing else.

    `closed` says that draining began: nothing is started any more.
    """

    def __init__(self, name: str, limit: int) -> None:
        self.name = name
        self._limit = limit
        self._running: set[asyncio.Task[None]] = set()
        self.closed = False

    @property
    def free(self) -> int:
        """How many more tasks may be started now; 0 once draining began."""
        return 0 if self.closed else self._limit - len(self._running)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` in the background. Raises `Full` when the set is full or drained; `work` is then closed unrun."""
        if self.free <= 0:
            work.close()
            raise Full(self.name)
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a background task failed", tasks=self.name, exc_info=error)

    async def drain(self, grace: float, last_words: float = 1.5) -> None:
        """Take no new task, let the running ones end within `grace` seconds, then cancel what is left.

        A cancelled task gets `last_words` seconds to hand back what it holds and to say that it was interrupted.
        """
        self.closed = True
        if self._running:
            await asyncio.wait(self._running, timeout=grace)
        for task in self._running:
            task.cancel()
        if self._running:
            _, stuck = await asyncio.wait(self._running, timeout=last_words)
            if stuck:
                log.error("background tasks did not end in time", tasks=self.name, count=len(stuck))
