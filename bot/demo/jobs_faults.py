"""What the stand-in of the jobs service can be made to do instead of its duty."""

import asyncio
import json
import secrets
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from aiohttp import web


class Fault(Enum):
    """What the stand-in can be made to do instead of its duty."""

    UNAUTHORISED_ONCE = auto()
    UNAUTHORISED_ALWAYS = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()
    METHOD_NOT_ALLOWED = auto()  # GET is refused, POST works
    METHOD = auto()  # both are refused
    BUSY = auto()
    SERVER_ERROR = auto()
    UNAVAILABLE = auto()
    HTML = auto()
    HTML_502 = auto()
    TRUNCATED_JSON = auto()
    NULL_STATUS = auto()
    LIST = auto()
    HUGE = auto()
    HANG = auto()
    DRIP = auto()
    DROP = auto()
    REDIRECT = auto()
    LOGIN_REFUSED = auto()
    LOGIN_UNAVAILABLE = auto()


@dataclass
class Given:
    """A fault that was given to a job, a dataflow, all jobs or the log-in, `left` times more (None: until healed)."""

    fault: Fault
    dataflow: str | None
    run: int | None
    left: int | None
    login: bool

    def hits(self, dataflow: str | None, run: int | None, login: bool) -> bool:
        here = self.dataflow in (None, dataflow) and self.run in (None, run)
        return here and self.login == login and self.left != 0


def plain_fault(fault: Fault, job: dict[str, Any]) -> web.Response:
    """The answer of a fault that is one answer, given all at once."""
    match fault:
        case Fault.HTML:
            return web.Response(text=_PAGE.format("Maintenance"), content_type="text/html")
        case Fault.HTML_502:
            return web.Response(status=502, text=_PAGE.format("502 Bad Gateway"), content_type="text/html")
        case Fault.TRUNCATED_JSON:
            return web.Response(text=json.dumps(job)[:100], content_type="application/json")
        case Fault.NULL_STATUS:
            return web.json_response(job | {"status": None})
        case Fault.LIST:
            return web.json_response([job])
        case Fault.REDIRECT:
            return web.Response(status=302, headers={"Location": "/sisvc/monitor/v1/jobs/elsewhere/1"})
    status, code, message = _ERRORS[fault]
    return refused(status, code, message)


_PAGE = "<html><head><title>{}</title></head><body><h1>Please come back later</h1></body></html>"
_ERRORS = {
    Fault.UNAUTHORISED_ONCE: (401, "AUTH_01", "Session token is missing, invalid or expired"),
    Fault.UNAUTHORISED_ALWAYS: (401, "AUTH_01", "Session token is missing, invalid or expired"),
    Fault.FORBIDDEN: (403, "FORBIDDEN", "The user may not view this job"),
    Fault.NOT_FOUND: (404, "NOT_FOUND", "No such job"),
    Fault.METHOD_NOT_ALLOWED: (405, "METHOD_NOT_ALLOWED", "Request method not supported"),
    Fault.METHOD: (405, "METHOD_NOT_ALLOWED", "Request method not supported"),
    Fault.BUSY: (429, "TOO_MANY_REQUESTS", "Too many requests"),
    Fault.SERVER_ERROR: (500, "INTERNAL_ERROR", "Something went wrong"),
    Fault.UNAVAILABLE: (503, "UNAVAILABLE", "The service is not available"),
    Fault.LOGIN_REFUSED: (401, "AUTH_01", "The username or password is incorrect"),
    Fault.LOGIN_UNAVAILABLE: (503, "UNAVAILABLE", "The service is not available"),
}


async def hang(request: web.Request) -> web.StreamResponse:
    """No answer at all."""
    await asyncio.Event().wait()  # ends by cancellation: the client leaves, or the server closes
    raise AssertionError


async def drop(request: web.Request) -> web.StreamResponse:
    """The connection ends without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def refused(status: int, code: str, message: str) -> web.Response:
    """An error as the service's sister resources word it."""
    request_id = secrets.token_hex(8)
    error = {"code": code, "message": message, "requestId": request_id, "details": None}
    return web.json_response({"error": error}, status=status, headers={"X-Request-ID": request_id})
