"""`list`, and the help that begins with it."""

from collections.abc import Sequence
from functools import partial

from bot.domain.subscription import Subscription
from bot.slack.grammar.commands import Help, ListHere
from bot.slack.messages import help as help_message
from bot.slack.messages import patterns, watch_list
from bot.slack.request import Reply, Request
from bot.store import subscriptions
from bot.store.database import Database
from bot.store.patterns import watches as pattern_watches


class WatchListHandler:
    """Shows what is watched here. Needs no answer from the jobs service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def help(self, _: Help, request: Request) -> Reply:
        """Handle `help`."""
        here = await self._subscriptions(request)
        return Reply(help_message.help_text(here, to_person=request.is_direct, command=request.command))

    async def list(self, command: ListHere, request: Request) -> Reply:
        """Handle `list`."""
        here = await self._subscriptions(request)
        async with self._database.reading() as session:
            covering = await pattern_watches.of_destination(session, request.destination())
        return Reply(
            watch_list.watch_list(
                here,
                page=command.page,
                to_person=request.is_direct,
                command=request.command,
                above=partial(patterns.list_lines, covering),
            )
        )

    async def _subscriptions(self, request: Request) -> Sequence[Subscription]:
        async with self._database.reading() as session:
            return await subscriptions.of_destination(session, request.destination())
