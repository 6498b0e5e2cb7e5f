"""What each command does: looks, store and messages in, the answer out. What goes wrong is the caller's to say."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from bot.domain.job import Dataflow, Job, JobRef, Target
from bot.domain.subscription import Subscription
from bot.slack.api.messenger import SlackMessenger
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import (
    Command,
    Help,
    History,
    Jobs,
    ListHere,
    Mute,
    OpenWatch,
    ShowStatus,
    Unmute,
    Unwatch,
    UnwatchAll,
    Watch,
    WatchAll,
)
from bot.slack.grammar.writer import line_of
from bot.slack.handlers.job_search import JobSearch, Nobody, Several
from bot.slack.handlers.mute import MuteHandler
from bot.slack.handlers.throughput import ThroughputReader
from bot.slack.handlers.watch import WatchHandler
from bot.slack.handlers.watch_all import PatternWatchHandler
from bot.slack.messages import confirmations, help, job_history, look_up, patterns, pickers, watch_list
from bot.slack.messages.blocks import Message
from bot.slack.request import NOT_PUBLIC, Answer, Request
from bot.slack.watch_form.opening import FormOpener
from bot.store import history, subscriptions
from bot.store.database import Database


@dataclass(frozen=True)
class Share:
    """The button that shows a job to everybody in the channel."""

    target: Target


@dataclass(frozen=True)
class Resume:
    """The button that lets the paused subscriptions of a channel go on."""

    channel: str


@dataclass(frozen=True)
class Change:
    """The button that opens the form to change a subscription: the channel's, or the person's own (`to` is `ME`)."""

    target: Target
    to: str | None = None


Wish = Command | Share | Resume | Change
_EXAMPLE = JobRef("1948938e-3923-4602-aba8-f122e3d66faf", 42559)
AboutJob = ShowStatus | History | Watch | Unwatch | Mute | Unmute


class CommandHandlers:
    """Carries out commands. `look` asks the jobs service for one job, as it is meant."""

    def __init__(
        self,
        database: Database,
        look_up: Callable[[Target], Awaitable[Job]],
        figures: ThroughputReader,
        job_search: JobSearch,
        messenger: SlackMessenger,
        watching: WatchHandler,
        mute_handler: MuteHandler,
        opening: FormOpener,
        many: PatternWatchHandler,
    ) -> None:
        self._database = database
        self._look_up = look_up
        self._figures = figures
        self._finder = job_search
        self._messenger = messenger
        self._watching = watching
        self._silencing = mute_handler
        self._opening = opening
        self._many = many

    async def do(self, wish: Wish, request: Request) -> Answer | None:
        """Carry out a command; None where it was delivered before and is answered already.

        Raises JobsServiceError when the job can't be seen and what the database raises.
        """
        match wish:
            case Help():
                rows = await self._rows(request)
                return Answer(help.help_text(rows, to_person=request.is_direct, command=request.command))
            case ListHere(page):
                return await self._list(page, request)
            case Jobs(words, page):
                found, unlisted = await self._finder.jobs(words, request.workspace)
                return Answer(pickers.jobs_page(found, words, unlisted, page=page, command=request.command))
            case Share(target):
                job = await self._look_up(target)
                return Answer(look_up.shared_job_card(job, request.user, now=datetime.now(UTC)), to_all=True)
            case Resume(channel):
                return await self._silencing.resume(channel, request)
            case OpenWatch():
                return await self._opening.open(wish, request)
            case Change(target, to):
                return await self._opening.change(target, to, request)
            case WatchAll():
                return await self._elsewhere(wish) or await self._many.watch(wish, request)
            case UnwatchAll():
                return await self._elsewhere(wish) or await self._many.unwatch(wish, request)
        return await self._about_job(wish, request)

    # ── one job ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _about_job(self, wish: AboutJob, request: Request) -> Answer | None:
        if refused := await self._elsewhere(wish):
            return refused
        target = await self._meant(wish, request)
        if isinstance(target, Several | Nobody):
            return Answer(_unclear(target, wish, request))
        match wish:
            case ShowStatus():
                return Answer(await self._status(target))
            case History():
                return Answer(await self._history(target, request))
            case Watch():
                return await self._watching.watch(wish, target, request)
            case Unwatch():
                return await self._watching.unwatch(wish, target, request)
            case Mute():
                return await self._silencing.mute(wish, target, request)
            case Unmute():
                return await self._silencing.unmute(wish, target, request)

    async def _status(self, target: Target) -> Message:
        """The job and its figures, asked for at the same time: they make it two seconds later at most."""
        dataflow = target.id if isinstance(target, Dataflow) else target.dataflow
        figures = asyncio.create_task(self._figures.of(dataflow))
        try:
            job = await self._look_up(target)
            return look_up.job_card(job, target, now=datetime.now(UTC), throughput=await figures)
        finally:
            figures.cancel()

    async def _elsewhere(self, wish: AboutJob | WatchAll | UnwatchAll) -> Answer | None:
        """What is asked for another channel than this one concerns people who don't see it asked."""
        to = None if isinstance(wish, ShowStatus | History) else wish.to
        if to in (None, ME):
            return None
        if not isinstance(wish, Watch | WatchAll):
            return Answer(confirmations.say_it_there(to))
        if await self._messenger.is_public(to):
            return None
        return Answer(confirmations.only_public_from_elsewhere(to), cannot_tell=NOT_PUBLIC)

    async def _meant(self, wish: AboutJob, request: Request) -> Target | Several | Nobody:
        """The job. What is ended or silenced is among those that are watched."""
        if isinstance(wish, Unwatch | Mute | Unmute):
            found = await self._finder.find_watched(wish.ref, request.destination(wish.to))
            if not isinstance(found, Nobody):
                return found
        return await self._finder.find(wish.ref, request.workspace)

    async def _list(self, page: int, request: Request) -> Answer:
        rows, here = await self._rows(request), await self._many.here(request)
        above = partial(patterns.list_lines, here)
        said = watch_list.watch_list(rows, page=page, to_person=request.is_direct, command=request.command, above=above)
        return Answer(said)

    async def _rows(self, request: Request) -> Sequence[watch_list.Row]:
        async with self._database.reading() as session:
            here = await subscriptions.of_destination(session, request.destination())
        return [_row(watched) for watched in here]

    async def _history(self, target: Target, request: Request) -> Message:
        async with self._database.reading() as session:
            found = await history.of_job(session, request.workspace, target, limit=job_history.CHANGES_SHOWN)
        if found is None:
            return job_history.no_history(target, request.command)
        job = found.job
        return job_history.history(
            job.ref.run,
            job.title,
            found.changes,
            job.status,
            job.status_since,
            now=datetime.now(UTC),
            total=found.total,
            watched=found.watched,
        )


def _unclear(found: Several | Nobody, wish: AboutJob, request: Request) -> Message:
    """Several jobs to pick from, or none."""
    if isinstance(found, Several):
        return pickers.which(
            found.name, found.jobs, lambda job: line_of(replace(wish, ref=job)), command=request.command
        )
    example = line_of(ShowStatus(_EXAMPLE))
    return pickers.nobody(found.name, found.unlisted, command=request.command, example=example)


def _row(watched: Subscription) -> watch_list.Row:
    known = watched.job
    return watch_list.Row(
        target=known.target,
        title=known.title,
        status=known.status,
        since=known.status_since,
        polled_at=known.polled_at,
        created_by=watched.created_by,
        status_filter=watched.status_filter,
        unseen_because=known.failure,
        paused_because=watched.paused_because,
        paused_at=watched.paused_at,
        muted_until=watched.muted_until,
        muted_by=watched.muted_by,
        given_up_because=watched.given_up_because,
        given_up_at=watched.given_up_at,
    )
