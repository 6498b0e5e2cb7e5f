"""Failures: why a command wasn't carried out."""

from collections.abc import Iterator

from bot.demo.page.gallery.cast import COMMAND, ORDERS, OTHER, Cast
from bot.demo.page.gallery.example import Example, private
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse
from bot.slack.messages import failures
from bot.slack.messages.modals import job_details
from bot.slack.watch_form import problems

_AGAIN = f"{COMMAND} watch {ORDERS}"
_MISTYPED = ("wach orders-to-lake", "watch orders-to-lake to", "watch orders-to-lake on", "list page x", "history")


def mistyped(cast: Cast) -> Iterator[Example]:
    """Commands that can't be read."""
    for line in _MISTYPED:
        error = parse(line)
        if isinstance(error, GrammarError):
            yield private(f"{COMMAND} {line}", failures.grammar_error, error, command=COMMAND)


def failed(cast: Cast) -> Iterator[Example]:
    """Commands that can't be carried out."""
    it, bot = failures, "jobwatch"
    yield private("A mention that isn't a command", it.mention_not_understood, bot_name=bot, command=COMMAND)
    yield private("The bot isn't in the channel", it.cannot_post, _AGAIN, bot_name=bot, why="not_in_channel")
    away = {"why": "is_archived", "elsewhere": OTHER}
    yield private(
        "Another channel is archived", it.cannot_post, f"{_AGAIN} to <#{OTHER}|general>", bot_name=bot, **away
    )
    yield private("Direct messages are off", it.cannot_message_you, "messages_tab_disabled")
    yield private("Too many requests", it.busy, _AGAIN)
    yield private("Too many requests of yours", it.busy_with_yours, _AGAIN)
    yield private("Too many searches", it.still_searching)
    yield private("Somebody of another company", it.not_for_strangers)
    yield private("Slack doesn't say who asks", it.workspace_unknown, _AGAIN)
    yield private("Slack doesn't say who asks, maybe a stranger", it.workspace_unknown)
    yield private("The bot was restarted", it.interrupted, _AGAIN)
    yield private("It took too long", it.took_too_long, _AGAIN)
    yield private("The database is away", it.database_problem)
    yield private("A fault of the bot", it.internal_error)
    yield private("Slack didn't open the form", problems.cannot_open, _AGAIN, "expired_trigger_id")
    yield private("Slack didn't open the details", job_details.cannot_open, "expired_trigger_id")
