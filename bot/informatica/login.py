"""The log-in itself: one request with the password, and what its answer means.

Pages: "Login" of the REST API version 3, and "Login" of the identity service, version 1.
"""

import ipaddress
import json

import httpx

from bot.informatica.connection import Answer, Connection, error_of, redacted
from bot.informatica.errors import BadAnswer, LoginRefused, NotFound
from bot.informatica.parse import parse_error
from bot.informatica.parse_login import parse_login

_V3 = "/saas/public/core/v3/login"
_V1 = "/identity-service/api/v1/Login"
# The service locks an account after repeated wrong passwords and then says this.
_LOCKED = "IDS_086"


class LoginResource:
    """Sends the password to the log-in of version 3, and to that of version 1 where the other does not exist.

    `server_uri` overrides the server that the answer leads to; version 1 leads to none.
    """

    def __init__(self, line: Connection, login_url: str, username: str, password: str, server_uri: str | None) -> None:
        self._line = line
        self._login_url = login_url.rstrip("/")
        self._server_uri = server_uri.rstrip("/") if server_uri else None
        self._credentials = (username, password)
        self._paths = [_V3, _V1]  # what worked last comes first

    async def log_in(self) -> tuple[str, str]:
        """A new session ID, and the server that takes it. Raises LoginRefused, or any JobsServiceError."""
        answer = first = await self._send(self._paths[0])
        if _is_absent(first):
            answer = await self._send(self._paths[1])
            if _is_absent(answer):
                answer = first
            else:
                self._paths.reverse()
        session_id, addresses = _accepted(answer, self._credentials[1])
        return session_id, self._server_uri or server_of(addresses, secure=self._login_url.startswith("https:"))

    async def _send(self, path: str) -> Answer:
        username, password = self._credentials
        # ASCII only: a password with half a surrogate pair must not fail with a text that quotes it.
        content = json.dumps({"username": username, "password": password}).encode()
        return await self._line.ask("POST", self._login_url + path, content=content)


def _is_absent(answer: Answer) -> bool:
    """Whether nothing is there that could have judged the password: else it must not be sent again."""
    if answer.status in (404, 405):
        return parse_error(answer.body)[0] != _LOCKED
    return answer.status == 200 and answer.body.lstrip().startswith(b"<")


def _accepted(answer: Answer, password: str) -> tuple[str, list[str]]:
    """Session ID and base addresses. An error's code under 200 is a refusal too: better silent than locked out."""
    told = redacted(answer, password)
    code, message, request_id = parse_error(told.body)
    refusal = LoginRefused(status=answer.status, code=code, detail=message, request_id=request_id)
    if answer.status in (400, 401, 403) or code == _LOCKED:
        raise refusal
    if answer.status != 200 or not answer.whole:
        error = error_of(told)
        # What a log-in does not find is the page, not a job.
        raise BadAnswer(status=404, detail=message) if isinstance(error, NotFound) else error
    try:
        return parse_login(answer.body)
    except BadAnswer as error:
        raise (refusal if code else error) from None


def server_of(addresses: list[str], *, secure: bool) -> str:
    """The ingestion server that the products' base addresses lead to: the pod's first label and "-ing", no "/saas".

    With `secure` only https is taken: the session ID would go over the wire in clear. Raises BadAnswer
    when no address will do.
    """
    for address in addresses:
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL:
            continue
        if url.host and url.scheme in (("https",) if secure else ("https", "http")):
            path = url.path.rstrip("/").removesuffix("/saas")
            return str(httpx.URL(scheme=url.scheme, host=_ingestion(url.host), port=url.port, path=path)).rstrip("/")
    raise BadAnswer(status=200, detail="the answer to the log-in names no server; set INFORMATICA_SERVER_URI")


def _ingestion(host: str) -> str:
    pod, dot, domain = host.partition(".")
    if not dot or _is_address(host) or pod.endswith("-ing"):
        return host  # the demo's stand-in on loopback, say
    return f"{pod}-ing.{domain}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
