"""The drawer: what happens to the jobs, to both services and to the bot, by the hand of whoever sits at the page."""

import signal
import uuid
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.demo.informatica.faults import Fault as JobsFault
from bot.demo.page.story import Story
from bot.demo.process import DidNotStart
from bot.demo.slack.stand_in import Fault as SlackFault
from bot.demo.world import World

# The documented words, and one that nobody documented.
STATUSES = (
    "Up and Running",
    "Running with Warning",
    "Running with Error",
    "Deploying",
    "Undeployed",
    "Stopped",
    "Throttled",
)
JOBS_FAULTS = {
    JobsFault.SERVER_ERROR: "Errors: every answer is a 500",
    JobsFault.UNAVAILABLE: "Unavailable: 503, come back later",
    JobsFault.BUSY: "Too many requests: 429, come back later",
    JobsFault.HANG: "Hangs: no answer at all",
    JobsFault.DRIP: "Drips: an answer that never ends",
    JobsFault.DROP: "Drops every connection",
    JobsFault.NOT_FOUND: "Not found: 404",
    JobsFault.FORBIDDEN: "Forbidden: 403",
    JobsFault.UNAUTHORISED_ONCE: "The session is over: 401 once",
    JobsFault.UNAUTHORISED_ALWAYS: "No session is good: always 401",
    JobsFault.LOGIN_REFUSED: "The log-in is refused",
    JobsFault.LOGIN_UNAVAILABLE: "The log-in is unavailable: 503",
    JobsFault.METHOD_NOT_ALLOWED: "GET is refused, POST works: 405",
    JobsFault.METHOD: "GET and POST are refused: 405",
    JobsFault.HTML: "A page instead of an answer",
    JobsFault.HTML_502: "A proxy's page: 502",
    JobsFault.TRUNCATED_JSON: "Half an answer",
    JobsFault.NULL_STATUS: "An answer without a status",
    JobsFault.LIST: "A list instead of a job",
    JobsFault.HUGE: "An endless answer: 50 MB",
    JobsFault.REDIRECT: "Sends elsewhere: 302",
    JobsFault.BAD_REQUEST: "Bad request: 400",
    JobsFault.NOT_IMPLEMENTED: "Not implemented: 501",
    JobsFault.ERROR_UNDER_200: "An error that says 200",
    JobsFault.LIST_FORBIDDEN: "The list of jobs is refused: 403",
    JobsFault.LIST_TAKES_NO_FILTER: "The list of jobs takes no filter: 400",
    JobsFault.LIST_WITHOUT_COUNT: "The list of jobs doesn't say how long it is",
    JobsFault.LIST_WITHOUT_STATUS: "The list of jobs has no statuses",
    JobsFault.LIST_REPEATS: "The list of jobs has each one twice",
    JobsFault.LIST_STUCK: "The list of jobs never gets past its first page",
    JobsFault.LIST_ENDLESS: "The list of jobs never ends",
}
SLACK_FAULTS = {
    SlackFault.HTTP_503: "Outage: 503",
    SlackFault.RATE_LIMITED: "Rate limited: 429",
    SlackFault.APP_RATE_LIMITED: "The app has posted too much: 429",
    SlackFault.INTERNAL_ERROR: "internal_error",
    SlackFault.HTTP_500: "500 without a word",
    SlackFault.HTTP_502_HTML: "A proxy's page: 502",
    SlackFault.HANG: "Hangs: no answer at all",
    SlackFault.DROP_BEFORE: "Drops the connection, nothing is accepted",
    SlackFault.DROP_AFTER: "Accepts, then drops the connection",
}
Deed = Callable[[dict[str, str]], Awaitable[None]]


class Drawer:
    def __init__(self, world: World, story: Story) -> None:
        self._slack = world.slack
        self._jobs = world.jobs
        self._bot = world.bot
        self._story = story
        self._deeds: dict[str, Deed] = {
            "status": self._status,
            "redeploy": self._redeploy,
            "all": self._all,
            "add": self._add,
            "break-jobs": self._break_jobs,
            "heal-jobs": self._heal_jobs,
            "break-slack": self._break_slack,
            "heal-slack": self._heal_slack,
            "rates": self._rates,
            "channel": self._channel,
            "bot": self._process,
            "story": self._play,
        }

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/drawer/{deed}", self._do)]

    async def _do(self, request: web.Request) -> web.Response:
        deed = self._deeds.get(request.match_info["deed"])
        if deed is None:
            return web.Response(status=404)
        try:
            await deed({name: str(value) for name, value in (await request.post()).items()})
        except DidNotStart:
            return web.Response(status=422, text="The bot did not start; its log is in the drawer.")
        return web.Response(status=204)

    async def _status(self, form: dict[str, str]) -> None:
        self._jobs.set_status(form["dataflow"], int(form["run"]), form["status"])

    async def _redeploy(self, form: dict[str, str]) -> None:
        self._jobs.redeploy(form["dataflow"], int(form["run"]))

    async def _all(self, form: dict[str, str]) -> None:
        """One status for all jobs whose names hold what is sought."""
        if not form["status"]:
            return
        for (dataflow, run), job in list(self._jobs.jobs.items()):
            if form.get("find", "").casefold() in job["assetName"].casefold():
                self._jobs.set_status(dataflow, run, form["status"])

    async def _add(self, form: dict[str, str]) -> None:
        first = max(run for _, run in self._jobs.jobs) + 1
        for run in range(first, first + int(form["count"])):
            self._jobs.add(f"stream-{run}", str(uuid.uuid4()), run)

    async def _break_jobs(self, form: dict[str, str]) -> None:
        fault = JobsFault[form["fault"]]
        self._jobs.heal()
        dataflow, _, run = form.get("job", "").partition(" ")
        self._jobs.fail(fault, dataflow or None, int(run) if run else None)
        if fault.name.startswith("LOGIN"):
            self._jobs.expire_sessions()  # or nobody would log in for the next half-hour

    async def _heal_jobs(self, _form: dict[str, str]) -> None:
        self._jobs.heal()

    async def _break_slack(self, form: dict[str, str]) -> None:
        self._slack.heal()
        self._slack.fail(SlackFault[form["fault"]], form.get("method") or None, times=None)

    async def _heal_slack(self, _form: dict[str, str]) -> None:
        self._slack.heal()

    async def _rates(self, form: dict[str, str]) -> None:
        self._slack.rates.on = "on" in form

    async def _channel(self, form: dict[str, str]) -> None:
        deeds: dict[str, Callable[[str], Awaitable[object]]] = {
            "archive": self._slack.archive,
            "unarchive": self._slack.unarchive,
            "invite": self._slack.invite,
            "remove": self._slack.remove_bot,
        }
        await deeds[form["deed"]](form["channel"])

    async def _process(self, form: dict[str, str]) -> None:
        match form["deed"]:
            case "restart":
                await self._bot.start_again(signal.SIGTERM)
            case "kill":
                await self._bot.start_again(signal.SIGKILL)
            case "stop":
                await self._bot.end()
            case "start":
                await self._bot.start()

    async def _play(self, form: dict[str, str]) -> None:
        if form["deed"] == "play":
            self._story.play()
        else:
            await self._story.stop()
