"""Why a command wasn't carried out, and what to do: what happened, why, what to do."""

from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse
from bot.slack.messages.blocks import Line, Message, channel, code, fallback, joined, line_to_copy, message, sanitize
from bot.slack.messages.buttons import button
from bot.slack.messages.delivery_problems import NO_DIRECT_MESSAGES, delivery_problem, is_not_a_member
from bot.slack.messages.text import capitalized


def grammar_error(error: GrammarError, *, command: str) -> Message:
    """What is wrong, what is right, and a line to copy; or instead a button for each thing that may have been meant."""
    meant = [(label, parse(line)) for label, line in error.choices]
    buttons = [button(label, press) for label, press in meant if not isinstance(press, GrammarError)]
    if buttons:
        lines: list[Line] = [line_to_copy(sanitize(f"{command} {line}", 250)) for _, line in error.choices]
        text = fallback([f"{error.problem} Did you mean: ", *joined(lines, ", ")])
        return message([error.problem, " Did you mean:"], buttons=buttons, text=text)
    return message([error.problem], [error.hint], ["Try: ", *line_to_copy(sanitize(f"{command} {error.example}", 250))])


def mention_not_understood(*, bot_name: str, command: str) -> Message:
    """A mention that isn't a command."""
    example = code(f"@{sanitize(bot_name)} status NAME")
    return message(["I don't understand that. Try ", example, " or ", code(f"{command} help"), "."])


def cannot_post(again: str, *, bot_name: str, why: str, elsewhere: str | None = None) -> Message:
    """The bot can't post in this channel, or in the one `elsewhere`. `again` is the line to repeat."""
    place: Line = [channel(elsewhere)] if elsewhere else ["this channel"]
    repeat: Line = [", then try again: ", *line_to_copy(sanitize(again, 200))]
    if not is_not_a_member(why):
        problem = delivery_problem(why)
        return message(["I can't post in ", *place, f": {problem.reason}."], [problem.to_do, *repeat])
    invite: Line = [
        "In that channel, type " if elsewhere else "Invite me with ",
        code(f"/invite @{sanitize(bot_name)}"),
    ]
    return message(["I can't post in ", *place, ": I'm not in it."], [*invite, *repeat])


def cannot_message_you(why: str) -> Message:
    """The bot can't send direct messages to the person who asked for them."""
    problem = delivery_problem(why)
    known: list[Line] = [] if problem is NO_DIRECT_MESSAGES else [[f"{capitalized(problem.reason)}."]]
    return message(
        ["I can't send you direct messages, so nothing was changed."],
        *known,
        ["Ask whoever manages this app to turn on its Messages tab."],
    )


def busy(again: str) -> Message:
    return message(["I have too many requests right now."], _in_a_moment(again))


def busy_with_yours(again: str) -> Message:
    """This person has as many requests under way as one may."""
    return message(["I'm still working on your other requests."], _in_a_moment(again))


def still_searching() -> Message:
    """This person has as many searches in menus under way as one may."""
    return message(["I'm still working on your other searches. Type another letter to search again."])


def not_for_strangers() -> Message:
    """The person belongs to another workspace, or the request does. One sentence, which says nothing of the jobs."""
    return message(["I only work for members of the workspace I'm installed in, so please ask one of them."])


def workspace_unknown(again: str = "") -> Message:
    """Slack could not be asked which workspace the bot is installed in, or whose the person is. Without a line to
    repeat it is one sentence, which says nothing of the jobs: they may be a stranger."""
    what = "I can't reach Slack to check who is asking."
    return message([what], _in_a_moment(again)) if again else message([f"{what} Try again in a moment."])


def interrupted(again: str) -> Message:
    return message(["I was restarted before this was done."], ["Try again: ", *line_to_copy(sanitize(again, 200))])


def took_too_long(again: str) -> Message:
    return message(["That took too long."], ["Try again: ", *line_to_copy(sanitize(again, 200))])


def database_problem() -> Message:
    return message(
        ["I can't reach my database, so nothing was changed. Try again in a minute."],
        ["If this keeps happening, tell whoever runs this bot."],
    )


def internal_error() -> Message:
    return message(["Something went wrong on my side. Tell whoever runs this bot: the details are in my log."])


def _in_a_moment(again: str) -> Line:
    return ["Try again in a moment: ", *line_to_copy(sanitize(again, 200))]
