"""How much work a text is."""

import re
from collections import Counter
from typing import NamedTuple

import pytest

from bot.slack.grammar import tokens
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse, parse_ref
from tests import effort as counted

# Each of these, repeated, is a text in which clauses, quotes or statuses may begin everywhere.
_PIECES = [
    "on ",
    "on a ",
    "on error ",
    "on xerror ",
    "on aa to b ",
    "to ",
    "a, ",
    "'a ",
    "“",
    "1 ",
    "for 1 ",
    "until ",
    "<#",
    "*? ",
]
_STARTS = ["", "watch ", "watch orders ", "watch orders on ", "unwatch all ", "mute orders ", "jobs "]


def effort(text: str) -> int:
    """The effort of reading a text."""
    return counted.effort(lambda: parse(text))


@pytest.mark.parametrize("start", _STARTS)
def test_the_work_grows_with_the_length_of_the_text(start: str) -> None:
    """Twice the text is twice the work at most, whatever it repeats: nobody can stall the bot with a long line."""
    for piece in _PIECES:
        times = (900 - len(start)) // len(piece) // 2
        once, twice = effort(start + times * piece), effort(start + 2 * times * piece)
        assert twice <= 2.2 * once + 50, piece


def test_a_quote_without_a_partner_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quote that nothing closes has the rest of the text searched for its partner, and no other of its kind has."""
    searches: Counter[str] = Counter()

    class Sought(NamedTuple):
        kind: str
        pattern: re.Pattern[str]

        def match(self, text: str, at: int) -> re.Match[str] | None:
            searches[self.kind] += 1
            return self.pattern.match(text, at)

    monkeypatch.setattr(tokens, "_QUOTED", {kind: Sought(kind, found) for kind, found in tokens._QUOTED.items()})
    assert len(tokens.tokenize("'a " * 100 + "“b " * 100)) == 200
    assert sorted(searches.values()) == [1, 1]


def test_a_text_beyond_the_limit_is_not_read() -> None:
    """However long a text is, refusing it costs the same."""
    assert effort("watch " + "on " * 400) == effort("watch " + "on " * 100_000) < 30
    assert isinstance(parse_ref("on " * 400), GrammarError)
