"""What can go wrong when the jobs service is asked.

* JobsServiceError        anything below; the one class to catch
  x NotFound              no such job, a purged run, or no permission to see it (HTTP 404)
  x NotAllowed            the account may not see it (403)
  x NotLoggedIn           the session is not accepted, though it is new (401)
    + LoginRefused        user name or password is refused: never tried again by this process
  x RateLimited                  asked to wait (429, 503); carries `retry_after`
  x Unreachable           no answer (time limit, DNS, refused, dropped) or a fault of its own (other 5xx)
  x BadAnswer             an answer that is none: wrong shape, too large, redirected, any other status
  x NoList                the organisation's list of jobs is not to be had with this account; IDs work all the same

No error holds a password, a session ID or an address: its text may stand in a log or in Slack.
"""

from bot.informatica.values import clean

# A detail is one line of a log or a message: the service's own words beyond this are noise.
_LONGEST_DETAIL = 200


class JobsServiceError(Exception):
    """The jobs service could not be asked, or answered with something else than the job.

    `status` is the HTTP status, None where no answer came. `code`, `request_id` and `detail` are the
    service's own words, cleaned and shortened; for an answer that made no sense `detail` says what was
    wrong with it.
    """

    _reason = "the jobs service could not be asked"
    _remedy = "Try again in a minute; what is watched is asked again by itself."

    def __init__(
        self,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        detail: str | None = None,
    ) -> None:
        super().__init__()
        self.status = status
        self.code = clean(code or "", _LONGEST_DETAIL) or None
        self.request_id = clean(request_id or "", _LONGEST_DETAIL) or None
        self.detail = clean(detail or "", _LONGEST_DETAIL) or None

    @property
    def reason(self) -> str:
        """Why, for a person: a clause that completes "can't see it now: …"."""
        return self._reason

    @property
    def remedy(self) -> str:
        """What a person can do about it: one sentence."""
        return self._remedy

    def __str__(self) -> str:
        facts = [
            f"HTTP {self.status}" if self.status is not None and str(self.status) not in self.reason else "",
            f"code {self.code}" if self.code else "",
            f"request {self.request_id}" if self.request_id else "",
        ]
        known = ", ".join(filter(None, facts))
        return self.reason + (f" ({known})" if known else "") + (f": {self.detail}" if self.detail else "")


class NotFound(JobsServiceError):
    """The service knows no such pair of dataflow and run, or hides it."""

    _reason = "the jobs service says there is no such job"
    _remedy = (
        "Check the dataflow ID and the run ID: a redeployment changes the run ID, old runs are purged, "
        "and a job that the bot's account may not see looks the same."
    )


class NoRun(NotFound):
    """No resource says which run a dataflow has now."""

    _reason = "the jobs service does not say which run it has now"
    _remedy = "Name its run ID too, behind the dataflow ID. Jobs that were never deployed have none."


class NotAllowed(JobsServiceError):
    """The account is known but may not see this."""

    _reason = "the jobs service does not let the bot's account see it"
    _remedy = "Ask an administrator of the Informatica organisation to let the bot's account view this job."


class NotLoggedIn(JobsServiceError):
    """The service does not accept the session, although it was obtained just now."""

    _reason = "the jobs service does not accept the bot's session"
    _remedy = "The bot logs in again by itself; if this lasts, ask an administrator to check the bot's account."


class LoginRefused(NotLoggedIn):
    """The user name or password was refused. Repeating it would lock the account, so nobody does."""

    _reason = "the jobs service refused the bot's log-in"
    _remedy = (
        "Correct INFORMATICA_USERNAME or INFORMATICA_PASSWORD (or unlock the account) and restart the bot: "
        "it does not try again by itself, since repeated wrong passwords lock the account."
    )


class RateLimited(JobsServiceError):
    """The service asks to be left alone for `retry_after` seconds; None where it did not say how long."""

    _reason = "the jobs service is busy"
    _remedy = "Try again in a few minutes; what is watched is asked again by itself, less often."

    def __init__(
        self,
        *,
        retry_after: float | None = None,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        detail: str | None = None,
    ) -> None:
        super().__init__(status=status, code=code, request_id=request_id, detail=detail)
        self.retry_after = retry_after


class Unreachable(JobsServiceError):
    """No answer came (`status` None; `timed_out` says whether for want of time), or a fault of its own."""

    _remedy = "Try again in a minute; if this lasts, see the status page of Informatica Cloud."

    def __init__(
        self,
        *,
        timed_out: bool = False,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        detail: str | None = None,
    ) -> None:
        super().__init__(status=status, code=code, request_id=request_id, detail=detail)
        self.timed_out = timed_out

    @property
    def reason(self) -> str:
        """Why, for a person: too late, not there, or a fault of its own."""
        if self.timed_out:
            return "the jobs service did not answer in time"
        if self.status is None:
            return "the jobs service could not be reached"
        return f"the jobs service has a fault of its own (HTTP {self.status})"


class BadAnswer(JobsServiceError):
    """Something answered that does not speak as the jobs service does."""

    _reason = "the jobs service gave an answer that makes no sense to the bot"
    _remedy = (
        "Try again in a minute; if this lasts, check INFORMATICA_LOGIN_URL and INFORMATICA_SERVER_URI, "
        "and any proxy in between."
    )


class NoList(JobsServiceError):
    """The organisation's list is refused or missing: jobs can't be found by name, and are seen by their IDs as ever."""

    _reason = "the jobs service does not list this organisation's jobs for the bot's account"
    _remedy = (
        "Name the job by its dataflow ID and run ID, or ask an administrator of the Informatica organisation "
        "to let the bot's account list jobs."
    )

    @classmethod
    def because(cls, error: JobsServiceError) -> "NoList":
        """The list's refusal, with what the service said."""
        return cls(status=error.status, code=error.code, request_id=error.request_id, detail=error.detail)
