"""The story: two minutes in which the demo shows by itself what the bot can do."""

import asyncio
import json
import math
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from bot.demo.informatica.stand_in import DEMO_JOBS, DOCUMENTED_JOB, Fault
from bot.demo.slack.stand_in import MEMBER, Message
from bot.demo.world import World

_LIMIT_S = 60.0


class _Job(NamedTuple):
    name: str
    dataflow: str
    run: int  # that it has at first


_ORDERS, _CLICKS, _PAYMENTS = (_Job(*each) for each in DEMO_JOBS[:3])
_EXAMPLE = _Job(DOCUMENTED_JOB["assetName"], DOCUMENTED_JOB["assetId"], DOCUMENTED_JOB["runId"])


@dataclass(frozen=True)
class Scene:
    """`words` are shown for `seconds`, or longer if what happens takes longer."""

    words: str
    act: Callable[[], Awaitable[None]]
    seconds: float


class Story:
    """Plays one scene after another. `pace` shortens the time in which each can be read: 0 is as fast as it goes.

    What a scene shows has happened before the next begins: a scene that waits in vain ends the story with `trouble`.
    """

    def __init__(self, world: World, pace: float = 1.0) -> None:
        self._slack = world.slack
        self._jobs = world.jobs
        self._bot = world.bot
        self._pace = pace
        self.channel = next(iter(world.slack.channels.values()))
        self._place = self.channel
        self._task: asyncio.Task[None] | None = None
        self.scenes = self._scenes()
        self.number = 0
        self.trouble = ""

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.done()

    @property
    def scene(self) -> Scene | None:
        return self.scenes[self.number] if self.running else None

    @property
    def path(self) -> str:
        """Where the story goes on; empty if it doesn't."""
        return f"/{MEMBER.name}/{self._place.id}" if self.running else ""

    def play(self) -> None:
        """Begin it, unless it is under way."""
        if not self.running:
            self._task = asyncio.create_task(self._play())

    async def stop(self) -> None:
        """End it where it is, and what it broke is well again."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def ended(self) -> None:
        """Until it has ended."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _play(self) -> None:
        self.trouble = ""
        try:
            for number, scene in enumerate(self.scenes):
                self.number = number
                self._slack.touch()
                reading = asyncio.create_task(asyncio.sleep(scene.seconds * self._pace))
                try:
                    async with asyncio.timeout(_LIMIT_S):
                        await scene.act()
                    await reading
                finally:
                    reading.cancel()
        except TimeoutError:
            self.trouble = f"The story waited in vain for this: {self.scenes[self.number].words}"
        finally:
            self._jobs.heal()
            if self.channel.is_archived:
                with suppress(asyncio.CancelledError):
                    await self._slack.unarchive(self.channel.id)
            self._slack.touch()

    def _scenes(self) -> list[Scene]:
        return [
            Scene("Ben asks how a job is. Only he sees the answer.", self._look, 9),
            Scene("He has this channel watch a job. It concerns everybody here, so all see it.", self._watch, 9),
            Scene("The job runs into an error: within seconds the channel knows.", self._error, 10),
            Scene("… and hears when it is well again, and how long the trouble lasted.", self._recovery, 9),
            Scene("It is redeployed: another run, the next version. That is one message, too.", self._redeployed, 10),
            Scene("Two more jobs are watched.", self._watch_more, 8),
            Scene("Three jobs change at once. What is new goes out together, not job by job.", self._together, 10),
            Scene("A job is known to be ill. It is muted for an hour: what it does now is not told.", self._mute, 8),
            Scene("What does this channel watch? The worst comes first, and what is muted says so.", self._list, 9),
            Scene("The jobs service fails. One message says what is not known, not one a job.", self._outage, 12),
            Scene("It is back, and what changed meanwhile is told.", self._over, 9),
            Scene("The bot is killed; a job changes; the bot starts again. The change is told, once.", self._killed, 9),
            Scene("The channel is archived. Ben hears that nobody is told of its jobs now.", self._archived, 9),
            Scene("The channel is back, and so are its alerts, by themselves.", self._back, 9),
            Scene("What happened to a job, and how long did each status last?", self._history, 8),
            Scene("The mute is lifted, and what was not told is told. Now it's your turn.", self._unmute, 6),
        ]

    async def _look(self) -> None:
        for job in (_ORDERS, _CLICKS, _PAYMENTS):
            self._set(job, "Up and Running")
        await self._command(f"status {_EXAMPLE.name}", _EXAMPLE.name)

    async def _watch(self) -> None:
        await self._command(f"watch {_ORDERS.name}", _ORDERS.name)

    async def _error(self) -> None:
        await self._becomes(_ORDERS, "Running with Error", "❌")

    async def _recovery(self) -> None:
        await self._becomes(_ORDERS, "Up and Running", "✅")

    async def _redeployed(self) -> None:
        since = self._now()
        self._jobs.redeploy(_ORDERS.dataflow, self._run(_ORDERS))
        await self._heard(since, "redeployed")
        await self._becomes(_ORDERS, "Up and Running", "✅")

    async def _watch_more(self) -> None:
        for job in (_CLICKS, _PAYMENTS):
            await self._command(f"watch {job.name}", job.name)

    async def _together(self) -> None:
        since = self._now()
        for job in (_ORDERS, _CLICKS, _PAYMENTS):
            self._set(job, "Running with Warning")
        await self._heard(since, _ORDERS.name, _CLICKS.name, _PAYMENTS.name)

    async def _mute(self) -> None:
        await self._command(f"mute {_CLICKS.name} 1h", _CLICKS.name)
        self._set(_CLICKS, "Running with Error")

    async def _list(self) -> None:
        await self._command("list", _ORDERS.name, _CLICKS.name)

    async def _outage(self) -> None:
        since = self._now()
        self._jobs.fail(Fault.UNAVAILABLE)
        self._set(_PAYMENTS, "Up and Running")
        await self._heard(since, "jobs service")

    async def _over(self) -> None:
        since = self._now()
        self._jobs.heal()
        await self._heard(since, _PAYMENTS.name, "✅")

    async def _killed(self) -> None:
        since = self._now()
        await self._bot.end(signal.SIGKILL)
        self._set(_ORDERS, "Up and Running")
        await self._bot.start()
        await self._heard(since, _ORDERS.name, "✅")

    async def _archived(self) -> None:
        self._place = self._slack.direct_message(MEMBER.id)
        since = self._now()
        await self._slack.archive(self.channel.id)
        await self._heard(since, self.channel.id)

    async def _back(self) -> None:
        self._place = self.channel
        await self._slack.unarchive(self.channel.id)
        await self._becomes(_PAYMENTS, "Running with Error", "❌")

    async def _history(self) -> None:
        await self._command(f"history {_ORDERS.name}", _ORDERS.name)

    async def _unmute(self) -> None:
        await self._command(f"unmute {_CLICKS.name}", _CLICKS.name)

    async def _command(self, text: str, *words: str) -> None:
        """Ben types a command, and gets an answer in which these words stand."""
        since = self._now()
        await self._slack.command(text, user=MEMBER.id, channel=self._place.id)
        await self._heard(since, *words)

    async def _becomes(self, job: _Job, status: str, emoji: str) -> None:
        """A job changes, and an alert says so."""
        since = self._now()
        self._set(job, status)
        await self._heard(since, job.name, emoji)

    def _set(self, job: _Job, status: str) -> None:
        self._jobs.set_status(job.dataflow, self._run(job), status)

    def _run(self, job: _Job) -> int:
        """The run that it has now."""
        return max(run for dataflow, run in self._jobs.jobs if dataflow == job.dataflow)

    def _now(self) -> int:
        return len(self._slack.messages)

    async def _heard(self, since: int, *words: str) -> None:
        """Until each of these words was said since then."""

        def all_said() -> bool:
            said = [_words(each) for each in self._slack.messages[since:]]
            return all(any(word in text for text in said) for word in words)

        await self._slack.until(all_said, math.inf, ())


def _words(message: Message) -> str:
    return message.text + json.dumps(message.blocks, ensure_ascii=False)
