"""Faults of the jobs service: which there are, where and how often they strike, and what they answer."""

import asyncio
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from aiohttp import web


class Resource(Enum):
    """The resources of the service."""

    JOBS = auto()
    STATUS = auto()
    HISTORY = auto()
    STATISTICS = auto()
    LIST = auto()
    LOGIN = auto()


class Refused(Exception):
    """A resource refuses a request, in the form that the service's sister resources use."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    @property
    def answer(self) -> web.Response:
        request_id = secrets.token_hex(8)
        error = {"code": self.code, "message": self.message, "requestId": request_id, "details": None}
        return web.json_response({"error": error}, status=self.status, headers={"X-Request-ID": request_id})


def no_session() -> Refused:
    return Refused(401, "AUTH_01", "Session token is missing, invalid or expired")


def wrong_method(method: str) -> Refused:
    return Refused(405, "METHOD_NOT_ALLOWED", f"Request method '{method}' not supported")


def unavailable() -> Refused:
    return Refused(503, "UNAVAILABLE", "The service is not available")


class Fault(Enum):
    """A fault: the error in the answer, or what happens instead of an answer."""

    UNAUTHORISED_ONCE = no_session()
    UNAUTHORISED_ALWAYS = no_session()
    BAD_REQUEST = Refused(400, "BAD_REQUEST", "The request is not valid")
    FORBIDDEN = Refused(403, "FORBIDDEN", "The user may not view this job")
    NOT_FOUND = Refused(404, "NOT_FOUND", "No such job")
    METHOD_NOT_ALLOWED = wrong_method("GET")  # POST works
    METHOD = wrong_method("GET' or 'POST")  # neither works
    BUSY = Refused(429, "TOO_MANY_REQUESTS", "Too many requests")
    SERVER_ERROR = Refused(500, "INTERNAL_ERROR", "Something went wrong")
    NOT_IMPLEMENTED = Refused(501, "NOT_IMPLEMENTED", "Not implemented")
    UNAVAILABLE = unavailable()
    HTML = "a page instead of JSON"
    HTML_502 = "a proxy's page, with status 502"
    TRUNCATED_JSON = "half an answer"
    ERROR_UNDER_200 = Refused(200, "SI_4711", "The operation is not possible now")
    NULL_STATUS = "a job without a status"
    LIST = "a list instead of an object"
    HUGE = "50 MB of nothing"
    HANG = "no answer at all"
    DRIP = "an answer that never ends"
    DROP = "the connection ends without an answer"
    REDIRECT = "sent elsewhere, with status 302"
    LOGIN_REFUSED = Refused(401, "AUTH_01", "The username or password is incorrect")
    LOGIN_UNAVAILABLE = unavailable()
    LIST_FORBIDDEN = Refused(403, "FORBIDDEN", "The user may not list jobs")
    LIST_TAKES_NO_FILTER = "400 to $filter and $orderby"
    LIST_WITHOUT_COUNT = "no count"
    LIST_WITHOUT_STATUS = "rows without a status"
    LIST_REPEATS = "every row twice"
    LIST_STUCK = "the first page whatever is skipped, and a count that promises more"
    LIST_ENDLESS = "ever new rows"


# Faults that belong to one resource.
AT_HOME = {
    Fault.LOGIN_REFUSED: Resource.LOGIN,
    Fault.LOGIN_UNAVAILABLE: Resource.LOGIN,
    **{fault: Resource.LIST for fault in Fault if fault.name.startswith("LIST_")},
}
# Faults with which the list still answers.
LIST_ODDITIES = {fault for fault, resource in AT_HOME.items() if resource is Resource.LIST} - {Fault.LIST_FORBIDDEN}

_HUGE_BODY = 50_000_000
_PAGES = {Fault.HTML: (200, "Maintenance"), Fault.HTML_502: (502, "502 Bad Gateway")}
_PAGE = "<html><head><title>{}</title></head><body><h1>Please come back later</h1></body></html>"


@dataclass
class PlannedFault:
    """A fault that strikes `left` more times (None: until healed).

    Without a `resource`, it strikes all but the log-in; without a `dataflow` or `run`, all of them.
    """

    fault: Fault
    dataflow: str | None
    run: int | None
    left: int | None
    resource: Resource | None

    def hits(self, resource: Resource, dataflow: str | None, run: int | None) -> bool:
        is_here = self.dataflow in (None, dataflow) and self.run in (None, run) and self.left != 0
        return is_here and (resource is self.resource or (self.resource is None and resource is not Resource.LOGIN))


def faulty_answer(fault: Fault, body: Any) -> web.Response:
    """The answer of a fault that answers at once. `body` is the right answer's."""
    if isinstance(fault.value, Refused):
        return fault.value.answer
    if fault in _PAGES:
        status, title = _PAGES[fault]
        return web.Response(status=status, text=_PAGE.format(title), content_type="text/html")
    if fault is Fault.REDIRECT:
        return web.Response(status=302, headers={"Location": "/sisvc/monitor/v1/jobs/elsewhere/1"})
    without_status = body | {"status": None} if isinstance(body, dict) else body
    changed = {Fault.LIST: [body], Fault.NULL_STATUS: without_status, Fault.TRUNCATED_JSON: body}[fault]
    text = json.dumps(changed)[: 100 if fault is Fault.TRUNCATED_JSON else None]
    return web.Response(text=text, content_type="application/json")


