"""The login: one request with the password, and what its answer means.

Pages: "Login" of the REST API version 3, and "Login" of the identity service, version 1.
"""

import ipaddress
import json
import re
from http import HTTPStatus

import httpx

from bot.informatica.connections import Answer, Connections, error_of, redacted
from bot.informatica.errors import BadAnswer, GatewayAnswer, LoginRefused, NotFound
from bot.informatica.parse import parse_error
from bot.informatica.parse_login import Product, parse_login
from bot.network.addresses import is_possible_host

_V3 = "/saas/public/core/v3/login"
_V1 = "/identity-service/api/v1/Login"
# The service locks an account after repeated wrong passwords, and then answers with this code.
_LOCKED = "IDS_086"
# The service's codes: AUTH_01, IDS_086, INVALID_REQUEST. A gateway sends a page, or JSON with a number or a phrase, or
# a word that repeats a status of HTTP or gRPC, or speaks of the gateway itself.
_CODE = re.compile(r"[A-Z][A-Z0-9_]+", re.ASCII)
_STATUSES_OF_GRPC = (
    *("INVALID_ARGUMENT", "PERMISSION_DENIED", "UNAUTHENTICATED", "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED"),
    *("UNAVAILABLE", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNKNOWN", "ABORTED", "CANCELLED"),
)
_REPEATING_STATUS = frozenset({"ACCESS_DENIED", *HTTPStatus.__members__, *_STATUSES_OF_GRPC})
_OF_GATEWAY = re.compile("RATE_?LIMIT|THROTTL|QUOTA|PROXY|GATEWAY|FIREWALL|WAF|API_?KEY")
_REFUSING = (400, 401, 403)
# Nobody else has these: they refuse with any status but those that ask to come back.
_OF_LOGIN = re.compile(r"(AUTH|IDS)_[0-9]+", re.ASCII | re.IGNORECASE)
_COME_BACK = (408, 425, 429)
# The product that the jobs belong to. An organisation may have others, on hosts that know nothing of its jobs.
_PRODUCT = "integration cloud"


class LoginResource:
    """Sends the password to the login of version 3, or of version 1 where version 3 doesn't exist.

    `server_uri` overrides the server that the answer names; version 1 names none.
    """

    def __init__(
        self, connections: Connections, login_url: str, username: str, password: str, server_uri: str | None
    ) -> None:
        self._connections = connections
        self._login_url = login_url.rstrip("/")
        self._server_uri = server_uri.rstrip("/") if server_uri else None
        self._credentials = (username, password)
        self._paths = [_V3, _V1]  # the one that worked last comes first

    async def log_in(self) -> tuple[str, str]:
        """Return a new session ID and its server. Raises LoginRefused, or any JobsServiceError."""
        answer = first = await self._send(self._paths[0])
        if _is_absent(first):
            answer = await self._send(self._paths[1])
            if _is_absent(answer):
                answer = first
            else:
                self._paths.reverse()
        session_id, products = _accepted(answer, self._credentials[1])
        return session_id, self._server_uri or server_of(products, self._login_url)

    async def _send(self, path: str) -> Answer:
        username, password = self._credentials
        # ASCII only: encoding a lone surrogate would fail with an error that quotes the password.
        content = json.dumps({"username": username, "password": password}).encode()
        return await self._connections.send("POST", self._login_url + path, content=content)


def _is_absent(answer: Answer) -> bool:
    """Whether no login exists there. Only then may the password be sent elsewhere: nothing can have refused it."""
    if answer.status in (404, 405):
        return not _refuses(answer.status, parse_error(answer.body)[0])
    return answer.status == 200 and answer.is_page


def _accepted(answer: Answer, password: str) -> tuple[str, list[Product]]:
    """Session ID and products. Raises LoginRefused only if the service's own code says so.

    A gateway's page with the same status says nothing about the password, so the login may be tried again. A code
    under a 200 is a refusal too: a retry could lock the account.
    """
    safe = redacted(answer, password)
    code, message, request_id = parse_error(safe.body)
    refusal = LoginRefused(status=answer.status, code=code, detail=message, request_id=request_id)
    if _refuses(answer.status, code):
        raise refusal
    if answer.status in _REFUSING:
        raise GatewayAnswer(status=answer.status, code=code, detail=message, request_id=request_id)
    if answer.status != 200 or answer.problem:
        error = error_of(safe)
        # A 404 here means that the login page is missing, not a job.
        raise BadAnswer(status=404, detail=message) if isinstance(error, NotFound) else error
    try:
        return parse_login(answer.body)
    except BadAnswer as error:
        raise (refusal if _is_services(code) else error) from None


def _refuses(status: int, code: str | None) -> bool:
    if code is None:
        return False
    of_login = _OF_LOGIN.fullmatch(code) is not None and 400 <= status < 500 and status not in _COME_BACK
    return code == _LOCKED or of_login or (_is_services(code) and status in _REFUSING)


def _is_services(code: str | None) -> bool:
    if code is None or code in _REPEATING_STATUS or _OF_GATEWAY.search(code):
        return False
    return _CODE.fullmatch(code) is not None


def server_of(products: list[Product], login_url: str) -> str:
    """The ingestion server of "Integration Cloud", or else of the first product on the login's own domain.

    That is the product's base address with "-ing" added to the pod's first label, and without "/saas". After a login
    over https only https is usable: http would expose the session ID. Raises BadAnswer if no address is usable.
    """
    login = httpx.URL(login_url)
    usable = [(product.name, url) for product in products if (url := _usable(product.address, login.scheme))]
    named = [url for name, url in usable if name.casefold() == _PRODUCT]
    at_home = [url for _, url in usable if _domain(url.host) == _domain(login.host)]
    for url in (*named, *at_home):
        path = url.path.rstrip("/").removesuffix("/saas")
        return str(httpx.URL(scheme=url.scheme, host=_ingestion(url.host), port=url.port, path=path)).rstrip("/")
    raise BadAnswer(status=200, detail="the answer to the login names no usable server; set INFORMATICA_SERVER_URI")


def _usable(address: str, login_scheme: str) -> httpx.URL | None:
    try:
        url = httpx.URL(address)
        _ = url.host  # decoded only now
    except (httpx.InvalidURL, UnicodeError):
        return None
    schemes = ("https",) if login_scheme == "https" else ("https", "http")
    return url if url.host and is_possible_host(_ingestion(url.host)) and url.scheme in schemes else None


def _domain(host: str) -> str:
    """The domain that a host's owner has registered: its last two labels, or three if the second is one like "co"."""
    labels = host.lower().rstrip(".").split(".")
    if _is_address(host) or len(labels) < 3:
        return host.lower()
    return ".".join(labels[-3 if len(labels[-2]) <= 3 and len(labels[-1]) == 2 else -2 :])


def _ingestion(host: str) -> str:
    pod, dot, domain = host.partition(".")
    if not dot or _is_address(host) or pod.endswith("-ing"):
        return host  # for example the demo's stand-in on loopback
    return f"{pod}-ing.{domain}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
