"""What people type after the command: text → `Command` or `GrammarError`. Pure."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import time
from functools import partial

from bot.domain.job import Dataflow, JobRef
from bot.domain.status_filter import StatusFilter
from bot.slack.grammar.clauses import ME, before_to, clauses_begin, left_over, no_clause, read_clauses, with_clauses
from bot.slack.grammar.commands import (
    Command,
    Help,
    History,
    Jobs,
    ListHere,
    Mute,
    OpenWatch,
    ShowStatus,
    Unmute,
    Unwatch,
    UnwatchAll,
    Watch,
    WatchAll,
)
from bot.slack.grammar.durations import read_span
from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.filters import find_when, read_when
from bot.slack.grammar.patterns import is_about_many, is_pattern, no_pattern_here, read_pattern
from bot.slack.grammar.references import REF_EXAMPLE, REF_RIGHT, Name, Ref, read_ref, with_bare_ids, written
from bot.slack.grammar.suggestions import meant_verb
from bot.slack.grammar.tokens import Word, said, words_of

__all__ = [
    "ME",
    "REF_EXAMPLE",
    "REF_RIGHT",
    "VERBS",
    "Command",
    "Help",
    "History",
    "Jobs",
    "ListHere",
    "Mute",
    "Name",
    "OpenWatch",
    "Ref",
    "ShowStatus",
    "Unmute",
    "Unwatch",
    "UnwatchAll",
    "Watch",
    "WatchAll",
    "parse",
    "parse_ref",
]

VERBS = ("help", "status", "watch", "unwatch", "list", "jobs", "history", "mute", "unmute")

_LONGEST_TEXT = 1_000
_LONGEST_EXAMPLE = 200
_PAGE = re.compile("[1-9][0-9]{0,5}", re.ASCII)
_IN_QUOTES = "A name with such words stands in quotes."


def parse(text: str) -> Command | GrammarError:
    """Read what stands after the command. Case, extra spaces, invisible characters and `<…>` are forgiven."""
    if len(text) > _LONGEST_TEXT:
        wrong = f"That is {len(text):,} characters long; I read {_LONGEST_TEXT:,} at most."
        return GrammarError(wrong, REF_RIGHT, f"status {REF_EXAMPLE}")
    words = with_bare_ids(words_of(text))
    if not words:
        return Help()
    verb, rest = words[0].key, words[1:]
    match verb:
        case "help":
            return Help()
        case "list":
            return _list(rest)
        case "jobs":
            return _jobs(rest)
        case "watch" | "unwatch":
            return _about_many(verb, rest) or _about_job(verb, rest)
        case "status" | "history" | "mute" | "unmute":
            return _about_job(verb, rest)
    return _no_verb(words)


def parse_ref(text: str) -> Ref | GrammarError:
    """Read a job's reference alone, as `str` writes it and as it stands after "status"."""
    return _job_alone(with_bare_ids(words_of(text)))


def _job_alone(words: list[Word]) -> Ref | GrammarError:
    read = _job("status", words)
    if isinstance(read, GrammarError):
        return read
    ref, left = read
    return left_over("status", left, f"status {written(ref)}") or ref


def _job(verb: str, words: list[Word]) -> tuple[Ref, list[Word]] | GrammarError:
    length = clauses_begin(words, verb)
    if length == 1 and is_about_many(words[:1]) and is_pattern(words[0]):
        return no_pattern_here(verb, words[0])
    return read_ref(words, verb, length)


def _about_job(verb: str, words: list[Word]) -> Command | GrammarError:
    read = _job(verb, words)
    if isinstance(read, GrammarError):
        return read
    ref, left = read
    command = _of_job(verb, ref, left)
    if isinstance(command, GrammarError) and isinstance(ref, Name) and not words[0].quoted:
        return replace(command, right=f"{command.right} {_IN_QUOTES}")
    return command


def _of_job(verb: str, ref: Ref, left: list[Word]) -> Command | GrammarError:
    begun = f"{verb} {written(ref)}"
    match verb:
        case "watch":
            return _watching(begun, partial(Watch, ref), left)
        case "unwatch":
            return _ending(begun, partial(Unwatch, ref), left)
        case "unmute":
            return _ending(begun, partial(Unmute, ref), left)
        case "mute":
            return _mute(begun, ref, left)
    return left_over(verb, left, begun) or (ShowStatus(ref) if verb == "status" else History(ref))


