"""The log-ins of the stand-in of the jobs service, and the sessions that they open."""

import asyncio
import base64
import json
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from aiohttp import web

from bot.demo.jobs_faults import Fault, Resource, plain_fault, refused
from bot.demo.jobs_misbehaving import Misbehaving
from bot.demo.jobs_runs import DOCUMENTED_JOB

SESSION_LIFE = 30 * 60.0
WRONG_PASSWORDS = 5


class Seen(NamedTuple):
    """A request that arrived: monotonic seconds, method, path, and whether it carried a live session.

    `who` is the ID of the session that it carried, live or not; None without one. Each bot process logs in for itself,
    so it tells them apart. `query` has the parameters, decoded.
    """

    at: float
    method: str
    path: str
    session: bool
    who: str | None = None
    query: dict[str, str] = {}  # noqa: RUF012 - a tuple's default, which nobody changes


class LogIns(Misbehaving):
    """Accounts and sessions.

    `session_length` is the number of characters of a session ID; with `jwt_life` (seconds) it is a JWT instead, that
    ends then whatever use is made of it. `v3_absent` is what stands in the place of the log-in of version 3:
    NOT_FOUND, METHOD or HTML.
    """

    def __init__(self, username: str, password: str, clock: Callable[[], float]) -> None:
        super().__init__()
        self.accounts = {username: password}
        self.sessions: dict[str, float] = {}
        self.logins: list[str] = []
        self.requests: list[Seen] = []
        self.session_length = 22
        self.jwt_life: float | None = None
        self.v3_absent: Fault | None = None
        self._asked = asyncio.Condition()
        self._ends: dict[str, float] = {}
        self._wrong: dict[str, int] = {}
        self._clock = clock

    def expire_sessions(self) -> None:
        """End every session, as thirty minutes without use would."""
        self.sessions.clear()

    async def asked_again(self, times: int, timeout: float = 20) -> None:
        """Until that many further requests came. Raises TimeoutError after `timeout` seconds."""
        enough = len(self.requests) + times
        async with asyncio.timeout(timeout), self._asked:
            await self._asked.wait_for(lambda: len(self.requests) >= enough)

    async def _note(self, request: web.Request, *, login: bool = False) -> bool:
        """Put a request on record; whether its session is live."""
        session_id = None if login else request.headers.get("IDS-SESSION-ID")
        live = self._use(session_id)
        seen = Seen(time.monotonic(), request.method, request.path, live, session_id, dict(request.query))
        async with self._asked:
            self.requests.append(seen)
            self._asked.notify_all()
        return live

    def _use(self, session_id: str | None) -> bool:
        last_used = self.sessions.get(session_id or "")
        if session_id is None or last_used is None:
            return False
        now = self._clock()
        if now - last_used > SESSION_LIFE or now >= self._ends.get(session_id, now + 1):
            self.sessions.pop(session_id)
            return False
        self.sessions[session_id] = now
        return True

    def _open(self, username: str) -> str:
        """A new session's ID."""
        if self.jwt_life is None:
            session_id = secrets.token_urlsafe(self.session_length)[: self.session_length]
        else:
            session_id = _jwt(username, self.jwt_life)
            self._ends[session_id] = self._clock() + self.jwt_life
        self.sessions[session_id] = self._clock()
        return session_id

    async def _login_v3(self, request: web.Request) -> web.StreamResponse:
        def body(session_id: str, username: str) -> dict[str, Any]:
            user = {"sessionId": session_id, "name": username, "orgId": DOCUMENTED_JOB["orgId"], "status": "Active"}
            product = {"name": "Integration Cloud", "baseApiUrl": f"http://{request.host}/saas"}
            return {"products": [product], "userInfo": user}

        if self.v3_absent is not None:
            await self._note(request, login=True)
            return plain_fault(self.v3_absent, None)
        return await self._login(request, body)

    async def _login_v1(self, request: web.Request) -> web.StreamResponse:
        def body(session_id: str, username: str) -> dict[str, Any]:
            expires = datetime.fromtimestamp(time.time() + SESSION_LIFE, UTC).isoformat().replace("+00:00", "Z")
            return {
                "sessionId": session_id,
                "sessionExpireTime": expires,
                "orgId": DOCUMENTED_JOB["orgId"],
                "currentUserName": username,
            }

        return await self._login(request, body)

    async def _login(self, request: web.Request, body: Callable[[str, str], dict[str, Any]]) -> web.StreamResponse:
        await self._note(request, login=True)
        given = await _credentials(request)
        self.logins.append(given[0] if given else "")
        if (fault := self._fault(Resource.LOGIN)) is not None:
            answer = await self._misbehave(fault, request, DOCUMENTED_JOB)
            if answer is not None:
                return answer
        if given is None or "IDS-SESSION-ID" in request.headers:
            return refused(400, "INVALID_REQUEST", "A log-in takes a username and a password as JSON, and no session")
        username, password = given
        if self._wrong.get(username, 0) >= WRONG_PASSWORDS:
            return refused(401, "IDS_086", "The account is locked after too many failed log-ins")
        if self.accounts.get(username) != password:
            self._wrong[username] = self._wrong.get(username, 0) + 1
            return refused(401, "AUTH_01", "The username or password is incorrect")
        self._wrong.pop(username, None)
        return web.json_response(body(self._open(username), username))


async def _credentials(request: web.Request) -> tuple[str, str] | None:
    try:
        match await request.json():
            case {"username": str(username), "password": str(password)}:
                return username, password
    except ValueError:
        pass
    return None


def _jwt(username: str, life: float) -> str:
    now = time.time()
    claims = {"sub": username, "iat": now, "exp": now + life, "jti": secrets.token_hex(8)}
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, secrets.token_bytes(64)))
