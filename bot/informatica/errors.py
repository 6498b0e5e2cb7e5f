"""What can go wrong with a request to the jobs service.

* JobsServiceError        anything below; the one class to catch
  x NotFound              no such job, a purged run, or no permission to view it (HTTP 404)
    + NoRun               no resource knows the dataflow's current run
  x SuccessorUnknown      a run has ended, and whether another one follows can't be asked now
  x NotAllowed            the account may not view it (403)
  x NotLoggedIn           the session is not accepted, although it is new (401)
    + LoginRefused        user name or password refused: this process never tries them again
  x RateLimited           asked to wait (429, 503); carries `retry_after`
  x Unreachable           no answer (time limit, DNS, refused, dropped), or a server error (other 5xx)
    + UntrustedCertificate  the server, or one in its place, shows a certificate that this machine doesn't trust
    + GatewayAnswer       a page of a proxy, firewall or content network in place of the service's answer
  x BadAnswer             an answer the bot can't use: wrong shape, too large, redirected, any other status
  x NoList                the account can't list the organisation's jobs; look-ups by ID still work

No error holds a password, a session ID or an address: its text may stand in a log or in Slack.
"""

from bot.informatica.values import clean

# A detail is one line of a log or a message: longer texts of the service are noise.
_MAX_DETAIL = 200
_CHECK_THE_WAY = (
    "The bot tries again automatically. If this lasts, check INFORMATICA_LOGIN_URL and INFORMATICA_SERVER_URI, the "
    "network, DNS, HTTPS_PROXY and NO_PROXY."
)


class JobsServiceError(Exception):
    """A request to the jobs service failed.

    `status` is the HTTP status, None without an answer. `code`, `request_id` and `detail` are the service's own
    words, cleaned and shortened; for an answer that can't be used, `detail` says what is wrong with it.
    """

    _reason = "the request to the jobs service failed"
    _remedy = "Try again in a minute. Watched jobs are checked again automatically."
    _operator_remedy: str | None = None

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
        self.code = clean(code or "", _MAX_DETAIL) or None
        self.request_id = clean(request_id or "", _MAX_DETAIL) or None
        self.detail = clean(detail or "", _MAX_DETAIL) or None

    @property
    def reason(self) -> str:
        """Why, for people: a clause that completes "can't check it now: …"."""
        return self._reason

    @property
    def remedy(self) -> str:
        """What a member of a channel can do about it, in one or two sentences."""
        return self._remedy

    @property
    def operator_remedy(self) -> str:
        """What whoever runs the bot can do about it; may name settings."""
        return self._operator_remedy or self._remedy

    def __str__(self) -> str:
        facts = [
            f"HTTP {self.status}" if self.status is not None and str(self.status) not in self.reason else "",
            f"code {self.code}" if self.code else "",
            f"request {self.request_id}" if self.request_id else "",
        ]
        known = ", ".join(filter(None, facts))
        return self.reason + (f" ({known})" if known else "") + (f": {self.detail}" if self.detail else "")


class NotFound(JobsServiceError):
    """The service doesn't know this dataflow and run, or hides them."""

    _reason = "the jobs service says there is no such job"
    _remedy = (
        "Check the dataflow ID and the run ID. A redeployment changes the run ID, old runs are purged, "
        "and jobs that the bot's account may not view look the same."
    )


class NoRun(NotFound):
    """No resource knows the dataflow's current run."""

    _reason = "the jobs service doesn't know its current run"
    _remedy = "Add the run ID after the dataflow ID. A job that was never deployed has none."


class SuccessorUnknown(JobsServiceError):
    """The jobs resource says that a run has ended or is missing, but no other resource names the current run now."""

    _reason = "the jobs service doesn't say whether it runs again"


class NotAllowed(JobsServiceError):
    """The account may not view this."""

    _reason = "the jobs service doesn't let the bot's account view it"
    _remedy = "Ask an Informatica administrator of your organisation to let the bot's account view this job."


