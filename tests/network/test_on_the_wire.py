"""Both services through proxies and TLS, over real sockets."""

import asyncio
import base64
import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.demo.informatica import stand_in as jobs_stand_in
from bot.demo.informatica.stand_in import JobsServiceStandIn
from bot.domain.job import JobRef
from bot.informatica.client import connected
from bot.informatica.errors import JobsServiceError, Unreachable, UntrustedCertificate
from bot.network.proxies import DIRECT, Proxies, read_proxies
from bot.slack.api.app import bolt_app
from bot.slack.api.calls import UNTRUSTED_CERTIFICATE, WebApiError
from bot.slack.api.client import http_session, web_client, who_am_i
from bot.slack.api.response_urls import ResponseUrls
from bot.slack.api.socket_mode import SocketMode
from bot.slack.messages.blocks import message
from bot.tasks import Tasks
from tests.network.servers import ForwardProxy, over_tls, proxy_to

DOCUMENTED = JobRef("1948938e-3923-4602-aba8-f122e3d66faf", 42559)
JOBS, SLACK = "https://jobs.test.invalid", "https://slack.test.invalid/api/"
AUTHORIZED = "Proxy-Authorization: Basic " + base64.b64encode("user:päss-wörd".encode()).decode()


def named(proxy: ForwardProxy, scheme: str = "http", **more: str) -> Proxies:
    host = "localhost" if scheme == "https" else "127.0.0.1"
    return read_proxies({"ALL_PROXY": f"{scheme}://user:p%C3%A4ss-w%C3%B6rd@{host}:{proxy.port}"} | more)


@asynccontextmanager
async def jobs_over_tls() -> AsyncIterator[int]:
    async with jobs_stand_in.served(JobsServiceStandIn()) as url, over_tls(int(url.rpartition(":")[2])) as port:
        yield port


class Slack:
    """A few methods of Slack, the socket and a response URL. `headers` are those of each request."""

    def __init__(self) -> None:
        self.headers: list[tuple[str, str | None]] = []
        self.connected = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.headers.append((request.path, request.headers.get("Authorization")))
        if request.path == "/link/":
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            self.connected.set()
            async for _ in socket:
                pass
            return socket
        identity = {"team_id": "T1", "user_id": "U1"}
        return web.json_response({"ok": True, **identity, "url": "wss://slack.test.invalid/link/"})

    @asynccontextmanager
    async def served(self) -> AsyncIterator[int]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()


async def job_error(proxies: Proxies, url: str = JOBS) -> JobsServiceError:
    async with connected(url, "jobwatch", "open-sesame", url, proxies=proxies, connections=1) as service:
        with pytest.raises(JobsServiceError) as caught:
            await service.job(DOCUMENTED)
    return caught.value


async def slack_error(proxies: Proxies, url: str = SLACK) -> WebApiError:
    async with http_session(proxies) as session:
        with pytest.raises(WebApiError) as caught:
            await who_am_i(web_client("xoxb-1", url, session))
    return caught.value


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_the_jobs_service_through_a_proxy(scheme: str) -> None:
    """The jobs service is reached by a tunnel through the proxy, which is told who asks."""
    async with (
        jobs_over_tls() as port,
        proxy_to(port, tls=scheme == "https") as proxy,
        connected(JOBS, "jobwatch", "open-sesame", JOBS, proxies=named(proxy, scheme), connections=1) as service,
    ):
        assert (await service.job(DOCUMENTED)).name == "testmonitor"
    assert {head.splitlines()[0] for head in proxy.heads} == {"CONNECT jobs.test.invalid:443 HTTP/1.1"}
    assert all(AUTHORIZED in head.splitlines() for head in proxy.heads)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_slack_through_a_proxy(scheme: str) -> None:
    """So are the Web API, a response URL and the socket of Socket Mode; a password of ours isn't told to Slack."""
    slack = Slack()
    async with slack.served() as plain, over_tls(plain) as port, proxy_to(port, tls=scheme == "https") as proxy:
        proxies = named(proxy, scheme)
        async with http_session(proxies) as session:
            client = web_client("xoxb-1", SLACK, session)
            assert (await who_am_i(client)).workspace == "T1"
            await ResponseUrls(session, SLACK).post("https://slack.test.invalid/commands/1", message(["hello"]))
            sockets = Tasks("sockets", limit=1)
            sockets.start(SocketMode(bolt_app(client, "", lambda: None), client, "xapp-1", proxies=proxies).run())
            async with asyncio.timeout(10):
                await slack.connected.wait()
            await sockets.drain(grace=0, last_words=6)
    assert {head.splitlines()[0] for head in proxy.heads} == {"CONNECT slack.test.invalid:443 HTTP/1.1"}
    assert all(AUTHORIZED in head.splitlines() for head in proxy.heads)
    assert slack.headers == [
        ("/api/auth.test", "Bearer xoxb-1"),
        ("/commands/1", None),
        ("/api/apps.connections.open", "Bearer xapp-1"),
        ("/link/", None),
    ]


