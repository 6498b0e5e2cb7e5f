"""The stand-in of the jobs service: its parts together, and served on loopback."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from bot.demo.informatica.dataflow_resources import DataflowResources
from bot.demo.informatica.faults import LIST_ODDITIES, Fault, Faults, Refused, Resource, no_session, wrong_method
from bot.demo.informatica.job_list import JobList
from bot.demo.informatica.request_log import RecordedRequest, RequestLog
from bot.demo.informatica.runs import DOCUMENTED_JOB, Runs, as_of_now, stamp
from bot.demo.informatica.sessions import LogIn

__all__ = ["DEMO_JOBS", "DOCUMENTED_JOB", "Fault", "JobsServiceStandIn", "RecordedRequest", "Resource", "served"]

DEMO_JOBS = [
    ("orders-to-lake", "5f0c7a52-8d1e-4b53-9d57-0f6f3c1b2a10", 48211),
    ("clickstream-kafka", "a3d9e6f4-2b7c-4e0a-8f31-7c5d9b4e6f21", 48307),
    ("payments-cdc", "c81f4d2e-6a95-4f7b-b0c3-1e9a7d5c3b32", 47990),
    ("inventory-events", "e27b9c60-4f18-4d3a-a6e5-5b8c2f0d9e43", 48150),
    ("fraud-signals", "0d6e5b81-9c24-4a7f-8e12-3f4a6c8b7d54", 48322),
    ("iot-telemetry", "7b4a1c93-5e06-4c8d-9fb7-d2e0f8a1c665", 46874),
]
_Body = Callable[[web.Request, Fault | None], Any]


class JobsServiceStandIn:
    """The jobs service. Its jobs can be changed, its requests read, and its resources broken.

    Every answer but the log-in's takes `latency` seconds and has the jobs as they are then. With `only_jobs_resource`,
    there is no other resource but the log-in. `dataflows` and `list` have switches for what the documentation leaves
    open.
    """

    def __init__(
        self,
        username: str = "jobwatch",
        password: str = "open-sesame",  # noqa: S107
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.jobs = Runs(clock)
        self.throughput = self.jobs.throughput
        self.dataflows = DataflowResources(self.jobs)
        self.list = JobList(self.jobs)
        self.faults = Faults()
        self.latency = 0.0
        self.only_jobs_resource = False
        self._log = log = RequestLog()
        self.log_in = LogIn({username: password}, clock, self.faults, log)
        self.jobs[(DOCUMENTED_JOB["assetId"], DOCUMENTED_JOB["runId"])] = deepcopy(DOCUMENTED_JOB)
        self.fail, self.heal = self.faults.fail, self.faults.heal
        self.requests, self.asked_again = log.all, log.wait_for
        self.sessions, self.logins = self.log_in.sessions.live, self.log_in.names

    def with_demo_jobs(self, age: timedelta = timedelta(0), **fields: Any) -> "JobsServiceStandIn":
        """Add the demo's jobs, all up and running since their deployment. `fields` as in `add`."""
        for name, dataflow, run in DEMO_JOBS:
            self.add(name, dataflow, run, **{"startTime": stamp(datetime.now(UTC) - age)} | fields)
            self.throughput.count_past((dataflow, run), age.total_seconds())
        return self

    def expire_sessions(self) -> None:
        """End all sessions, as thirty minutes without use do."""
        self.sessions.clear()

    def add(self, name: str, dataflow: str, run: int, status: str = "Up and Running", **fields: Any) -> None:
        """Add a job that is deployed now. `fields` replace fields of its answer."""
        identity = {"assetId": dataflow, "assetName": name, "runId": run}
        state = {"status": status, "startTime": stamp(datetime.now(UTC)), "endTime": None}
        self.jobs[(dataflow, run)] = deepcopy(DOCUMENTED_JOB | identity | state | fields)

    def set_status(self, dataflow: str, run: int, status: str) -> None:
        """Change a job's status. Undeployed and Stopped end its run."""
        over = status in ("Undeployed", "Stopped")
        ends = {"status": status, "endTime": stamp(datetime.now(UTC)) if over else None}
        self.jobs[(dataflow, run)] = as_of_now(self.jobs[(dataflow, run)]) | ends

    def redeploy(self, dataflow: str, run: int) -> int:
        """Undeploy a run, deploy the next version and return the new run's ID. The old run stays on record, and the
        same person deploys the new one."""
        old = self.jobs[(dataflow, run)]
        self.set_status(dataflow, run, "Undeployed")
        new = self.jobs.highest + 1
        kept = {"startedBy": old["startedBy"], "deployedVersion": old["deployedVersion"] + 1}
        self.add(old["assetName"], dataflow, new, "Deploying", **kept)
        return new

    def application(self) -> web.Application:
        """The service's resources."""
        app = web.Application()
        app.router.add_post("/saas/public/core/v3/login", self.log_in.v3)
        app.router.add_post("/identity-service/api/v1/Login", self.log_in.v1)
        monitor, one = "/sisvc/monitor/v1", self.dataflows
        for resource, path, body in (
            (Resource.JOBS, f"{monitor}/jobs/{{dataflow}}/{{run}}", one.job),
            (Resource.STATUS, f"{monitor}/status/dataflows/{{dataflow}}", one.status),
            (Resource.HISTORY, f"{monitor}/history/dataflows/{{dataflow}}", one.history),
            (Resource.STATISTICS, f"{monitor}/statistics/dataflows/{{dataflow}}", one.statistics),
            (Resource.LIST, "/mijobmonitor/api/v1/MIJobs", self.list.page),
        ):
            app.router.add_route("*", path, self._handler(resource, body))
        return app

    def _handler(self, resource: Resource, body: _Body) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            session_id = request.headers.get("IDS-SESSION-ID")
            live = self.log_in.sessions.use(session_id)
            await self._log.add(request, session_id, live=live)
            if self.latency > 0:
                await asyncio.sleep(self.latency)
            try:
                return await self._answer(request, resource, body, live=live)
            except Refused as refused:
                return refused.answer

        return handle

    async def _answer(self, request: web.Request, resource: Resource, body: _Body, *, live: bool) -> web.StreamResponse:
        if self.only_jobs_resource and resource is not Resource.JOBS:
            raise Refused(404, "NOT_FOUND", "No such resource")
        run = request.match_info.get("run", "")
        fault = self.faults.take(resource, request.match_info.get("dataflow"), int(run) if run.isdecimal() else None)
        if fault is not None and fault not in LIST_ODDITIES:
            answer = await self.faults.answer(fault, request, _or_documented(body, request))
            if answer is not None:
                return answer
        elif request.method != "GET":
            raise wrong_method(request.method)
        if not live:
            raise no_session()
        return web.json_response(body(request, fault))


def _or_documented(body: _Body, request: web.Request) -> Any:
    try:
        return body(request, None)
    except Refused:
        return DOCUMENTED_JOB


@asynccontextmanager
async def served(standin: JobsServiceStandIn, port: int = 0) -> AsyncIterator[str]:
    """Serve on loopback and yield the base URL. Port 0 takes a free one. Requests that hang don't delay the end."""
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
