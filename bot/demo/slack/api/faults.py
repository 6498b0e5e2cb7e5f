"""Faults of Slack, and its rate limits."""

import asyncio
import enum
import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass

from aiohttp import web

from bot.demo.slack.errors import Refused


class Fault(enum.Enum):
    """A fault: the HTTP status and the error code or page in the answer, or what happens instead of an answer."""

    RATE_LIMITED = (429, "ratelimited")
    APP_RATE_LIMITED = (429, "rate_limited")  # the app has posted too many messages
    INTERNAL_ERROR = (200, "internal_error")
    HTTP_500 = (500, "")
    HTTP_502_HTML = (502, "<html><head><title>502 Bad Gateway</title></head></html>")
    HTTP_503 = (503, "service_unavailable")
    HANG = "no answer until `heal`, not accepted"
    DROP_BEFORE = "the connection is closed, not accepted"
    DROP_AFTER = "accepted, then the connection is closed"


@dataclass
class _Planned:
    fault: Fault | Refused
    method: str | None
    channel: str | None
    times: int | None


class Faults:
    """The planned faults. `retry_after` is the wait in the answer to a rate limit, in seconds."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self._healed = asyncio.Event()
        self.retry_after = 1

    def fail(
        self,
        fault: Fault | Refused | str,
        method: str | None = "chat.postMessage",
        channel: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Let the next `times` calls of the method fail (None: until `heal`). A string is an error code.

        `method` may also be `response_url`, `upload` (of a file), `socket` (opening a connection), or None for all of
        them.
        """
        self._planned.append(_Planned(Refused(fault) if isinstance(fault, str) else fault, method, channel, times))

    def heal(self) -> None:
        """Remove all faults. Requests that hang go on."""
        self._planned.clear()
        self._healed.set()
        self._healed = asyncio.Event()

    @property
    def in_force(self) -> Fault | str | None:
        """The first fault that is in force, if any."""
        fault = self._planned[0].fault if self._planned else None
        return fault.word if isinstance(fault, Refused) else fault

    def take(self, method: str, channels: set[str]) -> Fault | None:
        """The oldest fault planned for this request, if any. Raises Refused."""
        for planned in self._planned:
            if planned.method in (None, method) and (planned.channel is None or planned.channel in channels):
                if planned.times is not None:
                    planned.times -= 1
                    if planned.times <= 0:
                        self._planned.remove(planned)
                if isinstance(planned.fault, Refused):
                    raise Refused(planned.fault.word, **planned.fault.more)
                return planned.fault
        return None

    async def answer(self, fault: Fault, request: web.Request) -> web.Response:
        """The faulty answer. The caller of both DROPs and of HANG gets none."""
        if fault is Fault.HANG:
            await self._healed.wait()
        if isinstance(fault.value, str):
            return dropped(request)
        status, words = fault.value
        if status == 429:
            return rate_limited(self.retry_after, words)
        if words.isidentifier():
            return web.json_response(Refused(words).answer, status=status)
        return web.Response(status=status, text=words, content_type="text/html")


# Of chat.update, which is in Slack's tier 3: calls a minute, whatever the channel.
UPDATES_PER_MINUTE = 50


class Rates:
    """About one message a second to each channel, with bursts, and fifty updates a minute. Off until `on` is set.

    With `together`, all channels share the one message a second. `gap` is that second, for who has less time.
    `refused` counts the posts and updates that were too early.
    """

    def __init__(self) -> None:
        self.on = False
        self.together = False
        self.gap = 1.0
        self.burst = 3
        self.refused = 0
        self._free_at: dict[str, float] = defaultdict(float)
        self._updates: deque[float] = deque(maxlen=UPDATES_PER_MINUTE)

    def wait_to_update(self) -> int:
        """Whole seconds until an update is allowed. 0 counts this one."""
        now = time.monotonic()
        is_full = len(self._updates) == UPDATES_PER_MINUTE
        if self.on and is_full and now - self._updates[0] < 60:
            self.refused += 1
            return math.ceil(60 - now + self._updates[0])
        self._updates.append(now)
        return 0

    def wait(self, channel: str) -> int:
        """Whole seconds until a post to the channel is allowed. 0 counts this post."""
        now, channel = time.monotonic(), "" if self.together else channel
        # As if each message took a second, and the channel could run `burst` seconds ahead.
        free_at = max(self._free_at[channel], now) + self.gap
        if self.on and free_at - now > self.burst * self.gap:
            self.refused += 1
            return math.ceil(free_at - now - self.burst * self.gap)
        self._free_at[channel] = free_at
        return 0


def dropped(request: web.Request) -> web.Response:
    """Close the connection. Only aiohttp needs the response; it is not sent."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def rate_limited(seconds: int, word: str = "ratelimited") -> web.Response:
    return web.json_response(Refused(word).answer, status=429, headers={"Retry-After": str(seconds)})
