"""Writes what this worker saw: news with what is known of its job, at once; what is unchanged, now and then."""

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from bot.jobs import Change
from bot.news import BackInSight, OutOfSight
from bot.store import outbox, watches
from bot.store.database import Database
from bot.store.watches import Known
from bot.watch.share import Share, Watched

log = structlog.get_logger(__name__)


class Writer:
    """Settles looks in the database. All of it raises `DatabaseFault`: what can't be written now waits in memory."""

    def __init__(
        self,
        database: Database,
        share: Share,
        *,
        worker: str,
        recorded: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._share = share
        self._worker = worker
        self._recorded = recorded
        self._clock = clock

    async def write(self, watched: Watched) -> None:
        """Record the news of one job, with what is known of it. Does nothing where that is under way already."""
        if watched.writing or not self._share.holds(watched):
            return
        before, after, news = watched.stored, watched.known, list(watched.news)
        watched.writing = True
        try:
            async with self._database.writing() as session:
                counts = await watches.settle(session, self._worker, before, after)
                for one in news if counts else []:
                    if isinstance(one, Change):
                        await outbox.record(session, after, one)
                    else:
                        await outbox.announce(session, after, one, datetime.now(UTC))
        finally:
            watched.writing = False
        if not counts:
            await self._begin_anew(watched)
            return
        self._note_written(watched, after)
        del watched.news[: len(news)]
        for one in news:
            log.info("to be told", **_in_words(one))
        if news:
            self._recorded()

    async def write_without_news(self, at_most: int | None = None) -> None:
        """All that is to be written and is no news (or so many jobs of it), together."""
        waiting = [one for one in self._share.unwritten(self._clock()) if not one.news]
        if not waiting:
            return
        # Rows are locked in the order in which everybody locks them.
        quiet = [(watched, watched.known) for watched in sorted(waiting, key=lambda one: one.known.id)[:at_most]]
        for watched, _ in quiet:
            watched.writing = True
        try:
            async with self._database.writing() as session:
                looks = [(watched.stored, after) for watched, after in quiet]
                written = await watches.settle_all(session, self._worker, looks)
        finally:
            for watched, _ in quiet:
                watched.writing = False
        for watched, after in quiet:
            if after.id in written:
                self._note_written(watched, after)
        for watched, after in quiet:
            if after.id not in written:
                await self._begin_anew(watched)

    def _note_written(self, watched: Watched, after: Known) -> None:
        watched.stored, watched.written = after, self._clock()

    async def _begin_anew(self, watched: Watched) -> None:
        """Somebody else wrote about this job: what was seen does not count. Look again, from what stands there now."""
        async with self._database.reading() as session:
            found = await watches.find(session, self._worker, {watched.known.id})
        if not self._share.holds(watched):
            return
        self._share.drop({watched.known.id})
        for known in found:
            self._share.take(known, due=self._clock(), now=self._clock())


def _in_words(news: Change | OutOfSight | BackInSight) -> dict[str, str]:
    about = {"kind": news.kind, "job": str(news.ref)}
    match news:
        case Change():
            return about | {"old": news.old.words, "new": news.new.words}
        case OutOfSight():
            return about | {"reason": news.reason}
    return about
