"""Watch and unwatch of many jobs at once: patterns begin and end, each confirmed where its news will be told."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Literal

from bot.domain.job import Job, Target
from bot.domain.pattern import MAX_JOBS, Pattern, matches, normalize
from bot.domain.tracked_job import TrackedJob
from bot.informatica.errors import JobsServiceError, NoList
from bot.informatica.job_list import JobList
from bot.informatica.look_ups import LookedUp, look_up_all
from bot.notify.dispatcher import DestinationGone, NotDelivered
from bot.slack.api.messenger import SlackMessenger
from bot.slack.grammar.commands import UnwatchAll, WatchAll
from bot.slack.grammar.patterns import Pattern as Typed
from bot.slack.handlers.confirmations import value_of
from bot.slack.messages import confirmations, failures, patterns
from bot.slack.messages.blocks import Message
from bot.slack.request import Answer, Request
from bot.store import handled_requests, pauses
from bot.store.database import Database
from bot.store.patterns import members
from bot.store.patterns import watches as pattern_watches
from bot.store.patterns.members import DiscoveredJob
from bot.store.subscriptions import Outcome

# More than this is asked about first.
_UNASKED = 25
# Seconds, of the 18 that a person waits.
_LIST_LIMIT_S = 7.0
_LOOKS_LIMIT_S = 4.0
_LOOKS_AT_ONCE = 8

_ENDED: Literal["ended"] = "ended"
_LATER = "Please say it again in a minute."


class PatternWatchHandler:
    """Carries out `watch all` and `unwatch all`. `listing` fetches a fresh list, `look` asks for one job."""

    def __init__(
        self,
        database: Database,
        listing: Callable[[], Awaitable[JobList]],
        look_up: Callable[[Target], Awaitable[Job]],
        messenger: SlackMessenger,
        *,
        bot_name: Callable[[], str],
    ) -> None:
        self._database = database
        self._listing = listing
        self._look_up = look_up
        self._messenger = messenger
        self._bot_name = bot_name

    async def watch(self, wish: WatchAll, request: Request) -> Answer | None:
        """Subscribe to all jobs that match, and to those to come. Nothing is told of those that are there now."""
        destination = request.destination(wish.to)
        async with self._database.reading() as session:
            is_here = await pattern_watches.exists(session, destination, wish.pattern)
        jobs = [] if is_here else await self._matching(wish, request)
        if isinstance(jobs, Message):
            return Answer(jobs)
        seen = await self._worst_seen(jobs)
        done = await self._subscribe(wish, request, jobs, seen, is_here=is_here)
        if done is None:
            return None
        if done == _ENDED:
            return await self.watch(wish, request)
        outcome, pattern, worst = done
        if outcome is Outcome.ALREADY:
            return Answer(patterns.already_watching(pattern, to_person=request.is_for_person(wish.to)))
        return await self._confirm(outcome, pattern, worst, request, wish.to)

    async def _matching(self, wish: WatchAll, request: Request) -> Sequence[Job] | Message:
        """The jobs that match, the worst first; or what to say instead of watching them."""
        try:
            async with asyncio.timeout(_LIST_LIMIT_S):
                listing = await self._listing()
        except TimeoutError:
            return patterns.no_list("it takes too long now", _LATER, command=request.command)
        except JobsServiceError as error:
            ask = "Ask an administrator of the Informatica organisation to let the bot's user list jobs."
            remedy = ask if isinstance(error, NoList) else error.remedy
            return patterns.no_list(error.reason, remedy, command=request.command)
        if not listing.complete:
            return patterns.no_list("it came incomplete", _LATER, command=request.command)
        key = normalize(wish.pattern)
        newest = {job.ref.dataflow: listing.newest(job.ref.dataflow) for job in listing.jobs}
        found = sorted((job for job in newest.values() if job and matches(key, job.title)), key=_worst_first)
        return _question(wish, found) or found

    async def _worst_seen(self, jobs: Sequence[Job]) -> Sequence[LookedUp]:
        """Looks at as many as need no question; the others are looked at when they are gathered."""
        flows = [job.ref.dataflow for job in jobs[:_UNASKED]]
        return await look_up_all(self._look_up, flows, at_once=_LOOKS_AT_ONCE, limit=_LOOKS_LIMIT_S)

    async def _subscribe(
        self, wish: WatchAll, request: Request, jobs: Sequence[Job], seen: Sequence[LookedUp], *, is_here: bool
    ) -> tuple[Outcome, Pattern, Sequence[TrackedJob]] | Literal["ended"] | None:
        """Write it; None where the request was done before, `_ENDED` where the pattern that was here is no more: then
        no list was asked for, and there is no baseline."""
        now, destination = datetime.now(UTC), request.destination(wish.to)
        async with self._database.writing() as session:
            if is_here and not await pattern_watches.exists(session, destination, wish.pattern):
                return _ENDED
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            outcome, pattern = await pattern_watches.watch(
                session,
                destination,
                wish.pattern,
                request.user,
                jobs=[job.ref.dataflow for job in jobs],
                status_filter=wish.status_filter,
                now=now,
            )
            await members.add(session, pattern.id, [DiscoveredJob(one.job, one.at, is_new=False) for one in seen], now)
            return outcome, pattern, await pattern_watches.worst(session, pattern)

    async def _confirm(
        self, outcome: Outcome, pattern: Pattern, worst: Sequence[TrackedJob], request: Request, to: str | None
    ) -> Answer | None:
        """As for one job: written before, and taken back if it can't be told."""
        to_person = request.is_for_person(to)
        say = patterns.watching_differently if outcome is Outcome.CHANGED else patterns.now_watching
        try:
            said = say(pattern, worst, by=request.user, to_person=to_person)
            posted = await self._messenger.post(pattern.destination.id, said)
        except DestinationGone as gone:
            await self._take_back(outcome, pattern, gone.why)
            if to_person:
                return Answer(failures.cannot_message_you(gone.why), cannot_tell=gone.why)
            refused = failures.cannot_post(
                request.typed, bot_name=self._bot_name(), why=gone.why, elsewhere=request.elsewhere(to)
            )
            return Answer(refused, cannot_tell=gone.why)
        except NotDelivered as not_told:
            return Answer(confirmations.unconfirmed(str(Typed(pattern.glob)), not_told.why))
        if outcome is Outcome.RESUMED:  # what can be told of these can be told of the others
            async with self._database.writing() as session:
                await pauses.resume(session, pattern.destination, datetime.now(UTC))
        if posted.channel == request.channel:
            return None
        return Answer(patterns.watching_elsewhere(pattern, to_person=to_person))

    async def _take_back(self, outcome: Outcome, pattern: Pattern, why: str) -> None:
        destination = pattern.destination
        async with self._database.writing() as session:
            match outcome:
                case Outcome.NEW:
                    await pattern_watches.unwatch(session, destination, pattern.glob)
                case Outcome.RESUMED:
                    await pauses.pause_again(session, destination, why, datetime.now(UTC))
                case _:  # it was live until now: whoever made the subscriptions has not heard of it
                    await pauses.pause(session, destination, why, datetime.now(UTC))

    async def here(self, request: Request) -> Sequence[Pattern]:
        """The patterns of the place where it was asked."""
        async with self._database.reading() as session:
            return await pattern_watches.of_destination(session, request.destination())

    async def unwatch(self, wish: UnwatchAll, request: Request) -> Answer | None:
        """End a pattern with its subscriptions. Needs no answer from the jobs service."""
        destination = request.destination(wish.to)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, datetime.now(UTC)):
                return None
            ended = await pattern_watches.unwatch(session, destination, wish.pattern)
            here = await pattern_watches.of_destination(session, destination)
        to_person = request.is_for_person(wish.to)
        if ended is None:
            said = patterns.was_not_watching(wish.pattern, here, to_person=to_person, command=request.command)
            return Answer(said)
        said = patterns.no_longer_watching(ended, by=request.user, to_person=to_person)
        return Answer(said, to_all=not to_person)


def _question(wish: WatchAll, found: Sequence[Job]) -> Message | None:
    """What is asked or refused because there are so many; None where there is nothing to ask.

    A number that was confirmed counts for a few more: jobs may have come since.
    """
    count = len(found)
    if count > MAX_JOBS:
        return patterns.too_many(count)
    if count <= wish.confirmed + _UNASKED:
        return None
    return patterns.question(count, [job.title for job in found], value_of(wish, count))


def _worst_first(job: Job) -> tuple[int, str, str]:
    return job.status.status_class.severity, job.title.casefold(), job.ref.dataflow
