"""Whether a person may change what a channel watches, or its settings: checked once, before anything is changed.

What is a person's own, in their direct messages or `to me`, is theirs alone and isn't asked about here.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import structlog

from bot.domain.channel.permissions import Obstacle, Role, obstacle, obstacle_to_acknowledging
from bot.domain.channel.settings import ChangesBy, ChannelSettings
from bot.domain.destination import Destination
from bot.domain.job import Dataflow, JobRef, Target
from bot.domain.pattern import ALL_JOBS
from bot.slack.authorization import Authorization
from bot.slack.grammar.commands import (
    Acknowledge,
    Help,
    History,
    Jobs,
    ListHere,
    Mute,
    MuteAll,
    OpenSettings,
    OpenWatch,
    PreviewDigest,
    Quiet,
    ScheduleDigest,
    ShowStatus,
    Threads,
    Unmute,
    UnmuteAll,
    Unwatch,
    UnwatchAll,
    Watch,
    WatchAll,
)
from bot.slack.grammar.patterns import PatternRef
from bot.slack.grammar.presses import (
    AskToStop,
    ChangeWatch,
    Press,
    ResumeAlerts,
    ShareHistory,
    ShareJob,
    ShowAll,
    ShowDetails,
    TurnHistory,
    TurnJobsPage,
    TurnListPage,
)
from bot.slack.messages.channel import permissions as refusals
from bot.slack.request import NOT_ALLOWED, Reply, Request
from bot.store.channels import creators
from bot.store.channels import settings as channel_settings
from bot.store.database import Database

log = structlog.get_logger(__name__)

P = TypeVar("P", bound=Press)
Handler = Callable[[P, Request], Awaitable[Reply | None]]


class Kind(StrEnum):
    """What is changed."""

    WATCH = "watch"  # of a job or of a pattern
    SETTINGS = "settings"  # what concerns all that is watched there
    SILENCE = "silence"  # maintenance: of many watches at once
    PAUSE = "pause"  # it ends
    INCIDENT = "incident"  # somebody takes care of it


@dataclass(frozen=True)
class Change:
    """What a request would change at a destination. `watch` is the job or the pattern, None if that isn't known yet."""

    destination: Destination
    kind: Kind = Kind.WATCH
    watch: Target | PatternRef | None = None


def _watch(press: Watch | Unwatch | Mute | Unmute | ChangeWatch, request: Request) -> Change:
    named = press.ref if isinstance(press.ref, JobRef | Dataflow) else None
    return Change(request.destination(press.to), watch=named)


def _pattern(press: WatchAll | UnwatchAll, request: Request) -> Change:
    return Change(request.destination(press.to), watch=PatternRef(press.pattern))


def _settings(press: OpenSettings, request: Request) -> Change:
    return Change(request.destination(), Kind.SETTINGS)


def _threads(press: Threads, request: Request) -> Change | None:
    return None if press.on is None else Change(request.destination(), Kind.SETTINGS)


def _quiet(press: Quiet, request: Request) -> Change | None:
    return Change(request.destination(), Kind.SETTINGS) if press.hours or press.off else None


def _digest(press: ScheduleDigest, request: Request) -> Change | None:
    return Change(request.destination(), Kind.SETTINGS) if press.schedule or press.off else None


def _silence(press: MuteAll, request: Request) -> Change:
    """Of all jobs, unless it names some: no other maintenance is concerned, whoever began it."""
    return Change(request.destination(press.to), Kind.SILENCE, PatternRef(press.pattern or ALL_JOBS))


def _end_of_silence(press: UnmuteAll, request: Request) -> Change:
    return Change(request.destination(press.to), Kind.SILENCE, PatternRef(press.pattern))


# What each command and press changes that changes something, and those that only look.
CHANGES: Mapping[type[Press], Callable[[Any, Request], Change | None]] = {
    Watch: _watch,
    Unwatch: _watch,
    Mute: _watch,
    Unmute: _watch,
    ChangeWatch: _watch,
    AskToStop: lambda press, request: Change(request.destination(), watch=press.ref),
    WatchAll: _pattern,
    UnwatchAll: _pattern,
    MuteAll: _silence,
    UnmuteAll: _end_of_silence,
    Threads: _threads,
    Quiet: _quiet,
    ScheduleDigest: _digest,
    OpenSettings: _settings,
    ResumeAlerts: lambda press, request: Change(Destination(request.workspace, press.channel), Kind.PAUSE),
    Acknowledge: lambda press, request: Change(request.destination(), Kind.INCIDENT),
}
LOOKS: Collection[type[Press]] = (
    *(Help, ShowStatus, History, ListHere, Jobs, ShareJob, ShowDetails, TurnListPage, TurnJobsPage, ShowAll),
    *(PreviewDigest, TurnHistory, ShareHistory),
    OpenWatch,  # the form says what is in the way, and the watch that it makes is checked
)


