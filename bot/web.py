"""The ASGI application: Slack's requests, liveness, readiness and metrics. Gets callables; imports nothing of bot."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

# Slack's requests are a few kilobytes; a view with all its state stays under 250.
_MAX_BODY = 1024 * 1024
# All bodies that are being read, together.
_MAX_BODIES = 8 * 1024 * 1024
_BODY_TIMEOUT_S = 5


class HttpResponse(Protocol):
    """The answer to one of Slack's requests."""

    @property
    def status(self) -> int: ...
    @property
    def body(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


class Receiver(Protocol):
    """Answers Slack's requests; header names are in lower case."""

    def refusal(self, headers: Mapping[str, str]) -> HttpResponse | None:
        """The answer to a request whose body need not be read."""

    async def __call__(self, body: bytes, headers: Mapping[str, str]) -> HttpResponse: ...


def application(
    *,
    receive: Receiver | None = None,
    problems: Callable[[], Awaitable[Sequence[str]]] | None = None,
    metrics: tuple[Callable[[], bytes], str] | None = None,
) -> Starlette:
    """Build the application.

    `receive` answers Slack's requests, None if they arrive by Socket Mode, or not in this process. `problems` says why
    the process can't work now, with nothing to say if it can; None for no such page. `metrics` is a callable for the
    page that monitoring reads, and its content type.
    """

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    routes = [Route("/healthz", healthz)]
    if problems is not None:
        routes.append(Route("/readyz", _readyz(problems)))
    if metrics is not None:
        routes.append(Route("/metrics", _metrics(*metrics)))
    if receive is not None:
        routes.append(Route("/slack/events", _slack_events(receive), methods=["POST"]))
    return Starlette(routes=routes)


def _readyz(problems: Callable[[], Awaitable[Sequence[str]]]) -> Callable[[Request], Awaitable[Response]]:
    async def readyz(_: Request) -> Response:
        found = await problems()
        return JSONResponse({"ready": not found, "problems": list(found)}, status_code=503 if found else 200)

    return readyz


def _metrics(page: Callable[[], bytes], content_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def metrics(_: Request) -> Response:
        return Response(page(), headers={"Content-Type": content_type})

    return metrics


def _slack_events(receive: Receiver) -> Callable[[Request], Awaitable[Response]]:
    bodies = _Bodies()

    async def events(request: Request) -> Response:
        if (refusal := receive.refusal(request.headers)) is not None:
            return _response(refusal)
        try:
            async with asyncio.timeout(_BODY_TIMEOUT_S):
                body = await bodies.read(request)
        except TimeoutError:
            return PlainTextResponse("the body took too long", status_code=408)
        except ClientDisconnect:
            return Response(status_code=400)
        except _BodyRefused as refused:
            return PlainTextResponse(str(refused), refused.status)
        return _response(await receive(body, request.headers))

    return events


def _response(answer: HttpResponse) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))


class _BodyRefused(Exception):
    """A body is too large, by itself or together with others."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(eq=False)
class _Body:
    content: bytearray = field(default_factory=bytearray)
    is_dropped: bool = False


class _Bodies:
    """The bodies that are being read. Together they are bounded, too; the largest gives way, never a small one."""

    def __init__(self) -> None:
        self._reading: set[_Body] = set()

    async def read(self, request: Request) -> bytes:
        """Read a request's body. Raises `_BodyRefused` as soon as a limit is exceeded."""
        body = _Body()
        self._reading.add(body)
        try:
            async for chunk in request.stream():
                body.content += chunk
                if len(body.content) > _MAX_BODY:
                    raise _BodyRefused(413, "the body is too large")
                self._make_room()
                if body.is_dropped:
                    raise _BodyRefused(503, "too many large bodies at the same time")
            return bytes(body.content)
        finally:
            self._reading.discard(body)

    def _make_room(self) -> None:
        if sum(len(each.content) for each in self._reading) > _MAX_BODIES:
            largest = max(self._reading, key=lambda each: len(each.content))
            largest.is_dropped, largest.content = True, bytearray()
