"""The scenes of the story: what happens in each, and what shows that it happened."""

import asyncio
import json
import math
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from bot.demo.informatica.faults import Fault
from bot.demo.informatica.stand_in import DEMO_JOBS
from bot.demo.slack.stand_in import MEMBER, Message
from bot.demo.world import World
from bot.domain.job import Status
from bot.slack.messages.text import status_icon

_DATAFLOWS = {name: dataflow for name, dataflow, _ in DEMO_JOBS}
_ORDERS, _CLICKS, _PAYMENTS = list(_DATAFLOWS)[:3]
KEY_S, _BEFORE_ENTER_S = 0.05, 0.9
_HEALTHY, _WARNING, _ERROR = "Up and Running", "Running with Warning", "Running with Error"


@dataclass(frozen=True)
class Scene:
    """The caption is shown for at least so many seconds."""

    caption: str
    act: Callable[[], Awaitable[None]]
    seconds: float = 9


class Script:
    """What the scenes do. `place` is where the current one plays, `typed` what Ben is typing there.

    `pace` scales the time that he needs; at 0 it is none.
    """

    def __init__(self, world: World, pace: float) -> None:
        self._pace = pace
        self._slack = world.slack
        self._jobs = world.jobs
        self._bot = world.bot
        self.channel = next(iter(world.slack.channels.values()))
        self.place = self.channel
        self.typed = ""

    def scenes(self) -> list[Scene]:
        # The bot paces its messages to a busy channel, up to 15 s apart. Killing it midway starts that anew, which
        # keeps the second half of the story brisk.
        command, change = self._command, self._change
        return [
            Scene("Ben looks up a job. Only he sees the answer.", self._look_up),
            Scene(
                "He watches a job in this channel. Everybody here sees the confirmation.",
                partial(command, f"watch {_ORDERS}", _ORDERS),
            ),
            Scene(
                "The job runs into an error. Within seconds the channel gets an alert.",
                partial(change, _ORDERS, _ERROR),
            ),
            Scene("Ben takes care of it, and tells everybody.", partial(command, f"ack {_ORDERS}", _ORDERS)),
            Scene(
                "The job recovers. Its alert is updated, and a reply in the thread shows in the channel, too.",
                partial(change, _ORDERS, _HEALTHY),
            ),
            Scene("The job is redeployed as a new run. That is one alert.", self._redeploy),
            Scene("Ben watches two more jobs.", self._watch_more),
            Scene("Three jobs change at once. Changes that wait together share a message.", self._change_together),
            Scene("A job has a known problem. Ben mutes it for an hour, and its changes stay silent.", self._mute),
            Scene(
                "What does this channel watch? The worst come first, and muted jobs are marked.",
                partial(command, "list", _ORDERS, _CLICKS),
            ),
            Scene("The bot is killed, a job changes, the bot starts again. The alert arrives once.", self._kill),
            Scene("The jobs service fails. One message says so, not one for each job.", self._outage),
            Scene("The service is back, and what changed meanwhile is reported.", self._outage_end),
            Scene("The channel is archived. Ben learns in a direct message that its alerts are paused.", self._archive),
            Scene("The channel is back, and its alerts resume by themselves.", self._unarchive),
            Scene(
                "What happened to a job, and how long did each status last?",
                partial(command, f"history {_ORDERS}", _ORDERS),
            ),
            Scene(
                "Ben unmutes the job and gets the alert that was held back.",
                partial(command, f"unmute {_CLICKS}", _CLICKS),
            ),
        ]

    async def _look_up(self) -> None:
        for job in (_ORDERS, _CLICKS, _PAYMENTS):
            self._set(job, _HEALTHY)
        await self._command(f"status {_ORDERS}", _ORDERS)

    async def _redeploy(self) -> None:
        since = self._message_count()
        self._jobs.redeploy(_DATAFLOWS[_ORDERS], self._latest_run(_ORDERS))
        await self._until_said(since, _ORDERS, "redeployed")

    async def _watch_more(self) -> None:
        for job in (_CLICKS, _PAYMENTS):
            await self._command(f"watch {job}", job)

    async def _change_together(self) -> None:
        since = self._message_count()
        for job in (_ORDERS, _CLICKS, _PAYMENTS):
            self._set(job, _WARNING)
        await self._until_said(since, _ORDERS, _CLICKS, _PAYMENTS)

    async def _mute(self) -> None:
        await self._command(f"mute {_CLICKS} 1h", _CLICKS)
        self._set(_CLICKS, _ERROR)

    async def _kill(self) -> None:
        since = self._message_count()
        await self._bot.end(signal.SIGKILL)
        self._set(_ORDERS, _HEALTHY)
        await self._bot.start()
        await self._until_said(since, _ORDERS, _icon(_HEALTHY))

    async def _outage(self) -> None:
        since = self._message_count()
        self._jobs.fail(Fault.UNAVAILABLE)
        self._set(_PAYMENTS, _HEALTHY)
        await self._until_said(since, "jobs service")

    async def _outage_end(self) -> None:
        since = self._message_count()
        self._jobs.heal()
        await self._until_said(since, _PAYMENTS, _icon(_HEALTHY))

    async def _archive(self) -> None:
        self.place = self._slack.direct_message(MEMBER.id)
        since = self._message_count()
        await self._slack.archive(self.channel.id)
        await self._until_said(since, self.channel.id)

    async def _unarchive(self) -> None:
        self.place = self.channel
        await self._slack.unarchive(self.channel.id)
        await self._change(_PAYMENTS, _ERROR)

    async def _command(self, text: str, *expected: str) -> None:
        """Ben types a command and gets an answer with these words."""
        since = self._message_count()
        await self._type(f"/job {text}")
        await self._slack.command(text, user=MEMBER.id, channel=self.place.id)
        await self._until_said(since, *expected)

    async def _type(self, line: str) -> None:
        """Let people see the command before it is sent."""
        self.typed = line
        self._slack.touch()
        try:
            await asyncio.sleep((len(line) * KEY_S + _BEFORE_ENTER_S) * self._pace)
        finally:
            self.typed = ""

    async def _change(self, job: str, status: str) -> None:
        """A job changes, and an alert says so."""
        since = self._message_count()
        self._set(job, status)
        await self._until_said(since, job, _icon(status))

    def _set(self, job: str, status: str) -> None:
        self._jobs.set_status(_DATAFLOWS[job], self._latest_run(job), status)

    def _latest_run(self, job: str) -> int:
        return int(self._jobs.jobs.of(_DATAFLOWS[job])[-1]["runId"])

    def _message_count(self) -> int:
        return len(self._slack.messages)

    async def _until_said(self, since: int, *expected: str) -> None:
        """Wait until each of these words appears in a message after the first `since`."""

        def all_said() -> bool:
            texts = [_text(each) for each in self._slack.messages[since:]]
            return all(any(word in text for text in texts) for word in expected)

        await self._slack.until(all_said, math.inf, ())


def _text(message: Message) -> str:
    return message.text + json.dumps(message.blocks, ensure_ascii=False)


def _icon(status: str) -> str:
    return status_icon(Status.of(status))
