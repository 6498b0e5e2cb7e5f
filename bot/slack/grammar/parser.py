"""What people type after `/job`: text to a `Command` or a `GrammarError`."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from bot.domain.job import Dataflow, JobRef
from bot.domain.status_filter import StatusFilter
from bot.slack.grammar.clauses import (
    add_clauses,
    clause_error,
    contact_line,
    count_before_clauses,
    leftover_error,
    read_clauses,
    split_contact,
)
from bot.slack.grammar.commands import (
    Acknowledge,
    Command,
    Help,
    History,
    Jobs,
    ListHere,
    Mute,
    OpenWatch,
    ShowStatus,
    Threads,
    Unmute,
    Unwatch,
    UnwatchAll,
    Watch,
    WatchAll,
)
from bot.slack.grammar.durations import read_mute_end
from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.filters import before_to, find_filter, read_filter
from bot.slack.grammar.history.period import split_period
from bot.slack.grammar.patterns import is_pattern, names_many, pattern_not_allowed, read_pattern
from bot.slack.grammar.references import REF_EXAMPLE, REF_HINT, Name, Ref, in_example, is_id, read_ref, unquote_ids
from bot.slack.grammar.reminding.clauses import reminding_line, split_reminding
from bot.slack.grammar.settings.digests import read_digest
from bot.slack.grammar.settings.settings import read_settings
from bot.slack.grammar.silences.maintenance import read_many
from bot.slack.grammar.silences.quiet import read_quiet
from bot.slack.grammar.suggestions import suggest_commands
from bot.slack.grammar.tokens import Token, text_of, tokenize
from bot.slack.grammar.writer import command_line

COMMANDS = (
    *("help", "status", "watch", "unwatch", "list", "jobs", "history", "mute", "unmute", "ack", "threads"),
    *("digest", "quiet", "settings"),
)

# What other tools call the same.
SYNONYMS = {"snooze": "mute", "unsnooze": "unmute", "subscribe": "watch", "unsubscribe": "unwatch", "search": "jobs"}

_TEXT_LIMIT = 1_000
_EXAMPLE_LIMIT = 200
_LABEL_LIMIT = 75  # of Slack, for a button: a longer line couldn't be read there
_UNIT_DIGITS = 3
_PAGE = re.compile("[1-9][0-9]{0,5}", re.ASCII)
_QUOTE_THE_NAME = "If these words are part of the name, put the name in quotes."


def parse(text: str) -> Command | GrammarError:
    """Read what follows `/job`. Case, extra spaces, invisible characters and `<…>` don't matter."""
    if error := _too_long(text):
        return error
    tokens = unquote_ids(tokenize(text))
    if not tokens:
        return Help()
    keyword, rest = SYNONYMS.get(tokens[0].key, tokens[0].key), tokens[1:]
    match keyword:
        case "help":
            return Help()
        case "list":
            return _list(rest)
        case "jobs":
            return _jobs(rest)
        case "watch":
            return _with_people(rest)
        case "unwatch":
            return _about_many(keyword, rest) or _about_job(keyword, rest)
        case "threads":
            return _threads(rest)
        case "digest":
            return read_digest(rest)
        case "quiet":
            return read_quiet(rest)
        case "settings":
            return read_settings(rest)
        case "mute" | "unmute":
            return read_many(keyword, rest) or _about_job(keyword, rest)
        case "history":
            return _history(rest)
        case "status" | "ack":
            return _about_job(keyword, rest)
        case "acknowledge":
            return _about_job("ack", rest)
    return _without_keyword(tokens)


def parse_ref(text: str) -> Ref | GrammarError:
    """Read a job's reference alone, as `str` writes it and as it follows "status"."""
    if error := _too_long(text):
        return error
    return _ref_alone(unquote_ids(tokenize(text)))


def _too_long(text: str) -> GrammarError | None:
    if len(text) <= _TEXT_LIMIT:
        return None
    problem = f"That is too long: {len(text):,} characters, and the limit is {_TEXT_LIMIT:,}."
    return GrammarError(problem, REF_HINT, f"status {REF_EXAMPLE}")


