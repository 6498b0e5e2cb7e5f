"""Why a watch can't escalate to somebody. Nothing was changed then."""

from bot.slack.messages.blocks import Message, channel, message, person
from bot.slack.messages.delivery_problems import delivery_problem


def not_a_member(told: str) -> Message:
    """They don't belong to this workspace."""
    return message(
        ["I can only escalate to members of this workspace, and ", person(told), " isn't one, so nothing was changed."],
        ["Name somebody else."],
    )


def not_myself() -> Message:
    """The bot was named, which Slack offers in its menus of people."""
    return message(
        ["I can't escalate to myself: nobody would take care of the job, so nothing was changed."],
        ["Name a person or a user group."],
    )


def not_there(told: str, channel_id: str) -> Message:
    """A mention in that channel wouldn't reach them."""
    return message(
        [person(told), " isn't in ", channel(channel_id), " and would miss the mention, so nothing was changed."],
        ["Invite them to the channel, then try again, or name somebody else."],
    )


def no_group_by_message() -> Message:
    """A person's own watch can't escalate to a user group."""
    return message(
        ["I can't escalate to a user group by direct message, so nothing was changed."],
        ["Name one person, or watch the job in a channel."],
    )


def cannot_check(told: str, code: str) -> Message:
    """Slack could not be asked about them; `code` is why."""
    return message(
        [
            "I couldn't ask Slack about ",
            person(told),
            f", so nothing was changed: {delivery_problem(code).reason}.",
        ],
        ["Try again in a minute."],
    )
