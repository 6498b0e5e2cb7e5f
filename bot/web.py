"""The ASGI application: Slack's requests, liveness, readiness and metrics. Gets callables; imports nothing of bot."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

# Slack's requests are a few kilobytes; a view with all its state stays under 250.
_MAX_BODY = 1024 * 1024
_BODY_TIMEOUT_S = 5


class HttpResponse(Protocol):
    """The answer to one of Slack's requests."""

    @property
    def status(self) -> int: ...
    @property
    def body(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


Receive = Callable[[bytes, Mapping[str, str]], Awaitable[HttpResponse]]


def application(
    *,
    receive: Receive | None,
    problems: Callable[[], Awaitable[Sequence[str]]],
    metrics: tuple[Callable[[], bytes], str] | None = None,
) -> Starlette:
    """Build the application.

    `receive` answers Slack's requests; None if they arrive by Socket Mode, or not in this process. `problems` says why
    the process can't work now, with nothing to say if it can. `metrics` is a callable for the page that monitoring
    reads, and its content type.
    """

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(_: Request) -> Response:
        found = await problems()
        return JSONResponse({"ready": not found, "problems": list(found)}, status_code=503 if found else 200)

    routes = [Route("/healthz", healthz), Route("/readyz", readyz)]
    if metrics is not None:
        routes.append(Route("/metrics", _metrics(*metrics)))
    if receive is not None:
        routes.append(Route("/slack/events", _slack_events(receive), methods=["POST"]))
    return Starlette(routes=routes)


def _metrics(page: Callable[[], bytes], content_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def metrics(_: Request) -> Response:
        return Response(page(), headers={"Content-Type": content_type})

    return metrics


def _slack_events(receive: Receive) -> Callable[[Request], Awaitable[Response]]:
    async def events(request: Request) -> Response:
        try:
            async with asyncio.timeout(_BODY_TIMEOUT_S):
                body = await _body(request)
        except TimeoutError:
            return PlainTextResponse("the body took too long", status_code=408)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return PlainTextResponse("the body is too large", status_code=413)
        reply = await receive(body, request.headers)
        return Response(reply.body, reply.status, dict(reply.headers))

    return events


async def _body(request: Request) -> bytes | None:
    """Read the body; None as soon as it exceeds the size limit."""
    chunks, size = [], 0
    async for chunk in request.stream():
        chunks.append(chunk)
        size += len(chunk)
        if size > _MAX_BODY:
            return None
    return b"".join(chunks)
