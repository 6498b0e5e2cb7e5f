"""`list`, and the help that begins with it."""

from datetime import UTC, datetime

from bot.slack.grammar.commands import Help, ListHere
from bot.slack.grammar.presses import TurnListPage
from bot.slack.messages import help as help_message
from bot.slack.messages import watch_list
from bot.slack.messages.blocks import Message
from bot.slack.messages.channel import maintenance
from bot.slack.messages.channel.quiet_hours import list_lines as quiet_lines
from bot.slack.request import Reply, Request
from bot.store.channels import quiet_hours, settings, silences
from bot.store.database import Database
from bot.store.lists import watch_list as watched
from bot.store.patterns import watches as pattern_watches


class WatchListHandler:
    """Shows what is watched here. Needs no answer from the jobs service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def help(self, _: Help, request: Request) -> Reply:
        """Handle `help`."""
        async with self._database.reading() as session:
            here = await watched.page(session, request.destination(), number=1, size=help_message.JOBS_SHOWN)
        now = datetime.now(UTC)
        return Reply(help_message.help_text(here, to_person=request.is_direct, command=request.command, now=now))

    async def list(self, command: ListHere, request: Request) -> Reply:
        """Handle `list`."""
        return Reply(await self._page(command.page, request))

    async def turn_page(self, press: TurnListPage, request: Request) -> Reply:
        """Show another page where the button was pressed."""
        return Reply(await self._page(max(1, press.page), request), replaces=True)

    async def _page(self, number: int, request: Request) -> Message:
        destination = request.destination()
        async with self._database.reading() as session:
            here = await watched.page(session, destination, number=number, size=watch_list.JOBS_PER_PAGE)
            covering = await pattern_watches.of_destination(session, destination)
            windows = await silences.open_at(session, destination)
            chosen = await settings.read(session, destination)
        now = datetime.now(UTC)
        quiet, window = chosen.quiet_hours, quiet_hours.in_force(chosen, now)
        above = maintenance.list_lines(windows)
        above += quiet_lines(quiet, window.end) if quiet and window else []
        return watch_list.watch_list(
            here, covering, place=request.channel, command=request.command, now=now, above=above
        )