# ── one job ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _about_job(keyword: str, tokens: list[Token]) -> Command | GrammarError:
    read = _ref(keyword, tokens)
    if isinstance(read, GrammarError):
        return read
    ref, rest = read
    command = _with_rest(keyword, ref, rest)
    if isinstance(command, Mute) and isinstance(ref, JobRef) and _may_be_length(tokens, ref, rest, command.to):
        return _without_unit(tokens[0].text, ref, command.to)
    if isinstance(command, GrammarError) and isinstance(ref, Name) and not tokens[0].quoted:
        return replace(command, hint=f"{command.hint} {_QUOTE_THE_NAME}")
    return command


def _history(tokens: list[Token]) -> Command | GrammarError:
    split = split_period(tokens)
    command = _about_job("history", split.named)
    return replace(command, period=split.period) if split.period and isinstance(command, History) else command


def _ref(keyword: str, tokens: list[Token]) -> tuple[Ref, list[Token]] | GrammarError:
    length = count_before_clauses(tokens, keyword)
    if length == 1 and names_many(tokens[:1]) and is_pattern(tokens[0]):
        return pattern_not_allowed(keyword, tokens[0])
    return read_ref(tokens, keyword, length)


def _ref_alone(tokens: list[Token]) -> Ref | GrammarError:
    read = _ref("status", tokens)
    if isinstance(read, GrammarError):
        return read
    ref, rest = read
    return leftover_error("status", rest, f"status {in_example(ref)}") or ref


def _with_rest(keyword: str, ref: Ref, rest: list[Token]) -> Command | GrammarError:
    start = f"{keyword} {in_example(ref)}"
    match keyword:
        case "watch":
            return _watch(start, partial(Watch, ref), rest)
        case "unwatch":
            return _with_recipient(start, partial(Unwatch, ref), rest)
        case "unmute":
            return _with_recipient(start, partial(Unmute, ref), rest)
        case "mute":
            return _mute(start, ref, rest)
        case "ack":
            return leftover_error(keyword, rest, start) or Acknowledge(ref)
    return leftover_error(keyword, rest, start) or (ShowStatus(ref) if keyword == "status" else History(ref))


# ── many jobs ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _about_many(keyword: str, tokens: list[Token]) -> Command | GrammarError | None:
    """Read all jobs, a pattern, or "watch" without a job; None if one job is named."""
    length = count_before_clauses(tokens, keyword)
    named, rest = tokens[:length], tokens[length:]
    if keyword == "watch" and not named and not (tokens and tokens[0].quoted):
        return _watch("watch", OpenWatch, rest)
    if not names_many(named):
        return None
    pattern = read_pattern(named, keyword)
    if isinstance(pattern, GrammarError):
        return pattern
    if keyword == "watch":
        return _watch(f"watch {pattern}", partial(WatchAll, pattern.glob), rest)
    return _with_recipient(f"unwatch {pattern}", partial(UnwatchAll, pattern.glob), rest)


# ── clauses: `start` is the line up to them, `make` builds the command from them ────────────────────────────────────


def _watch(
    start: str, make: Callable[[str | None, StatusFilter | None], Command], rest: list[Token]
) -> Command | GrammarError:
    clauses = read_clauses(rest, start)
    if isinstance(clauses, GrammarError):
        return clauses
    line = partial(add_clauses, start, clauses.to)
    status_filter = _filter(clauses.others, line) if clauses.others else None
    return status_filter if isinstance(status_filter, GrammarError) else make(clauses.to, status_filter)


