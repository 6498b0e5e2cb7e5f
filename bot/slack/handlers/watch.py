"""Watch and unwatch: subscriptions begin and end, each confirmed where its changes will be told."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bot.domain.destination import Destination
from bot.domain.job import Dataflow, Job, Target
from bot.notify.dispatcher import DestinationGone, NotDelivered
from bot.slack.api.messenger import SlackMessenger
from bot.slack.grammar.commands import Unwatch, Watch
from bot.slack.messages import confirmations, failures, patterns
from bot.slack.messages.blocks import Message
from bot.slack.request import Answer, Request
from bot.store import handled_requests, pauses, subscriptions
from bot.store.database import Database
from bot.store.patterns import watches as pattern_watches
from bot.store.subscriptions import Outcome, Subscribed


class WatchHandler:
    """Carries out `watch` and `unwatch`. `look` asks the jobs service for one job, as it is meant."""

    def __init__(
        self,
        database: Database,
        look_up: Callable[[Target], Awaitable[Job]],
        messenger: SlackMessenger,
        *,
        bot_name: Callable[[], str],
    ) -> None:
        self._database = database
        self._look_up = look_up
        self._messenger = messenger
        self._bot_name = bot_name

    async def watch(self, watch: Watch, target: Target, request: Request) -> Answer | None:
        """Subscribe. Raises JobsServiceError when the job can't be seen: it could not be confirmed."""
        polled_at = datetime.now(UTC)
        job = await self._look_up(target)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, polled_at):
                return None
            subscribed = await subscriptions.subscribe(
                session,
                request.destination(watch.to),
                job,
                request.user,
                polled_at=polled_at,
                followed=isinstance(target, Dataflow),
                status_filter=watch.status_filter,
            )
        if subscribed.outcome is Outcome.ALREADY:
            known, to_person = subscribed.job, request.is_for_person(watch.to)
            already = confirmations.already_watching(
                known.target, known.title, known.status, to_person=to_person, status_filter=subscribed.status_filter
            )
            return Answer(already)
        return await self._confirm(subscribed, request, watch.to)

    async def _confirm(self, subscribed: Subscribed, request: Request, to: str | None) -> Answer | None:
        """Say it where the changes will be told: the surest proof that they can be.

        The subscription is written before, and taken back if it can't be told: the other way round a crash in
        between would leave a channel that believes it is watching.
        """
        known, to_person = subscribed.job, request.is_for_person(to)
        destination = request.destination(to)
        try:
            posted = await self._messenger.post(destination.id, _confirmation(subscribed, request.user, to_person))
        except DestinationGone as gone:
            await self._take_back(subscribed, destination, gone.why)
            if to_person:
                return Answer(failures.cannot_message_you(gone.why), cannot_tell=gone.why)
            refused = failures.cannot_post(
                request.typed, bot_name=self._bot_name(), why=gone.why, elsewhere=request.elsewhere(to)
            )
            return Answer(refused, cannot_tell=gone.why)
        except NotDelivered as not_told:
            return Answer(confirmations.unconfirmed(known.title, not_told.why))
        if subscribed.outcome is Outcome.RESUMED:  # what can be told of one job can be told of the others
            async with self._database.writing() as session:
                await pauses.resume(session, destination, datetime.now(UTC))
        if posted.channel == request.channel:
            return None
        if to_person:
            return Answer(
                confirmations.watching_by_message(known.title, known.status, status_filter=subscribed.status_filter)
            )
        return Answer(
            confirmations.watching_elsewhere(
                known.title, known.status, destination.id, status_filter=subscribed.status_filter
            )
        )

    async def _take_back(self, subscribed: Subscribed, destination: Destination, why: str) -> None:
        async with self._database.writing() as session:
            match subscribed.outcome:
                case Outcome.NEW:
                    await subscriptions.unsubscribe(session, destination, subscribed.job.target)
                case Outcome.RESUMED:
                    await pauses.pause_again(session, destination, why, datetime.now(UTC))
                case _:  # it was live until now: whoever made the subscriptions has not heard of it
                    await pauses.pause(session, destination, why, datetime.now(UTC))

    async def unwatch(self, unwatch: Unwatch, target: Target, request: Request) -> Answer | None:
        """End a subscription. Needs no answer from the jobs service."""
        destination = request.destination(unwatch.to)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, datetime.now(UTC)):
                return None
            kept = await pattern_watches.keep(session, destination, target)
            known = None if kept else await subscriptions.unsubscribe(session, destination, target)
        if kept is not None:
            return Answer(patterns.belongs_to_pattern(kept, to=unwatch.to, command=request.command))
        to_person = request.is_for_person(unwatch.to)
        if known is None:
            return Answer(confirmations.was_not_watching(target, to_person=to_person, command=request.command))
        return Answer(
            confirmations.no_longer_watching(known.title, by=request.user, to_person=to_person), to_all=not to_person
        )


def _confirmation(subscribed: Subscribed, by: str, to_person: bool) -> Message:
    known, status_filter = subscribed.job, subscribed.status_filter
    if subscribed.outcome is Outcome.CHANGED:
        return confirmations.watching_differently(known.title, known.status, status_filter, by=by, to_person=to_person)
    return confirmations.now_watching(
        known.target, known.title, known.status, by=by, to_person=to_person, status_filter=status_filter
    )
