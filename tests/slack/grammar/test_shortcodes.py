"""Names of emoji, as Slack writes what people type."""

import pytest

from bot.slack.grammar.commands import WatchAll
from bot.slack.grammar.parser import parse
from bot.slack.grammar.shortcodes import with_emoji


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (":rocket: orders", "🚀 orders"),
        ("orders :white_check_mark:", "orders ✅"),
        (":+1:", "👍"),
        (":flag-de: sales", "🇩🇪 sales"),
        (":wave::skin-tone-2:", "👋🏻"),
        (":large_green_circle: :large_blue_circle:", "🟢 🔵"),
        (":male-technologist:", "👨‍💻"),
        ("at 12:30:45", "at 12:30:45"),
        (":no_such_emoji:", ":no_such_emoji:"),
        ("a:b", "a:b"),
    ],
)
def test_a_name_of_an_emoji_is_the_emoji(typed: str, meant: str) -> None:
    """What Slack makes of a typed emoji is read as the emoji; anything else between colons stays."""
    assert with_emoji(typed) == meant


def test_a_pattern_may_hold_an_emoji() -> None:
    """Job names hold emoji, not their names, so a pattern does too."""
    assert parse("watch :rocket:*") == WatchAll("🚀*")