def _filter(tokens: list[Token], line: Callable[[str], str]) -> StatusFilter | GrammarError:
    opener = tokens[0].key
    if opener != "on":
        likely = find_filter(tokens[1:] if opener == "when" else tokens)
        if likely is None:
            return clause_error("watch", tokens, line(""))
        problem = f"I don't understand “{echo(text_of(tokens))}”."
        return GrammarError(problem, "Did you leave out “on”?", line(f"on {likely.text}"))
    spelled = before_to(tokens[1:])
    status_filter = read_filter(spelled, line)
    if isinstance(status_filter, GrammarError):
        return status_filter
    return leftover_error("watch", tokens[1 + len(spelled) :], line(f"on {status_filter.text}")) or status_filter


def _with_people(tokens: list[Token]) -> Command | GrammarError:
    """Read "watch …": whom its alerts call and what follows them, then the rest."""
    calling = split_contact(tokens)
    following = split_reminding(calling.others)
    contact, reminding = calling.contact, following.reminding
    command = _about_many("watch", following.others) or _about_job("watch", following.others)
    kept = "" if isinstance(contact, GrammarError) else contact_line(contact)
    kept += "" if isinstance(reminding, GrammarError) else reminding_line(reminding)
    if isinstance(command, GrammarError):
        return replace(command, example=_extended(command.example, kept))
    if isinstance(contact, GrammarError):
        return replace(contact, example=_extended(command_line(command), f"{kept} {contact.example}"))
    if isinstance(reminding, GrammarError):
        return replace(reminding, example=_extended(command_line(command), f"{kept} {reminding.example}"))
    if isinstance(command, Watch | OpenWatch | WatchAll):
        return replace(command, contact=contact, reminding=reminding)
    return command


def _extended(line: str, clause: str) -> str:
    """A line to copy with another clause, if it is a watch and not too long."""
    start = line if len(line) <= _EXAMPLE_LIMIT else f"watch {REF_EXAMPLE}"
    return f"{start}{clause}" if start.split()[0] == "watch" and len(start + clause) <= _EXAMPLE_LIMIT else line


def _with_recipient(start: str, make: Callable[[str | None], Command], rest: list[Token]) -> Command | GrammarError:
    clauses = read_clauses(rest, start)
    if isinstance(clauses, GrammarError):
        return clauses
    example = add_clauses(start, clauses.to, "")
    return leftover_error(start.split()[0], clauses.others, example) or make(clauses.to)


def _mute(start: str, ref: Ref, rest: list[Token]) -> Command | GrammarError:
    clauses = read_clauses(rest, start)
    if isinstance(clauses, GrammarError):
        return clauses
    end = read_mute_end(clauses.others, partial(add_clauses, start, clauses.to))
    if isinstance(end, GrammarError):
        amount = clauses.others[-1].text
        meant = len(clauses.others) <= 2 and amount.isascii() and amount.isdecimal() and len(amount) <= _UNIT_DIGITS
        return replace(end, choices=_with_units(start, amount, clauses.to)) if meant else end
    return Mute(ref, end.length, end.until, clauses.to, end.tomorrow, end.until_change)


def _may_be_length(tokens: list[Token], ref: JobRef, rest: list[Token], to: str | None) -> bool:
    """Whether the run in "mute orders 5" may be a length without its unit: runs have more digits."""
    is_bare = len(rest) == (0 if to is None else 2) and not is_id(tokens[0]) and "/" not in tokens[0].text
    return is_bare and len(str(ref.run)) <= _UNIT_DIGITS


def _without_unit(name: str, ref: JobRef, to: str | None) -> GrammarError:
    run = (f"Run {ref.run} for 1 hour", add_clauses(f"mute {ref}", to, "1h"))
    choices = _with_units(f"mute {name}", str(ref.run), to)
    hint = "Add m for minutes or h for hours."
    return GrammarError(f"“{ref.run}” needs a unit.", hint, f"mute {name} {ref.run}m", (*choices, run))


def _with_units(start: str, amount: str, to: str | None) -> tuple[tuple[str, str], ...]:
    """The lengths that a bare number may mean, as far as a mute may last so long."""
    many = "" if int(amount) == 1 else "s"
    lines = {
        f"{int(amount)} {unit}{many}": add_clauses(start, to, f"{int(amount)}{unit[0]}") for unit in ("minute", "hour")
    }
    return tuple((label, line) for label, line in lines.items() if not isinstance(parse(line), GrammarError))