class Faults:
    """The planned faults. The latest comes first.

    BUSY and UNAVAILABLE send `retry_after` as a header unless it is None. `bytes_sent` counts what HUGE and DRIP sent.
    """

    def __init__(self) -> None:
        self.retry_after: str | None = "7"
        self.bytes_sent = 0
        self._planned: list[PlannedFault] = []

    def fail(
        self,
        fault: Fault,
        dataflow: str | None = None,
        run: int | None = None,
        times: int | None = None,
        login: bool = False,
        resource: Resource | None = None,
    ) -> None:
        """Break one job, one dataflow or all, `times` times or until healed.

        It hits `resource` (with `login`, the log-in), or every resource but the log-in. A fault in `AT_HOME` hits only
        the resource that it belongs to.
        """
        at = Resource.LOGIN if login else resource
        if fault in AT_HOME:
            at, dataflow, run = AT_HOME[fault], None, None
        once = 1 if fault is Fault.UNAUTHORISED_ONCE else None
        self._planned.insert(0, PlannedFault(fault, dataflow, run, times or once, at))

    def heal(self) -> None:
        """Remove all faults."""
        self._planned.clear()

    @property
    def in_force(self) -> Fault | None:
        """The first fault that is in force, if any."""
        return next((planned.fault for planned in self._planned if planned.left != 0), None)

    def take(self, resource: Resource, dataflow: str | None = None, run: int | None = None) -> Fault | None:
        """The fault that hits this request, if any."""
        for planned in self._planned:
            if planned.hits(resource, dataflow, run):
                planned.left = planned.left and planned.left - 1
                return planned.fault
        return None

    async def answer(self, fault: Fault, request: web.Request, body: Any) -> web.StreamResponse | None:
        """The faulty answer. None if the fault doesn't concern this HTTP method."""
        match fault:
            case Fault.METHOD_NOT_ALLOWED if request.method == "POST":
                return None
            case Fault.HANG:
                await asyncio.Event().wait()  # ends by cancellation: the client leaves, or the server closes
            case Fault.DROP:
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()
            case Fault.HUGE:
                return await self._stream(request, b" " * 50_000, _HUGE_BODY // 50_000, pause=0)
            case Fault.DRIP:
                return await self._stream(request, b" ", times=None, pause=0.5)
        answer = faulty_answer(fault, body)
        if fault in (Fault.BUSY, Fault.UNAVAILABLE, Fault.LOGIN_UNAVAILABLE) and self.retry_after is not None:
            answer.headers["Retry-After"] = self.retry_after
        return answer

    async def _stream(self, request: web.Request, piece: bytes, times: int | None, pause: float) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        with suppress(ConnectionResetError):  # the client has had enough, and left
            while times is None or times > 0:
                await response.write(piece)
                self.bytes_sent += len(piece)
                times = times and times - 1
                await asyncio.sleep(pause)
        return response
