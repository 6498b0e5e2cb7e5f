"""Writes what this worker saw: news with what is known of its job, at once; what is unchanged, now and then."""

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from bot.domain.change import Change
from bot.domain.notification import JobAvailableAgain, JobUnavailable
from bot.domain.tracked_job import TrackedJob
from bot.store import outbox, tracked_jobs
from bot.store.database import Database
from bot.watch.assignment import AssignedJob, Assignment

log = structlog.get_logger(__name__)


class Recorder:
    """Settles looks in the database. All of it raises `DatabaseFault`: what can't be written now waits in memory."""

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
        self._share = assignment
        self._worker = worker
        self._recorded = on_recorded
        self._clock = clock

    async def write(self, assigned: AssignedJob) -> None:
        """Record the news of one job, with what is known of it. Does nothing where that is under way already."""
        if assigned.writing or not self._share.holds(assigned):
            return
        before, after, notification = assigned.stored, assigned.tracked, list(assigned.notification)
        assigned.writing = True
        try:
            async with self._database.writing() as session:
                counts = await tracked_jobs.settle(session, self._worker, before, after)
                for one in notification if counts else []:
                    if isinstance(one, Change):
                        await outbox.record(session, after, one)
                    else:
                        await outbox.announce(session, after, one, datetime.now(UTC))
        finally:
            assigned.writing = False
        if not counts:
            await self._begin_anew(assigned)
            return
        self._note_written(assigned, after)
        del assigned.notification[: len(notification)]
        for one in notification:
            log.info("to be told", **_in_words(one))
        if notification:
            self._recorded()

    async def write_without_news(self, at_most: int | None = None) -> None:
        """All that is to be written and is no news (or so many jobs of it), together."""
        waiting = [one for one in self._share.unwritten(self._clock()) if not one.notification]
        if not waiting:
            return
        # Rows are locked in the order in which everybody locks them.
        quiet = [(assigned, assigned.tracked) for assigned in sorted(waiting, key=lambda one: one.tracked.id)[:at_most]]
        for assigned, _ in quiet:
            assigned.writing = True
        try:
            async with self._database.writing() as session:
                polls = [(assigned.stored, after) for assigned, after in quiet]
                written = await tracked_jobs.settle_all(session, self._worker, polls)
        finally:
            for assigned, _ in quiet:
                assigned.writing = False
        for assigned, after in quiet:
            if after.id in written:
                self._note_written(assigned, after)
        for assigned, after in quiet:
            if after.id not in written:
                await self._begin_anew(assigned)

    def _note_written(self, assigned: AssignedJob, after: TrackedJob) -> None:
        assigned.stored, assigned.written = after, self._clock()

    async def _begin_anew(self, assigned: AssignedJob) -> None:
        """Somebody else wrote about this job: what was seen does not count. Look again, from what stands there now."""
        async with self._database.reading() as session:
            found = await tracked_jobs.find(session, self._worker, {assigned.tracked.id})
        if not self._share.holds(assigned):
            return
        self._share.drop({assigned.tracked.id})
        for tracked in found:
            self._share.take(tracked, due=self._clock(), now=self._clock())


def _in_words(notification: Change | JobUnavailable | JobAvailableAgain) -> dict[str, str]:
    about = {"kind": notification.kind, "job": str(notification.ref)}
    match notification:
        case Change():
            return about | {"old": notification.old.words, "new": notification.new.words}
        case JobUnavailable():
            return about | {"reason": notification.reason}
    return about