def _about_many(verb: str, words: list[Word]) -> Command | GrammarError | None:
    """Every job, those of a pattern, or (to be asked for) one that was not named; None where one was named."""
    length = clauses_begin(words, verb)
    named, left = words[:length], words[length:]
    if verb == "watch" and not named and not (words and words[0].quoted):
        return _watching("watch", OpenWatch, left)
    if not is_about_many(named):
        return None
    pattern = read_pattern(named, verb)
    if isinstance(pattern, GrammarError):
        return pattern
    if verb == "watch":
        return _watching(f"watch {pattern}", partial(WatchAll, pattern.glob), left)
    return _ending(f"unwatch {pattern}", partial(UnwatchAll, pattern.glob), left)


def _watching(
    begun: str, make: Callable[[str | None, StatusFilter | None], Command], left: list[Word]
) -> Command | GrammarError:
    """What is watched was read as `begun`; to whom and on what is left."""
    clauses = read_clauses(left, begun)
    if isinstance(clauses, GrammarError):
        return clauses
    status_filter = _when(clauses.others, partial(with_clauses, begun, clauses.to)) if clauses.others else None
    return status_filter if isinstance(status_filter, GrammarError) else make(clauses.to, status_filter)


def _when(words: list[Word], line: Callable[[str], str]) -> StatusFilter | GrammarError:
    opener = words[0].key
    if opener != "on":
        meant = find_when(words[1:] if opener == "when" else words)
        if meant is None:
            return no_clause("watch", words, line(""))
        return GrammarError(
            f"I don't understand “{echo(said(words))}”.", "Did you leave out “on”?", line(f"on {meant.text}")
        )
    wanted = before_to(words[1:])
    status_filter = read_when(wanted, line)
    if isinstance(status_filter, GrammarError):
        return status_filter
    return left_over("watch", words[1 + len(wanted) :], line(f"on {status_filter.text}")) or status_filter


def _ending(begun: str, make: Callable[[str | None], Command], left: list[Word]) -> Command | GrammarError:
    clauses = read_clauses(left, begun)
    if isinstance(clauses, GrammarError):
        return clauses
    example = with_clauses(begun, clauses.to, "")
    return left_over(begun.split()[0], clauses.others, example) or make(clauses.to)


def _mute(begun: str, ref: Ref, left: list[Word]) -> Command | GrammarError:
    clauses = read_clauses(left, begun)
    if isinstance(clauses, GrammarError):
        return clauses
    match read_span(clauses.others, partial(with_clauses, begun, clauses.to)):
        case GrammarError() as refused:
            return refused
        case time() as until:
            return Mute(ref, None, until, clauses.to)
        case length:
            return Mute(ref, length, None, clauses.to)


def _list(words: list[Word]) -> Command | GrammarError:
    others, page = _page(words)
    if others:
        wrong = f"I don't understand “{echo(said(words))}” after “list”."
        return GrammarError(wrong, "It takes a page number, or nothing.", "list page 2")
    return ListHere(page)


def _jobs(words: list[Word]) -> Command | GrammarError:
    others, page = _page(words)
    if len(others) > 1 and others[-2].key == "page" and others[-1].text.lstrip("-").isnumeric():
        return GrammarError(f"“{echo(others[-1].text)}” is no page.", "Pages are counted from 1.", "jobs page 2")
    return Jobs(said(others), page)


def _page(words: list[Word]) -> tuple[list[Word], int]:
    """The words before "page N", and N."""
    if len(words) > 1 and words[-2].key == "page" and _PAGE.fullmatch(words[-1].key):
        return words[:-2], int(words[-1].text)
    return words, 1


def _no_verb(words: list[Word]) -> Command | GrammarError:
    """A job alone, or a verb that was mistyped."""
    ref = _job_alone(words)
    if isinstance(ref, JobRef | Dataflow):
        return ShowStatus(ref)
    if verb := meant_verb(words, VERBS):
        right = f"Did you mean “{verb}”? A job that is called so stands in quotes."
        return GrammarError(f"I don't know “{echo(words[0].text)}”.", right, _meant(verb, words[1:]))
    return ref if isinstance(ref, GrammarError) else ShowStatus(ref)


def _meant(verb: str, words: list[Word]) -> str:
    """The line with the verb set right; what else is wrong with it must not stand in a line to copy."""
    line = " ".join([verb, *map(str, words)])
    read = parse(line)
    if isinstance(read, GrammarError):
        return read.example
    if len(line) <= _LONGEST_EXAMPLE:
        return line
    return verb if verb in ("help", "list", "jobs") else f"{verb} {REF_EXAMPLE}"
