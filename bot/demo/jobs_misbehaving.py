"""Which fault is in force where, and how the stand-in of the jobs service acts it out."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.demo.jobs_faults import AT_HOME, Fault, Given, Resource, drop, hang, plain_fault

HUGE_BODY = 50_000_000


class Misbehaving:
    """The faults that were given, the last one first.

    `retry_after` is the header that BUSY and UNAVAILABLE carry (None for none); `bytes_sent` counts what HUGE and
    DRIP got rid of.
    """

    def __init__(self) -> None:
        self.retry_after: str | None = "7"
        self.bytes_sent = 0
        self._faults: list[Given] = []

    def fail(
        self,
        fault: Fault,
        dataflow: str | None = None,
        run: int | None = None,
        times: int | None = None,
        login: bool = False,
        resource: Resource | None = None,
    ) -> None:
        """Give a fault to one job, one dataflow or all, `times` times or until healed.

        It hits `resource` (with `login`: the log-in), or else every resource but the log-in. One that is about the
        log-in or the list by its nature hits that, whatever else was said.
        """
        at = Resource.LOGIN if login else resource
        if fault in AT_HOME:
            at, dataflow, run = AT_HOME[fault], None, None
        once = 1 if fault is Fault.UNAUTHORISED_ONCE else None
        self._faults.insert(0, Given(fault, dataflow, run, times or once, at))

    def heal(self) -> None:
        """Take all faults back."""
        self._faults.clear()

    @property
    def broken(self) -> Fault | None:
        """The first fault that is in force; None while all is well."""
        return next((given.fault for given in self._faults if given.left != 0), None)

    def _fault(self, resource: Resource, dataflow: str | None = None, run: int | None = None) -> Fault | None:
        given = next((one for one in self._faults if one.hits(resource, dataflow, run)), None)
        if given is not None and given.left is not None:
            given.left -= 1
        return given.fault if given is not None else None

    async def _misbehave(self, fault: Fault, request: web.Request, body: Any) -> web.StreamResponse | None:
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
        answer = plain_fault(fault, body)
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