class Permissions:
    """Asks the database what was chosen in a channel and, where it matters, Slack about the person."""

    def __init__(self, database: Database, authorization: Authorization) -> None:
        self._database = database
        self._authorization = authorization

    def guarded(self, handlers: Mapping[type[Press], Handler[Any]]) -> dict[type[Press], Handler[Any]]:
        """The same handlers; those that change something refuse whoever may not."""
        return {kind: self._guarded(handler) if kind in CHANGES else handler for kind, handler in handlers.items()}

    def _guarded(self, handler: Handler[P]) -> Handler[P]:
        async def check_and_handle(press: P, request: Request) -> Reply | None:
            return await self.refusal(press, request) or await handler(press, request)

        return check_and_handle

    async def refusal(self, press: Press, request: Request) -> Reply | None:
        """Why the person may not do that; None if they may. A job must be named by its IDs by now: who made its watch
        may matter. Raises `DatabaseFault`."""
        change_of = CHANGES.get(type(press))
        change = change_of(press, request) if change_of else None
        return await self.refusal_of(change, request.user, request) if change else None

    async def refusal_of(self, change: Change, person: str, request: Request | None = None) -> Reply | None:
        """The same for a change; `request` is the one to repeat if Slack can't be asked now."""
        if change.destination.is_person:
            return None
        async with self._database.reading() as session:
            settings = await channel_settings.read(session, change.destination)
        found, made_by = await self._obstacle(change, person, settings)
        was_here = request is not None and request.by_form and request.channel == change.destination.id
        if was_here and await self._authorization.is_in(change.destination.id, person) is False:
            found = Obstacle.OUTSIDER  # whatever is allowed otherwise
        if found is None:
            return None
        log.info("a change is refused", why=found.value, kind=change.kind.value)
        message = refusals.may_not_change(
            found,
            kind=change.kind.value,
            place=change.destination.id,
            is_here=request is None or request.channel == change.destination.id,
            people=made_by,
            command=request.command if request else None,
            again=request.typed if request else None,
        )
        return Reply(message, cannot_deliver=NOT_ALLOWED)

    async def _obstacle(
        self, change: Change, person: str, settings: ChannelSettings
    ) -> tuple[Obstacle | None, Collection[str]]:
        """What is in the way, and who made what would change."""
        role: Role | None = await self._authorization.role(person)
        if change.kind is Kind.INCIDENT:
            return obstacle_to_acknowledging(settings, role), ()
        is_member, made_by = None, None
        if settings.changes_by is ChangesBy.MEMBERS:
            is_member = await self._authorization.is_in(change.destination.id, person)
        if settings.changes_by is ChangesBy.CREATORS:
            made_by = await self._creators(change, person, settings)
        found = obstacle(settings, person, role, is_member=is_member, creators=made_by)
        return found, made_by or ()

    async def _creators(self, change: Change, person: str, settings: ChannelSettings) -> Collection[str] | None:
        """Who made what would change; None if it is new."""
        restricted_by = [settings.restricted_by] if settings.restricted_by else []
        if change.kind is Kind.SETTINGS:
            return restricted_by
        async with self._database.reading() as session:
            if change.kind is Kind.PAUSE:
                return [person] if await creators.made_any(session, change.destination, person) else []
            if change.kind is Kind.SILENCE and isinstance(change.watch, PatternRef):
                made_by = await creators.of_silence(session, change.destination, change.watch.glob)
                return [*restricted_by, made_by] if made_by else restricted_by
            match change.watch:
                case None:
                    return None
                case PatternRef(glob):
                    made_by = await creators.of_pattern(session, change.destination, glob)
                case target:
                    made_by = await creators.of_job(session, change.destination, target)
        return None if made_by is None else [made_by]
