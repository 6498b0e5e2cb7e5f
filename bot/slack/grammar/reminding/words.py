"""A cursor over the words of a clause: what it takes is a part of the clause."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.names import folded
from bot.domain.reminding import Failing
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.durations import parse_length
from bot.slack.grammar.tokens import Token, text_of

_MOST_TOKENS = 9  # for 1 day and 2 hours and 3 minutes
_NAMED_LENGTHS = {
    "minute": timedelta(minutes=1),
    "half hour": timedelta(minutes=30),
    "half-hour": timedelta(minutes=30),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
_CONDITIONS = ("while", "if", "when", "during")
_FILLERS = ("it", "it's", "is", "in", "has", "a", "an", "any", "the", "there's")
_SENSES = {
    **dict.fromkeys(("error", "errors", "failing", "fails"), Failing.ERROR),
    **dict.fromkeys(("problem", "problems"), Failing.PROBLEM),
}


class Words:
    """`at` is the number of the token that comes next."""

    def __init__(self, tokens: Sequence[Token], at: int) -> None:
        self._tokens = tokens
        self.at = at

    @property
    def key(self) -> str:
        """The next word; empty at the end."""
        return self._tokens[self.at].key if self.at < len(self._tokens) else ""

    @property
    def is_number_or_end(self) -> bool:
        return self.at >= len(self._tokens) or self.key[:1].isdecimal()

    @property
    def begins_condition(self) -> bool:
        return self.key in _CONDITIONS

    def take(self, *keys: str) -> bool:
        """Take the next word if it is one of these."""
        is_one = self.key in keys and self.key != ""
        self.at += is_one
        return is_one

    def take_any(self) -> str:
        """Take the next word, whatever it is; nothing at the end."""
        text = text_of(self._tokens[self.at : self.at + 1])
        self.at = min(self.at + 1, len(self._tokens))
        return text

    def take_length(self) -> timedelta | None:
        """Take as many words as spell a length of time."""
        for count in range(_MOST_TOKENS, 0, -1):
            window = self._tokens[self.at : self.at + count]
            if len(window) < count or any(token.quoted for token in window):
                continue
            text = folded(text_of(window))
            length = _NAMED_LENGTHS.get(text) or parse_length(text)
            if length is not None:
                self.at += count
                return length
        return None

    def take_condition(self) -> Failing | str:
        """Take "while error" and the like: in which sense, or the word that is none. Without a condition, an error."""
        if not self.take(*_CONDITIONS):
            return Failing.ERROR
        while self.take(*_FILLERS):
            pass
        word = self.take_any()
        return _SENSES.get(folded(word), word)

    def take_person(self) -> Token | None:
        """Take whatever can only be meant as a person or a group."""
        if not (self.key == ME or self.key.startswith(("@", "#"))):
            return None
        self.at += 1
        return self._tokens[self.at - 1]
