"""The demo: the real bot between both stand-ins, and a terminal in which to talk to it."""

import asyncio
import math
import re
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from textwrap import wrap
from typing import Any

from bot.demo import jobs_service, slack_web_api
from bot.demo.jobs_service import DOCUMENTED_JOB, Fault, JobsServiceStandIn
from bot.demo.process import BotProcess, DidNotStart, bot_running, environment, free_port
from bot.demo.screen import HELP, Button, Reader, buttons_of, job_lines, message_lines, welcome
from bot.demo.slack_web_api import MEMBER, Answer, Channel, Message, SlackStandIn
from bot.demo.terminal import Terminal
from bot.jobs import Status
from bot.slack.text import status_emoji, status_words

_CHANGE_EVERY_S = 4.0
_LOOK_EVERY_S = 2
_ANSWER_LIMIT_S = 10.0  # for lines that come from a file: each one waits for the answer to the one before


async def play() -> int:
    """Run the demo until the person leaves; the exit code. Ctrl-C and SIGTERM end it as cleanly as `quit` does."""
    demo = asyncio.create_task(_play())

    def leave() -> None:
        if not demo.cancelling():  # a second Ctrl-C must not cut the clean end short
            demo.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, leave)
    await asyncio.wait([demo])
    return 0 if demo.cancelled() else demo.result()


async def _play() -> int:
    async with AsyncExitStack() as stack:
        terminal = Terminal()
        stack.callback(terminal.restore)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="jobwatch-demo-"))
        slack, jobs = SlackStandIn(), JobsServiceStandIn().with_demo_jobs()
        slack_url = await stack.enter_async_context(slack_web_api.served(slack))
        jobs_url = await stack.enter_async_context(jobs_service.served(jobs))
        port, database_url = free_port(), f"sqlite:///{folder}/jobwatch.db"
        slack.events_url = f"http://127.0.0.1:{port}/slack/events"
        settings = environment(slack, slack_url, jobs, jobs_url, port=port, database_url=database_url)
        bot = _Bot(settings | {"POLL_INTERVAL": str(_LOOK_EVERY_S), "LOG_FORMAT": "text"}, folder, terminal.say)
        stack.push_async_callback(bot.end)
        terminal.say("Starting …")
        try:
            await bot.start()
        except DidNotStart as fault:
            terminal.say("The bot did not start. Its log:", str(fault))
            return 1
        await Demo(slack, jobs, bot, terminal).run()
    return 0


class _Bot:
    """The bot's process, started as often as one likes with the same settings and database."""

    def __init__(self, settings: dict[str, str], folder: str, say: Callable[..., None]) -> None:
        self._settings = settings
        self._folder = folder
        self._say = say
        self._running = AsyncExitStack()
        self._process: BotProcess | None = None

    async def start(self) -> None:
        """Raises `DidNotStart`."""
        # In a folder of its own, so that it doesn't read an `.env` that lies here.
        self._process = await self._running.enter_async_context(bot_running(self._settings, cwd=self._folder))
        self._seeing_to_it = asyncio.create_task(self._tell_of_its_end(self._process))

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int | None:
        """End it with a signal, if it still runs; its exit code, None if it was never started."""
        if self._process is None:
            return None
        self._seeing_to_it.cancel()
        self._process.signal(number)
        await self._running.aclose()
        process, self._process = self._process, None
        return await process.ended()

    async def _tell_of_its_end(self, process: BotProcess) -> None:
        with suppress(DidNotStart):
            await process.wait_for(lambda _log: False, math.inf)
        code = await process.ended()
        self._say(f"The bot has ended by itself (exit code {code}). The last that it logged:", *process.log[-5:])
        self._say("Type restart to start it again.", "")


