"""What each command does: looks, store and messages in, the answer out. What goes wrong is the caller's to say."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.jobs import Job, JobRef
from bot.slack import lists, views
from bot.slack.grammar import Command, Help, History, ListHere, Mute, ShowStatus, Unmute, Unwatch, Watch
from bot.slack.message import Message
from bot.slack.request import Answer, Request
from bot.slack.silencing import Silencing
from bot.slack.watching import Watching
from bot.store import history, subscriptions
from bot.store.database import Database
from bot.store.subscriptions import WatchedHere


@dataclass(frozen=True)
class Share:
    """The button that shows a job to everybody in the channel."""

    ref: JobRef


@dataclass(frozen=True)
class Resume:
    """The button that lets the paused subscriptions of a channel go on."""

    channel: str


Wish = Command | Share | Resume


class Verbs:
    """Carries out commands. `look` asks the jobs service for one job."""

    def __init__(
        self,
        database: Database,
        look: Callable[[JobRef], Awaitable[Job]],
        watching: Watching,
        silencing: Silencing,
    ) -> None:
        self._database = database
        self._look = look
        self._watching = watching
        self._silencing = silencing

    async def do(self, wish: Wish, request: Request) -> Answer | None:
        """Carry out a command; None where it was delivered before and is answered already.

        Raises JobsServiceError when the job can't be seen and what the database raises.
        """
        match wish:
            case Help():
                rows = await self._rows(request)
                return Answer(lists.help_text(rows, to_person=request.is_direct, command=request.command))
            case ListHere(page):
                rows = await self._rows(request)
                return Answer(lists.watch_list(rows, page=page, to_person=request.is_direct, command=request.command))
            case ShowStatus(ref):
                return Answer(views.job_card(await self._look(ref), now=datetime.now(UTC)))
            case Share(ref):
                job = await self._look(ref)
                return Answer(views.shared_job_card(job, request.user, now=datetime.now(UTC)), to_all=True)
            case History(ref):
                return Answer(await self._history(ref, request))
            case Watch():
                return await self._watching.watch(wish, request)
            case Unwatch():
                return await self._watching.unwatch(wish, request)
            case Mute():
                return await self._silencing.mute(wish, request)
            case Unmute():
                return await self._silencing.unmute(wish, request)
            case Resume(channel):
                return await self._silencing.resume(channel, request)

    async def _rows(self, request: Request) -> Sequence[lists.Row]:
        async with self._database.reading() as session:
            here = await subscriptions.watched_here(session, request.workspace, request.destination(to_me=False))
        return [_row(watched) for watched in here]

    async def _history(self, ref: JobRef, request: Request) -> Message:
        async with self._database.reading() as session:
            found = await history.of(session, request.workspace, ref, limit=lists.CHANGES_SHOWN)
        if found is None:
            return lists.no_history(ref, request.command)
        known = found.known
        return lists.history(
            ref,
            known.title,
            found.changes,
            known.status,
            known.status_since,
            now=datetime.now(UTC),
            total=found.total,
            watched=found.watched,
        )


def _row(watched: WatchedHere) -> lists.Row:
    known = watched.known
    return lists.Row(
        ref=known.ref,
        title=known.title,
        status=known.status,
        since=known.status_since,
        seen_at=known.seen_at,
        created_by=watched.created_by,
        when=watched.when,
        unseen_because=known.failure,
        paused_because=watched.paused_because,
        paused_at=watched.paused_at,
        muted_until=watched.muted_until,
        muted_by=watched.muted_by,
        given_up_because=watched.given_up_because,
        given_up_at=watched.given_up_at,
    )
