"""`remind every 30m while error` and `tell @person if error for 15m`: tokens to a `Reminding` and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.reminding import (
    LONGEST_ESCALATION,
    LONGEST_REMINDERS,
    NO_ESCALATION,
    NO_REMINDERS,
    NO_REMINDING,
    SHORTEST_ESCALATION,
    SHORTEST_REMINDERS,
    Escalation,
    Failing,
    Reminders,
    Reminding,
)
from bot.domain.subscription import is_owner
from bot.slack.grammar.clauses import ME, mention, mentioned
from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.reminding.words import Words
from bot.slack.grammar.tokens import Token

_REMIND = ("remind", "reminds", "reminder", "reminders")
_TELL = ("tell", "escalate")
_OFF = ("off", "none", "never", "nobody")

_REMIND_EXAMPLE, _TELL_EXAMPLE = "remind every 30m while error", "tell me if error for 15m"
_REMIND_HINT = "Reminders come every 5 minutes to 24 hours, “while error” or “while problem”."
_TELL_HINT = "A job must fail for 1 minute to 24 hours: “if error for 15m”, “if problem for 1h”."
_WHO_HINT = "Name one person or one user group: type “@” and pick from the list that Slack shows."


@dataclass(frozen=True)
class RemindingClauses:
    """What the clauses say, or what is wrong with them; and the tokens that belong to none."""

    reminding: Reminding | GrammarError
    others: list[Token]


def split_reminding(tokens: Sequence[Token]) -> RemindingClauses:
    """Split off "remind …" and "tell …". Either word is a part of a name unless what follows can only be meant as its
    clause. An error's example is the clause alone."""
    said: list[Reminding | GrammarError] = []
    others, at = list[Token](), 0
    while at < len(tokens):
        words, key = Words(tokens, at + 1), tokens[at].key
        read = _remind(words) if key in _REMIND else _tell(words) if key in _TELL else None
        if read is None:
            others.append(tokens[at])
            at += 1
        else:
            said.append(read)
            at = words.at
    return RemindingClauses(_together(said), others)


def reminding_line(reminding: Reminding) -> str:
    """The clauses as they can be typed, each after a space."""
    reminders, escalation = reminding.reminders, reminding.escalation
    remind = tell = ""
    if reminders is not None:
        remind = f" {_remind_line(reminders.every, reminders.during)}"
    if escalation is not None:
        tell = f" {_tell_line(escalation.to, escalation.during, escalation.after)}"
    return (" remind off" if reminders == NO_REMINDERS else remind) + (
        " tell off" if escalation == NO_ESCALATION else tell
    )


def _together(said: Sequence[Reminding | GrammarError]) -> Reminding | GrammarError:
    """All clauses as one, or the first that is wrong."""
    all_said = NO_REMINDING
    for one in said:
        if isinstance(one, GrammarError):
            return one
        if one.reminders and all_said.reminders:
            return GrammarError("“remind” appears twice.", "A watch has one reminder interval.", _REMIND_EXAMPLE)
        if one.escalation and all_said.escalation:
            return GrammarError("“tell” appears twice.", "A watch escalates to one person or group.", _TELL_EXAMPLE)
        all_said = all_said.completed_by(one)
    return all_said


def _remind(words: Words) -> Reminding | GrammarError | None:
    """Read what follows "remind"; None if that is no clause."""
    words.take("me", "us")
    if words.take(*_OFF):
        return Reminding(NO_REMINDERS)
    is_said = words.take("every", "each")
    every = words.take_length()
    if every is None:
        return _no_rhythm(words) if is_said and words.is_number_or_end else None
    during = words.take_condition()
    if not isinstance(during, Failing):
        return _no_condition(during, _REMIND_HINT, _remind_line(every))
    if not SHORTEST_REMINDERS <= every <= LONGEST_REMINDERS:
        bound = SHORTEST_REMINDERS if every < SHORTEST_REMINDERS else LONGEST_REMINDERS
        return _out_of_bounds(every, bound, _REMIND_HINT, _remind_line(bound, during))
    return Reminding(Reminders(every, during))


def _no_rhythm(words: Words) -> GrammarError:
    wrong = words.take_any()
    problem = f"“{echo(wrong)}” isn't a length of time." if wrong else "“remind every” needs a length of time."
    return GrammarError(problem, _REMIND_HINT, _REMIND_EXAMPLE)


def _tell(words: Words) -> Reminding | GrammarError | None:
    """Read what follows "tell"; None if that is no clause."""
    words.take("to")
    if words.take(*_OFF):
        return Reminding(None, NO_ESCALATION)
    who = words.take_person()
    if who is None:
        return None
    is_first = words.begins_condition
    during = words.take_condition()
    is_said = words.take("for", "after")
    after = words.take_length()
    during = during if is_first else words.take_condition()
    to = ME if who.key == ME else mentioned(who)
    if to is None:
        return GrammarError(f"I can't escalate to “{echo(who.text)}”.", _WHO_HINT, _TELL_EXAMPLE)
    if not isinstance(during, Failing):
        return _no_condition(during, _TELL_HINT, _tell_line(to, after=after))
    if after is None:
        wrong = words.take_any() if is_said else ""
        problem = f"“{echo(wrong)}” isn't a length of time." if wrong else "“tell” needs a length of time."
        return GrammarError(problem, _TELL_HINT, _tell_line(to, during))
    if not SHORTEST_ESCALATION <= after <= LONGEST_ESCALATION:
        bound = SHORTEST_ESCALATION if after < SHORTEST_ESCALATION else LONGEST_ESCALATION
        return _out_of_bounds(after, bound, _TELL_HINT, _tell_line(to, during, bound))
    return Reminding(None, Escalation(to, after, during))


def _no_condition(wrong: str, hint: str, example: str) -> GrammarError:
    problem = f"“{echo(wrong)}” is neither “error” nor “problem”." if wrong else "The condition is missing."
    return GrammarError(problem, hint, example)


def _out_of_bounds(length: timedelta, bound: timedelta, hint: str, example: str) -> GrammarError:
    return GrammarError(f"“{_typed(length)}” is too {'short' if length < bound else 'long'}.", hint, example)


def _remind_line(every: timedelta, during: Failing = Failing.ERROR) -> str:
    return f"remind every {_typed(every)} while {during}"


def _tell_line(to: str, during: Failing = Failing.ERROR, after: timedelta | None = None) -> str:
    who = mention(to) if is_owner(to) else to
    return f"tell {who} if {during} for {_typed(after) if after else '15m'}"


def _typed(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    return f"{minutes // 60}h" if minutes and minutes % 60 == 0 else f"{minutes}m"
