"""`watch` and `unwatch` for one job."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bot.domain.destination import Destination
from bot.domain.job import Dataflow, Job, Target
from bot.slack.grammar.commands import Unwatch, Watch
from bot.slack.handlers.confirming import Confirmation, Confirmer
from bot.slack.messages import confirmations, patterns
from bot.slack.messages.blocks import Message
from bot.slack.request import Reply, Request
from bot.store import handled_requests, subscriptions
from bot.store.database import Database
from bot.store.patterns import watches as pattern_watches
from bot.store.subscriptions import Outcome, Subscribed


class WatchHandler:
    """Subscribes destinations to jobs, and ends their subscriptions."""

    def __init__(self, database: Database, look_up: Callable[[Target], Awaitable[Job]], confirmer: Confirmer) -> None:
        self._database = database
        self._look_up = look_up
        self._confirmer = confirmer

    async def watch(self, command: Watch, target: Target, request: Request) -> Reply | None:
        """Subscribe. Raises `JobsServiceError` if the job can't be looked up: its status could not be confirmed."""
        polled_at = datetime.now(UTC)
        job = await self._look_up(target)
        destination = request.destination(command.to)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, polled_at):
                return None
            subscribed = await subscriptions.subscribe(
                session,
                destination,
                job,
                request.user,
                polled_at=polled_at,
                followed=isinstance(target, Dataflow),
                status_filter=command.status_filter,
                contact=command.contact,
            )
        to_person = request.is_for_person(command.to)
        if subscribed.outcome is Outcome.ALREADY:
            watch = subscribed.job, subscribed.status_filter, subscribed.contact
            return Reply(confirmations.already_watching(*watch, to_person=to_person))

        async def unsubscribe() -> None:
            async with self._database.writing() as session:
                await subscriptions.unsubscribe(session, destination, subscribed.job.target)

        confirmation = Confirmation(
            subscribed.outcome,
            destination,
            subscribed.job.title,
            _confirmation(subscribed, request.user, to_person=to_person),
            _elsewhere(subscribed, destination),
            unsubscribe,
        )
        return await self._confirmer.confirm(confirmation, request, command.to)

    async def unwatch(self, command: Unwatch, target: Target, request: Request) -> Reply | None:
        """End a subscription. Needs no answer from the jobs service."""
        destination = request.destination(command.to)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, datetime.now(UTC)):
                return None
            kept = await pattern_watches.keep(session, destination, target)
            ended = None if kept else await subscriptions.unsubscribe(session, destination, target)
        if kept is not None:
            return Reply(patterns.belongs_to_pattern(kept, to=command.to, command=request.command))
        to_person = request.is_for_person(command.to)
        if ended is None:
            return Reply(confirmations.was_not_watching(command.ref, to_person=to_person, command=request.command))
        message = confirmations.no_longer_watching(ended.title, by=request.user, to_person=to_person)
        return Reply(message, in_channel=not to_person)


def _confirmation(subscribed: Subscribed, by: str, *, to_person: bool) -> Message:
    is_changed = subscribed.outcome is Outcome.CHANGED
    confirm = confirmations.watching_differently if is_changed else confirmations.now_watching
    return confirm(subscribed.job, subscribed.status_filter, subscribed.contact, by=by, to_person=to_person)


def _elsewhere(subscribed: Subscribed, destination: Destination) -> Message:
    if destination.is_person:
        return confirmations.watching_by_message(subscribed.job, subscribed.status_filter)
    return confirmations.watching_elsewhere(subscribed.job, subscribed.status_filter, destination.id)
