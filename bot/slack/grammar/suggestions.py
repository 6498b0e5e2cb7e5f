"""Suggest the commands that a person may have mistyped."""

import difflib
from collections.abc import Sequence

from bot.slack.grammar.tokens import Token


def suggest_commands(tokens: Sequence[Token], keywords: Sequence[str]) -> Sequence[str]:
    """The keywords that the first token may misspell, the nearest first; none if the tokens rather look like a job's
    name.

    One-word names contain a hyphen, an underscore or a digit. Keywords don't, and seldom stand alone.
    """
    looks_like_a_name = any(character in "-_" or character.isdigit() for character in tokens[0].text)
    if len(tokens) == 1 and looks_like_a_name:
        return []
    return _nearest(tokens[0].key, keywords)


def _nearest(word: str, keywords: Sequence[str]) -> Sequence[str]:
    """The only keyword that starts with the word, otherwise the most similar ones."""
    completed = [keyword for keyword in keywords if len(word) > 1 and keyword.startswith(word)]
    if len(completed) == 1:
        return completed
    similar = difflib.get_close_matches(word, keywords, n=2, cutoff=0.6)
    # One letter wrong is likelier than two left out: “dist” is rather “list” than “digest”.
    return sorted(similar, key=lambda keyword: abs(len(keyword) - len(word)) > 1)