class Demo:
    """What the person can do, line by line."""

    def __init__(self, slack: SlackStandIn, jobs: JobsServiceStandIn, bot: _Bot, terminal: Terminal) -> None:
        self._slack = slack
        self._jobs = jobs
        self._bot = bot
        self._terminal = terminal
        self._say = terminal.say
        self._here = self._places()["#data-ops"]
        self._shown = 0
        self._buttons: list[Button] = []
        self._script = asyncio.create_task(jobs.play(_CHANGE_EVERY_S))
        self._commands: dict[str, Callable[[str], Awaitable[None]]] = {
            "set": self._set,
            "jobs": self._list_jobs,
            "pause": self._pause,
            "play": self._play,
            "restart": self._restart,
            "kill": self._kill,
            "break": self._break,
            "heal": self._heal,
            "help": self._help,
        }

    async def run(self) -> None:
        """Show what is posted and do what is typed, until the person leaves."""
        self._say("", *welcome(self._known_jobs(), MEMBER.name, self._name(self._here)), "")
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(self._follow())
            try:
                while (line := await self._terminal.ask(self._prompt)) not in (None, "quit", "exit"):
                    await self._do(str(line))
            finally:
                self._say("Stopping …")
                self._script.cancel()
                following.cancel()

    # ── what is shown ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _follow(self) -> None:
        while True:
            await self._slack.until(lambda: len(self._slack.messages) > self._shown, math.inf, ())
            for message in self._slack.messages[self._shown :]:
                self._show(message)
            self._shown = len(self._slack.messages)

    def _show(self, message: Message) -> None:
        if message.ephemeral_to not in (None, MEMBER.id):
            return
        names = {each.id: f"@{each.name}" for each in self._slack.users.values()}
        names |= {each.id: self._name(each) for each in self._slack.channels.values()}
        reader = Reader(names, datetime.now(UTC), styled=self._terminal.interactive)
        self._say(*message_lines(message, reader, len(self._buttons) + 1), "")
        self._buttons += buttons_of(message)

    @property
    def _prompt(self) -> str:
        return f"{MEMBER.name} in {self._name(self._here)}> "

    def _name(self, channel: Channel) -> str:
        return "direct messages" if channel.person else f"#{channel.name}"

    def _places(self) -> dict[str, Channel]:
        """The channels that the person is in, by name."""
        every = self._slack.channels.values()
        mine = (each for each in every if MEMBER.id in each.members and not each.is_archived and not each.person)
        return {self._name(each): each for each in mine}

    def _known_jobs(self) -> list[dict[str, Any]]:
        """All jobs, the documented example last."""
        return sorted(self._jobs.jobs.values(), key=lambda job: bool(job["assetId"] == DOCUMENTED_JOB["assetId"]))

    # ── what is typed ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _do(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word.lower() in self._commands:
            await self._commands[word.lower()](rest.strip())
        elif command := re.search(r"(?<!\S)/\w.*", line):  # a whole line of the welcome, copied, will do
            await self._slash(*command[0].partition(" ")[::2])
        elif word.isdecimal():
            await self._press(int(word))
        elif line[0] in "#@":
            self._go(line)
        else:
            self._say("The bot hears what begins with /job only. The demo's own words: help", "")

    async def _slash(self, name: str, text: str) -> None:
        if name.lower() == "/job":
            here = self._here.id
            await self._answered(self._slack.command(text, user=MEMBER.id, channel=here), here)
        elif name == "/invite":
            self._here.members.add(self._slack.bot_user_id)
            self._say(f"@jobwatch is in {self._name(self._here)} now.", "")
        else:
            self._say(f"This Slack knows /job and /invite, not {name}", "")

    async def _press(self, number: int) -> None:
        if not 1 <= number <= len(self._buttons):
            self._say("There is no button with that number.", "")
            return
        button = self._buttons[number - 1]
        if button.question and not await self._agrees(button):
            return
        pressed = self._slack.press(button.message, button.action_id, user=MEMBER.id)
        answer = await self._answered(pressed, button.message.channel)
        if answer.error:
            self._say(f"The bot did not take that ({answer.error}).", "")

    async def _agrees(self, button: Button) -> bool:
        self._say(button.question)
        return str(await self._terminal.ask(f"{button.label}? y/n> ")).lower() in ("y", "yes")

    async def _answered(self, sending: Awaitable[Answer], channel: str) -> Answer:
        """Deliver it. The lines of a script also wait for what the bot says to it there; a person need not."""
        before = len(self._slack.messages)

        def said() -> bool:
            # An alert is no answer, and carries metadata.
            return any(m.channel == channel and m.metadata is None for m in self._slack.messages[before:])

        answer = await sending
        if not self._terminal.interactive and not answer.error:
            with suppress(TimeoutError):
                await self._slack.until(said, _ANSWER_LIMIT_S, ())
        return answer

    def _go(self, name: str) -> None:
        if name.startswith("@"):
            self._here = self._slack.direct_message(MEMBER.id)
        elif name in self._places():
            self._here = self._places()[name]
        else:
            self._say(f"You are in these channels: {' '.join(self._places())}. @ are your messages with the bot.", "")

    async def _help(self, _rest: str) -> None:
        self._say(*HELP, "")

    # ── the jobs service ────────────────────────────────────────────────────────────────────────────────────────────

    async def _list_jobs(self, _rest: str) -> None:
        self._say(*(line for job in self._known_jobs() for line in job_lines(job)), "")

    async def _set(self, rest: str) -> None:
        name, _, words = rest.partition(" ")
        refs = [ref for ref, job in self._jobs.jobs.items() if name and job["assetName"].startswith(name)]
        if len(refs) != 1 or not words.strip():
            self._say("Say which job and which status: set orders-to-lake running with error", "")
            return
        status = Status.of(words)
        self._jobs.set_status(*refs[0], status.words)
        self._say(f"{self._jobs.jobs[refs[0]]['assetName']} is {status_emoji(status)} {status_words(status)}.", "")

    async def _pause(self, _rest: str) -> None:
        self._script.cancel()
        self._say("Now jobs change by your word only; play starts the script again.", "")

    async def _play(self, _rest: str) -> None:
        self._script.cancel()
        self._script = asyncio.create_task(self._jobs.play(_CHANGE_EVERY_S))
        self._say(f"A job changes every {_CHANGE_EVERY_S:.0f} seconds.", "")

    async def _break(self, rest: str) -> None:
        name = re.sub(r"[\s-]+", "_", rest).upper()
        if name not in Fault.__members__:
            faults = wrap(", ".join(Fault.__members__).lower(), 76)
            self._say("The jobs service has these faults:", *(f"  {line}" for line in faults), "")
            return
        self._jobs.heal()
        self._jobs.fail(Fault[name])
        if name.startswith("LOGIN"):
            self._jobs.expire_sessions()  # or nobody would log in for the next half-hour
        also = ", but a log-in that was refused is tried again after a restart only" if name == "LOGIN_REFUSED" else ""
        self._say(f"The jobs service is broken: {name.lower()}. heal mends it{also}.", "")

    async def _heal(self, _rest: str) -> None:
        self._jobs.heal()
        self._say("The jobs service is well.", "")

    # ── the bot ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _restart(self, _rest: str) -> None:
        await self._start_again(signal.SIGTERM)

    async def _kill(self, _rest: str) -> None:
        await self._start_again(signal.SIGKILL)

    async def _start_again(self, number: signal.Signals) -> None:
        self._say(f"Ending the bot by {number.name}, if it runs, and starting it on the same database …")
        began = time.monotonic()
        code = await self._bot.end(number)
        ended = time.monotonic()
        try:
            await self._bot.start()
        except DidNotStart as fault:
            self._say("The bot did not start. Its log:", str(fault), "Type restart to try again.", "")
            return
        ready = time.monotonic() - ended
        self._say(f"It ended in {ended - began:.1f} s (exit code {code}) and was ready {ready:.1f} s later.", "")
