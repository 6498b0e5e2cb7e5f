"""The session with the jobs service: one for everybody, one log-in at a time, and none after a refusal."""

import asyncio
import ipaddress
import json
import math
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field

import httpx
import structlog

from bot.informatica.errors import BadAnswer, JobsServiceError, LoginRefused, NotFound, NotLoggedIn
from bot.informatica.exchange import Answer, Line, blotted, failure
from bot.informatica.parse import parse_error, parse_login

log = structlog.get_logger(__name__)

_PATH = "/saas/public/core/v3/login"
# The service locks an account after repeated wrong passwords and then says this.
_LOCKED = "IDS_086"
# Seconds between log-ins that replace a session: where the service says 401 to everything, a log-in would
# else become a part of every look.
_RENEWAL_PAUSE = 60.0
# Seconds between failed log-ins: 2, 4, 8 … 60; a Retry-After is honoured up to five minutes.
_LONGEST_PAUSE = 60.0
_LONGEST_RETRY_AFTER = 300.0


@dataclass(frozen=True, eq=False)
class LoggedIn:
    """One session ID, and the server (scheme and host) that takes it."""

    session_id: str = field(repr=False)
    server: str

    @property
    def headers(self) -> dict[str, str]:
        """What a request carries to be let in."""
        return {"IDS-SESSION-ID": self.session_id}


class Session:
    """Owns the session ID. However many ask at once, one log-in is sent; its end is everybody's.

    Page: "Login" of the REST API version 3. `server_uri` overrides the server that the log-in's answer
    leads to. `refused` holds the service's refusal, after which no log-in is sent by this process.
    """

    def __init__(
        self,
        line: Line,
        login_url: str,
        username: str,
        password: str,
        server_uri: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = line
        self._login_url = login_url.rstrip("/")
        self._server_uri = server_uri.rstrip("/") if server_uri else None
        self._credentials = (username, password)
        self._clock = clock
        self._current: LoggedIn | None = None
        self._attempt: asyncio.Task[LoggedIn | JobsServiceError] | None = None
        self._failed: JobsServiceError | None = None
        self._failures = 0
        self._not_before = 0.0
        self._renewed_at = -math.inf
        self.refused: LoginRefused | None = None

    async def current(self) -> LoggedIn:
        """The session; logs in if there is none. Raises LoginRefused, or any JobsServiceError of a failed log-in."""
        if self._current is not None:
            return self._current
        # Errors are copied: one that is raised again and again grows its traceback each time.
        if self.refused is not None:
            raise copy(self.refused)
        if self._failed is not None and self._clock() < self._not_before:
            raise copy(self._failed)
        # A task of its own, and shielded: whoever gives up waiting must not take the others' log-in along.
        if self._attempt is None:
            self._attempt = asyncio.create_task(self._log_in())
        outcome = await asyncio.shield(self._attempt)
        if isinstance(outcome, JobsServiceError):
            raise copy(outcome)
        return outcome

    async def renewed(self, rejected: LoggedIn) -> LoggedIn:
        """Another session than the `rejected` one: somebody else's newer one, or a new one.

        Raises NotLoggedIn when one was replaced less than a minute ago: it has not expired. Else as `current`.
        """
        if self._current is rejected:
            if self._clock() - self._renewed_at < _RENEWAL_PAUSE:
                raise NotLoggedIn(status=401, detail="a session obtained just now is not accepted")
            self._renewed_at = self._clock()
            self._current = None
        return await self.current()

    async def close(self) -> None:
        """End a log-in that is under way."""
        if self._attempt is not None:
            self._attempt.cancel()
            await asyncio.wait([self._attempt])

    async def _log_in(self) -> LoggedIn | JobsServiceError:
        """One log-in. Returns its error rather than raising it: nobody may be left to hear it."""
        try:
            self._current = await self._request()
        except JobsServiceError as error:
            self._note(error)
            return error
        finally:
            self._attempt = None
        self._failed, self._failures = None, 0
        log.info("logged in to the jobs service", server=self._current.server)
        return self._current

    def _note(self, error: JobsServiceError) -> None:
        if isinstance(error, LoginRefused):
            self.refused = error
            log.error("log-in refused; it will not be tried again", error=str(error), remedy=error.remedy)
            return
        self._failed, self._failures = error, self._failures + 1
        asked = min(getattr(error, "retry_after", None) or 0.0, _LONGEST_RETRY_AFTER)
        pause = max(asked, min(2.0 ** min(self._failures, 10), _LONGEST_PAUSE))
        self._not_before = self._clock() + pause
        log.warning("log-in failed", error=str(error), again_in=pause)

    async def _request(self) -> LoggedIn:
        username, password = self._credentials
        answer = await self._line.ask(
            "POST",
            self._login_url + _PATH,
            # ASCII only: a password with half a surrogate pair must not fail with a text that quotes it.
            content=json.dumps({"username": username, "password": password}).encode(),
        )
        session_id, addresses = _accepted(answer, password)
        server = self._server_uri or server_of(addresses, secure=self._login_url.startswith("https:"))
        return LoggedIn(session_id, server)


def _accepted(answer: Answer, password: str) -> tuple[str, list[str]]:
    """Session ID and base addresses. An error's code under 200 is a refusal too: better silent than locked out."""
    told = blotted(answer, password)
    code, message, request_id = parse_error(told.body)
    refusal = LoginRefused(status=answer.status, code=code, detail=message, request_id=request_id)
    if answer.status in (400, 401, 403) or code == _LOCKED:
        raise refusal
    if answer.status != 200 or not answer.whole:
        error = failure(told)
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
