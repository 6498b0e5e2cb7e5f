"""Why Slack refuses messages to a channel or person, in words for people."""

from dataclasses import dataclass

from bot.slack.messages.text import shorten


@dataclass(frozen=True)
class Obstacle:
    """Why somebody can't be told: `why` is a clause, `remedy` what people can do about it, as an order. `by_itself`
    says whether the bot notices that it was done."""

    why: str
    remedy: str
    by_itself: bool = False


_RESTRICTED = Obstacle("posting there is restricted", "let me post there")
_NO_DIRECT_MESSAGES = Obstacle(
    "I can't send direct messages", "have whoever manages this app switch its Messages tab on"
)
_NOBODY = Obstacle("there is no such person any more", "have the account reactivated")
_OBSTACLES = {
    "is_archived": Obstacle("the channel is archived", "unarchive it", by_itself=True),
    "messages_tab_disabled": _NO_DIRECT_MESSAGES,
    "cannot_dm_bot": _NO_DIRECT_MESSAGES,
    "account_inactive": _NOBODY,
    "user_disabled": _NOBODY,
    "user_not_found": _NOBODY,
    "user_not_visible": _NOBODY,
}


def obstacle(word: str) -> Obstacle:
    """What an error word of Slack's means for a channel or a person that was to be told."""
    if is_not_a_member(word):
        return Obstacle("I'm not a member of the channel (or it was deleted)", "invite me again", by_itself=True)
    if word.startswith("restricted_action"):
        return _RESTRICTED
    return _OBSTACLES.get(word) or Obstacle(f"Slack says “{shorten(word, 40)}”", "put that right")


def is_not_a_member(word: str) -> bool:
    """Whether an invitation would help: the second is Slack's word for a private channel that the bot is not in."""
    return word in ("not_in_channel", "channel_not_found")
