"""The log-in of the jobs service, and its sessions."""

import base64
import json
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from bot.demo.informatica.faults import Fault, Faults, Refused, Resource, faulty_answer
from bot.demo.informatica.request_log import RequestLog
from bot.demo.informatica.runs import DOCUMENTED_JOB

SESSION_LIFE = 30 * 60.0
WRONG_PASSWORDS = 5


class Sessions:
    """The live sessions, each with the time of its last use.

    A session ID has `session_length` characters. With `jwt_life` (seconds), it is a JWT that ends after that time even
    if it is in use.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.live: dict[str, float] = {}
        self.session_length = 22
        self.jwt_life: float | None = None
        self._ends: dict[str, float] = {}
        self._clock = clock

    def use(self, session_id: str | None) -> bool:
        """Whether this session is live. Its use prolongs it."""
        last_used = self.live.get(session_id or "")
        if session_id is None or last_used is None:
            return False
        now = self._clock()
        if now - last_used > SESSION_LIFE or now >= self._ends.get(session_id, now + 1):
            del self.live[session_id]
            return False
        self.live[session_id] = now
        return True

    def open(self, username: str) -> str:
        """A new session's ID."""
        if self.jwt_life is None:
            session_id = secrets.token_urlsafe(self.session_length)[: self.session_length]
        else:
            session_id = _jwt(username, self.jwt_life)
            self._ends[session_id] = self._clock() + self.jwt_life
        self.live[session_id] = self._clock()
        return session_id


class LogIn:
    """The log-in of versions 3 and 1. `names` lists the usernames in the requests, in order.

    `v3_absent` is the answer of a service without version 3: NOT_FOUND, METHOD or HTML.
    """

    def __init__(self, accounts: dict[str, str], clock: Callable[[], float], faults: Faults, log: RequestLog) -> None:
        self.accounts = accounts
        self.names: list[str] = []
        self.v3_absent: Fault | None = None
        self.sessions = Sessions(clock)
        self._faults = faults
        self._log = log
        self._wrong: dict[str, int] = {}

    async def v3(self, request: web.Request) -> web.StreamResponse:
        def body(session_id: str, username: str) -> dict[str, Any]:
            user = {"sessionId": session_id, "name": username, "orgId": DOCUMENTED_JOB["orgId"], "status": "Active"}
            product = {"name": "Integration Cloud", "baseApiUrl": f"http://{request.host}/saas"}
            return {"products": [product], "userInfo": user}

        await self._log.add(request)
        return faulty_answer(self.v3_absent, None) if self.v3_absent else await self._answer(request, body)

    async def v1(self, request: web.Request) -> web.StreamResponse:
        def body(session_id: str, username: str) -> dict[str, Any]:
            expires = datetime.fromtimestamp(time.time() + SESSION_LIFE, UTC).isoformat().replace("+00:00", "Z")
            organisation = {"orgId": DOCUMENTED_JOB["orgId"], "currentUserName": username}
            return {"sessionId": session_id, "sessionExpireTime": expires, **organisation}

        await self._log.add(request)
        return await self._answer(request, body)

    async def _answer(self, request: web.Request, body: Callable[[str, str], dict[str, Any]]) -> web.StreamResponse:
        given = await _credentials(request)
        self.names.append(given[0] if given else "")
        if (fault := self._faults.take(Resource.LOGIN)) is not None:
            answer = await self._faults.answer(fault, request, DOCUMENTED_JOB)
            if answer is not None:
                return answer
        try:
            username = self._checked(request, given)
        except Refused as refused:
            return refused.answer
        return web.json_response(body(self.sessions.open(username), username))

    def _checked(self, request: web.Request, given: tuple[str, str] | None) -> str:
        if given is None or "IDS-SESSION-ID" in request.headers:
            words = "A log-in takes a username and a password as JSON, and no session"
            raise Refused(400, "INVALID_REQUEST", words)
        username, password = given
        if self._wrong.get(username, 0) >= WRONG_PASSWORDS:
            raise Refused(401, "IDS_086", "The account is locked after too many failed log-ins")
        if self.accounts.get(username) != password:
            self._wrong[username] = self._wrong.get(username, 0) + 1
            raise Refused(401, "AUTH_01", "The username or password is incorrect")
        self._wrong.pop(username, None)
        return username


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
