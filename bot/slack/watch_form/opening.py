"""Opens the watch form: empty, or filled in to change a subscription."""

import asyncio
from contextlib import suppress
from dataclasses import replace

from bot.domain.job import Target
from bot.domain.reminding import Reminding
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Contact
from bot.slack.api.views import OpenView, ViewsApi
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import OpenWatch, Watch
from bot.slack.grammar.presses import ChangeWatch
from bot.slack.grammar.references import REF_EXAMPLE, Name
from bot.slack.grammar.writer import command_line
from bot.slack.handlers.job_search import Found, JobSearch
from bot.slack.request import Asker, Reply, Request
from bot.slack.watch_form import problems, view
from bot.slack.watch_form.checking import Checker
from bot.slack.watch_form.form import Form, Origin
from bot.slack.watch_form.reading import without_icon
from bot.store.channels import settings
from bot.store.database import Database, DatabaseFault
from bot.store.lists import watch_list
from bot.tasks import Full, Tasks

_AT_ONCE = 100  # forms that something is under way for
_AT_ONCE_EACH = 10  # of one person
_FILTER_LIMIT_S = 0.5  # of the three seconds in which a form must open


class FormOpener:
    """Owns `tasks`, the work under way for forms."""

    def __init__(self, database: Database, job_search: JobSearch, views_api: ViewsApi, checker: Checker) -> None:
        self._database = database
        self._job_search = job_search
        self._views_api = views_api
        self._checker = checker
        self.tasks = Tasks("forms", limit=_AT_ONCE, per_owner=_AT_ONCE_EACH)

    async def open(self, command: OpenWatch, request: Request) -> Reply | None:
        """Handle `watch` without a job. Hardly waits before it opens the form: the trigger is valid for three seconds.
        A mention has none, so it is answered with a button."""
        if request.trigger is None:
            return Reply(view.open_button(command))
        status_filter = command.status_filter or await self._default_filter(command.to, request)
        contact, reminding = _by_id(command, request.user)
        origin = Origin(request.channel, request.command)
        form = Form.of(origin, command.to, status_filter, contact=contact, reminding=reminding)
        instead = Watch(Name(REF_EXAMPLE), command.to, command.status_filter, command.contact, command.reminding)
        return await self._show(form, request, instead)

    async def _default_filter(self, to: str | None, request: Request) -> StatusFilter | None:
        """The filter of new watches where the form is for; None if the database doesn't say at once."""
        try:
            async with asyncio.timeout(_FILTER_LIMIT_S), self._database.reading() as session:
                return (await settings.read(session, request.destination(to))).default_filter
        except (TimeoutError, DatabaseFault):
            return None

    async def change(self, press: ChangeWatch, request: Request) -> Reply | None:
        """Open the form with a subscription filled in, or with the job if it isn't watched any more."""
        form = await self._of_watch(press.ref, press.to, request)
        if form is None:
            named = await self._job_search.named(Found(press.ref, press.ref), request.asking)
            title = named.ref.text if isinstance(named.ref, Name) else str(press.ref)
            form = Form.of(Origin(request.channel, request.command), press.to, None, press.ref, title)
        return await self._show(form, request, Watch(form.origin.job or press.ref, press.to, form.status_filter))

    async def _of_watch(self, target: Target, to: str | None, request: Request) -> Form | None:
        """The form that changes a subscription; None if there is none. Raises `DatabaseFault`."""
        async with self._database.reading() as session:
            found = await watch_list.find(session, request.destination(to), target)
        if found is None:
            return None
        job = found.job
        title = view.job_text(None if job.failure else job.status, job.title, job.target)
        origin = Origin(request.channel, request.command, job.target, to, title=title)
        return Form.of(origin, to, found.status_filter, job.target, without_icon(title), found.contact, found.reminding)

    async def fill_in(self, opened: OpenView, job: Target | None, title: str, request: Request) -> None:
        """Show the form, with a job filled in, in place of another modal; where it is watched, the one that changes
        that watch."""
        form = None
        with suppress(DatabaseFault):
            form = await self._of_watch(job, None, request) if job else None
        if form is None:
            status_filter = await self._default_filter(None, request)
            form = Form.of(Origin(request.channel, request.command), None, status_filter, job, title)
        shown = await self._views_api.replace(opened, view.form_view(form))
        if shown is not None:
            with suppress(Full):
                self.tasks.start(self._show_what_is_known(form, shown, _asker(request)), owner=request.user)

    async def _show(self, form: Form, request: Request, instead: Watch) -> Reply | None:
        opened = await self._views_api.open(request.trigger or "", view.form_view(form, is_new=True))
        if opened == "exchanged_trigger_id":  # the same request, delivered twice: the form is open
            return None
        if isinstance(opened, str):
            return Reply(problems.cannot_open(f"{request.command} {command_line(instead)}", opened))
        with suppress(Full):
            self.tasks.start(self._show_what_is_known(form, opened, _asker(request)), owner=request.user)
        return None

    async def _show_what_is_known(self, form: Form, opened: OpenView, asker: Asker) -> None:
        """Say in the form why the job list can't be had, or why alerts can't go where it says. If it was redrawn
        meanwhile, the later drawing says so."""
        unlisted, (form, obstacle) = await asyncio.gather(
            self._job_search.why_unlisted(), self._checker.check(form, asker)
        )
        if unlisted or obstacle:
            form = replace(form, origin=replace(form.origin, unlisted=unlisted))
            await self._views_api.update(opened, view.form_view(form, obstacle))


def _asker(request: Request) -> Asker:
    return Asker(request.workspace, request.user)


def _by_id(command: OpenWatch, user: str) -> tuple[Contact, Reminding]:
    """Whom a command names, by ID: a menu can't be filled in with "me"."""
    contact, reminding = command.contact, command.reminding
    if contact.owner == ME:
        contact = replace(contact, owner=user)
    if reminding.escalation and reminding.escalation.to == ME:
        reminding = replace(reminding, escalation=replace(reminding.escalation, to=user))
    return contact, reminding
