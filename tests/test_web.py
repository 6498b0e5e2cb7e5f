import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message, Scope

from bot import web
from bot.web import application


@dataclass(frozen=True)
class Said:
    status: int = 200
    body: str = "ok"
    headers: Mapping[str, str] = field(default_factory=dict)


class Receives:
    """What answers Slack's requests, and remembers them."""

    def __init__(self, said: Said | None = None) -> None:
        self.got: list[tuple[bytes, Mapping[str, str]]] = []
        self.said = said or Said()

    async def __call__(self, body: bytes, headers: Mapping[str, str]) -> Said:
        self.got.append((body, headers))
        return self.said


def client(receive: Receives | None, *problems: str) -> httpx.AsyncClient:
    async def found() -> list[str]:
        return list(problems)

    transport = httpx.ASGITransport(application(receive=receive, problems=found))
    return httpx.AsyncClient(transport=transport, base_url="http://bot")


async def spoken(app: Starlette, receive: Callable[[], Awaitable[Message]]) -> list[Message]:
    """What the application sends to a client that speaks in an odd way."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "POST", "path": "/slack/events", "headers": [], "query_string": b""}
    await app(scope, receive, send)
    return sent


async def _no_troubles() -> list[str]:
    return []


async def test_a_process_that_lives_says_so() -> None:
    """Liveness is 200 whatever else is wrong: restarting the process would not help."""
    async with client(None, "the database can't be used") as asks:
        answer = await asks.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "alive\n")


async def test_readiness_says_what_is_wrong() -> None:
    """200 once the process can serve, 503 with the reasons otherwise."""
    async with client(None) as asks:
        ready = await asks.get("/readyz")
    async with client(None, "no database", "no Slack") as asks:
        not_ready = await asks.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "troubles": []})
    assert (not_ready.status_code, not_ready.json()) == (503, {"ready": False, "troubles": ["no database", "no Slack"]})


async def test_a_request_is_handed_over_as_it_came() -> None:
    """The receiver gets the raw body, which is what is signed, and the headers by their lower-case names."""
    receive = Receives(Said(418, "tea", {"X-Kind": "green"}))
    async with client(receive) as asks:
        answer = await asks.post("/slack/events", content=b"\xff\x00 a=b", headers={"X-Slack-Signature": "v0=1"})
    ((body, headers),) = receive.got
    assert body == b"\xff\x00 a=b"
    assert headers.get("x-slack-signature") == "v0=1"
    assert (answer.status_code, answer.text, answer.headers["x-kind"]) == (418, "tea", "green")


@pytest.mark.parametrize(("size", "status"), [(0, 200), (1024 * 1024, 200), (1024 * 1024 + 1, 413), (5_000_000, 413)])
async def test_a_body_has_a_limit(size: int, status: int) -> None:
    """More than any request of Slack's is refused, and the receiver never sees it."""
    receive = Receives()
    async with client(receive) as asks:
        answer = await asks.post("/slack/events", content=b"x" * size)
    assert answer.status_code == status
    assert len(receive.got) == (1 if status == 200 else 0)


async def test_a_body_without_end_is_refused_as_soon_as_it_is_too_long() -> None:
    """What comes in pieces and does not say how long it is fills no memory either."""
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100_000_000:
            sent += 65_536
            yield b"x" * 65_536

    receive = Receives()
    async with client(receive) as asks:
        answer = await asks.post("/slack/events", content=pieces())
    assert answer.status_code == 413
    assert sent < 2_000_000
    assert receive.got == []


async def test_a_body_that_never_comes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sends a request byte by byte does not hold a place for ever."""
    monkeypatch.setattr(web, "_BODY_LIMIT_S", 0.02)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    receiver = Receives()
    sent = await spoken(application(receive=receiver, problems=_no_troubles), receive)
    assert sent[0]["status"] == 408
    assert receiver.got == []


async def test_who_hangs_up_causes_no_fault() -> None:
    """A client that is gone before its body was read is no fault of the server's."""

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    receiver = Receives()
    sent = await spoken(application(receive=receiver, problems=_no_troubles), receive)
    assert sent[0]["status"] == 400
    assert receiver.got == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/slack/events", 405),
        ("PUT", "/slack/events", 405),
        ("POST", "/healthz", 405),
        ("POST", "/readyz", 405),
        ("GET", "/", 404),
        ("GET", "/metrics/../../etc/passwd", 404),
        ("POST", "/slack/install", 404),
        ("GET", "/slack/oauth_redirect", 404),
    ],
)
async def test_nothing_else_is_there(method: str, path: str, status: int) -> None:
    """There is one door for Slack and two pages for an operator, each with its own method."""
    receive = Receives()
    async with client(receive) as asks:
        assert (await asks.request(method, path)).status_code == status
    assert receive.got == []


async def test_a_worker_has_no_door_for_slack() -> None:
    """A process that does not answer Slack, or does so by a socket, serves its operator's pages only."""
    async with client(None) as asks:
        assert (await asks.post("/slack/events")).status_code == 404
        assert (await asks.get("/readyz")).status_code == 200


async def test_an_operators_monitoring_gets_its_figures() -> None:
    """The figures are served as they are given, in their own content type; without any there is no such page."""
    app = application(receive=None, problems=_no_troubles, metrics=(lambda: b"a 1\n", "text/plain; version=0.0.4"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as asks:
        answer = await asks.get("/metrics")
        assert (await asks.post("/metrics")).status_code == 405
    assert (answer.status_code, answer.text) == (200, "a 1\n")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4"
    async with client(None) as asks:
        assert (await asks.get("/metrics")).status_code == 404