# ── lists ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _list(tokens: list[Token]) -> Command | GrammarError:
    others, page = _page(tokens)
    if error := _no_page(others, "list"):
        return error
    if others:
        problem = f"I don't understand “{echo(text_of(tokens))}” after “list”."
        return GrammarError(problem, "Only a page number can follow it.", "list page 2")
    return ListHere(page)


def _jobs(tokens: list[Token]) -> Command | GrammarError:
    others, page = _page(tokens)
    return _no_page(others, "jobs") or Jobs(text_of(others), page)


def _no_page(others: list[Token], keyword: str) -> GrammarError | None:
    """The error for "page 0" and the like."""
    if len(others) > 1 and others[-2].key == "page" and others[-1].text.lstrip("-").isnumeric():
        problem = f"“{echo(others[-1].text)}” isn't a page number."
        return GrammarError(problem, "The first page is 1.", f"{keyword} page 2")
    return None


def _page(tokens: list[Token]) -> tuple[list[Token], int]:
    """The tokens before "page N", and N."""
    if len(tokens) > 1 and tokens[-2].key == "page" and _PAGE.fullmatch(tokens[-1].key):
        return tokens[:-2], int(tokens[-1].text)
    return tokens, 1


# ── settings ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _threads(tokens: list[Token]) -> Command | GrammarError:
    match [token.key for token in tokens]:
        case []:
            return Threads()
        case ["on" | "off" as chosen]:
            return Threads(on=chosen == "on")
    problem = f"I don't understand “{echo(text_of(tokens))}” after “threads”."
    return GrammarError(problem, "Only “on” or “off” can follow it.", "threads off")


# ── no keyword ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _without_keyword(tokens: list[Token]) -> Command | GrammarError:
    """A job alone, or a mistyped keyword."""
    ref = _ref_alone(tokens)
    if isinstance(ref, JobRef | Dataflow):
        return ShowStatus(ref)
    found = suggest_commands(tokens, (*COMMANDS, *SYNONYMS))
    if keywords := list(dict.fromkeys(SYNONYMS.get(word, word) for word in found)):
        hint = f"Did you mean “{keywords[0]}”? If it's a job's name, put it in quotes."
        example = _corrected(keywords[0], tokens[1:])
        problem = f"There is no command “{echo(tokens[0].text)}”."
        return GrammarError(problem, hint, example, _meant(keywords, tokens))
    return ref if isinstance(ref, GrammarError) else ShowStatus(ref)


def _meant(keywords: list[str], tokens: list[Token]) -> tuple[tuple[str, str], ...]:
    """The line with each keyword, and the job that is called so, as far as they are commands. What ends a watch or
    a mute is offered only if it is the likeliest."""
    likely = [keyword for number, keyword in enumerate(keywords) if not (number and keyword.startswith("un"))]
    as_seen, typed = (" ".join(words) for words in ((token.as_seen for token in tokens[1:]), map(str, tokens[1:])))
    lines = {f"{keyword} {as_seen}".strip(): f"{keyword} {typed}".strip() for keyword in likely}
    named = f"status {Name(text_of(tokens))}"
    return tuple(
        (label, line)
        for label, line in (lines | {named: named}).items()
        if len(label) <= _LABEL_LIMIT and not isinstance(parse(line), GrammarError)
    )


def _corrected(keyword: str, tokens: list[Token]) -> str:
    """The line with the keyword corrected. It must be valid: if the rest is wrong too, that is corrected as well."""
    line = " ".join([keyword, *map(str, tokens)])
    read = parse(line)
    if isinstance(read, GrammarError):
        return read.example
    if len(line) <= _EXAMPLE_LIMIT:
        return line
    return keyword if keyword in ("help", "list", "jobs", "digest", "quiet") else f"{keyword} {REF_EXAMPLE}"
