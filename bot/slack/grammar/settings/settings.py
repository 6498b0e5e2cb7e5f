"""`settings`: the form with the settings of a channel, or of a person's direct messages."""

from bot.slack.grammar.commands import OpenSettings
from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.tokens import Token, text_of


def read_settings(tokens: list[Token]) -> OpenSettings | GrammarError:
    """Read what follows "settings": nothing, since the form has a field for each of them."""
    if not tokens:
        return OpenSettings()
    problem = f"I don't understand “{echo(text_of(tokens))}” after “settings”."
    return GrammarError(problem, "It opens a form, where you can change each setting.", "settings")
