"""`mute all [matching PATTERN] 2h [reason]`: how long maintenance lasts, and what is said about it."""

from collections.abc import Callable, Sequence
from functools import partial

from bot.domain.channel.silence import LONGEST_REASON
from bot.slack.grammar.clauses import add_clauses, leftover_error, read_clauses
from bot.slack.grammar.commands import Command, MuteAll, UnmuteAll
from bot.slack.grammar.durations import MOST_TOKENS, MuteEnd, read_mute_end
from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.patterns import names_many, read_pattern
from bot.slack.grammar.tokens import Token, text_of

_HINT = (
    "Maintenance lasts from 1 minute to 30 days (30m, 2h, 1d) or until a time of day (until 9:00). A reason may follow."
)


def read_many(keyword: str, tokens: Sequence[Token]) -> Command | GrammarError | None:
    """Read "mute" or "unmute" of all jobs, or of a pattern; None if one job is named."""
    length = _count_names(tokens)
    if not names_many(tokens[:length]):
        return None
    pattern = read_pattern(tokens[:length], keyword)
    if isinstance(pattern, GrammarError):
        return pattern
    start = f"{keyword} {pattern}"
    clauses = read_clauses(tokens[length:], start)
    if isinstance(clauses, GrammarError):
        return clauses
    line = partial(add_clauses, start, clauses.to)
    if keyword == "unmute":
        return leftover_error(keyword, clauses.others, line("")) or UnmuteAll(pattern.glob, clauses.to)
    read = _end_and_reason(clauses.others, line)
    if isinstance(read, GrammarError):
        return read
    end, reason = read
    return MuteAll(pattern.glob, end.length, end.until, clauses.to, end.tomorrow, reason)


def _count_names(tokens: Sequence[Token]) -> int:
    """The number of tokens that name the jobs: "all", "all matching" with one more, or a pattern."""
    if not tokens:
        return 0
    if tokens[0].key != "all" or tokens[0].quoted:
        return 1
    if [token.key for token in tokens[1:2]] == ["matching"]:
        return min(3, len(tokens))
    return 2 if len(tokens) > 1 and names_many(tokens[1:2]) else 1


def _end_and_reason(tokens: Sequence[Token], line: Callable[[str], str]) -> tuple[MuteEnd, str] | GrammarError:
    """The end, which comes first, and the reason after it. The longest text that is an end counts as one."""
    for count in range(min(len(tokens), MOST_TOKENS), -1, -1) if tokens else (0,):
        end = read_mute_end(tokens[:count], str) if count or not tokens else None
        if isinstance(end, MuteEnd):
            break
    else:
        return _no_end(tokens, line)
    if end.until_change:
        problem = "Maintenance of many jobs can't end when one of them changes."
        return GrammarError(problem, _HINT, line("2h"))
    reason = text_of(tokens[count:])
    if len(reason) > LONGEST_REASON:
        problem = f"That reason is too long: {len(reason)} characters, and the limit is {LONGEST_REASON}."
        return GrammarError(problem, "Shorten it, or link to the plan.", line("2h"))
    return end, reason


def _no_end(tokens: Sequence[Token], line: Callable[[str], str]) -> GrammarError:
    wrong = read_mute_end(tokens[: 1 + (tokens[0].key in ("for", "until"))], line)
    if isinstance(wrong, GrammarError) and (tokens[0].key in ("for", "until") or tokens[0].text[:1].isdecimal()):
        return GrammarError(wrong.problem, _HINT, wrong.example)
    hint = f"{_HINT} Put a name or a pattern of several words in quotes."
    return GrammarError(f"“{echo(text_of(tokens))}” doesn't say how long.", hint, line("2h"))
