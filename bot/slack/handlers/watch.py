"""`watch` and `unwatch` for one job."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.destination import Destination
from bot.domain.job import Dataflow, Job, Target
from bot.domain.notification.confirmations import Deed, Subject
from bot.slack.grammar.commands import Unwatch, Watch
from bot.slack.grammar.presses import AskToStop
from bot.slack.grammar.references import Ref
from bot.slack.handlers.confirming import DEEDS, Confirmer, Subscribing, confirmation_of
from bot.slack.messages import confirmations, patterns
from bot.slack.messages.blocks import Message
from bot.slack.request import Reply, Request
from bot.store import handled_requests, outbox, subscriptions
from bot.store.channels import settings
from bot.store.database import Database
from bot.store.lists import watch_list
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
        destination, to_person = request.destination(command.to), request.is_for_person(command.to)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, polled_at):
                return None
            chosen = await settings.read(session, destination)
            subscribed = await subscriptions.subscribe(
                session,
                destination,
                job,
                request.user,
                polled_at=polled_at,
                followed=isinstance(target, Dataflow),
                status_filter=command.status_filter,
                default_filter=chosen.default_filter,
                contact=command.contact,
                reminding=command.reminding,
            )
            if subscribed.outcome is Outcome.ALREADY:
                return Reply(_already_watching(subscribed, to_person=to_person))
            confirmation = replace(
                confirmation_of(DEEDS[subscribed.outcome], subscribed.job, request, to_person=to_person),
                status_filter=subscribed.status_filter,
                contact=subscribed.contact,
                reminding=subscribed.reminding,
                until=subscribed.maintenance_until,
            )
            queued = await outbox.put_confirmation(session, destination, confirmation)

        async def unsubscribe() -> None:
            async with self._database.writing() as session:
                await subscriptions.unsubscribe(session, destination, subscribed.job.target)

        elsewhere = _elsewhere(subscribed, destination)
        subscribing = Subscribing(queued, subscribed.job.title, elsewhere, unsubscribe)
        return await self._confirmer.confirm(subscribing, request, command.to)

    async def ask_to_stop(self, press: AskToStop, ref: Ref, request: Request) -> Reply:
        """Ask the person alone; the button below the question ends the subscription. `ref` is how the job is named."""
        async with self._database.reading() as session:
            found = await watch_list.find(session, request.destination(), press.ref)
            others = await pattern_watches.others(session, request.destination(), found.job.target) if found else None
        to_person = request.is_direct
        if found is None or others is None:
            return Reply(confirmations.was_not_watching(ref, to_person=to_person, command=request.command))
        return Reply(confirmations.stop_watching(found.job, to_person=to_person, others=others))

    async def unwatch(self, command: Unwatch, target: Target, request: Request) -> Reply | None:
        """End a subscription. Needs no answer from the jobs service."""
        destination, to_person = request.destination(command.to), request.is_for_person(command.to)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, datetime.now(UTC)):
                return None
            kept = await pattern_watches.keep(session, destination, target)
            ended = None if kept else await subscriptions.unsubscribe(session, destination, target)
            if kept is not None and kept.was_named:
                await outbox.drop_confirmations(session, destination, {Subject(kept.job.target)})
            if ended is not None:
                confirmation = replace(
                    confirmation_of(Deed.UNWATCHED, ended, request, to_person=to_person),
                    others=await pattern_watches.others(session, destination, ended.target),
                )
                queued = await outbox.put_confirmation(session, destination, confirmation)
        if kept is not None:
            return Reply(patterns.belongs_to_pattern(kept, to=command.to, command=request.command))
        if ended is None:
            return Reply(confirmations.was_not_watching(command.ref, to_person=to_person, command=request.command))
        await self._confirmer.announce(queued, request)
        return None


def _already_watching(subscribed: Subscribed, *, to_person: bool) -> Message:
    return confirmations.already_watching(
        subscribed.job,
        subscribed.status_filter,
        to_person=to_person,
        contact=subscribed.contact,
        reminding=subscribed.reminding,
        maintenance_until=subscribed.maintenance_until,
    )


def _elsewhere(subscribed: Subscribed, destination: Destination) -> Message:
    if destination.is_person:
        return confirmations.watching_by_message(subscribed.job, subscribed.status_filter)
    return confirmations.watching_elsewhere(subscribed.job, subscribed.status_filter, destination.id)
