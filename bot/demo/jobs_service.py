"""A stand-in of the jobs service on loopback. It follows the service's public pages, not the bot.

Whoever uses it may look at what was asked (`requests`, `logins`), change jobs, and give it faults.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from datetime import UTC, datetime
from itertools import cycle
from typing import Any, NamedTuple

from aiohttp import web

from bot.demo.jobs_faults import Fault, Given, drop, hang, plain_fault, refused

__all__ = ["DEMO_JOBS", "DEMO_PLAY", "DOCUMENTED_JOB", "Fault", "JobsServiceStandIn", "Seen", "served"]

# The answer that the page "jobs resource" shows, word for word.
DOCUMENTED_JOB: dict[str, Any] = {
    "assetId": "1948938e-3923-4602-aba8-f122e3d66faf",
    "assetName": "testmonitor",
    "assetType": "SI_DATAFLOW",
    "correlationId": None,
    "duration": 1543,
    "endTime": "2022-02-14T04:04:13.000+0000",
    "extraData": '{"id":"0RwiUUb9bVwjL67dWOKjoI","version":1,"agentGroupId":null}',
    "location": "Default",
    "runId": 42559,
    "orgId": "2lFy0UUNnlnbjhaoT3TSqw",
    "runtimeEnv": "011ZFB2500000000000N",
    "startedBy": "siqa_new",
    "status": "Undeployed",
    "startTime": "2022-02-14T03:38:30.000+0000",
    "deployedVersion": 1,
}
DEMO_JOBS = [
    ("orders-to-lake", "5f0c7a52-8d1e-4b53-9d57-0f6f3c1b2a10", 48211),
    ("clickstream-kafka", "a3d9e6f4-2b7c-4e0a-8f31-7c5d9b4e6f21", 48307),
    ("payments-cdc", "c81f4d2e-6a95-4f7b-b0c3-1e9a7d5c3b32", 47990),
    ("inventory-events", "e27b9c60-4f18-4d3a-a6e5-5b8c2f0d9e43", 48150),
    ("fraud-signals", "0d6e5b81-9c24-4a7f-8e12-3f4a6c8b7d54", 48322),
    ("iot-telemetry", "7b4a1c93-5e06-4c8d-9fb7-d2e0f8a1c665", 46874),
]
# What `play` does to them: (position in DEMO_JOBS, its next status). "Throttled" is a word nobody documented.
DEMO_PLAY = [
    (0, "Deploying"),
    (0, "Up and Running"),
    (1, "Running with Warning"),
    (2, "Running with Error"),
    (1, "Up and Running"),
    (3, "Throttled"),
    (2, "Up and Running"),
    (3, "Up and Running"),
    (5, "Stopped"),
    (4, "Running with Warning"),
    (4, "Running with Error"),
    (4, "Up and Running"),
    (5, "Deploying"),
    (5, "Up and Running"),
]
SESSION_LIFE = 30 * 60.0
WRONG_PASSWORDS = 5
HUGE_BODY = 50_000_000


class Seen(NamedTuple):
    """A request that arrived: monotonic seconds, method, path, and whether it carried a live session.

    `who` is the ID of the session that it carried, live or not; None without one. Each bot process logs in for itself,
    so it tells them apart.
    """

    at: float
    method: str
    path: str
    session: bool
    who: str | None = None


class JobsServiceStandIn:
    """The service's state and its handlers; `served` puts it on a port.

    `retry_after` is the header that BUSY and UNAVAILABLE carry (None for none); `session_length` the number of
    characters of a session ID; `bytes_sent` counts what HUGE and DRIP got rid of; `latency` is how many seconds every
    question about a job takes before it is answered, with the job as it is by then.
    """

    def __init__(
        self,
        username: str = "jobwatch",
        password: str = "open-sesame",  # noqa: S107
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.accounts = {username: password}
        self.jobs: dict[tuple[str, int], dict[str, Any]] = {}
        self.sessions: dict[str, float] = {}
        self.logins: list[str] = []
        self.requests: list[Seen] = []
        self._asked = asyncio.Condition()
        self.retry_after: str | None = "7"
        self.session_length = 22
        self.bytes_sent = 0
        self.latency = 0.0
        self._wrong: dict[str, int] = {}
        self._faults: list[Given] = []
        self._clock = clock
        self.jobs[(DOCUMENTED_JOB["assetId"], DOCUMENTED_JOB["runId"])] = deepcopy(DOCUMENTED_JOB)

    def with_demo_jobs(self) -> "JobsServiceStandIn":
        """Also the jobs that the demo shows, all up and running."""
        for name, dataflow, run in DEMO_JOBS:
            self.add(name, dataflow, run)
        return self

    def add(self, name: str, dataflow: str, run: int, status: str = "Up and Running", **fields: Any) -> None:
        """A job that was deployed now; `fields` replace what its answer says."""
        job = DOCUMENTED_JOB | {
            "assetId": dataflow,
            "assetName": name,
            "runId": run,
            "status": status,
            "startTime": _stamp(datetime.now(UTC)),
            "endTime": None,
        }
        self.jobs[(dataflow, run)] = deepcopy(job | fields)

    def set_status(self, dataflow: str, run: int, status: str) -> None:
        """Change a job's status; its run ends with Undeployed and Stopped."""
        over = status in ("Undeployed", "Stopped")
        self.jobs[(dataflow, run)] |= {"status": status, "endTime": _stamp(datetime.now(UTC)) if over else None}

    def redeploy(self, dataflow: str, run: int) -> int:
        """Undeploy a run and deploy its dataflow as the next version; the new run's ID."""
        old = self.jobs[(dataflow, run)]
        self.set_status(dataflow, run, "Undeployed")
        new = max(known for _, known in self.jobs) + 1
        self.add(old["assetName"], dataflow, new, "Deploying", deployedVersion=old["deployedVersion"] + 1)
        return new

    def expire_sessions(self) -> None:
        """End every session, as thirty minutes without use would."""
        self.sessions.clear()

    def fail(
        self,
        fault: Fault,
        dataflow: str | None = None,
        run: int | None = None,
        times: int | None = None,
        login: bool = False,
    ) -> None:
        """Give a fault to one job, one dataflow or all, with `login` to the log-in; `times` times or until healed."""
        login = login or fault in (Fault.LOGIN_REFUSED, Fault.LOGIN_UNAVAILABLE)
        once = 1 if fault is Fault.UNAUTHORISED_ONCE else None
        self._faults.insert(0, Given(fault, dataflow, run, times or once, login))

    def heal(self) -> None:
        """Take all faults back."""
        self._faults.clear()

    async def play(self, interval: float) -> None:
        """Let the demo's jobs live: one of them changes every `interval` seconds, for ever."""
        for position, status in cycle(DEMO_PLAY):
            await asyncio.sleep(interval)
            _, dataflow, run = DEMO_JOBS[position]
            self.set_status(dataflow, run, status)

    def application(self) -> web.Application:
        """The service's resources."""
        app = web.Application()
        app.router.add_post("/saas/public/core/v3/login", self._login_v3)
        app.router.add_post("/identity-service/api/v1/Login", self._login_v1)
        app.router.add_route("*", "/sisvc/monitor/v1/jobs/{dataflow}/{run}", self._job)
        return app

    def _fault(self, dataflow: str | None = None, run: int | None = None, login: bool = False) -> Fault | None:
        given = next((one for one in self._faults if one.hits(dataflow, run, login)), None)
        if given is not None and given.left is not None:
            given.left -= 1
        return given.fault if given is not None else None

    async def _job(self, request: web.Request) -> web.StreamResponse:
        dataflow, run = request.match_info["dataflow"], request.match_info["run"]
        session_id = request.headers.get("IDS-SESSION-ID")
        live = self._use(session_id)
        await self._note(Seen(time.monotonic(), request.method, request.path, live, session_id))
        if self.latency > 0:
            await asyncio.sleep(self.latency)
        job = self.jobs.get((dataflow, int(run))) if run.isdecimal() else None
        if (fault := self._fault(dataflow, int(run) if run.isdecimal() else None)) is not None:
            answer = await self._misbehave(fault, request, job or DOCUMENTED_JOB)
            if answer is not None:
                return answer
        elif request.method != "GET":
            return refused(405, "METHOD_NOT_ALLOWED", f"Request method '{request.method}' not supported")
        if not live:
            return refused(401, "AUTH_01", "Session token is missing, invalid or expired")
        if job is None:
            return refused(404, "NOT_FOUND", f"No job with dataflow ID {dataflow} and run ID {run}")
        return web.json_response(_as_of_now(job))

    def _use(self, session_id: str | None) -> bool:
        last_used = self.sessions.get(session_id or "")
        if session_id is None or last_used is None or self._clock() - last_used > SESSION_LIFE:
            self.sessions.pop(session_id or "", None)
            return False
        self.sessions[session_id] = self._clock()
        return True

    async def _login_v3(self, request: web.Request) -> web.StreamResponse:
        def body(session_id: str, username: str) -> dict[str, Any]:
            user = {"sessionId": session_id, "name": username, "orgId": DOCUMENTED_JOB["orgId"], "status": "Active"}
            product = {"name": "Integration Cloud", "baseApiUrl": f"http://{request.host}/saas"}
            return {"products": [product], "userInfo": user}

        return await self._login(request, body)

    async def _login_v1(self, request: web.Request) -> web.StreamResponse:
        def body(session_id: str, username: str) -> dict[str, Any]:
            expires = datetime.fromtimestamp(time.time() + SESSION_LIFE, UTC).isoformat().replace("+00:00", "Z")
            return {
                "sessionId": session_id,
                "sessionExpireTime": expires,
                "orgId": DOCUMENTED_JOB["orgId"],
                "currentUserName": username,
            }

        return await self._login(request, body)

    async def _note(self, seen: Seen) -> None:
        async with self._asked:
            self.requests.append(seen)
            self._asked.notify_all()

    async def asked_again(self, times: int, timeout: float = 20) -> None:
        """Until that many further requests came. Raises TimeoutError after `timeout` seconds."""
        enough = len(self.requests) + times
        async with asyncio.timeout(timeout), self._asked:
            await self._asked.wait_for(lambda: len(self.requests) >= enough)

    async def _login(self, request: web.Request, body: Callable[[str, str], dict[str, Any]]) -> web.StreamResponse:
        await self._note(Seen(time.monotonic(), request.method, request.path, False))
        given = await _credentials(request)
        self.logins.append(given[0] if given else "")
        if (fault := self._fault(login=True)) is not None:
            answer = await self._misbehave(fault, request, DOCUMENTED_JOB)
            if answer is not None:
                return answer
        if given is None or "IDS-SESSION-ID" in request.headers:
            return refused(400, "INVALID_REQUEST", "A log-in takes a username and a password as JSON, and no session")
        username, password = given
        if self._wrong.get(username, 0) >= WRONG_PASSWORDS:
            return refused(401, "IDS_086", "The account is locked after too many failed log-ins")
        if self.accounts.get(username) != password:
            self._wrong[username] = self._wrong.get(username, 0) + 1
            return refused(401, "AUTH_01", "The username or password is incorrect")
        self._wrong.pop(username, None)
        session_id = secrets.token_urlsafe(self.session_length)[: self.session_length]
        self.sessions[session_id] = self._clock()
        return web.json_response(body(session_id, username))

    async def _misbehave(self, fault: Fault, request: web.Request, job: dict[str, Any]) -> web.StreamResponse | None:
        """The faulty answer; None where the fault does not concern this method."""
        if fault is Fault.METHOD_NOT_ALLOWED and request.method == "POST":
            return None
        if fault in (Fault.HANG, Fault.DROP, Fault.HUGE, Fault.DRIP):
            flow: Callable[[web.Request], Awaitable[web.StreamResponse]] = {
                Fault.HANG: hang,
                Fault.DROP: drop,
                Fault.HUGE: self._huge,
                Fault.DRIP: self._drip,
            }[fault]
            return await flow(request)
        answer = plain_fault(fault, job)
        if fault in (Fault.BUSY, Fault.UNAVAILABLE, Fault.LOGIN_UNAVAILABLE) and self.retry_after is not None:
            answer.headers["Retry-After"] = self.retry_after
        return answer

    async def _huge(self, request: web.Request) -> web.StreamResponse:
        return await self._stream(request, b" " * 50_000, HUGE_BODY // 50_000, pause=0)

    async def _drip(self, request: web.Request) -> web.StreamResponse:
        return await self._stream(request, b" ", times=None, pause=0.5)

    async def _stream(self, request: web.Request, piece: bytes, times: int | None, pause: float) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        while times is None or times > 0:
            await response.write(piece)
            self.bytes_sent += len(piece)
            times = times and times - 1
            await asyncio.sleep(pause)
        return response


async def _credentials(request: web.Request) -> tuple[str, str] | None:
    try:
        match await request.json():
            case {"username": str(username), "password": str(password)}:
                return username, password
    except ValueError:
        pass
    return None


def _as_of_now(job: dict[str, Any]) -> dict[str, Any]:
    """The answer's body; a live run's duration is its age."""
    if job.get("endTime") is not None or not isinstance(job.get("startTime"), str):
        return job
    return job | {"duration": int((datetime.now(UTC) - datetime.fromisoformat(job["startTime"])).total_seconds())}


def _stamp(moment: datetime) -> str:
    """A time as the page's example writes it: milliseconds, and an offset without a colon."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


@asynccontextmanager
async def served(standin: JobsServiceStandIn, port: int = 0) -> AsyncIterator[str]:
    """Serve on loopback and give the base URL; port 0 takes a free one. Closes at once, whatever hangs."""
    runner = web.AppRunner(
        standin.application(),
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=0.05,
        max_field_size=65_536,  # a session ID may have 16,000 characters
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
