"""The story: the demo plays by itself what the bot can do."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass

from bot.demo.page.scenes import Scene, Script
from bot.demo.slack.stand_in import MEMBER, Channel, Message
from bot.demo.world import World

_SCENE_LIMIT_S = 60.0


@dataclass(frozen=True)
class Step:
    """A scene that was played: where, since which `ts`, and all messages as they were at its end."""

    place: Channel
    is_home: bool
    since: str
    messages: Sequence[Message]


class Story:
    """Plays one scene after another. `pace` scales the time for typing and reading; at 0 there is none.

    A scene ends when its effect was seen. If that takes too long, the story stops and `problem` names the scene.
    `number` is the latest scene, `shown` the one that people look at: going back shows what was recorded, since what
    the bot did can't be undone.
    """

    def __init__(self, world: World, pace: float = 1.0) -> None:
        self._slack = world.slack
        self._jobs = world.jobs
        self._pace = pace
        self.script = Script(world, pace)
        self.scenes = self.script.scenes()
        self._task: asyncio.Task[None] | None = None
        self._onward = asyncio.Event()
        self._steps: list[Step] = []
        self._since = ""
        self.number = self.shown = 0
        self.is_paused = self.is_over = False
        self.problem = ""

    @property
    def is_running(self) -> bool:
        return self._task is not None and not self._task.done()

    @property
    def is_looking_back(self) -> bool:
        return self.shown < self.number

    @property
    def scene(self) -> Scene | None:
        """The scene that is shown, also after the end."""
        return self.scenes[self.shown] if self.is_running or self.is_over else None

    @property
    def path(self) -> str:
        """The page on which the scene plays. Empty if people are free to go where they like."""
        if not (self.is_running or self.is_looking_back):
            return ""
        seen = self.step or self.script
        return f"/{MEMBER.name}/{seen.place.id}{'?tab=home' if seen.is_home else ''}"

    @property
    def step(self) -> Step | None:
        """What was recorded of the scene that is shown; None if that is the latest."""
        return self._steps[self.shown] if self.is_looking_back else None

    def is_new(self, message: Message) -> bool:
        """Whether the scene that is shown brought or changed this message."""
        if not (self.is_running or self.is_looking_back):
            return False
        since = self.step.since if self.step else self._since
        return message.ts > since or any(at >= float(since) for at in message.edited)

    def play(self) -> None:
        """Start the story unless it is running; go on if it is paused."""
        if self.is_running:
            self.is_paused, self.shown = False, self.number
            self._onward.set()
        else:
            self._task = asyncio.create_task(self._play())

    def pause(self) -> None:
        """Stay at this scene once its effect was seen."""
        self.is_paused = self.is_running

    def back(self) -> None:
        """Show the scene before, and stay there."""
        self.pause()
        self.shown = max(0, self.shown - 1)

    def forward(self) -> None:
        """Show the next scene, or play it now."""
        if self.is_looking_back:
            self.shown += 1
        else:
            self._onward.set()

    def look_at_present(self) -> None:
        """End looking back: somebody acts, and wants to see what comes of it."""
        self.shown = self.number

    async def stop(self) -> None:
        """Stop the story and undo its faults."""
        self.is_over, self.number, self.shown = False, 0, 0
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def ended(self) -> None:
        """Wait for the end of the story."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _play(self) -> None:
        self.problem, self._steps, self.is_paused, self.is_over = "", [], False, False
        try:
            for number, scene in enumerate(self.scenes):
                self.number = self.shown = number
                await self._play_scene(scene)
            self.is_over = True
        except TimeoutError:
            self.problem = f"The story stopped, because this didn't happen: {self.scenes[self.number].caption}"
        finally:
            self._jobs.heal()
            if self.script.channel.is_archived:
                with suppress(asyncio.CancelledError):
                    await self._slack.unarchive(self.script.channel.id)
            self._slack.touch()

    async def _play_scene(self, scene: Scene) -> None:
        self._since = self._slack.timestamp()
        self._onward.clear()
        self._slack.touch()
        reading = asyncio.create_task(self._read(scene.seconds * self._pace))
        try:
            async with asyncio.timeout(_SCENE_LIMIT_S):
                await scene.act()
            self._steps.append(
                Step(self.script.place, self.script.is_home, self._since, [copy(each) for each in self._slack.messages])
            )
            await reading
            if self.is_paused:
                await self._onward.wait()
        finally:
            reading.cancel()

    async def _read(self, seconds: float) -> None:
        """Leave time for the caption, unless somebody goes on."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._onward.wait()
