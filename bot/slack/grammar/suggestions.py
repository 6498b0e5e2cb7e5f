"""Which verb was meant by a word that is none. Pure."""

import difflib
from collections.abc import Sequence

from bot.slack.grammar.tokens import Word


def meant_verb(words: Sequence[Word], verbs: Sequence[str]) -> str | None:
    """The verb that the first word is a misspelling of; None where the words are more likely a job's name.

    Names of one word have a hyphen, an underscore or a digit in them; verbs have none, and seldom stand alone.
    """
    is_like_a_name = any(character in "-_" or character.isdigit() for character in words[0].text)
    if len(words) == 1 and is_like_a_name:
        return None
    return _nearest(words[0].key, verbs)


def _nearest(word: str, verbs: Sequence[str]) -> str | None:
    """The verb that begins so; otherwise the one that is most like it."""
    begun = [verb for verb in verbs if len(word) > 1 and verb.startswith(word)]
    close = begun if len(begun) == 1 else difflib.get_close_matches(word, verbs, n=1, cutoff=0.6)
    return close[0] if close else None
