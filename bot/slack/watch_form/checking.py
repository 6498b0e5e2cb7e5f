"""What is known of the choices in a watch form before it is submitted: why alerts can't go where it says, and how many
jobs a pattern matches."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from cachetools import TTLCache

from bot.domain.destination import Destination
from bot.slack.api.messenger import SlackMessenger
from bot.slack.authorization import Authorization
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.patterns import PatternRef
from bot.slack.handlers.job_search import JobSearch
from bot.slack.permissions import Change, Permissions
from bot.slack.request import Asker, Reply
from bot.slack.watch_form import problems
from bot.slack.watch_form.form import Form
from bot.store.database import DatabaseFault

# Seconds that a choice may wait for what is known of it.
_LIMIT = 1.5
_REMEMBERED, _REMEMBERED_S = 1_000, 60  # channels in which nothing is in the way


class Checker:
    """Asks Slack and the job list. Never raises: what can't be known in time isn't shown."""

    def __init__(
        self,
        job_search: JobSearch,
        messenger: SlackMessenger,
        authorization: Authorization,
        permissions: Permissions,
        *,
        bot_name: Callable[[], str],
    ) -> None:
        self._job_search = job_search
        self._messenger = messenger
        self._authorization = authorization
        self._permissions = permissions
        self._bot_name = bot_name
        self._free: TTLCache[tuple[str, str], bool] = TTLCache(_REMEMBERED, _REMEMBERED_S)

    async def check(self, form: Form, asker: Asker) -> tuple[Form, str | None]:
        """The form with the number of matches, and why alerts can't go where it says; None if nothing is in the way."""
        matches, obstacle = await asyncio.gather(self._matches(form), self._obstacle(form, asker))
        return replace(form, origin=replace(form.origin, matches=matches or 0)), obstacle

    async def _matches(self, form: Form) -> int | None:
        if not isinstance(form.job, PatternRef):
            return None
        return await self._job_search.count_matching(form.job.glob, within=_LIMIT)

    async def _obstacle(self, form: Form, asker: Asker) -> str | None:
        """A channel in which nothing was in the way isn't asked about again; one that was may be free by now."""
        channel, user = form.to or form.origin.channel, asker.user
        if channel == ME or (form.to is None and form.origin.is_direct):
            return None
        try:
            async with asyncio.timeout(_LIMIT):
                if refusal := await self._may_not_change(form, Destination(asker.workspace, channel), user):
                    return problems.plain_words(refusal.message)
                if (user, channel) in self._free:
                    return None
                if form.to is not None and (refusal := await self._authorization.channel_refusal(channel, user)):
                    return problems.why_not(form, refusal, bot_name=self._bot_name())
                code = await self._messenger.obstacle_to_posting(channel)
        except (TimeoutError, DatabaseFault):
            return None
        if code is not None:
            return problems.cannot_deliver(form, code, bot_name=self._bot_name())
        self._free[user, channel] = True
        return None

    async def _may_not_change(self, form: Form, destination: Destination, user: str) -> Reply | None:
        """Why the person may not make the watch there, or change it if there is one."""
        return await self._permissions.refusal_of(Change(destination, watch=form.job), user)
