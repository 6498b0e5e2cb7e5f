"""What people say after `on`: words → `StatusFilter`, or a `GrammarError`. Pure."""

import difflib
import re
from collections.abc import Callable, Sequence

from bot.domain.job import Status
from bot.domain.status_filter import StatusFilter
from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.tokens import Word, said

_STATUSES = ("Deploying", "Up and Running", "Running with Warning", "Running with Error", "Undeployed", "Stopped")
# "up and running" needs no care at the "and": each half means the whole.
_SHORT = {
    "Up and Running": ("up", "running"),
    "Running with Warning": ("warning", "warnings", "running with warnings"),
    "Running with Error": ("error", "errors", "running with errors"),
}
_NAMES = {name: words for words in _STATUSES for name in (words.casefold(), *_SHORT.get(words, ()))}
_STATUS_OF = {Status.of(name): Status.of(words) for name, words in _NAMES.items()}
_WORDS = ("changes", "problems", "errors")
_ONE_WORD = re.compile(r"(?:(?:all|any|every) )?(change|problem|error)s?")
_RIGHT = f"Say changes, problems, errors, or statuses: {', '.join(_STATUSES)}."


def find_when(words: Sequence[Word]) -> StatusFilter | None:
    """What the words after "on" say, if they say it as it is right."""
    names = _separated(words)
    if len(names) == 1 and (word := _ONE_WORD.fullmatch(names[0])):
        return StatusFilter(f"{word[1]}s")
    if not names or any(Status.of(name) not in _STATUS_OF for name in names):
        return None
    return StatusFilter.of([_STATUS_OF[Status.of(name)] for name in names])


def read_when(words: Sequence[Word], line: Callable[[str], str]) -> StatusFilter | GrammarError:
    """The same, or what is wrong; `line` makes a line to copy of a clause that would be right."""
    if status_filter := find_when(words):
        return status_filter
    names = _separated(words)
    if not names:
        return GrammarError("“on” needs to know what.", _RIGHT, line("on problems"))
    wrong = next(name for name in names if Status.of(name) not in _STATUS_OF)
    if word := _ONE_WORD.fullmatch(wrong):
        return GrammarError(f"“{wrong}” stands alone, without statuses.", _RIGHT, line(f"on {word[1]}s"))
    return _no_status(names, wrong, line)


def is_nearly_when(words: Sequence[Word]) -> bool:
    """Whether the words begin with what may be meant as a status, however it is spelled.

    Names hold words that are somewhat like a status ("on top"), so it must be nearer than a suggestion.
    """
    first = next(iter(_separated(words)), "")
    return Status.of(first) in _STATUS_OF or bool(difflib.get_close_matches(first, [*_NAMES, *_WORDS], n=1, cutoff=0.7))


def _separated(words: Sequence[Word]) -> list[str]:
    """The names between commas and the like, each once; nothing between two separators is no name."""
    parts = re.split(r"[,;|/&]|(?<!\S)(?:and|or|on)(?!\S)", re.sub('["“”„‟`´«»‹›]', " ", said(words)).casefold())
    return list(dict.fromkeys(name for part in parts if (name := " ".join(part.split()))))


def _no_status(names: list[str], wrong: str, line: Callable[[str], str]) -> GrammarError:
    """Every name that is nearly right is set right in the line to copy."""
    known = _NAMES | ({word: word for word in _WORDS} if names == [wrong] else {})
    nearest = {name: close[0] for name in names if (close := difflib.get_close_matches(name, known, n=1))}
    meant = ", ".join(dict.fromkeys(known[name] for name in nearest.values()))
    suggestion = f"Did you mean “{known[nearest[wrong]]}”? " if wrong in nearest else ""
    return GrammarError(
        f"“{echo(wrong)}” is no status that I know.", suggestion + _RIGHT, line(f"on {meant or 'problems'}")
    )