class NotLoggedIn(JobsServiceError):
    """The service doesn't accept a session that it has just issued."""

    _reason = "the jobs service doesn't accept the bot's session"
    _remedy = "The bot logs in again automatically. If this lasts, ask an Informatica administrator about its account."


class LoginRefused(NotLoggedIn):
    """The service refused the user name or password. A repeated attempt would lock the account, so none is made."""

    _reason = "the jobs service refused the bot's login"
    _remedy = (
        "Ask whoever runs the bot to correct its Informatica login and restart it. "
        "The bot doesn't retry, because repeated wrong passwords lock the account."
    )
    _operator_remedy = (
        "Correct INFORMATICA_USERNAME or INFORMATICA_PASSWORD, or unlock the account; then restart the bot. "
        "It doesn't retry, because repeated wrong passwords lock the account."
    )


class RateLimited(JobsServiceError):
    """The service asks for no requests for `retry_after` seconds; None if it didn't say how long."""

    _reason = "the jobs service is busy"
    _remedy = "Try again in a few minutes. Watched jobs are checked again automatically, less often."

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

    @property
    def reason(self) -> str:
        """Why, for people: HTTP 503 says that the service is down, 429 that it is asked too often."""
        return "the jobs service is unavailable" if self.status == 503 else self._reason


class Unreachable(JobsServiceError):
    """No answer (`status` is None, `timed_out` says if the time limit passed), or a server error."""

    _remedy = "Try again in a minute. If this lasts, check the status page of Informatica Cloud."

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
        """Why, for people: timed out, unreachable, or a server error."""
        if self.timed_out:
            return "the jobs service didn't answer in time"
        if self.status is None:
            return "the jobs service can't be reached"
        return f"the jobs service failed (HTTP {self.status})"

    @property
    def operator_remedy(self) -> str:
        """What whoever runs the bot can do about it: without any answer, what leads to the service may be wrong."""
        return super().operator_remedy if self._operator_remedy or self.status is not None else _CHECK_THE_WAY


class UntrustedCertificate(Unreachable):
    """The server shows a certificate that this machine doesn't trust; `detail` says why. Nothing was sent."""

    _operator_remedy = (
        "If a proxy of your organisation inspects TLS, add its authority's certificate to this machine's trust store, "
        "or set SSL_CERT_FILE to a file with all trusted authorities. Otherwise check the address and the clock."
    )

    @property
    def reason(self) -> str:
        """Why, for people."""
        return "this machine doesn't trust the certificate of the jobs service"


class GatewayAnswer(Unreachable):
    """Something between the bot and the service answered. It says nothing about the account or a job."""

    _operator_remedy = (
        "The bot tries again automatically. If this lasts, check INFORMATICA_LOGIN_URL and INFORMATICA_SERVER_URI, "
        "and whether a proxy, a firewall or a list of allowed addresses blocks this machine."
    )

    @property
    def reason(self) -> str:
        """Why, for people."""
        return f"a gateway answered in place of the jobs service (HTTP {self.status})"


class BadAnswer(JobsServiceError):
    """An answer that isn't in the jobs service's format."""

    _reason = "the jobs service sent an answer that the bot can't read"
    _remedy = "Try again in a minute. If this lasts, ask whoever runs the bot to check its log."
    _operator_remedy = (
        "Try again in a minute. If this lasts, check INFORMATICA_LOGIN_URL, INFORMATICA_SERVER_URI and any proxy."
    )


class NoList(JobsServiceError):
    """The job list is refused or missing: jobs can't be found by name; look-ups by ID still work."""

    _reason = "the jobs service doesn't let the bot's account list the organisation's jobs"
    _remedy = (
        "Use the dataflow ID and run ID, or ask an Informatica administrator of your organisation "
        "to let the bot's account list jobs."
    )

    @classmethod
    def because(cls, error: JobsServiceError) -> "NoList":
        """The refusal of the list, with the service's own words from `error`."""
        return cls(status=error.status, code=error.code, request_id=error.request_id, detail=error.detail)
