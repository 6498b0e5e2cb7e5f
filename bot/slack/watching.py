"""Watch and unwatch: subscriptions begin and end, each confirmed where its changes will be told."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bot.jobs import Job, JobRef
from bot.notify.teller import Gone, NotTold
from bot.slack import views
from bot.slack.grammar import Unwatch, Watch
from bot.slack.message import Message
from bot.slack.messenger import SlackMessenger
from bot.slack.request import Answer, Request
from bot.store import pauses, requests, subscriptions
from bot.store.database import Database
from bot.store.subscriptions import Outcome, Subscribed


class Watching:
    """Carries out `watch` and `unwatch`. `look` asks the jobs service for one job."""

    def __init__(
        self,
        database: Database,
        look: Callable[[JobRef], Awaitable[Job]],
        messenger: SlackMessenger,
        *,
        bot_name: Callable[[], str],
    ) -> None:
        self._database = database
        self._look = look
        self._messenger = messenger
        self._bot_name = bot_name

    async def watch(self, watch: Watch, request: Request) -> Answer | None:
        """Subscribe. Raises JobsServiceError when the job can't be seen: it could not be confirmed."""
        looked_at = datetime.now(UTC)
        job = await self._look(watch.ref)
        async with self._database.writing() as session:
            if not await requests.is_first(session, request.workspace, request.key, looked_at):
                return None
            subscribed = await subscriptions.subscribe(
                session,
                request.workspace,
                job,
                request.destination(watch.to_me),
                request.user,
                looked_at=looked_at,
                when=watch.when,
            )
        if subscribed.outcome is Outcome.ALREADY:
            known, to_person = subscribed.known, request.is_for_person(watch.to_me)
            return Answer(views.already_watching(known.title, known.status, to_person=to_person, when=subscribed.when))
        return await self._confirm(subscribed, request, to_me=watch.to_me)

    async def _confirm(self, subscribed: Subscribed, request: Request, *, to_me: bool) -> Answer | None:
        """Say it where the changes will be told: the surest proof that they can be.

        The subscription is written before, and taken back if it can't be told: the other way round a crash in
        between would leave a channel that believes it is watching.
        """
        known, to_person = subscribed.known, request.is_for_person(to_me)
        destination = request.destination(to_me)
        try:
            posted = await self._messenger.post(destination, _confirmation(subscribed, request.user, to_person))
        except Gone as gone:
            await self._take_back(subscribed, destination, gone.why, request)
            if to_person:
                return Answer(views.cannot_message_you(gone.why))
            return Answer(views.cannot_post_here(request.typed, bot_name=self._bot_name(), why=gone.why))
        except NotTold as not_told:
            return Answer(views.unconfirmed(known.title, not_told.why))
        if subscribed.outcome is Outcome.RESUMED:  # what can be told of one job can be told of the others
            async with self._database.writing() as session:
                await pauses.resume(session, request.workspace, destination, datetime.now(UTC))
        if to_person and posted.channel != request.channel:
            return Answer(views.watching_by_message(known.title, known.status, when=subscribed.when))
        return None

    async def _take_back(self, subscribed: Subscribed, destination: str, why: str, request: Request) -> None:
        async with self._database.writing() as session:
            match subscribed.outcome:
                case Outcome.NEW:
                    await subscriptions.unsubscribe(session, request.workspace, subscribed.known.ref, destination)
                case Outcome.RESUMED:
                    await pauses.pause_again(session, request.workspace, destination, why, datetime.now(UTC))
                case _:  # it was live until now: whoever made the subscriptions has not heard of it
                    await pauses.pause(session, request.workspace, destination, why, datetime.now(UTC))

    async def unwatch(self, unwatch: Unwatch, request: Request) -> Answer | None:
        """End a subscription. Needs no answer from the jobs service."""
        destination = request.destination(unwatch.to_me)
        async with self._database.writing() as session:
            if not await requests.is_first(session, request.workspace, request.key, datetime.now(UTC)):
                return None
            known = await subscriptions.unsubscribe(session, request.workspace, unwatch.ref, destination)
        to_person = request.is_for_person(unwatch.to_me)
        if known is None:
            return Answer(views.was_not_watching(unwatch.ref, to_person=to_person, command=request.command))
        return Answer(views.no_longer_watching(known.title, by=request.user, to_person=to_person), to_all=not to_person)


def _confirmation(subscribed: Subscribed, by: str, to_person: bool) -> Message:
    known, when = subscribed.known, subscribed.when
    if subscribed.outcome is Outcome.OTHERWISE:
        return views.watching_differently(known.title, known.status, when, by=by, to_person=to_person)
    return views.now_watching(known.ref, known.title, known.status, by=by, to_person=to_person, when=when)
