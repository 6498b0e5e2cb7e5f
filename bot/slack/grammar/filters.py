"""What people type after `on`: tokens to a `StatusFilter` or a `GrammarError`."""

import difflib
import re
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache

from bot.domain.job import Status
from bot.domain.names import folded
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
_MOST_CORRECTED = 12  # names in an example: twice as many as there are statuses
_ONE_WORD = re.compile(r"(?:(?:all|any|every) )?(change|problem|error)s?")
_HINT = f"Use changes, problems, errors, or statuses: {', '.join(_STATUSES)}."


def find_filter(tokens: Sequence[Token]) -> StatusFilter | None:
    """The filter that the tokens after "on" spell; None if they don't spell one."""
    names = _separated(tokens)
    if not _spell_filter(names):
        return None
    if len(names) == 1 and (word := _ONE_WORD.fullmatch(names[0])):
        return StatusFilter(f"{word[1]}s")
    return StatusFilter.of([_STATUS_OF[Status.of(name)] for name in names])


def first_filter(tokens: Sequence[Token]) -> int | None:
    """The first "on" after which all tokens spell a filter; None if there is none.

    An "on" separates statuses as well, so the names after one are those before the next one and those after that.
    """
    found, names, end = None, set[str](), len(tokens)
    for at in _ons(tokens):
        names.update(_separated(tokens[at + 1 : end]))
        end = at
        if _spell_filter(names):
            found = at
        elif names:  # more of them don't help
            break
    return found


def first_likely_filter(tokens: Sequence[Token]) -> int | None:
    """The first "on" that ends the tokens or is followed by a status, correctly spelled or not; None if there is none.

    Job names contain words that resemble a status a little ("on top"), so this is stricter than a suggestion.
    """
    found, first, end = None, "", len(tokens)
    for at in _ons(tokens):
        following = tokens[at + 1 : end]
        spelled = before_to(following)
        first = next(iter(_separated(spelled)), first if len(spelled) == len(following) else "")
        end = at
        if at == len(tokens) - 1 or _resembles_status(first):
            found = at
    return found


def before_to(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens before the first "to"."""
    return tokens[: next((at for at, token in enumerate(tokens) if token.key == "to"), len(tokens))]


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


def _ons(tokens: Sequence[Token]) -> Sequence[int]:
    """Where the tokens are "on", the last one first."""
    return [at for at in reversed(range(len(tokens))) if tokens[at].key == "on"]


def _spell_filter(names: Collection[str]) -> bool:
    """Whether names make a filter: one word for many statuses, or statuses."""
    if len(names) == 1 and _ONE_WORD.fullmatch(next(iter(names))):
        return True
    return bool(names) and all(Status.of(name) in _STATUS_OF for name in names)


@lru_cache(maxsize=512)
def _resembles_status(name: str) -> bool:
    known = [*_NAMES, *_FILTER_WORDS]
    return Status.of(name) in _STATUS_OF or bool(difflib.get_close_matches(name, known, n=1, cutoff=0.7))


def _separated(tokens: Sequence[Token]) -> list[str]:
    """The names between commas and the like, each once."""
    unquoted = re.sub('["“”„‟`´«»‹›]', " ", folded(text_of(tokens)))
    parts = re.split(r"[,;|/&]|(?<!\S)(?:and|or|on)(?!\S)", unquoted)
    return list(dict.fromkeys(name for part in parts if (name := " ".join(part.split()))))


def _status_error(names: list[str], wrong: str, line: Callable[[str], str]) -> GrammarError:
    """The error for a name that isn't a status; in its example, every misspelled name is corrected."""
    known = _NAMES | ({word: word for word in _FILTER_WORDS} if names == [wrong] else {})
    corrected_names = dict.fromkeys([*names[:_MOST_CORRECTED], wrong])
    nearest = {name: close[0] for name in corrected_names if (close := difflib.get_close_matches(name, known, n=1))}
    corrected = ", ".join(dict.fromkeys(known[name] for name in nearest.values()))
    suggestion = f"Did you mean “{known[nearest[wrong]]}”? " if wrong in nearest else ""
    return GrammarError(f"“{echo(wrong)}” isn't a status.", suggestion + _HINT, line(f"on {corrected or 'problems'}"))
