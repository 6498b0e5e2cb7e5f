"""What people type after `on`: tokens to a `StatusFilter` or a `GrammarError`."""

import difflib
import re
from collections.abc import Callable, Sequence

from bot.domain.job import Status
from bot.domain.status_filter import StatusFilter
from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.tokens import Token, text_of

_STATUSES = ("Deploying", "Up and Running", "Running with Warning", "Running with Error", "Undeployed", "Stopped")
# "up and running" may be split at its "and": each half alone means the whole.
_SHORT_NAMES = {
    "Up and Running": ("up", "running"),
    "Running with Warning": ("warning", "warnings", "running with warnings"),
    "Running with Error": ("error", "errors", "running with errors"),
}
_NAMES = {name: words for words in _STATUSES for name in (words.casefold(), *_SHORT_NAMES.get(words, ()))}
_STATUS_OF = {Status.of(name): Status.of(words) for name, words in _NAMES.items()}
_FILTER_WORDS = ("changes", "problems", "errors")
_ONE_WORD = re.compile(r"(?:(?:all|any|every) )?(change|problem|error)s?")
_HINT = f"Use changes, problems, errors, or statuses: {', '.join(_STATUSES)}."


def find_filter(tokens: Sequence[Token]) -> StatusFilter | None:
    """The filter that the tokens after "on" spell; None if they don't spell one."""
    names = _separated(tokens)
    if len(names) == 1 and (word := _ONE_WORD.fullmatch(names[0])):
        return StatusFilter(f"{word[1]}s")
    if not names or any(Status.of(name) not in _STATUS_OF for name in names):
        return None
    return StatusFilter.of([_STATUS_OF[Status.of(name)] for name in names])


def read_filter(tokens: Sequence[Token], line: Callable[[str], str]) -> StatusFilter | GrammarError:
    """The filter, or what is wrong with it. `line` makes a line to copy from a corrected clause."""
    if status_filter := find_filter(tokens):
        return status_filter
    names = _separated(tokens)
    if not names:
        return GrammarError("“on” needs a filter.", _HINT, line("on problems"))
    wrong = next(name for name in names if Status.of(name) not in _STATUS_OF)
    if word := _ONE_WORD.fullmatch(wrong):
        return GrammarError(f"“{wrong}” can't be combined with statuses.", _HINT, line(f"on {word[1]}s"))
    return _status_error(names, wrong, line)


def resembles_filter(tokens: Sequence[Token]) -> bool:
    """Whether the tokens begin with a status, correctly spelled or not.

    Job names contain words that resemble a status a little ("on top"), so this is stricter than a suggestion.
    """
    first = next(iter(_separated(tokens)), "")
    known = [*_NAMES, *_FILTER_WORDS]
    return Status.of(first) in _STATUS_OF or bool(difflib.get_close_matches(first, known, n=1, cutoff=0.7))


def _separated(tokens: Sequence[Token]) -> list[str]:
    """The names between commas and the like, each once."""
    unquoted = re.sub('["“”„‟`´«»‹›]', " ", text_of(tokens)).casefold()
    parts = re.split(r"[,;|/&]|(?<!\S)(?:and|or|on)(?!\S)", unquoted)
    return list(dict.fromkeys(name for part in parts if (name := " ".join(part.split()))))


def _status_error(names: list[str], wrong: str, line: Callable[[str], str]) -> GrammarError:
    """The error for a name that isn't a status; in its example, every misspelled name is corrected."""
    known = _NAMES | ({word: word for word in _FILTER_WORDS} if names == [wrong] else {})
    nearest = {name: close[0] for name in names if (close := difflib.get_close_matches(name, known, n=1))}
    corrected = ", ".join(dict.fromkeys(known[name] for name in nearest.values()))
    suggestion = f"Did you mean “{known[nearest[wrong]]}”? " if wrong in nearest else ""
    return GrammarError(f"“{echo(wrong)}” isn't a status.", suggestion + _HINT, line(f"on {corrected or 'problems'}"))