async def test_without_tls_the_proxy_gets_the_request() -> None:
    """A service without TLS is asked for at the proxy itself, which is told who asks."""
    slack = Slack()
    async with slack.served() as port, proxy_to(port) as proxy, http_session(named(proxy)) as session:
        await who_am_i(web_client("xoxb-1", "http://slack.test.invalid/api/", session))
    (head,) = proxy.heads
    assert head.startswith("POST http://slack.test.invalid/api/auth.test HTTP/1.1")
    assert AUTHORIZED in head.splitlines()


async def test_exceptions_do_not_use_the_proxy(unused_tcp_port: int) -> None:
    """What NO_PROXY names, and this machine itself, is reached without the proxy."""
    async with proxy_to(1) as proxy:
        proxies = named(proxy, no_proxy="test.invalid")
        assert type(await job_error(proxies)) is Unreachable
        assert (await slack_error(proxies)).code == "unknown_host"
        for here in (f"http://localhost:{unused_tcp_port}", f"http://127.0.0.1:{unused_tcp_port}"):
            assert type(await job_error(proxies, here)) is Unreachable
            assert (await slack_error(proxies, f"{here}/api/")).code == "connection_refused"
    assert proxy.heads == []


@pytest.mark.parametrize("refusal", ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"])
async def test_a_proxy_that_refuses(refusal: str, caplog: pytest.LogCaptureFixture) -> None:
    """A proxy's refusal says that the service can't be reached, and in no text what the proxy's password is."""
    caplog.set_level(logging.DEBUG)
    async with proxy_to(1, refusal=refusal) as proxy:
        with capture_logs() as logs:
            errors = [await job_error(named(proxy)), await slack_error(named(proxy))]
    assert isinstance(errors[0], Unreachable)
    assert refusal in str(errors[0])
    assert isinstance(errors[1], WebApiError)
    assert errors[1].unreachable
    assert not errors[1].is_refusal
    text = "".join(line for error in errors for line in traceback.format_exception(error))
    assert not [each for each in ("ss-w", AUTHORIZED[-12:]) if each in text + caplog.text + repr(logs)]


async def test_passwords_of_netrc_go_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~/.netrc` replaces no token and reaches no address, with a proxy or without."""
    for name in (".netrc", "netrc"):
        (tmp_path / name).write_text("default login netrc-user password netrc-password\n")
        (tmp_path / name).chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    slack = Slack()
    async with slack.served() as port, proxy_to(port) as proxy:
        for netrc in (None, tmp_path / "netrc"):
            if netrc:
                monkeypatch.setenv("NETRC", str(netrc))
            through = read_proxies({"ALL_PROXY": f"http://127.0.0.1:{proxy.port}"})
            for proxies, host in ((DIRECT, f"127.0.0.1:{port}"), (through, "slack.test.invalid")):
                async with http_session(proxies) as session:
                    await who_am_i(web_client("xoxb-1", f"http://{host}/api/", session))
                    await ResponseUrls(session, f"http://{host}/api/").post(
                        f"http://{host}/commands/1", message(["hello"])
                    )
    assert slack.headers == [("/api/auth.test", "Bearer xoxb-1"), ("/commands/1", None)] * 4
    assert not [head for head in proxy.heads if "Proxy-Authorization" in head]

    jobs = JobsServiceStandIn()
    async with jobs_stand_in.served(jobs) as url, proxy_to(int(url.rpartition(":")[2])) as proxy:
        for proxies, address in (
            (DIRECT, url),
            (read_proxies({"ALL_PROXY": f"http://127.0.0.1:{proxy.port}"}), "http://jobs.test.invalid"),
        ):
            async with connected(
                address, "jobwatch", "open-sesame", address, proxies=proxies, connections=1
            ) as service:
                assert (await service.job(DOCUMENTED)).name == "testmonitor"
    assert not [head for head in proxy.heads if "Authorization" in head]


@pytest.mark.usefixtures("trusted")
async def test_both_services_trust_what_ssl_cert_file_names() -> None:
    """The trust store is the machine's, which SSL_CERT_FILE replaces, towards both services."""
    slack = Slack()
    async with jobs_over_tls() as jobs, slack.served() as plain, over_tls(plain) as port:
        url = f"https://localhost:{jobs}"
        async with connected(url, "jobwatch", "open-sesame", url, connections=1) as service:
            assert (await service.job(DOCUMENTED)).name == "testmonitor"
        async with http_session() as session:
            assert (await who_am_i(web_client("xoxb-1", f"https://localhost:{port}/api/", session))).workspace == "T1"


async def test_a_certificate_that_is_not_trusted_is_told_from_a_wrong_token() -> None:
    """Towards either service, a certificate that this machine doesn't trust is an error of its own, and nothing of
    ours is sent."""
    slack = Slack()
    async with jobs_over_tls() as jobs, slack.served() as plain, over_tls(plain) as port, proxy_to(jobs) as proxy:
        for error in (await job_error(DIRECT, f"https://localhost:{jobs}"), await job_error(named(proxy))):
            assert isinstance(error, UntrustedCertificate)
            assert "self-signed" in str(error)
            assert "SSL_CERT_FILE" in error.operator_remedy
            assert "SSL_CERT_FILE" not in error.remedy
        for refused in (await slack_error(DIRECT, f"https://localhost:{port}/api/"), await slack_error(named(proxy))):
            assert refused.code == UNTRUSTED_CERTIFICATE
            assert refused.unreachable
            assert not refused.is_refusal
    assert slack.headers == []
