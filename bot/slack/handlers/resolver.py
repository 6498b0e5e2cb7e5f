"""Which job a command names, and whether it may be asked for from here."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from bot.domain.destination import is_group_id, is_person_id
from bot.domain.job import JobRef, Target
from bot.informatica.errors import JobsServiceError
from bot.slack.authorization import Authorization
from bot.slack.grammar.clauses import ME, add_clauses
from bot.slack.grammar.commands import (
    Acknowledge,
    History,
    Mute,
    MuteAll,
    ShowStatus,
    Unmute,
    UnmuteAll,
    Unwatch,
    UnwatchAll,
    Watch,
    WatchAll,
)
from bot.slack.grammar.durations import DEFAULT_LENGTH
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.history.period import other_period
from bot.slack.grammar.parser import parse
from bot.slack.grammar.presses import AskToStop, ShareHistory, ShareJob, TurnHistory
from bot.slack.grammar.references import Name, Ref
from bot.slack.grammar.writer import command_line
from bot.slack.handlers.failures import cannot_check
from bot.slack.handlers.job_search import Ambiguous, Found, JobSearch, NotFound, Result
from bot.slack.messages import confirmations, failures, pickers
from bot.slack.messages.blocks import Message
from bot.slack.messages.reminding import refusals
from bot.slack.permissions import Permissions
from bot.slack.request import Reply, Request

_EXAMPLE = JobRef("1948938e-3923-4602-aba8-f122e3d66faf", 42559)

_LENGTH_WORDS = 4  # after the name of a job

OneJob = ShowStatus | History | Watch | Unwatch | Mute | Unmute | Acknowledge
ManyJobs = WatchAll | UnwatchAll | MuteAll | UnmuteAll
J = TypeVar("J", bound=OneJob)
M = TypeVar("M", bound=ManyJobs)
OneJobPress = AskToStop | ShareJob | ShareHistory | TurnHistory
P = TypeVar("P", bound=OneJobPress)
C = TypeVar("C", bound=OneJob | ManyJobs)


class JobResolver:
    """Wraps handlers, so that they get a job as well as its name, and only what may be asked for from here. What can't
    be checked is said of the job by its name, too.

    Whether the person may make the change is checked here, once it's known which job that concerns."""

    def __init__(self, job_search: JobSearch, authorization: Authorization, permissions: Permissions) -> None:
        self._job_search = job_search
        self._authorization = authorization
        self._permissions = permissions

    def one_job(
        self, handler: Callable[[J, Target, Request], Awaitable[Reply | None]]
    ) -> Callable[[J, Request], Awaitable[Reply | None]]:
        """A handler of a command that names one job."""

        async def resolve_and_handle(command: J, request: Request) -> Reply | None:
            if refusal := await self._refusal(command, request):
                return refusal
            command = _with_asker(command, request)
            found = await self._find(command, request)
            if isinstance(found, NotFound) and (error := await self._unclear_length(found, command, request)):
                return Reply(failures.grammar_error(error, command=request.command))
            if not isinstance(found, Found):
                return Reply(_unclear(found, command, request))
            if refusal := await self._permissions.refusal(replace(command, ref=found.target), request):
                return refusal
            found = await self._named(found, command, request)
            try:
                return await handler(replace(command, ref=found.ref), found.target, request)
            except JobsServiceError as error:
                return cannot_check(error, found.ref, request)

        return resolve_and_handle

    def named(
        self, handler: Callable[[P, Ref, Request], Awaitable[Reply | None]]
    ) -> Callable[[P, Request], Awaitable[Reply | None]]:
        """A handler of a press that carries its job, and gets how it is named to people as well."""

        async def name_and_handle(press: P, request: Request) -> Reply | None:
            found = await self._named(Found(press.ref, press.ref), press, request)
            try:
                return await handler(press, found.ref, request)
            except JobsServiceError as error:
                return cannot_check(error, found.ref, request)

        return name_and_handle

    async def _named(self, found: Found, command: OneJob | OneJobPress, request: Request) -> Found:
        """The job by its name. What is refused below because nobody here watches the job should name it, too; a look-up
        brings the name itself."""
        found = await self._job_search.named(found, request.asking)
        if not isinstance(found.ref, Name) and request.title:
            found = replace(found, ref=Name(request.title))
        if isinstance(found.ref, Name) or isinstance(command, ShowStatus | Watch):
            return found
        return await self._job_search.listed_name(found)

    def in_place(
        self, handler: Callable[[M, Request], Awaitable[Reply | None]]
    ) -> Callable[[M, Request], Awaitable[Reply | None]]:
        """A handler of a command that names no single job."""

        async def check_and_handle(command: M, request: Request) -> Reply | None:
            refusal = await self._refusal(command, request) or await self._permissions.refusal(command, request)
            return refusal or await handler(_with_asker(command, request), request)

        return check_and_handle

    async def _refusal(self, command: OneJob | ManyJobs, request: Request) -> Reply | None:
        """Refuse what concerns the members of another channel, who don't see it asked for; to call a user group, if the
        person may not mention one; and to call or tell somebody whom it wouldn't reach."""
        called = _called(command)
        if any(map(is_group_id, called)) and (refused := await self._authorization.group_refusal(request.user)):
            return refused
        to = None if isinstance(command, ShowStatus | History | Acknowledge) else command.to
        elsewhere = request.elsewhere(to)
        if not isinstance(command, Watch | WatchAll):
            return Reply(confirmations.use_command_there(elsewhere)) if elsewhere else None
        if elsewhere and (refused := await self._authorization.channel_refusal(elsewhere, request.user)):
            return refused
        return await self._owner_refusal(command, request) or await self._telling_refusal(command, request)

    async def _owner_refusal(self, command: Watch | WatchAll, request: Request) -> Reply | None:
        """Refuse an owner who would take care of nothing. Who names themselves is there."""
        owner = command.contact.owner or ""
        if not is_person_id(owner) or owner == request.user:
            return None
        return await self._authorization.owner_refusal(owner, request.workspace)

    async def _telling_refusal(self, command: Watch | WatchAll, request: Request) -> Reply | None:
        """Refuse to tell somebody whom it wouldn't reach. Who names themselves is there."""
        escalation, place = command.reminding.escalation, request.destination(command.to)
        told = escalation.to if escalation else ""
        if is_group_id(told):
            return Reply(refusals.no_group_by_message()) if place.is_person else None
        if not is_person_id(told) or told == request.user:
            return None
        return await self._authorization.telling_refusal(told, place)

    async def _unclear_length(self, found: NotFound, command: OneJob, request: Request) -> GrammarError | None:
        """What to ask if the name ends with what may be a length, and the command takes one; None if it doesn't."""
        if isinstance(command, History):
            return other_period(found.name)
        if not isinstance(command, Mute) or command.length != DEFAULT_LENGTH:
            return None
        return _without_unit(found, command) or await self._after_a_job(found, command, request)

    async def _after_a_job(self, found: NotFound, command: Mute, request: Request) -> GrammarError | None:
        """What is wrong with the words after the name of a watched job: they say how long, in words of their own."""
        words, watched = found.name.replace('"', "").split(), request.destination(command.to)
        for count in range(len(words) - 1, max(0, len(words) - 1 - _LENGTH_WORDS), -1):
            name, length = " ".join(words[:count]), " ".join(words[count:])
            if isinstance(await self._job_search.find_watched(Name(name), watched), Found):
                read = parse(add_clauses(f'mute "{name}"', command.to, length))
                return read if isinstance(read, GrammarError) else None
        return None

    async def _find(self, command: OneJob, request: Request) -> Result:
        """The job. One to unwatch or mute is searched among the watched ones first."""
        if isinstance(command, Unwatch | Mute | Unmute | Acknowledge):
            to = None if isinstance(command, Acknowledge) else command.to
            found = await self._job_search.find_watched(command.ref, request.destination(to))
            if not isinstance(found, NotFound):
                return found
        if isinstance(command, History):
            return await self._job_search.find_seen(command.ref, request.asking)
        return await self._job_search.find(command.ref, request.asking)


