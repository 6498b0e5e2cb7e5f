"""Why a command could not be carried out, and what to do."""

from bot.slack.grammar.errors import GrammarError
from bot.slack.messages.blocks import Line, Message, channel, code, message, outside
from bot.slack.messages.delivery_problems import is_not_a_member, obstacle


def cannot_post(again: str, *, bot_name: str, why: str, elsewhere: str | None = None) -> Message:
    """The bot may not post in this channel, or in the one `elsewhere`: how to invite it, where that helps, and the line
    to repeat."""
    place: Line = [channel(elsewhere)] if elsewhere else ["this channel"]
    if not is_not_a_member(why):
        found = obstacle(why)
        return message(
            ["⚠️ I can't post in ", *place, f", so nothing would be told there: {found.why}."],
            [f"Please {found.remedy}, then say it again: ", code(outside(again, 200))],
        )
    say: Line = ["Say there: "] if elsewhere else ["Invite me: "]
    return message(
        ["⚠️ I'm not in ", *place, ", so I can't post there."],
        [*say, code(f"/invite @{outside(bot_name)}"), " – then say it again: ", code(outside(again, 200))],
    )


def cannot_message_you(why: str) -> Message:
    return message(
        ["⚠️ I can't send you direct messages, so I don't watch anything for you."],
        ["Slack says: ", code(outside(why)), ". Ask whoever manages this app to switch its Messages tab on."],
    )


def refusal(refused: GrammarError, *, command: str) -> Message:
    """What was wrong, what is right, and a line to copy."""
    return message([refused.problem], [refused.hint], ["Try: ", code(outside(f"{command} {refused.example}", 250))])


def busy(again: str) -> Message:
    return message(["I have too many requests under way. Please say it again in a moment: ", code(outside(again, 200))])


def interrupted(again: str) -> Message:
    return message(["I'm being restarted and could not finish. Please say it again: ", code(outside(again, 200))])


def took_too_long(again: str) -> Message:
    return message(["That took too long, so I stopped waiting. Please say it again: ", code(outside(again, 200))])


def database_problem() -> Message:
    return message(
        ["⚠️ I can't reach my own database now, so nothing was changed. Please say it again in a minute."],
        ["If it stays like this, tell whoever runs this bot."],
    )


def own_fault() -> Message:
    return message(["⚠️ Something went wrong on my side. It is in my log; please tell whoever runs this bot."])
