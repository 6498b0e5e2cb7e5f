"""One session for all requests: when a login is sent, and when it is not."""

import asyncio
import json

import httpx
import pytest
from structlog.testing import capture_logs

from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn
from bot.informatica.client import connected
from bot.informatica.errors import (
    BadAnswer,
    GatewayAnswer,
    JobsServiceError,
    LoginRefused,
    NoRun,
    NotFound,
    NotLoggedIn,
    RateLimited,
    Unreachable,
)
from bot.informatica.login import server_of
from bot.informatica.parse_login import Product
from tests.informatica.conftest import DOCUMENTED, LOGIN, Clock, Connect


async def test_one_login_for_all(standin: JobsServiceStandIn, connect: Connect) -> None:
    """Fifty concurrent look-ups share one login, and one more when the session has expired."""
    async with connect() as service:
        await asyncio.gather(*(service.job(DOCUMENTED) for _ in range(50)))
        assert len(standin.logins) == 1

        standin.expire_sessions()
        await asyncio.gather(*(service.job(DOCUMENTED) for _ in range(50)))
        assert len(standin.logins) == 2


async def test_a_refused_login_is_never_repeated(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """A wrong password is sent once in the life of the process, whatever is requested and however late."""
    async with connect(password="wrong") as service:
        for _ in range(3):
            results = await asyncio.gather(*(service.job(DOCUMENTED) for _ in range(20)), return_exceptions=True)
            assert {type(result) for result in results} == {LoginRefused}
            with pytest.raises(LoginRefused):
                await service.log_in()
            clock.now += 100_000

        assert service.refused is not None
        assert service.refused.code == "AUTH_01"
    assert len(standin.logins) == 1


async def test_every_form_of_a_refusal() -> None:
    """A refusal comes as 400, 401 or 403 with one of the service's codes, with one that only the login has under any
    status that isn't a failure, or as the code of a locked account under any status."""
    wrong, sister = {"error": {"code": "AUTH_01", "message": "no"}}, {"@type": "error", "code": "UM_1012"}
    locked = {"error": {"code": "IDS_086", "message": "locked"}}
    for refusal in [
        *(httpx.Response(status, json=body) for status in (400, 401, 403) for body in (wrong, sister)),
        *(httpx.Response(status, json=locked) for status in (200, 404, 423, 500)),
        *(httpx.Response(status, json=wrong) for status in (404, 405, 409, 422, 423)),
        *(httpx.Response(401, json=each) for each in ({"errors": [wrong["error"]]}, [wrong], {"code": "auth_01"})),
        httpx.Response(200, json=wrong),
    ]:
        transport = httpx.MockTransport(lambda _, refusal=refusal: refusal)
        async with connected("http://x.test", "u", "p", transport=transport, connections=1) as service:
            with pytest.raises(LoginRefused):
                await service.log_in()


async def test_a_gateways_answer_is_no_refusal() -> None:
    """Whatever a gateway answers in place of the login, with the status of a refusal or another, the bot tries again
    after the usual pause and is let in: only the service's own code says that the password is wrong."""
    page = "<html><head><title>Request blocked</title></head></html>"
    answers = [
        *(httpx.Response(status, html=page) for status in (400, 401, 403)),
        *(
            httpx.Response(status, text=text)
            for status in (400, 401, 403)
            for text in ("", "Forbidden", "<?xml?><Error/>")
        ),
        httpx.Response(403, json={"message": "Forbidden"}),
        httpx.Response(401, json={"statusCode": 401, "message": "Access denied due to missing subscription key"}),
        httpx.Response(403, json={"error": {"code": 403, "message": "denied", "status": "PERMISSION_DENIED"}}),
        httpx.Response(403, json={"success": False, "errors": [{"code": 1020, "message": "Access denied"}]}),
        httpx.Response(403, json=["Forbidden"]),
        *(
            httpx.Response(403, json={"error": {"code": word, "message": "no"}})
            for word in ("FORBIDDEN", "ACCESS_DENIED", "PERMISSION_DENIED")
        ),
        *(
            httpx.Response(401, json={"code": word})
            for word in ("UNAUTHORIZED", "UNAUTHENTICATED", "PROXY_AUTHENTICATION_REQUIRED", "INVALID_API_KEY")
        ),
        *(httpx.Response(403, json={"errorCode": word}) for word in ("RATE_LIMIT_EXCEEDED", "WAF_RULE", "UNAVAILABLE")),
        httpx.Response(400, json={"code": "BAD_REQUEST"}),
        httpx.Response(403, text='{"error": {"code": "AUTH_01"'),
    ]
    clock = Clock()
    for answer in answers:
        waiting = [answer]

        def log_in(_: httpx.Request, waiting: list[httpx.Response] = waiting) -> httpx.Response:
            return waiting.pop() if waiting else httpx.Response(200, json=LOGIN)

        transport = httpx.MockTransport(log_in)
        async with connected("http://x.test", "u", "p", transport=transport, connections=1, clock=clock) as service:
            with pytest.raises(GatewayAnswer) as caught:
                await service.log_in()
            assert service.refused is None, answer.text
            assert caught.value.reason == f"a gateway answered in place of the jobs service (HTTP {answer.status_code})"
            clock.now += 2
            await service.log_in()


_IN_PLACE_OF_A_JOB = [((status, "<title>Blocked</title>"), "Blocked") for status in (401, 403, 404)] + [
    ((status, text), text)
    for status, text in (
        (401, "Unauthorized"),
        (403, "RBAC: access denied"),
        (404, "default backend - 404"),
        (404, '{"status": "Up'),
    )
]


async def test_a_gateways_answer_on_a_resource_says_nothing_about_a_job() -> None:
    """A page or a line of text with 401, 403 or 404 in place of the jobs resource is neither a missing job, nor a
    missing permission, nor the end of the session; an optional resource may be absent and say so with a page."""
    said, logins = (0, ""), 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal logins
        if request.method == "POST":
            logins += 1
            return httpx.Response(200, json=LOGIN)
        return httpx.Response(said[0], text=said[1])

    transport, clock = httpx.MockTransport(answer), Clock()
    async with connected("http://x.test", "u", "p", transport=transport, connections=1, clock=clock) as service:
        for said, detail in _IN_PLACE_OF_A_JOB:
            with pytest.raises(GatewayAnswer) as caught:
                await service.job(DOCUMENTED)
            assert (caught.value.status, caught.value.detail) == (said[0], detail)
        assert logins == 1
        for services in ("", '{"message": "no such job"}'):
            said = (404, services)
            with pytest.raises(NotFound):
                await service.job(DOCUMENTED)
        said = (404, "<title>Not found</title>")
        with pytest.raises(NotFound):
            await service.statistics("some-dataflow")
        with pytest.raises(NoRun):
            await service.current_run("some-dataflow")


async def test_a_failed_login_waits_before_the_next(
    standin: JobsServiceStandIn, connect: Connect, clock: Clock
) -> None:
    """While the login fails, look-ups raise its error without a request, until a growing pause is over; the
    log has the fault once, and its end."""
    standin.faults.retry_after = None
    async with connect() as service:
        standin.fail(Fault.LOGIN_UNAVAILABLE)
        with capture_logs() as logs:
            for pause, count in [(0, 1), (1.9, 1), (0.2, 2), (2, 2), (2.1, 3)]:
                clock.now += pause
                with pytest.raises(RateLimited):
                    await service.job(DOCUMENTED)
                assert len(standin.logins) == count

            standin.heal()
            clock.now += 60
            assert (await service.job(DOCUMENTED)).name == "testmonitor"
    assert [line["event"] for line in logs] == ["login failed, retrying", "logged in to the jobs service"]


async def test_a_failed_login_honours_retry_after(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """A Retry-After of the login is respected, up to five minutes."""
    standin.faults.retry_after = "99999"
    async with connect() as service:
        standin.fail(Fault.LOGIN_UNAVAILABLE)
        for pause, count in [(0, 1), (299, 1), (2, 2)]:
            clock.now += pause
            with pytest.raises(RateLimited):
                await service.log_in()
            assert len(standin.logins) == count


async def test_401_to_everything_is_not_a_login_per_look_up(
    standin: JobsServiceStandIn, connect: Connect, clock: Clock
) -> None:
    """If every session is rejected, a new one is fetched once a minute and not at each look-up."""
    async with connect() as service:
        standin.fail(Fault.UNAUTHORISED_ALWAYS)
        for pause, count in [(0, 2), (0, 2), (59, 2), (2, 3), (1, 3)]:
            clock.now += pause
            with pytest.raises(NotLoggedIn):
                await service.job(DOCUMENTED)
            assert len(standin.logins) == count


async def test_a_cancelled_look_up_does_not_cancel_the_login() -> None:
    """A look-up that is cancelled during the login leaves it to the others that wait for it."""
    asked, allowed, logins = asyncio.Event(), asyncio.Event(), 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal logins
        if request.method == "POST":
            logins += 1
            asked.set()
            await allowed.wait()
            return httpx.Response(200, json=LOGIN)
        return httpx.Response(200, json={"status": "Stopped"})

    async with connected("http://x.test", "u", "p", transport=httpx.MockTransport(answer), connections=2) as service:
        first, second = (asyncio.create_task(service.job(DOCUMENTED)) for _ in range(2))
        await asked.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        allowed.set()

        assert (await second).status.raw == "Stopped"
    assert logins == 1


async def test_closing_cancels_a_login_under_way(standin: JobsServiceStandIn, connect: Connect) -> None:
    """Closing the client doesn't wait for a login that hangs, and leaves no task behind."""
    async with connect(look_up_timeout=0.1) as service:
        standin.fail(Fault.HANG, login=True)
        with pytest.raises(Unreachable):
            await service.log_in()

    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_session_of_16000_characters(standin: JobsServiceStandIn, connect: Connect) -> None:
    """A session ID as long as the service documents is sent whole."""
    standin.log_in.sessions.session_length = 16_000
    async with connect() as service:
        assert (await service.job(DOCUMENTED)).name == "testmonitor"


async def test_answers_that_are_no_login() -> None:
    """Anything but a usable session ID and server, or a refusal, is a bad answer, and the login may be tried again:
    perhaps the address is wrong."""
    bodies = [
        {},
        {"userInfo": None},
        {"userInfo": {"sessionId": ""}, "products": LOGIN["products"]},
        {"userInfo": {"sessionId": "S\r\nX: y"}, "products": LOGIN["products"]},
        {"userInfo": {"sessionId": "S" * 16_001}, "products": LOGIN["products"]},
        {"userInfo": {"sessionId": 5}, "products": LOGIN["products"]},
        {"userInfo": {"sessionId": "S"}, "products": "none"},
        {"userInfo": {"sessionId": "S"}, "products": [None, {}, {"baseApiUrl": 3}, {"baseApiUrl": "ftp://x"}]},
    ]
    answers = [
        *(httpx.Response(200, json=body) for body in bodies),
        *(httpx.Response(status) for status in (302, 404, 405, 418)),
    ]
    clock = Clock()
    transport = httpx.MockTransport(lambda _: answers[0])
    async with connected("http://x.test", "u", "p", transport=transport, connections=1, clock=clock) as service:
        while answers:
            with pytest.raises(BadAnswer):
                await service.log_in()
            assert service.refused is None
            answers.pop(0)
            clock.now += 100


async def test_what_a_login_sends() -> None:
    """The login carries user name and password as JSON, and no session; jobs are requested from the pod's server."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=LOGIN | {"status": "Stopped"})

    async with connected(
        "http://x.test/", 'ü"', "p\udce4", transport=httpx.MockTransport(answer), connections=1
    ) as service:
        await service.job(DOCUMENTED)

    log_in, look_up = seen
    assert (log_in.method, str(log_in.url)) == ("POST", "http://x.test/saas/public/core/v3/login")
    assert json.loads(log_in.content) == {"username": 'ü"', "password": "p\udce4"}
    assert "IDS-SESSION-ID" not in log_in.headers
    assert look_up.headers["IDS-SESSION-ID"] == "S"
    assert look_up.headers["Accept-Encoding"] == "identity"
    assert str(look_up.url) == f"http://pod-ing.x.test/sisvc/monitor/v1/jobs/{DOCUMENTED}"


async def test_the_server_may_be_set(standin: JobsServiceStandIn, connect: Connect) -> None:
    """A server URI from the settings is used instead of the one in the login's answer."""
    async with connect(server_uri="http://127.0.0.1:1/") as service:
        await service.log_in()
        with pytest.raises(Unreachable):
            await service.job(DOCUMENTED)


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("https://usw1.dm2-us.informaticacloud.com/saas", "https://usw1-ing.dm2-us.informaticacloud.com"),
        ("https://usw1.dm2-us.informaticacloud.com/saas/", "https://usw1-ing.dm2-us.informaticacloud.com"),
        ("https://usw1-ing.dm2-us.informaticacloud.com", "https://usw1-ing.dm2-us.informaticacloud.com"),
        ("https://user:pass@pod.x.test:8443/saas?a=b", "https://pod-ing.x.test:8443"),
        ("http://127.0.0.1:1234/saas", "http://127.0.0.1:1234"),
        ("http://[::1]:1234/saas", "http://[::1]:1234"),
        ("http://localhost:1234/saas", "http://localhost:1234"),
    ],
)
def test_server_of_a_pod(address: str, server: str) -> None:
    """The ingestion server has "-ing" after the pod's first label; an address on this machine stays as it is."""
    products = [Product("Integration Cloud", each) for each in ("mailto:x", "http://x:y:z", address)]
    assert server_of(products, "http://x.test") == server