def _without_unit(found: NotFound, command: Mute) -> GrammarError | None:
    """What to ask if the name ends with a number, and so may hold a length without its unit; None if it doesn't."""
    name, _, amount = found.name.rpartition(" ")
    if not name:
        return None
    read = parse(add_clauses(f"mute {Name(name)}", command.to, f"for {amount}"))
    return read if isinstance(read, GrammarError) and read.choices else None


def _called(command: OneJob | ManyJobs) -> Sequence[str]:
    """Whom a watch calls, by Slack ID."""
    if not isinstance(command, Watch | WatchAll):
        return []
    escalation = command.reminding.escalation
    return [id for id in (command.contact.owner, escalation.to if escalation else None) if id is not None]


def _with_asker(command: C, request: Request) -> C:
    """The command with the ID of the person who named themselves as the owner, or to be told."""
    if not isinstance(command, Watch | WatchAll):
        return command
    contact, reminding = command.contact, command.reminding
    if contact.owner == ME:
        contact = replace(contact, owner=request.user)
    if reminding.escalation and reminding.escalation.to == ME:
        reminding = replace(reminding, escalation=replace(reminding.escalation, to=request.user))
    return replace(command, contact=contact, reminding=reminding)


def _unclear(found: Ambiguous | NotFound, command: OneJob, request: Request) -> Message:
    """What to reply to a name that no job has, or several: each button repeats the command for one job."""

    def for_job(job: Target) -> OneJob:
        return replace(command, ref=job)

    if isinstance(found, Ambiguous):
        return pickers.which_job(found.name, found.jobs, for_job, command=request.command, now=datetime.now(UTC))
    return pickers.no_such_job(
        found.name,
        found.unlisted,
        command=request.command,
        example=command_line(for_job(_EXAMPLE)),
        similar=found.similar,
        press_for=for_job,
        now=datetime.now(UTC),
    )
