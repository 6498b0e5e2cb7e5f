"""The recorder: writes notifications along with their job at once, and unchanged jobs now and then."""

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from bot.domain.change import Change
from bot.domain.notification.jobs import JobUnavailable
from bot.domain.tracked_job import TrackedJob
from bot.store import outbox, tracked_jobs
from bot.store.database import Database
from bot.watch.assignment import AssignedJob, Assignment
from bot.watch.decide import PollNotification

log = structlog.get_logger(__name__)


class Recorder:
    """Writes polls to the database. Every method raises `DatabaseFault`; what can't be written waits in memory."""

    def __init__(
        self,
        database: Database,
        assignment: Assignment,
        *,
        worker: str,
        on_recorded: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._assignment = assignment
        self._worker = worker
        self._on_recorded = on_recorded
        self._clock = clock

    async def write(self, assigned: AssignedJob) -> None:
        """Write a job with its notifications in one transaction. Does nothing if that is under way already."""
        if assigned.writing or not self._assignment.holds(assigned):
            return
        before, after, notifications = assigned.stored, assigned.tracked, list(assigned.notifications)
        assigned.writing = True
        try:
            async with self._database.writing() as session:
                counts = await tracked_jobs.write_poll(session, self._worker, before, after)
                for notification in notifications if counts else []:
                    if isinstance(notification, Change):
                        await outbox.record_change(session, after, notification, seen_at=after.polled_at)
                    else:
                        await outbox.notify_subscribers(session, after, notification, datetime.now(UTC))
        finally:
            assigned.writing = False
        if not counts:
            await self._reload(assigned)
            return
        self._note_written(assigned, after)
        del assigned.notifications[: len(notifications)]
        for notification in notifications:
            log.info("recorded", **_described(notification))
        if notifications:
            self._on_recorded()

    async def write_unchanged(self, at_most: int | None = None) -> None:
        """Write the jobs without notifications that are to be written, `at_most` so many, in one transaction."""
        waiting = [one for one in self._assignment.unwritten(self._clock()) if not one.notifications]
        if not waiting:
            return
        # Everybody locks rows in the order of their IDs.
        unchanged = [(one, one.tracked) for one in sorted(waiting, key=lambda one: one.tracked.id)[:at_most]]
        for assigned, _ in unchanged:
            assigned.writing = True
        try:
            async with self._database.writing() as session:
                polls = [(assigned.stored, after) for assigned, after in unchanged]
                written = await tracked_jobs.write_polls(session, self._worker, polls)
        finally:
            for assigned, _ in unchanged:
                assigned.writing = False
        for assigned, after in unchanged:
            if after.id in written:
                self._note_written(assigned, after)
        for assigned, after in unchanged:
            if after.id not in written:
                await self._reload(assigned)

    def _note_written(self, assigned: AssignedJob, after: TrackedJob) -> None:
        assigned.stored, assigned.written = after, self._clock()

    async def _reload(self, assigned: AssignedJob) -> None:
        """Start the job anew from the database and poll it at once: another one wrote it, so our polls don't count."""
        async with self._database.reading() as session:
            found = await tracked_jobs.find(session, self._worker, {assigned.tracked.id})
        if not self._assignment.holds(assigned):
            return
        self._assignment.remove({assigned.tracked.id})
        for tracked in found:
            self._assignment.add(tracked, due=self._clock(), now=self._clock())


def _described(notification: PollNotification) -> dict[str, str]:
    described = {"kind": notification.kind, "job": str(notification.ref)}
    match notification:
        case Change():
            return described | {"old": notification.old.words, "new": notification.new.words}
        case JobUnavailable():
            return described | {"reason": notification.reason}
    return described
