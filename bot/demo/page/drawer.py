"""The drawer: the controls of the jobs, of both services and of the bot."""

import signal
import uuid
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.demo.informatica.faults import Fault as JobsFault
from bot.demo.page.story import Story
from bot.demo.process import DidNotStart
from bot.demo.slack.stand_in import Fault as SlackFault
from bot.demo.world import World

# The documented statuses, and one that isn't.
STATUSES = (
    "Up and Running",
    "Running with Warning",
    "Running with Error",
    "Deploying",
    "Undeployed",
    "Stopped",
    "Throttled",
)
Action = Callable[[dict[str, str]], Awaitable[None]]


def fault_label(fault: JobsFault | SlackFault | str) -> str:
    """`SERVER_ERROR` as "Server error"."""
    name = fault if isinstance(fault, str) else fault.name
    return name.replace("_", " ").capitalize()


class Drawer:
    """The routes of the drawer. Each action gets the fields of its form."""

    def __init__(self, world: World, story: Story) -> None:
        self._slack = world.slack
        self._jobs = world.jobs
        self._bot = world.bot
        self._story = story
        self._actions: dict[str, Action] = {
            "status": self._set_status,
            "statuses": self._set_statuses,
            "redeploy": self._redeploy,
            "add": self._add_jobs,
            "break-jobs": self._break_jobs,
            "break-slack": self._break_slack,
            "rate-limit": self._limit_rate,
            "channel": self._change_channel,
            "bot": self._signal_bot,
            "story": self._play_story,
        }

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/drawer/{action}", self._do)]

    async def _do(self, request: web.Request) -> web.Response:
        action = self._actions.get(request.match_info["action"])
        if action is None:
            return web.Response(status=404)
        try:
            await action({name: str(value) for name, value in (await request.post()).items()})
        except DidNotStart:
            return web.Response(status=422, text="The bot didn't start. See its log in the drawer.")
        return web.Response(status=204)

    async def _set_status(self, form: dict[str, str]) -> None:
        self._jobs.set_status(*_job(form), form["status"])

    async def _set_statuses(self, form: dict[str, str]) -> None:
        """One status for all jobs whose names contain the search."""
        if not form["status"]:
            return
        for (dataflow, run), job in list(self._jobs.jobs.items()):
            if form["find"].casefold() in job["assetName"].casefold():
                self._jobs.set_status(dataflow, run, form["status"])

    async def _redeploy(self, form: dict[str, str]) -> None:
        self._jobs.redeploy(*_job(form))

    async def _add_jobs(self, form: dict[str, str]) -> None:
        first = max(run for _, run in self._jobs.jobs) + 1
        for run in range(first, first + int(form["count"])):
            self._jobs.add(f"stream-{run}", str(uuid.uuid4()), run)

    async def _break_jobs(self, form: dict[str, str]) -> None:
        self._jobs.heal()
        if "heal" in form:
            return
        fault = JobsFault[form["fault"]]
        self._jobs.fail(fault, *(_job(form) if form["job"] else ()))
        if fault.name.startswith("LOGIN"):
            self._jobs.expire_sessions()  # otherwise nobody logs in for the next half-hour

    async def _break_slack(self, form: dict[str, str]) -> None:
        self._slack.heal()
        if "heal" not in form:
            self._slack.fail(SlackFault[form["fault"]], form["method"] or None, times=None)

    async def _limit_rate(self, form: dict[str, str]) -> None:
        self._slack.rates.on = "on" in form

    async def _change_channel(self, form: dict[str, str]) -> None:
        changes: dict[str, Callable[[str], Awaitable[object]]] = {
            "archive": self._slack.archive,
            "unarchive": self._slack.unarchive,
            "invite": self._slack.invite,
            "remove": self._slack.remove_bot,
        }
        await changes[form["do"]](form["channel"])

    async def _signal_bot(self, form: dict[str, str]) -> None:
        match form["do"]:
            case "restart":
                await self._bot.restart(signal.SIGTERM)
            case "kill":
                await self._bot.restart(signal.SIGKILL)
            case "stop":
                await self._bot.end()
            case "start":
                await self._bot.start()

    async def _play_story(self, form: dict[str, str]) -> None:
        match form["do"]:
            case "play":
                self._story.play()
            case "pause":
                self._story.pause()
            case "back":
                self._story.back()
            case "forward":
                self._story.forward()
            case _:
                await self._story.stop()


def _job(form: dict[str, str]) -> tuple[str, int]:
    """The dataflow and the run of the job in a form."""
    dataflow, _, run = form["job"].partition(" ")
    return dataflow, int(run)
