"""The story: the demo plays by itself what the bot can do."""

import asyncio
from contextlib import suppress

from bot.demo.page.scenes import Scene, Script
from bot.demo.slack.stand_in import MEMBER
from bot.demo.world import World

_SCENE_LIMIT_S = 60.0


class Story:
    """Plays one scene after another. `pace` scales the time for reading a caption; at 0 there is none.

    A scene ends when its effect was seen. If that takes too long, the story stops and `problem` names the scene.
    """

    def __init__(self, world: World, pace: float = 1.0) -> None:
        self._slack = world.slack
        self._jobs = world.jobs
        self._pace = pace
        self.script = Script(world)
        self._task: asyncio.Task[None] | None = None
        self.scenes = self.script.scenes()
        self.number = 0
        self.problem = ""

    @property
    def is_running(self) -> bool:
        return self._task is not None and not self._task.done()

    @property
    def scene(self) -> Scene | None:
        return self.scenes[self.number] if self.is_running else None

    @property
    def path(self) -> str:
        """The page on which the scene plays. Empty if no story is running."""
        return f"/{MEMBER.name}/{self.script.place.id}" if self.is_running else ""

    def play(self) -> None:
        """Start the story unless it is running."""
        if not self.is_running:
            self._task = asyncio.create_task(self._play())

    async def stop(self) -> None:
        """Stop the story and undo its faults."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def ended(self) -> None:
        """Wait for the end of the story."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _play(self) -> None:
        self.problem = ""
        try:
            for number, scene in enumerate(self.scenes):
                self.number = number
                self._slack.touch()
                reading = asyncio.create_task(asyncio.sleep(scene.seconds * self._pace))
                try:
                    async with asyncio.timeout(_SCENE_LIMIT_S):
                        await scene.act()
                    await reading
                finally:
                    reading.cancel()
        except TimeoutError:
            self.problem = f"The story stopped, because this didn't happen: {self.scenes[self.number].caption}"
        finally:
            self._jobs.heal()
            if self.script.channel.is_archived:
                with suppress(asyncio.CancelledError):
                    await self._slack.unarchive(self.script.channel.id)
            self._slack.touch()
