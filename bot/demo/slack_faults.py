"""How Slack fails: with an error word, with a wrong answer, or with none. Planned ahead, taken one a request."""

import asyncio
import enum
from dataclasses import dataclass

from aiohttp import web


class Refused(Exception):
    """Slack's "no": an error word, and what its answer says besides."""

    def __init__(self, word: str, **more: object) -> None:
        super().__init__(word)
        self.word = word
        self.more = more

    @property
    def answer(self) -> dict[str, object]:
        return {"ok": False, "error": self.word, **self.more}


class Fault(enum.Enum):
    RATE_LIMITED = "HTTP 429 with Retry-After and the error ratelimited"
    APP_RATE_LIMITED = "HTTP 429 with Retry-After and the error rate_limited: the app has posted too many messages"
    INTERNAL_ERROR = "HTTP 200 with the error internal_error"
    HTTP_500 = "HTTP 500 without a readable body"
    HTTP_502_HTML = "HTTP 502 with a page of HTML"
    HTTP_503 = "HTTP 503 with the error service_unavailable"
    HANG = "no answer until `heal`, not accepted"
    DROP_BEFORE = "the connection is closed, not accepted"
    DROP_AFTER = "accepted, then the connection is closed"


@dataclass
class _Plan:
    fault: Fault | Refused
    method: str | None
    channel: str | None
    times: int | None


class Faults:
    """What is to go wrong next. `retry_after` is what rate limits tell the bot to wait, in seconds."""

    def __init__(self) -> None:
        self._plans: list[_Plan] = []
        self._healed = asyncio.Event()
        self.retry_after = 1

    def plan(self, fault: Fault | Refused | str, method: str | None, channel: str | None, times: int | None) -> None:
        plan = Refused(fault) if isinstance(fault, str) else fault
        self._plans.append(_Plan(plan, method, channel, times))

    def heal(self) -> None:
        """Nothing goes wrong any more; requests that hang are let go."""
        self._plans.clear()
        self._healed.set()
        self._healed = asyncio.Event()

    @property
    def in_force(self) -> Fault | str | None:
        """What goes wrong now, first of all: a fault, or Slack's word; None if all is well."""
        if not self._plans:
            return None
        fault = self._plans[0].fault
        return fault.word if isinstance(fault, Refused) else fault

    def take(self, method: str, channels: set[str]) -> Fault | Refused | None:
        """The fault that hits this request, if any: the oldest one that was planned for it."""
        for plan in self._plans:
            if plan.method in (None, method) and (plan.channel is None or plan.channel in channels):
                if plan.times is not None:
                    plan.times -= 1
                    if plan.times <= 0:
                        self._plans.remove(plan)
                return plan.fault
        return None

    async def answer(self, fault: Fault, request: web.Request) -> web.Response:
        """What the caller gets; for both DROPs and HANG that is nothing at all."""
        match fault:
            case Fault.RATE_LIMITED:
                return rate_limited(self.retry_after)
            case Fault.APP_RATE_LIMITED:
                return rate_limited(self.retry_after, "rate_limited")
            case Fault.INTERNAL_ERROR:
                return web.json_response(Refused("internal_error").answer)
            case Fault.HTTP_500:
                return web.Response(status=500)
            case Fault.HTTP_502_HTML:
                page = "<html><head><title>502 Bad Gateway</title></head></html>"
                return web.Response(status=502, text=page, content_type="text/html")
            case Fault.HTTP_503:
                return web.json_response(Refused("service_unavailable").answer, status=503)
            case Fault.HANG:
                await self._healed.wait()
        return dropped(request)


def dropped(request: web.Request) -> web.Response:
    """Close the connection; the response is for aiohttp only, it reaches nobody."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def rate_limited(seconds: int, word: str = "ratelimited") -> web.Response:
    return web.json_response(Refused(word).answer, status=429, headers={"Retry-After": str(seconds)})
