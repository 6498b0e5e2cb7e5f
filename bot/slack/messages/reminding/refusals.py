"""Why a watch can't escalate to somebody, or have them as its owner. Nothing was changed then."""

from bot.slack.messages.blocks import Line, Message, channel, message, person
from bot.slack.messages.delivery_problems import delivery_problem


def not_a_member(named: str, *, as_owner: bool = False) -> Message:
    """They don't belong to this workspace, or not any more."""
    only = "The owner must be a member" if as_owner else "I can only escalate to members"
    return message(
        [f"{only} of this workspace, and ", person(named), " isn't one, so nothing was changed."],
        ["Name somebody else."],
    )


def not_myself(*, as_owner: bool = False) -> Message:
    """The bot was named, which Slack offers in its menus of people."""
    what = "I can't be the owner" if as_owner else "I can't escalate to myself"
    return message(
        [f"{what}: nobody would take care of the job, so nothing was changed."],
        ["Name a person or a user group."],
    )


def not_an_app(app: str, *, as_owner: bool = False) -> Message:
    """Another bot was named, which Slack offers as well."""
    what: Line = [person(app), " can't be the owner"] if as_owner else ["I can't escalate to ", person(app)]
    return message(
        [*what, ": it's an app, and nobody would take care of the job, so nothing was changed."],
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


def not_by_guests() -> Message:
    """A guest's own watch can't escalate to somebody else."""
    return message(
        ["Guests can't escalate to others by direct message, so nothing was changed."],
        ["Name yourself, or ask a member of this workspace."],
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
