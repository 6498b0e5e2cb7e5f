"""Why Slack doesn't do what the bot asks, in words for people."""

from dataclasses import dataclass

from bot.slack.messages.text import capitalized, shorten


@dataclass(frozen=True)
class DeliveryProblem:
    """`reason` is a clause, `remedy` an order without its full stop.

    `resumes_alerts` says whether the bot notices by itself that the remedy was carried out.
    """

    reason: str
    remedy: str
    resumes_alerts: bool = False

    @property
    def to_do(self) -> str:
        """The remedy as the beginning of a sentence."""
        return capitalized(self.remedy)


_NOT_A_MEMBER = DeliveryProblem("I'm not in the channel, or it was deleted", "invite me again", resumes_alerts=True)
_RESTRICTED = DeliveryProblem("posting there is restricted", "allow me to post there")
NO_DIRECT_MESSAGES = DeliveryProblem(
    "I can't send direct messages", "ask whoever manages this app to turn on its Messages tab"
)
_DEACTIVATED = DeliveryProblem("the person's Slack account is deactivated", "have the account reactivated")
_LIMITED = DeliveryProblem("Slack limits how much I send", "wait a minute")
_UNWELL = DeliveryProblem("Slack has a problem of its own", "wait until Slack is well again")
_UNREACHABLE = DeliveryProblem("I couldn't reach Slack", "wait until Slack can be reached again")
_FORBIDDEN = DeliveryProblem("my app lacks a permission in Slack", "ask whoever manages this app to grant it")
_LATE = DeliveryProblem("it waits three seconds at most", "try again")
_PROBLEMS = {
    "is_archived": DeliveryProblem("the channel is archived", "unarchive it", resumes_alerts=True),
    "messages_tab_disabled": NO_DIRECT_MESSAGES,
    "cannot_dm_bot": NO_DIRECT_MESSAGES,
    "account_inactive": _DEACTIVATED,
    "user_disabled": _DEACTIVATED,
    "user_not_found": _DEACTIVATED,
    "user_not_visible": _DEACTIVATED,
    **dict.fromkeys(("ratelimited", "rate_limited", "message_limit_exceeded"), _LIMITED),
    **dict.fromkeys(("service_unavailable", "internal_error", "fatal_error", "request_timeout"), _UNWELL),
    **dict.fromkeys(("timed_out", "unknown_host", "connection_refused", "connection_lost", "tls_failed"), _UNREACHABLE),
    **dict.fromkeys(("missing_scope", "no_permission"), _FORBIDDEN),
    **dict.fromkeys(("expired_trigger_id", "trigger_expired"), _LATE),
}


def delivery_problem(code: str) -> DeliveryProblem:
    """What one of Slack's error codes means, or one of ours in its style."""
    if is_not_a_member(code):
        return _NOT_A_MEMBER
    if code.startswith("restricted_action"):
        return _RESTRICTED
    return _PROBLEMS.get(code) or DeliveryProblem(f"Slack reports “{shorten(code, 30)}”", "fix that")


def unreached_person(code: str) -> str:
    """Why a direct message reaches nobody, as a clause. Of a person whom it can't write to, Slack may say that there is
    no such channel."""
    if is_not_a_member(code) or _PROBLEMS.get(code) is _DEACTIVATED:
        return "their account is deactivated, or I can't message it"
    return delivery_problem(code).reason


def is_not_a_member(code: str) -> bool:
    """Whether an invitation helps. For a private channel that the bot isn't in, Slack says channel_not_found."""
    return code in ("not_in_channel", "channel_not_found")
