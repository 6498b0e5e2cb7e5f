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
        rows = await self._rows(request)
        return Reply(help_message.help_text(rows, to_person=request.is_direct, command=request.command))

    async def list(self, command: ListHere, request: Request) -> Reply:
        """Handle `list`."""
        rows = await self._rows(request)
        async with self._database.reading() as session:
            here = await pattern_watches.of_destination(session, request.destination())
        return Reply(
            watch_list.watch_list(
                rows,
                page=command.page,
                to_person=request.is_direct,
                command=request.command,
                above=partial(patterns.list_lines, here),
            )
        )

    async def _rows(self, request: Request) -> Sequence[watch_list.Row]:
        async with self._database.reading() as session:
            here = await subscriptions.of_destination(session, request.destination())
        return [_row(subscription) for subscription in here]


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
