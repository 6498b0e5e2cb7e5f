"""Background tasks with an owner: bounded in number, safe from the garbage collector, drained at the end."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class Full(Exception):
    """The set already runs as many tasks as it may."""


class FullForOwner(Full):
    """One owner has as many tasks running as an owner may; others' tasks can still be started."""


class Tasks:
    """A set of running tasks. An exception that leaves a task is logged and affects no other task.

    At most `per_owner` tasks of one owner run at the same time, so that nobody takes all the room. `closed` says that
    draining began: no more tasks are started.
    """

    def __init__(self, name: str, limit: int, *, per_owner: int | None = None) -> None:
        self.name = name
        self._limit = limit
        self._per_owner = per_owner
        self._owned: Counter[str] = Counter()
        self._running: set[asyncio.Task[None]] = set()
        self._counted = 0  # of `counting`
        self.closed = False

    @property
    def free(self) -> int:
        """The number of tasks that may be started now; 0 once draining began."""
        return 0 if self.closed else self._limit - len(self._running) - self._counted

    def start(self, work: Coroutine[Any, Any, None], owner: str = "") -> None:
        """Run `work` in the background. Raises `Full`, and closes `work` unrun, if there is no room."""
        try:
            self._check_room(owner)
        except Full:
            work.close()
            raise
        task = asyncio.create_task(work)
        self._running.add(task)
        self._owned[owner] += 1
        task.add_done_callback(partial(self._on_done, owner))

    @contextmanager
    def counting(self, owner: str) -> Iterator[None]:
        """Count what the caller does meanwhile as a task of this owner, who waits for its result. Raises `Full`."""
        self._check_room(owner)
        self._counted += 1
        self._owned[owner] += 1
        try:
            yield
        finally:
            self._counted -= 1
            self._release(owner)

    def _check_room(self, owner: str) -> None:
        if self.free <= 0:
            raise Full(self.name)
        if owner and self._per_owner is not None and self._owned[owner] >= self._per_owner:
            raise FullForOwner(self.name)

    def _release(self, owner: str) -> None:
        self._owned[owner] -= 1
        if not self._owned[owner]:
            del self._owned[owner]

    def _on_done(self, owner: str, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._release(owner)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a background task failed", tasks=self.name, exc_info=error)

    async def drain(self, grace: float, last_words: float = 1.5) -> None:
        """Start no more tasks, give the running ones `grace` seconds to end, then cancel the rest.

        A cancelled task gets `last_words` seconds to hand back what it holds.
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
