"""The session with the jobs service: one for everybody, one log-in at a time, and none after a refusal."""

import asyncio
import math
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field

import structlog

from bot.informatica.connection import Connection
from bot.informatica.errors import JobsServiceError, LoginRefused, NotLoggedIn
from bot.informatica.login import LoginResource
from bot.informatica.parse_login import life_of

log = structlog.get_logger(__name__)

# Seconds before the end of a session whose end is known at which the next one is fetched.
_AHEAD = 60.0
# Seconds between log-ins that replace a session: where the service says 401 to everything, a log-in would
# else become a part of every look.
_RENEWAL_PAUSE = 60.0
# Seconds between failed log-ins: 2, 4, 8 … 60; a Retry-After is honoured up to five minutes.
_LONGEST_PAUSE = 60.0
_LONGEST_RETRY_AFTER = 300.0


@dataclass(frozen=True, eq=False)
class Session:
    """One session ID, and the server (scheme and host) that takes it.

    `renew_at` and `ends_at` are seconds on the session's clock, where its ID says how long it lives: a JWT
    ends then, whatever use is made of it. Any other lives for as long as it is used.
    """

    session_id: str = field(repr=False)
    server: str
    renew_at: float = math.inf
    ends_at: float = math.inf

    @property
    def headers(self) -> dict[str, str]:
        """What a request carries to be let in."""
        return {"IDS-SESSION-ID": self.session_id}


class SessionManager:
    """Owns the session ID. However many ask at once, one log-in is sent; its end is everybody's.

    `server_uri` overrides the server that the log-in's answer leads to. `refused` holds the service's refusal,
    after which no log-in is sent by this process.
    """

    def __init__(
        self,
        line: Connection,
        login_url: str,
        username: str,
        password: str,
        server_uri: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._login_resource = LoginResource(line, login_url, username, password, server_uri)
        self._clock = clock
        self._current: Session | None = None
        self._attempt: asyncio.Task[Session | JobsServiceError] | None = None
        self._failed: JobsServiceError | None = None
        self._failures = 0
        self._not_before = 0.0
        self._renewed_at = -math.inf
        self.refused: LoginRefused | None = None

    async def current(self) -> Session:
        """The session; logs in if there is none. Raises LoginRefused, or any JobsServiceError of a failed log-in.

        One that is about to end is replaced in the background, and given out until it does.
        """
        held, now = self._current, self._clock()
        if held is not None and now < held.renew_at:
            return held
        unable = self._unable(now)
        if held is not None and now < held.ends_at:
            if unable is None:
                self._begin()
            return held
        if unable is not None:
            raise copy(unable)  # one that is raised again and again grows its traceback each time
        outcome = await asyncio.shield(self._begin())
        if isinstance(outcome, JobsServiceError):
            raise copy(outcome)
        return outcome

    def _unable(self, now: float) -> JobsServiceError | None:
        """Why no log-in may be sent now."""
        return self.refused or (self._failed if now < self._not_before else None)

    def _begin(self) -> asyncio.Task[Session | JobsServiceError]:
        """The log-in under way. A task of its own: whoever gives up waiting must not take the others' log-in along."""
        if self._attempt is None:
            self._attempt = asyncio.create_task(self._log_in())
        return self._attempt

    async def renewed(self, rejected: Session) -> Session:
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

    async def _log_in(self) -> Session | JobsServiceError:
        """One log-in. Returns its error rather than raising it: nobody may be left to hear it."""
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
            log.error("log-in refused; it will not be tried again", error=str(error), remedy=error.remedy)
            return
        self._failed, self._failures = error, self._failures + 1
        asked = min(getattr(error, "retry_after", None) or 0.0, _LONGEST_RETRY_AFTER)
        pause = max(asked, min(2.0 ** min(self._failures, 10), _LONGEST_PAUSE))
        self._not_before = self._clock() + pause
        log.warning("log-in failed", error=str(error), again_in=pause)

    async def _request(self) -> Session:
        asked = self._clock()
        session_id, server = await self._login_resource.log_in()
        life = life_of(session_id, time.time())
        if life is None:
            return Session(session_id, server)
        return Session(session_id, server, renew_at=asked + max(life - _AHEAD, life / 2), ends_at=asked + life)
