"""Many jobs at once: `all`, `all matching PATTERN`, `orders-*`. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.references import is_id
from bot.slack.grammar.tokens import Word, in_quotes, said

_LONGEST = 90


@dataclass(frozen=True)
class Pattern:
    """The jobs whose name matches `glob` (`*`, `?`, `[…]`); None is all of them."""

    glob: str | None

    def __str__(self) -> str:
        if self.glob is None:
            return "all"
        plain = is_pattern(Word(self.glob)) and re.fullmatch(r"[\w.*?-]+", self.glob)
        return f"all matching {self.glob if plain else in_quotes(self.glob)}"


def is_pattern(word: Word) -> bool:
    """Whether a bare word is meant as many jobs rather than as the name of one. An address may hold a "?" as well."""
    return not word.quoted and "://" not in word.text and bool(re.search(r"[*?]", word.text))


def is_about_many(words: Sequence[Word]) -> bool:
    """Whether the words before the clauses name many jobs: "all …", or a pattern somewhere."""
    if not words or words[0].quoted or is_id(words[0]):
        return False
    return words[0].key == "all" or any(map(is_pattern, words))


def read_pattern(words: Sequence[Word], verb: str) -> Pattern | GrammarError:
    """The jobs that such words name."""
    keys = [word.key for word in words]
    meant = words[1:] if keys[0] == "all" else words
    if keys[:2] == ["all", "matching"]:
        meant = words[2:]
        if not meant:
            right = "A pattern is a name with * for any letters and ? for one."
            return GrammarError("“matching” needs to know what.", right, f"{verb} all matching orders-*")
    elif keys[0] == "all" and meant and not (len(meant) == 1 and is_pattern(meant[0])):
        return _no_pattern(verb, meant)
    if len(meant) > 1:
        return _too_many_words(verb, meant)
    glob = meant[0].text if meant else "*"
    return Pattern(None if set(glob) == {"*"} else glob)


def no_pattern_here(verb: str, word: Word) -> GrammarError:
    """A pattern after a verb that is about one job."""
    begun = re.split(r"[*?\[]", word.text)[0]
    return GrammarError(
        f"“{verb}” is about one job, and “{echo(word.text)}” is a pattern.",
        "“jobs” finds names, and watch and unwatch take patterns. A name with * or ? in it stands in quotes.",
        f"jobs {begun}" if re.fullmatch(r"[\w.-]{1,90}", begun) else "jobs",
    )


def _no_pattern(verb: str, words: Sequence[Word]) -> GrammarError:
    wrong = f"I don't understand “{echo(said(words))}” after “all”."
    right = "“all” stands alone or with “matching” and a pattern. A name that begins with “all” stands in quotes."
    return GrammarError(wrong, right, _line(verb, f"*{said(words)}*"))


def _too_many_words(verb: str, words: Sequence[Word]) -> GrammarError:
    right = "A pattern of several words stands in quotes, and so does a name with * or ? in it."
    return GrammarError(f"“{echo(said(words))}” is more than one word.", right, _line(verb, said(words)))


def _line(verb: str, glob: str) -> str:
    written = str(Pattern(glob))
    return f"{verb} {written if len(written) <= _LONGEST else 'all matching orders-*'}"
