"""The period that may follow a job after `history`: `24h`, `7 days`, `month`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.history.lookback import Lookback
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.references import Name
from bot.slack.grammar.tokens import Token

_PERIODS = {
    Lookback.DAY: "24h 24hours 1d 1day day",
    Lookback.WEEK: "7d 7days 1w 1week week",
    Lookback.MONTH: "30d 30days 1month month",
}
_LENGTH = re.compile(
    r"(?P<name>.+) (?P<length>\d{1,4} ?(?:m|min|h|d|w|hours?|days?|weeks?|months?))", re.ASCII | re.IGNORECASE
)
_BY_WORD = {word: period for period, words in _PERIODS.items() for word in words.split()}


@dataclass(frozen=True)
class WithPeriod:
    """The tokens that name the job, and the period that was typed after them; None if there was none."""

    named: list[Token]
    period: Lookback | None


def split_period(tokens: Sequence[Token]) -> WithPeriod:
    """Split off the period. The first token is always the job's, and any other word is part of its name."""
    for length in (2, 1):
        named, last = tokens[:-length], tokens[-length:]
        if not named:
            continue
        period = _BY_WORD.get("".join(token.key for token in last))
        is_period = length == 1 or last[0].key.isdecimal()
        if period is not None and is_period and not any(token.quoted for token in last):
            return WithPeriod(list(named), period)
    return WithPeriod(list(tokens), None)


def other_period(name: str) -> GrammarError | None:
    """What to ask if the name that no job has ends with another length; None if it doesn't."""
    found = _LENGTH.fullmatch(name)
    if found is None:
        return None
    lines = {period: f"history {Name(found['name'])} {period}" for period in Lookback}
    return GrammarError(
        f"A history covers 24 hours, 7 days or 30 days, not “{found['length']}”.",
        "Choose one of these.",
        lines[Lookback.DAY],
        tuple((period.words, line) for period, line in lines.items()),
    )
