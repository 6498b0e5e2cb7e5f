"""Opens the form that asks what to watch: empty, or filled in to change a subscription."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from bot.domain.job import Dataflow, Target
from bot.domain.subscription import Subscription
from bot.slack.api.views import ViewsApi, Window
from bot.slack.grammar.commands import OpenWatch, Watch
from bot.slack.grammar.references import REF_EXAMPLE, Name
from bot.slack.grammar.writer import command_line
from bot.slack.handlers.job_search import JobSearch
from bot.slack.request import Answer, Request
from bot.slack.watch_form import view
from bot.slack.watch_form.form import Form, Origin
from bot.store import subscriptions
from bot.store.database import Database
from bot.tasks import Full, Tasks

_AT_ONCE = 100  # forms about which something is under way


class FormOpener:
    """`tasks` is whatever is under way about a form, whoever began it."""

    def __init__(self, database: Database, job_search: JobSearch, views_api: ViewsApi) -> None:
        self._database = database
        self._finder = job_search
        self._windows = views_api
        self.tasks = Tasks("forms", limit=_AT_ONCE)

    async def open(self, wish: OpenWatch, request: Request) -> Answer | None:
        """Ask which job. Nothing is waited for before: the trigger is good for three seconds."""
        form = Form.of(Origin(request.channel, request.command), wish.to, wish.status_filter)
        return await self._show(form, request, command_line(Watch(Name(REF_EXAMPLE), wish.to, wish.status_filter)))

    async def change(self, target: Target, to: str | None, request: Request) -> Answer | None:
        """Ask what is to be told of a job that is watched. One that isn't any more can be watched anew."""
        async with self._database.reading() as session:
            here = await subscriptions.of_destination(session, request.destination(to))
        found = _meant(target, here)
        if found is None:
            form = Form.of(Origin(request.channel, request.command), to, None, target, str(target))
        else:
            known = found.job
            origin = Origin(request.channel, request.command, known.target, to)
            title = view.job_text(known.status, known.title, known.target)
            form = Form.of(origin, to, found.status_filter, known.target, title)
        return await self._show(form, request, command_line(Watch(form.job or target, to, form.status_filter)))

    async def _show(self, form: Form, request: Request, line: str) -> Answer | None:
        opened = await self._windows.open(request.key, view.form_view(form, at_first=True))
        if opened == "exchanged_trigger_id":  # the same request, delivered twice: the form is open
            return None
        if isinstance(opened, str):
            return Answer(view.cannot_open(f"{request.command} {line}"))
        with suppress(Full):
            self.tasks.start(self._say_unlisted(form, opened))
        return None

    async def _say_unlisted(self, form: Form, window: Window) -> None:
        """Where the list can't be had, the form says so. If it was drawn anew meanwhile, its menu alone does."""
        if unlisted := await self._finder.unlisted():
            form = replace(form, origin=replace(form.origin, unlisted=unlisted))
            await self._windows.update(window, view.form_view(form))


def _meant(target: Target, here: Sequence[Subscription]) -> Subscription | None:
    """The subscription: to that very job, or, for a run, to the job that is followed; as the store finds it."""
    followed = target if isinstance(target, Dataflow) else Dataflow(target.dataflow)
    by_target = {one.job.target: one for one in here}
    return by_target.get(target) or by_target.get(followed)
