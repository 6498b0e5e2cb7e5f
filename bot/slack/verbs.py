"""What each command does: looks, store and messages in, the answer out. What goes wrong is the caller's to say."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.jobs import Job, JobRef
from bot.notify.teller import Gone, NotTold
from bot.slack import views
from bot.slack.grammar import Command, Help, ListHere, ShowStatus, Unwatch, Watch
from bot.slack.message import Message
from bot.slack.messenger import SlackMessenger
from bot.slack.request import Request
from bot.store import requests, subscriptions
from bot.store.database import Database
from bot.store.subscriptions import Outcome, Subscribed, WatchedHere


@dataclass(frozen=True)
class Share:
    """The button that shows a job to everybody in the channel."""

    ref: JobRef


@dataclass(frozen=True)
class Answer:
    """What is said in return, to the person or to all in the channel."""

    message: Message
    to_all: bool = False


class Verbs:
    """Carries out commands. `look` asks the jobs service for one job; `interval` is the watcher's."""

    def __init__(
        self,
        database: Database,
        look: Callable[[JobRef], Awaitable[Job]],
        messenger: SlackMessenger,
        *,
        interval: timedelta,
        bot_name: Callable[[], str],
    ) -> None:
        self._database = database
        self._look = look
        self._messenger = messenger
        self._interval = interval
        self._bot_name = bot_name

    async def do(self, command: Command | Share, request: Request) -> Answer | None:
        """Carry out a command; None where it was delivered before and is answered already.

        Raises JobsServiceError when the job can't be seen and what the database raises.
        """
        match command:
            case Help():
                rows = await self._rows(request)
                return Answer(views.help_text(rows, to_person=request.is_direct, command=request.command))
            case ListHere(page):
                rows = await self._rows(request)
                return Answer(views.watch_list(rows, page=page, to_person=request.is_direct, command=request.command))
            case ShowStatus(ref):
                return Answer(views.job_card(await self._look(ref), now=datetime.now(UTC)))
            case Share(ref):
                job = await self._look(ref)
                return Answer(views.shared_job_card(job, request.user, now=datetime.now(UTC)), to_all=True)
            case Watch(ref, to_me):
                return await self._watch(ref, to_me, request)
            case Unwatch(ref, to_me):
                return await self._unwatch(ref, to_me, request)

    async def _rows(self, request: Request) -> Sequence[views.Row]:
        async with self._database.reading() as session:
            here = await subscriptions.watched_here(session, request.workspace, request.destination(to_me=False))
        return [_row(watched) for watched in here]

    async def _watch(self, ref: JobRef, to_me: bool, request: Request) -> Answer | None:
        looked_at = datetime.now(UTC)
        job = await self._look(ref)
        async with self._database.writing() as session:
            if not await requests.is_first(session, request.workspace, request.key, looked_at):
                return None
            subscribed = await subscriptions.subscribe(
                session,
                request.workspace,
                job,
                request.destination(to_me),
                request.user,
                looked_at=looked_at,
                next_look_at=looked_at + self._interval,
            )
        known = subscribed.known
        if subscribed.outcome is Outcome.ALREADY:
            to_person = request.is_for_person(to_me)
            return Answer(views.already_watching(known.title, known.status, to_person=to_person))
        return await self._confirm(subscribed, to_me, request)

    async def _confirm(self, subscribed: Subscribed, to_me: bool, request: Request) -> Answer | None:
        """Say it where the changes will be told: the surest proof that they can be.

        The subscription is written before, and taken back if it can't be told: the other way round a crash in
        between would leave a channel that believes it is watching.
        """
        known, destination = subscribed.known, request.destination(to_me)
        to_person = request.is_for_person(to_me)
        confirmation = views.now_watching(known.ref, known.title, known.status, by=request.user, to_person=to_person)
        try:
            posted = await self._messenger.post(destination, confirmation)
        except Gone as gone:
            await self._take_back(subscribed, destination, gone.why, request)
            if to_person:
                return Answer(views.cannot_message_you(gone.why))
            return Answer(views.cannot_post_here(request.typed, bot_name=self._bot_name(), why=gone.why))
        except NotTold as not_told:
            return Answer(views.unconfirmed(known.title, not_told.why))
        if to_person and posted.channel != request.channel:
            return Answer(views.watching_by_message(known.title, known.status))
        return None

    async def _take_back(self, subscribed: Subscribed, destination: str, why: str, request: Request) -> None:
        async with self._database.writing() as session:
            if subscribed.outcome is Outcome.RESUMED:
                await subscriptions.pause(session, request.workspace, destination, why, datetime.now(UTC))
            else:
                await subscriptions.unsubscribe(session, request.workspace, subscribed.known.ref, destination)

    async def _unwatch(self, ref: JobRef, to_me: bool, request: Request) -> Answer | None:
        destination = request.destination(to_me)
        async with self._database.writing() as session:
            if not await requests.is_first(session, request.workspace, request.key, datetime.now(UTC)):
                return None
            known = await subscriptions.unsubscribe(session, request.workspace, ref, destination)
        to_person = request.is_for_person(to_me)
        if known is None:
            return Answer(views.was_not_watching(ref, to_person=to_person, command=request.command))
        return Answer(views.no_longer_watching(known.title, by=request.user, to_person=to_person), to_all=not to_person)


def _row(watched: WatchedHere) -> views.Row:
    known = watched.known
    return views.Row(
        ref=known.ref,
        title=known.title,
        status=known.status,
        since=known.status_since,
        seen_at=known.seen_at,
        created_by=watched.created_by,
        unseen_because=known.failure,
        paused_because=watched.paused_because,
    )
