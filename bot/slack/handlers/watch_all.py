"""`watch` and `unwatch` for all jobs that match a pattern."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.channel.silence import Silence
from bot.domain.job import Job, Target
from bot.domain.notification.confirmations import Deed, JobThen, PatternConfirmation
from bot.domain.pattern import MAX_JOBS, Pattern, TooManyPatterns, matches_key, normalize
from bot.informatica.errors import JobsServiceError, NoList
from bot.informatica.job_list import JobList
from bot.informatica.look_ups import LookedUp, look_up_all
from bot.slack.grammar.commands import UnwatchAll, WatchAll
from bot.slack.handlers.confirming import DEEDS, Confirmer, Subscribing
from bot.slack.messages import patterns
from bot.slack.messages.blocks import Message
from bot.slack.request import Reply, Request
from bot.store import handled_requests, outbox
from bot.store.channels import settings, silences
from bot.store.database import Database
from bot.store.outbox import Queued
from bot.store.patterns import members
from bot.store.patterns import watches as pattern_watches
from bot.store.patterns.members import DiscoveredJob
from bot.store.subscriptions import Outcome

# More jobs than this need a confirmation.
_UNASKED = 25
# Seconds, of the 18 that a person waits.
_LIST_LIMIT_S = 7.0
_LOOK_UPS_LIMIT_S = 4.0
_LOOK_UPS_AT_ONCE = 8

_LATER = "Try again in a minute."


class _Ended(Exception):
    """The pattern that was watched here ended meanwhile."""


class PatternWatchHandler:
    """Begins and ends the watches of patterns. `fetch_job_list` gets a recent list."""

    def __init__(
        self,
        database: Database,
        fetch_job_list: Callable[[], Awaitable[JobList]],
        look_up: Callable[[Target], Awaitable[Job]],
        confirmer: Confirmer,
    ) -> None:
        self._database = database
        self._fetch_job_list = fetch_job_list
        self._look_up = look_up
        self._confirmer = confirmer

    async def watch(self, command: WatchAll, request: Request) -> Reply | None:
        """Subscribe to all jobs that match now and later. The present ones are the baseline and aren't announced."""
        destination = request.destination(command.to)
        async with self._database.reading() as session:
            exists = await pattern_watches.exists(session, destination, command.pattern)
        jobs = [] if exists else await self._matching(command, request)
        if isinstance(jobs, Message):
            return Reply(jobs)
        try:
            subscribed = await self._subscribe(command, request, jobs, exists=exists)
        except TooManyPatterns as error:
            to_person = request.is_for_person(command.to)
            return Reply(patterns.too_many_patterns(error, to_person=to_person, command=request.command))
        except _Ended:  # no list was fetched, so there is no baseline: begin again
            return await self.watch(command, request)
        if subscribed is None:
            return None
        pattern, queued = subscribed
        to_person = request.is_for_person(command.to)
        if queued is None:
            return Reply(patterns.already_watching(pattern, to_person=to_person))

        async def unsubscribe() -> None:
            async with self._database.writing() as session:
                await pattern_watches.unwatch(session, pattern.destination, pattern.glob)

        title = "all jobs" if pattern.glob is None else f"all jobs matching {pattern.glob}"
        elsewhere = patterns.watching_elsewhere(pattern, to_person=to_person)
        return await self._confirmer.confirm(Subscribing(queued, title, elsewhere, unsubscribe), request, command.to)

    async def unwatch(self, command: UnwatchAll, request: Request) -> Reply | None:
        """End a pattern and its subscriptions. Needs no answer from the jobs service."""
        destination, to_person = request.destination(command.to), request.is_for_person(command.to)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, datetime.now(UTC)):
                return None
            ended = await pattern_watches.unwatch(session, destination, command.pattern)
            here = await pattern_watches.of_destination(session, destination)
            if ended is not None:
                confirmation = replace(
                    _confirmation(Deed.UNWATCHED, ended.pattern, request, to_person=to_person),
                    still_watched=ended.still_watched,
                )
                queued = await outbox.put_confirmation(session, destination, confirmation)
        if ended is None:
            message = patterns.was_not_watching(command.pattern, here, to_person=to_person, command=request.command)
            return Reply(message)
        await self._confirmer.announce(queued, request)
        return None

    async def _matching(self, command: WatchAll, request: Request) -> Sequence[Job] | Message:
        """The jobs that match, worst first; or what to reply instead of watching them."""
        try:
            async with asyncio.timeout(_LIST_LIMIT_S):
                job_list = await self._fetch_job_list()
        except TimeoutError:
            return patterns.no_list("it takes too long now", _LATER, command=request.command)
        except JobsServiceError as error:
            ask = "Ask an administrator of the Informatica organisation to let the bot's user list jobs."
            remedy = ask if isinstance(error, NoList) else error.remedy
            return patterns.no_list(error.reason, remedy, command=request.command)
        if not job_list.complete:
            return patterns.no_list("it came incomplete", _LATER, command=request.command)
        key = normalize(command.pattern)
        matching = [flow for flow, name in (await job_list.indexed()).keys.items() if matches_key(key, name)]
        found = sorted((job for flow in matching if (job := job_list.newest(flow))), key=_worst_first)
        return _question(command, found) or found

    async def _subscribe(
        self, command: WatchAll, request: Request, jobs: Sequence[Job], *, exists: bool
    ) -> tuple[Pattern, Queued | None] | None:
        """Write the watch and its confirmation, which there is none of if it is watched already; None if the request
        was handled before. Raises `_Ended`.

        Only as many jobs as need no confirmation are looked up here; discovery looks up the others.
        """
        looked_up = await self._look_up_worst(jobs)
        now, destination = datetime.now(UTC), request.destination(command.to)
        async with self._database.writing() as session:
            if exists and not await pattern_watches.exists(session, destination, command.pattern):
                raise _Ended
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            chosen = await settings.read(session, destination)
            outcome, pattern = await pattern_watches.watch(
                session,
                destination,
                command.pattern,
                request.user,
                jobs=[job.ref.dataflow for job in jobs],
                status_filter=command.status_filter,
                default_filter=chosen.default_filter,
                now=now,
                contact=command.contact,
                reminding=command.reminding,
            )
            discovered = [DiscoveredJob(found.job, found.at, is_new=False) for found in looked_up]
            await members.add(session, pattern.id, discovered, now)
            if outcome is Outcome.ALREADY:
                return pattern, None
            worst = await pattern_watches.worst(session, pattern, limit=patterns.JOBS_NAMED)
            confirmation = replace(
                _confirmation(DEEDS[outcome], pattern, request, to_person=request.is_for_person(command.to)),
                worst=tuple(JobThen(job.title, job.status, job.failure) for job in worst),
                until=_maintenance_until(await silences.open_at(session, destination), pattern),
            )
            return pattern, await outbox.put_confirmation(session, destination, confirmation)

    async def _look_up_worst(self, jobs: Sequence[Job]) -> Sequence[LookedUp]:
        dataflows = [job.ref.dataflow for job in jobs[:_UNASKED]]
        return await look_up_all(self._look_up, dataflows, at_once=_LOOK_UPS_AT_ONCE, limit=_LOOK_UPS_LIMIT_S)


def _maintenance_until(going_on: Sequence[Silence], pattern: Pattern) -> datetime | None:
    """When the maintenance ends that mutes all jobs of a pattern; None if there is none of them all."""
    return max((one.ends_at for one in going_on if one.glob is None or one.key == pattern.key), default=None)


def _confirmation(deed: Deed, pattern: Pattern, request: Request, *, to_person: bool) -> PatternConfirmation:
    return PatternConfirmation(
        deed,
        pattern.key,
        request.user,
        datetime.now(UTC),
        to_person=to_person,
        status_filter=pattern.status_filter,
        jobs=pattern.jobs,
        contact=pattern.contact,
        reminding=pattern.reminding,
    )


def _question(command: WatchAll, found: Sequence[Job]) -> Message | None:
    """What to ask or refuse because there are so many; None if there are few.

    A confirmed number covers a few more: jobs may have been added since.
    """
    count = len(found)
    if count > MAX_JOBS:
        return patterns.too_many(count)
    if count <= command.confirmed + _UNASKED:
        return None
    return patterns.question(replace(command, confirmed=count), [job.title for job in found])


def _worst_first(job: Job) -> tuple[int, str, str]:
    return job.status.status_class.severity, job.title.casefold(), job.ref.dataflow
