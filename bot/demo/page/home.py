"""Visits of the Home tab: the bot is told when somebody opens it, not each time the page brings itself up to date."""

import asyncio

from bot.demo.page.view_model import Viewer
from bot.demo.world import World


class HomeVisits:
    """Who looks at their Home tab."""

    def __init__(self, world: World) -> None:
        self._slack = world.slack
        self._visitors: set[str] = set()
        self._telling: set[asyncio.Task[object]] = set()

    def see(self, viewer: Viewer) -> None:
        """Somebody looks at the page. The bot is told in the background: it may be down."""
        person = viewer.person.id
        if not viewer.is_home:
            self._visitors.discard(person)
        elif person not in self._visitors:
            self._visitors.add(person)
            task = asyncio.create_task(self._slack.open_home(person))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def end(self) -> None:
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)
