"""What people and jobs do in the story, and how it waits for what comes of that."""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Sequence

from bot.demo.informatica.stand_in import DEMO_JOBS
from bot.demo.slack.people.messages import marked_up
from bot.demo.slack.stand_in import MEMBER, Message, View
from bot.demo.world import World
from bot.domain.job import Status
from bot.slack.messages.text import status_icon

DATAFLOWS = {name: dataflow for name, dataflow, _ in DEMO_JOBS}
KEY_S, _BEFORE_ENTER_S = 0.05, 0.9
_POLL_LIMIT_S = 30.0


class Actors:
    """Ben, the jobs, and what is seen of them. `place` is where the story plays, `is_home` if that is Ben's Home tab,
    `typed` what he is typing there.

    `pace` scales the time that he needs; at 0 it is none.
    """

    def __init__(self, world: World, pace: float) -> None:
        self._pace = pace
        self._slack = world.slack
        self._jobs = world.jobs
        self._bot = world.bot
        self.channel = next(iter(world.slack.channels.values()))
        self.place = self.channel
        self.is_home = False
        self.typed = ""

    async def _command(self, text: str, *expected: str) -> None:
        """Ben types a command and gets an answer with these words."""
        since = self._message_count()
        await self._type(f"/job {text}")
        marked = marked_up(self._slack.workspace, text)
        await self._slack.command(marked, user=MEMBER.id, channel=self.place.id)
        await self._until_said(since, *expected)

    async def _open(self, act: Callable[[], Awaitable[object]], *expected: str) -> None:
        """Ben does what opens a modal with these words."""
        await act()
        await self._until(lambda: _has_all(self._slack.views.top(MEMBER.id), expected))

    def close_modals(self) -> None:
        """Ben closes what is open."""
        while view := self._slack.views.top(MEMBER.id):
            self._slack.close_view(view, user=MEMBER.id)

    async def _type_command(self, text: str) -> None:
        await self._type(f"/job {text}")
        await self._slack.command(text, user=MEMBER.id, channel=self.place.id)

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
        await self._until_said(since, job, icon(status))

    async def _until_polled(self, job: str) -> None:
        """Wait until the bot has seen how a job is now."""
        path, seen = f"/jobs/{DATAFLOWS[job]}/{self._latest_run(job)}", len(self._jobs.requests)
        while not any(request.path.endswith(path) for request in self._jobs.requests[seen:]):
            await self._jobs.asked_again(1, _POLL_LIMIT_S)

    def _set(self, job: str, status: str) -> None:
        self._jobs.set_status(DATAFLOWS[job], self._latest_run(job), status)

    def _latest_run(self, job: str) -> int:
        return int(self._jobs.jobs.of(DATAFLOWS[job])[-1]["runId"])

    def _message_count(self) -> int:
        return len(self._slack.messages)

    async def _until_said(self, since: int, *expected: str) -> None:
        """Wait until each of these words appears in a message after the first `since`."""

        def all_said() -> bool:
            texts = [_text(each) for each in self._slack.messages[since:]]
            return all(any(word in text for text in texts) for word in expected)

        await self._until(all_said)

    async def _until(self, is_so: Callable[[], bool]) -> None:
        await self._slack.until(is_so, math.inf, ())


def _text(message: Message) -> str:
    return message.text + json.dumps([message.blocks, message.unfurls], ensure_ascii=False)


def _has_all(view: View | None, words: Sequence[str]) -> bool:
    text = json.dumps(view.blocks, ensure_ascii=False) if view else ""
    return view is not None and all(word in text for word in words)


def icon(status: str) -> str:
    return status_icon(Status.of(status))
