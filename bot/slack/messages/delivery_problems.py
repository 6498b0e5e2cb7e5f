"""Why Slack doesn't accept messages to a channel or person, in words for people."""

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
_NO_DIRECT_MESSAGES = DeliveryProblem(
    "I can't send direct messages", "ask whoever manages this app to turn on its Messages tab"
)
_DEACTIVATED = DeliveryProblem("the person's Slack account is deactivated", "have the account reactivated")
_PROBLEMS = {
    "is_archived": DeliveryProblem("the channel is archived", "unarchive it", resumes_alerts=True),
    "messages_tab_disabled": _NO_DIRECT_MESSAGES,
    "cannot_dm_bot": _NO_DIRECT_MESSAGES,
    "account_inactive": _DEACTIVATED,
    "user_disabled": _DEACTIVATED,
    "user_not_found": _DEACTIVATED,
    "user_not_visible": _DEACTIVATED,
}


def delivery_problem(code: str) -> DeliveryProblem:
    """What one of Slack's error codes means for a channel or a person."""
    if is_not_a_member(code):
        return _NOT_A_MEMBER
    if code.startswith("restricted_action"):
        return _RESTRICTED
    return _PROBLEMS.get(code) or DeliveryProblem(f"Slack reports “{shorten(code, 30)}”", "fix that")


def is_not_a_member(code: str) -> bool:
    """Whether an invitation helps. For a private channel that the bot isn't in, Slack says channel_not_found."""
    return code in ("not_in_channel", "channel_not_found")
