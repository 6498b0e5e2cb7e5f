"""The session with the jobs service: one for all requests, one login at a time, and none after a refusal."""

import asyncio
import math
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property

import httpx
import structlog

from bot.informatica.connections import Connections, request_headers
from bot.informatica.errors import JobsServiceError, LoginRefused, NotLoggedIn
from bot.informatica.login import LoginResource
from bot.informatica.parse_login import life_of

log = structlog.get_logger(__name__)

# Seconds before a session's known end at which the next one is fetched.
_RENEW_AHEAD = 60.0
# Seconds between logins that replace a rejected session: if the service answers 401 to everything, each look-up
# would otherwise log in.
_RENEWAL_PAUSE = 60.0
# Seconds between failed logins: 2, 4, 8 … 60. A Retry-After is honoured up to five minutes.
_MAX_PAUSE = 60.0
_MAX_RETRY_AFTER = 300.0


@dataclass(frozen=True, eq=False)
class Session:
    """A session ID, and the server (scheme and host) that accepts it.

    `renew_at` and `ends_at` are seconds on the manager's clock if the ID says how long it lives: a JWT ends then even
    if it is in use. Any other ID lives for as long as it is used.
    """

    session_id: str = field(repr=False)
    server: str
    renew_at: float = math.inf
    ends_at: float = math.inf

    @cached_property
    def headers(self) -> httpx.Headers:
        """The headers of a request with this session. Made once: it is sent with every poll."""
        return request_headers({"IDS-SESSION-ID": self.session_id})


class SessionManager:
    """Owns the session. Concurrent callers share one login and its outcome.

    `server_uri` overrides the server that the login's answer names. `refused` holds the service's refusal, after which
    this process sends no login.
    """

    def __init__(
        self,
        connections: Connections,
        login_url: str,
        username: str,
        password: str,
        server_uri: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._login_resource = LoginResource(connections, login_url, username, password, server_uri)
        self._clock = clock
        self._current: Session | None = None
        self._attempt: asyncio.Task[Session | JobsServiceError] | None = None
        self._failed: JobsServiceError | None = None
        self._failures = 0
        self._not_before = 0.0
        self._renewed_at = {True: -math.inf, False: -math.inf}  # for polls, and for optional resources
        self.refused: LoginRefused | None = None

    async def current(self) -> Session:
        """The session; logs in if there is none. Raises LoginRefused, or the JobsServiceError of a failed login.

        A session that is about to end is replaced in the background and stays in use until then.
        """
        held, now = self._current, self._clock()
        if held is not None and now < held.renew_at:
            return held
        obstacle = self._obstacle(now)
        if held is not None and now < held.ends_at:
            if obstacle is None:
                self._begin()
            return held
        return await self._next(now)

    async def confirm(self) -> None:
        """Raise why the latest login failed, also while an older session is in use; log in if there is none."""
        if (failure := self.refused or self._failed) is not None:
            raise copy(failure)
        await self.current()

    async def _next(self, now: float) -> Session:
        """A new session. Raises why there is none."""
        if (obstacle := self._obstacle(now)) is not None:
            raise copy(obstacle)  # an error raised again and again grows its traceback each time
        outcome = await asyncio.shield(self._begin())
        if isinstance(outcome, JobsServiceError):
            raise copy(outcome)
        return outcome

    def _obstacle(self, now: float) -> JobsServiceError | None:
        """Why no login may be sent now."""
        return self.refused or (self._failed if now < self._not_before else None)

    def _begin(self) -> asyncio.Task[Session | JobsServiceError]:
        """The login under way. A task of its own: a caller that stops waiting must not cancel it for the others."""
        if self._attempt is None:
            self._attempt = asyncio.create_task(self._log_in())
        return self._attempt

    async def renewed(self, rejected: Session, *, for_polls: bool = True) -> Session:
        """A session other than the `rejected` one: one that another caller got meanwhile, or a new one.

        A session that an optional resource rejects stays in use until the next one is there: polls may go on with it,
        whatever becomes of the login. Raises NotLoggedIn if a session was replaced less than a minute ago: this one
        can't have expired. Otherwise raises as `current` does.
        """
        if self._current is not rejected:
            return await self.current()
        now = self._clock()
        if now - self._renewed_at[for_polls] < _RENEWAL_PAUSE:
            raise NotLoggedIn(status=401, detail="a new session is not accepted")
        self._renewed_at[for_polls] = now
        if for_polls:
            self._current = None
        return await self._next(now)

    async def close(self) -> None:
        """Cancel a login that is under way."""
        if self._attempt is not None:
            self._attempt.cancel()
            await asyncio.wait([self._attempt])

    async def _log_in(self) -> Session | JobsServiceError:
        """Log in once. Returns its error rather than raising it: every caller may have stopped waiting."""
        try:
            self._current = await self._request()
        except JobsServiceError as error:
            self._remember_failure(error)
            return error
        finally:
            self._attempt = None
        self._failed, self._failures = None, 0
        log.info("logged in to the jobs service", server=self._current.server)
        return self._current

    def _remember_failure(self, error: JobsServiceError) -> None:
        if isinstance(error, LoginRefused):
            self.refused = error
            log.error("login refused, not retrying", error=str(error), remedy=error.operator_remedy)
            return
        is_news = self._failed is None or error.reason != self._failed.reason
        self._failed, self._failures = error, self._failures + 1
        retry_after = min(getattr(error, "retry_after", None) or 0.0, _MAX_RETRY_AFTER)
        pause = max(retry_after, min(2.0 ** min(self._failures, 10), _MAX_PAUSE))
        self._not_before = self._clock() + pause
        if is_news:  # once, not at every login of an outage; the next one that succeeds is logged
            log.warning("login failed, retrying", error=str(error), remedy=error.operator_remedy)

    async def _request(self) -> Session:
        asked_at = self._clock()
        session_id, server = await self._login_resource.log_in()
        life = life_of(session_id, time.time())
        if life is None:
            return Session(session_id, server)
        renew_at = asked_at + max(life - _RENEW_AHEAD, life / 2)
        return Session(session_id, server, renew_at=renew_at, ends_at=asked_at + life)
