"""Many jobs at once: `all`, `all matching PATTERN`, `orders-*`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.references import is_id
from bot.slack.grammar.shortcodes import with_emoji
from bot.slack.grammar.tokens import Token, in_quotes, text_of

_EXAMPLE_LIMIT = 90


@dataclass(frozen=True)
class PatternRef:
    """The jobs whose names match `glob` (`*`, `?`, `[…]`); None for all jobs. `str` writes it as it can be typed."""

    glob: str | None

    @classmethod
    def of(cls, text: str) -> "PatternRef | None":
        """The pattern that a text is as a whole, such as `sales-*`; None if it is none."""
        typed = with_emoji(" ".join(text.split()))
        if not is_pattern(Token(typed)):
            return None
        return cls(None if set(typed) == {"*"} else typed)

    def __str__(self) -> str:
        if self.glob is None:
            return "all"
        plain = is_pattern(Token(self.glob)) and re.fullmatch(r"[\w.*?-]+", self.glob)
        return f"all matching {self.glob if plain else in_quotes(self.glob)}"


def is_pattern(token: Token) -> bool:
    """Whether a bare token means many jobs rather than one. A URL may contain a "?" too."""
    return not token.quoted and "://" not in token.text and bool(re.search(r"[*?]", token.text))


def names_many(tokens: Sequence[Token]) -> bool:
    """Whether the tokens before the clauses name many jobs: "all …", or a pattern anywhere."""
    if not tokens or tokens[0].quoted or is_id(tokens[0]):
        return False
    return tokens[0].key == "all" or any(map(is_pattern, tokens))


def read_pattern(tokens: Sequence[Token], keyword: str) -> PatternRef | GrammarError:
    """The pattern that such tokens spell."""
    keys = [token.key for token in tokens]
    globs = tokens[1:] if keys[0] == "all" else tokens
    if keys[:2] == ["all", "matching"]:
        globs = tokens[2:]
        if not globs:
            hint = "In a pattern, * stands for any characters and ? for one character."
            return GrammarError("“matching” needs a pattern.", hint, f"{keyword} all matching orders-*")
    elif keys[0] == "all" and globs and not (len(globs) == 1 and is_pattern(globs[0])):
        return _all_error(keyword, globs)
    if len(globs) > 1:
        return _several_words_error(keyword, globs)
    glob = with_emoji(globs[0].text) if globs else "*"
    return PatternRef(None if set(glob) == {"*"} else glob)


def pattern_not_allowed(keyword: str, token: Token) -> GrammarError:
    """The error for a pattern after a keyword that takes one job."""
    start = re.split(r"[*?\[]", token.text)[0]
    return GrammarError(
        f"“{keyword}” takes one job, and “{echo(token.text)}” is a pattern.",
        "“jobs” finds jobs by name; “watch”, “unwatch”, “mute” and “unmute” take patterns. Put a name that contains *"
        " or ? in quotes.",
        f"jobs {start}" if re.fullmatch(r"[\w.-]{1,90}", start) else "jobs",
    )


def _all_error(keyword: str, tokens: Sequence[Token]) -> GrammarError:
    problem = f"I don't understand “{echo(text_of(tokens))}” after “all”."
    hint = "Use “all”, or “all matching” and a pattern. Put a name that begins with “all” in quotes."
    return GrammarError(problem, hint, _line(keyword, f"*{text_of(tokens)}*"))


def _several_words_error(keyword: str, tokens: Sequence[Token]) -> GrammarError:
    hint = "Put a pattern of several words in quotes, and also a name that contains * or ?."
    return GrammarError(f"“{echo(text_of(tokens))}” is several words.", hint, _line(keyword, text_of(tokens)))


def _line(keyword: str, glob: str) -> str:
    pattern = str(PatternRef(glob))
    return f"{keyword} {pattern if len(pattern) <= _EXAMPLE_LIMIT else 'all matching orders-*'}"