def test_no_session_over_http() -> None:
    """After a login over TLS, an address without TLS is skipped."""
    insecure, secure = Product("Integration Cloud", "http://a.x.test"), Product("", "https://b.x.test")
    assert server_of([insecure, secure], "https://login.x.test") == "https://b-ing.x.test"
    with pytest.raises(BadAnswer):
        server_of([insecure], "https://login.x.test")


@pytest.mark.parametrize(
    ("products", "server"),
    [
        pytest.param(
            [
                ("MDM", "https://mdm.dm-us.informaticacloud.com/mdm"),
                ("Integration Cloud", "https://usw3.dm-us.informaticacloud.com/saas"),
            ],
            "https://usw3-ing.dm-us.informaticacloud.com",
            id="the product of the jobs, wherever it stands",
        ),
        pytest.param(
            [
                ("MDM", "https://mdm.dm-us.informaticacloud.com"),
                (" INTEGRATION cloud", "https://usw3.example.org/saas"),
            ],
            "https://usw3-ing.example.org",
            id="the product of the jobs, however it is spelled and wherever it is hosted",
        ),
        pytest.param(
            [("CDI", "https://cdi.example.org/saas"), ("Other", "https://usw1.dm2-us.informaticacloud.com/saas")],
            "https://usw1-ing.dm2-us.informaticacloud.com",
            id="otherwise the first on the login's own domain",
        ),
        pytest.param(
            [("Integration Cloud", "ftp://x"), ("Other", "https://usw1.dm2-us.informaticacloud.com/saas")],
            "https://usw1-ing.dm2-us.informaticacloud.com",
            id="the product of the jobs only if its address is usable",
        ),
        pytest.param(
            [
                ("Integration Cloud", None),
                ("A", "https://informaticacloud.com.example.org"),
                ("B", "https://xinformaticacloud.com"),
            ],
            None,
            id="no other domain, however similar",
        ),
        pytest.param(
            [
                ("Integration Cloud", "https://usw1..informaticacloud.com/saas"),
                ("Integration Cloud", "https://xn--a.informaticacloud.com/saas"),
                ("Integration Cloud", f"https://{'x' * 60}.informaticacloud.com/saas"),
            ],
            None,
            id="no host that can't be looked up",
        ),
        pytest.param([], None, id="none without a product"),
    ],
)
async def test_which_product_is_taken(products: list[tuple[str, object]], server: str | None) -> None:
    """Of an organisation's products, the one that the jobs belong to names the server; a session goes to no other
    domain than the login's."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"https://{request.url.host}")
        named = [{"name": name, "baseApiUrl": address} for name, address in products]
        return httpx.Response(200, json={"userInfo": {"sessionId": "S"}, "products": named, "status": "Stopped"})

    url, transport = "https://dm-us.informaticacloud.com", httpx.MockTransport(answer)
    async with connected(url, "u", "p", transport=transport, connections=1) as service:
        if server is None:
            with pytest.raises(BadAnswer, match="INFORMATICA_SERVER_URI"):
                await service.job(DOCUMENTED)
        else:
            await service.job(DOCUMENTED)
    assert asked[1:] == [server] * (server is not None)


def test_the_domain_of_a_host_under_a_country() -> None:
    """Two hosts under "co.uk" are of different owners."""
    usable = [Product("A", "https://a.other.co.uk"), Product("B", "https://b.ours.co.uk/saas")]
    assert server_of(usable, "https://login.ours.co.uk") == "https://b-ing.ours.co.uk"


async def test_an_error_raised_again_does_not_grow(connect: Connect) -> None:
    """The remembered refusal is a new error each time: raised for months, one error would grow its traceback."""
    errors: list[JobsServiceError] = []
    async with connect(password="wrong") as service:
        for _ in range(3):
            with pytest.raises(LoginRefused) as caught:
                await service.log_in()
            errors.append(caught.value)

    assert len({id(error) for error in errors}) == 3
    assert len({(str(error), error.request_id) for error in errors}) == 1
