"""A password or session ID is in no error, no repr and no log."""

import json
import logging
import traceback

import httpx
import pytest
import structlog

from bot.informatica.client import connected
from bot.informatica.errors import JobsServiceError
from bot.informatica.session import LoggedIn
from tests.informatica.conftest import DOCUMENTED

PASSWORD = 'pa"ss\\wörd<1>&'
SESSION = "session-id-" + "0123456789" * 30
LOGIN = {"userInfo": {"sessionId": SESSION}, "products": [{"baseApiUrl": "http://pod.x.test/saas"}]}
TRACES = ("ss\\wö", "ss\\\\w", "wörd", "w\\u00f6rd", "session-id", "0123456789")


def everything(error: BaseException) -> str:
    own = [str(error), repr(error), repr(error.args), repr(vars(error))]
    return "\n".join([*own, *traceback.format_exception(error)])


def echo(status: int, at: str) -> httpx.MockTransport:
    """A service that answers well, but with `status` and the whole request to what is sent `at` a path."""

    def answer(request: httpx.Request) -> httpx.Response:
        if at not in request.url.path:
            return httpx.Response(200, json=LOGIN, headers={"Set-Cookie": SESSION})
        words = (
            f"{request.headers.get('IDS-SESSION-ID')} {request.content.decode()} {PASSWORD if at == '/login' else ''}"
        )
        return httpx.Response(status, json={"error": {"code": words, "message": words, "requestId": words}})

    return httpx.MockTransport(answer)


@pytest.mark.parametrize("at", ["/login", "/jobs/"])
async def test_a_service_that_echoes(at: str, caplog: pytest.LogCaptureFixture) -> None:
    """Even a service that quotes the request in its error does not get our secrets into errors or logs."""
    caplog.set_level(logging.DEBUG)
    for status in (200, 302, 400, 401, 403, 404, 405, 429, 500, 503):
        with structlog.testing.capture_logs() as logs:
            async with connected("http://x.test", "u", PASSWORD, connections=1, transport=echo(status, at)) as service:
                with pytest.raises(JobsServiceError) as caught:
                    await service.job(DOCUMENTED)

        told = everything(caught.value) + caplog.text + json.dumps(logs, default=str)
        assert not [trace for trace in TRACES if trace in told], status


@pytest.mark.parametrize("session_id", [SESSION + "\n", SESSION + "ü", SESSION + "\x00", SESSION + " x", SESSION * 90])
async def test_a_session_id_that_no_header_can_carry(session_id: str) -> None:
    """Such an ID is refused before httpx could quote it."""
    body = LOGIN | {"userInfo": {"sessionId": session_id}}
    service_answers = httpx.MockTransport(lambda _: httpx.Response(200, json=body))
    async with connected("http://x.test", "u", PASSWORD, connections=1, transport=service_answers) as service:
        with pytest.raises(JobsServiceError) as caught:
            await service.job(DOCUMENTED)

    assert "session-id" not in everything(caught.value)


@pytest.mark.parametrize("kind", [httpx.LocalProtocolError, httpx.InvalidURL])
async def test_a_library_that_quotes(kind: type[Exception]) -> None:
    """Where httpx quotes a header or an address in its error, that error is not shown as the cause."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json=LOGIN)
        raise kind(f"illegal value {request.headers['IDS-SESSION-ID']}")

    async with connected(
        "http://x.test", "u", PASSWORD, connections=1, transport=httpx.MockTransport(answer)
    ) as service:
        with pytest.raises(JobsServiceError) as caught:
            await service.job(DOCUMENTED)

    assert "session-id" not in everything(caught.value)


async def test_a_password_in_an_address(caplog: pytest.LogCaptureFixture) -> None:
    """An address with a password in it, well formed or not, is not quoted."""
    for url in ("http://user:hunter2@127.0.0.1:1", "http://user:hunter2/@[::1", "http://u:hunter2:hunter2"):
        async with connected(url, "u", "p", connections=1) as service:
            with pytest.raises(JobsServiceError) as caught:
                await service.log_in()

        assert "hunter2" not in everything(caught.value) + caplog.text


def test_reprs() -> None:
    """What holds a session does not show it."""
    assert SESSION not in repr(LoggedIn(SESSION, "http://x.test"))
