"""What the stand-in of the jobs service can be made to do instead of its duty."""

import asyncio
import json
import secrets
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from aiohttp import web


class Resource(Enum):
    """What can be asked for."""

    JOBS = auto()
    STATUS = auto()
    HISTORY = auto()
    STATISTICS = auto()
    LIST = auto()
    LOGIN = auto()


class Fault(Enum):
    """What the stand-in can be made to do instead of its duty."""

    UNAUTHORISED_ONCE = auto()
    UNAUTHORISED_ALWAYS = auto()
    BAD_REQUEST = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()
    METHOD_NOT_ALLOWED = auto()  # GET is refused, POST works
    METHOD = auto()  # both are refused
    BUSY = auto()
    SERVER_ERROR = auto()
    NOT_IMPLEMENTED = auto()
    UNAVAILABLE = auto()
    HTML = auto()
    HTML_502 = auto()
    TRUNCATED_JSON = auto()
    ERROR_UNDER_200 = auto()
    NULL_STATUS = auto()
    LIST = auto()
    HUGE = auto()
    HANG = auto()
    DRIP = auto()
    DROP = auto()
    REDIRECT = auto()
    LOGIN_REFUSED = auto()
    LOGIN_UNAVAILABLE = auto()
    LIST_FORBIDDEN = auto()
    LIST_TAKES_NO_FILTER = auto()  # 400 to $filter and $orderby
    LIST_WITHOUT_COUNT = auto()
    LIST_WITHOUT_STATUS = auto()
    LIST_REPEATS = auto()  # every row twice
    LIST_STUCK = auto()  # the first page whatever is skipped, and a count that promises more
    LIST_ENDLESS = auto()  # ever new rows


# Those that are about one resource by their nature.
AT_HOME = {
    Fault.LOGIN_REFUSED: Resource.LOGIN,
    Fault.LOGIN_UNAVAILABLE: Resource.LOGIN,
    **{fault: Resource.LIST for fault in Fault if fault.name.startswith("LIST_")},
}
# The list answers, but oddly.
LIST_ODDITIES = {
    Fault.LIST_TAKES_NO_FILTER,
    Fault.LIST_WITHOUT_COUNT,
    Fault.LIST_WITHOUT_STATUS,
    Fault.LIST_REPEATS,
    Fault.LIST_STUCK,
    Fault.LIST_ENDLESS,
}


@dataclass
class Given:
    """A fault that was given, `left` times more (None: until healed).

    `resource` None is every resource but the log-in, `dataflow` and `run` None every one of them.
    """

    fault: Fault
    dataflow: str | None
    run: int | None
    left: int | None
    resource: Resource | None

    def hits(self, resource: Resource, dataflow: str | None, run: int | None) -> bool:
        here = self.dataflow in (None, dataflow) and self.run in (None, run)
        return here and self.left != 0 and (self.resource or resource) is resource and self._may(resource)

    def _may(self, resource: Resource) -> bool:
        return self.resource is not None or resource is not Resource.LOGIN


def plain_fault(fault: Fault, body: Any) -> web.Response:
    """The answer of a fault that is one answer, given all at once, where `body` would be the right one."""
    match fault:
        case Fault.HTML:
            return web.Response(text=_PAGE.format("Maintenance"), content_type="text/html")
        case Fault.HTML_502:
            return web.Response(status=502, text=_PAGE.format("502 Bad Gateway"), content_type="text/html")
        case Fault.TRUNCATED_JSON:
            return web.Response(text=json.dumps(body)[:100], content_type="application/json")
        case Fault.ERROR_UNDER_200:
            return refused(200, "SI_4711", "The operation is not possible now")
        case Fault.NULL_STATUS:
            return web.json_response(body | {"status": None} if isinstance(body, dict) else body)
        case Fault.LIST:
            return web.json_response([body])
        case Fault.REDIRECT:
            return web.Response(status=302, headers={"Location": "/sisvc/monitor/v1/jobs/elsewhere/1"})
    status, code, message = _ERRORS[fault]
    return refused(status, code, message)


_PAGE = "<html><head><title>{}</title></head><body><h1>Please come back later</h1></body></html>"
_ERRORS = {
    Fault.UNAUTHORISED_ONCE: (401, "AUTH_01", "Session token is missing, invalid or expired"),
    Fault.UNAUTHORISED_ALWAYS: (401, "AUTH_01", "Session token is missing, invalid or expired"),
    Fault.BAD_REQUEST: (400, "BAD_REQUEST", "The request is not valid"),
    Fault.FORBIDDEN: (403, "FORBIDDEN", "The user may not view this job"),
    Fault.LIST_FORBIDDEN: (403, "FORBIDDEN", "The user may not list jobs"),
    Fault.NOT_FOUND: (404, "NOT_FOUND", "No such job"),
    Fault.METHOD_NOT_ALLOWED: (405, "METHOD_NOT_ALLOWED", "Request method not supported"),
    Fault.METHOD: (405, "METHOD_NOT_ALLOWED", "Request method not supported"),
    Fault.BUSY: (429, "TOO_MANY_REQUESTS", "Too many requests"),
    Fault.SERVER_ERROR: (500, "INTERNAL_ERROR", "Something went wrong"),
    Fault.NOT_IMPLEMENTED: (501, "NOT_IMPLEMENTED", "Not implemented"),
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


class Refused(Exception):
    """A resource says no to a request that reached it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    @property
    def answer(self) -> web.Response:
        return refused(self.status, self.code, self.message)
