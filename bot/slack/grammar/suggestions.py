"""Suggest the command that a person mistyped."""

import difflib
from collections.abc import Sequence

from bot.slack.grammar.tokens import Token


def suggest_command(tokens: Sequence[Token], keywords: Sequence[str]) -> str | None:
    """The keyword that the first token misspells, None if the tokens rather look like a job's name.

    One-word names contain a hyphen, an underscore or a digit. Keywords don't, and seldom stand alone.
    """
    looks_like_a_name = any(character in "-_" or character.isdigit() for character in tokens[0].text)
    if len(tokens) == 1 and looks_like_a_name:
        return None
    return _nearest(tokens[0].key, keywords)


def _nearest(word: str, keywords: Sequence[str]) -> str | None:
    """The only keyword that starts with the word, otherwise the most similar one."""
    completed = [keyword for keyword in keywords if len(word) > 1 and keyword.startswith(word)]
    close = completed if len(completed) == 1 else difflib.get_close_matches(word, keywords, n=1, cutoff=0.6)
    return close[0] if close else None
