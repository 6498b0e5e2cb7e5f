"""`settings`: a form, not a line."""

from bot.slack.grammar.commands import OpenSettings
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse


def test_settings_are_chosen_in_a_form() -> None:
    """`settings` opens it however it is spelled; what follows is explained, with a line that works."""
    for typed in ("settings", " SETTINGS "):
        assert parse(typed) == OpenSettings(), typed
    for typed in ("settings threads off", "settings now"):
        error = parse(typed)
        assert isinstance(error, GrammarError), typed
        assert error.problem.endswith("after “settings”."), typed
        assert parse(error.example) == OpenSettings()
