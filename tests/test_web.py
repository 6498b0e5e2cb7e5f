"""The ASGI application."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message, Scope

from bot import web
from bot.web import application


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: str = "ok"
    headers: Mapping[str, str] = field(default_factory=dict)


class Receiver:
    """Answers Slack's requests, and remembers them."""

    def __init__(self, reply: Reply | None = None) -> None:
        self.got: list[tuple[bytes, Mapping[str, str]]] = []
        self.reply = reply or Reply()

    def refusal(self, headers: Mapping[str, str]) -> Reply | None:
        return Reply(401, "no") if "x-forged" in headers else None

    async def __call__(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        self.got.append((body, headers))
        return self.reply


def client(receive: Receiver | None, *problems: str) -> httpx.AsyncClient:
    async def found() -> list[str]:
        return list(problems)

    transport = httpx.ASGITransport(application(receive=receive, problems=found))
    return httpx.AsyncClient(transport=transport, base_url="http://bot")


async def sent_by(
    app: Starlette, receive: Callable[[], Awaitable[Message]], headers: Sequence[tuple[bytes, bytes]] = ()
) -> list[Message]:
    """What the application sends to a client with this `receive` channel."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "POST", "path": "/slack/events", "headers": headers, "query_string": b""}
    await app(scope, receive, send)
    return sent


async def _no_problems() -> list[str]:
    return []


async def test_liveness() -> None:
    """Liveness is 200 whatever else is wrong: a restart would not help."""
    async with client(None, "the database can't be used") as http:
        answer = await http.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "alive\n")


async def test_readiness() -> None:
    """Readiness is 200 once the process can work, otherwise 503 with the reasons."""
    async with client(None) as http:
        ready = await http.get("/readyz")
    async with client(None, "no database", "no Slack") as http:
        not_ready = await http.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "problems": []})
    assert (not_ready.status_code, not_ready.json()) == (503, {"ready": False, "problems": ["no database", "no Slack"]})


async def test_a_request_is_handed_over_unchanged() -> None:
    """The receiver gets the raw body, because that is what is signed, and the headers by lower-case names."""
    receive = Receiver(Reply(418, "tea", {"X-Kind": "green"}))
    async with client(receive) as http:
        answer = await http.post("/slack/events", content=b"\xff\x00 a=b", headers={"X-Slack-Signature": "v0=1"})
    ((body, headers),) = receive.got
    assert body == b"\xff\x00 a=b"
    assert headers.get("x-slack-signature") == "v0=1"
    assert (answer.status_code, answer.text, answer.headers["x-kind"]) == (418, "tea", "green")


@pytest.mark.parametrize(("size", "status"), [(0, 200), (1024 * 1024, 200), (1024 * 1024 + 1, 413), (5_000_000, 413)])
async def test_a_body_has_a_limit(size: int, status: int) -> None:
    """A body that is larger than any of Slack's is refused, and the receiver doesn't see it."""
    receive = Receiver()
    async with client(receive) as http:
        answer = await http.post("/slack/events", content=b"x" * size)
    assert answer.status_code == status
    assert len(receive.got) == (1 if status == 200 else 0)


async def test_a_chunked_body_has_a_limit() -> None:
    """A chunked body of unknown length is refused as soon as it exceeds the limit."""
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100_000_000:
            sent += 65_536
            yield b"x" * 65_536

    receive = Receiver()
    async with client(receive) as http:
        answer = await http.post("/slack/events", content=pieces())
    assert answer.status_code == 413
    assert sent < 2_000_000
    assert receive.got == []


async def test_a_body_has_a_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that never completes its request is disconnected."""
    monkeypatch.setattr(web, "_BODY_TIMEOUT_S", 0.02)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    receiver = Receiver()
    sent = await sent_by(application(receive=receiver, problems=_no_problems), receive)
    assert sent[0]["status"] == 408
    assert receiver.got == []


async def test_a_body_is_not_read_in_vain() -> None:
    """If the headers are refused, not a byte of the body is read."""

    async def receive() -> Message:
        raise AssertionError("the body is read")

    receiver = Receiver()
    app = application(receive=receiver, problems=_no_problems)
    sent = await sent_by(app, receive, headers=[(b"x-forged", b"1")])
    assert sent[0]["status"] == 401
    assert receiver.got == []


async def test_all_bodies_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies that are being read hold a bounded amount of memory: the largest gives way, and small ones, as Slack's
    are, never do."""
    monkeypatch.setattr(web, "_MAX_BODIES", 1000)
    receiver = Receiver()
    app = application(receive=receiver, problems=_no_problems)
    reading, ends = asyncio.Semaphore(0), asyncio.Event()

    def body(size: int) -> Callable[[], Awaitable[Message]]:
        chunks = iter([b"x" * size, b"x"])

        async def receive() -> Message:
            chunk = next(chunks)
            if chunk == b"x":
                reading.release()
                await ends.wait()
            return {"type": "http.request", "body": chunk, "more_body": chunk != b"x"}

        return receive

    sizes = (400, 500, 20, 90, 30)  # 1,040 in all
    requests = [asyncio.create_task(sent_by(app, body(size))) for size in sizes]
    for _ in requests:
        await reading.acquire()
    ends.set()
    statuses = [(await request)[0]["status"] for request in requests]
    assert statuses == [200, 503, 200, 200, 200]
    assert sorted(len(content) for content, _ in receiver.got) == [21, 31, 91, 401]


async def test_a_client_that_disconnects() -> None:
    """A client that disconnects before its body is read causes no error."""

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    receiver = Receiver()
    sent = await sent_by(application(receive=receiver, problems=_no_problems), receive)
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
async def test_no_other_routes(method: str, path: str, status: int) -> None:
    """There is one route for Slack and two pages for operators, each with its own method."""
    receive = Receiver()
    async with client(receive) as http:
        assert (await http.request(method, path)).status_code == status
    assert receive.got == []


async def test_a_process_without_slack() -> None:
    """A process that doesn't answer Slack by HTTP serves only the pages for operators."""
    async with client(None) as http:
        assert (await http.post("/slack/events")).status_code == 404
        assert (await http.get("/readyz")).status_code == 200


async def test_pages_for_operators_may_be_elsewhere() -> None:
    """A port that has only Slack's requests shows strangers nothing else but that the process lives."""
    transport = httpx.ASGITransport(application(receive=Receiver()))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as http:
        statuses = [(await http.get(path)).status_code for path in ("/healthz", "/readyz", "/metrics")]
        assert (await http.post("/slack/events")).status_code == 200
    assert statuses == [200, 404, 404]


async def test_metrics() -> None:
    """Metrics are served unchanged with their content type; without metrics there is no such page."""
    app = application(receive=None, problems=_no_problems, metrics=(lambda: b"a 1\n", "text/plain; version=0.0.4"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as http:
        answer = await http.get("/metrics")
        assert (await http.post("/metrics")).status_code == 405
    assert (answer.status_code, answer.text) == (200, "a 1\n")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4"
    async with client(None) as http:
        assert (await http.get("/metrics")).status_code == 404
