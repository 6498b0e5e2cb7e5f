"""`quiet 22:00-7:00 [ZONE] [except errors|problems|nothing]`, `quiet off`, `quiet`."""

import re
from collections.abc import Callable, Sequence

from bot.domain.channel.quiet_hours import NOTHING, QuietHours
from bot.domain.names import folded
from bot.domain.status_filter import ERRORS, StatusFilter
from bot.slack.grammar.commands import Quiet
from bot.slack.grammar.durations import parse_time
from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.filters import find_filter
from bot.slack.grammar.settings.zones import read_zone
from bot.slack.grammar.tokens import Token, text_of

_EXAMPLE = "quiet 22:00-7:00 Europe/Berlin"
_HINT = "Give two times of day, then a time zone and what may still come, if you like."
_EXCEPT_HINT = "After “except” stands what is still alerted on: errors, problems, or nothing."

_CLOCK = r"\d{1,2}(?:[:.]\d\d)?(?: ?[ap]\.?m\.?)?|noon|midnight"
_HOURS = re.compile(
    rf"(?:from |between )?({_CLOCK}) ?(?:[-‐‑‒–—−~]|to|until|till|and) ?({_CLOCK})(?:,? (.+))?",
    re.ASCII | re.IGNORECASE,
)
_EXCEPT = ("except", "but", "on", "only")  # a watch is filtered by "on"
_IGNORED = ("for", "on", "only")  # except for errors, only on errors


def read_quiet(tokens: Sequence[Token]) -> Quiet | GrammarError:
    """Read what follows "quiet"."""
    if not tokens:
        return Quiet()
    if [token.key for token in tokens] in (["off"], ["none"], ["end"]):
        return Quiet(off=True)
    at = next((at for at, token in enumerate(tokens) if token.key in _EXCEPT), len(tokens))
    typed = text_of(tokens[:at])
    found = _HOURS.fullmatch(typed) or _HOURS.fullmatch(folded(typed))
    start, end = (parse_time(found[1]), parse_time(found[2])) if found else (None, None)
    if found is None or start is None or end is None:
        return GrammarError(f"“{echo(text_of(tokens))}” doesn't say from when until when.", _HINT, _EXAMPLE)
    hours = QuietHours(start, end)
    if start == end:
        problem = "Quiet hours can't last all day."
        return GrammarError(problem, "To get no alerts for a while, mute all jobs.", "mute all 1d")
    breaks_through = _exceptions(tokens[at + 1 :], hours) if at < len(tokens) else StatusFilter(ERRORS)
    if isinstance(breaks_through, GrammarError):
        return breaks_through
    chosen = QuietHours(start, end, breaks_through)
    if not found[3]:
        return Quiet(chosen)
    zone = read_zone(found[3], _line(chosen))
    return zone if isinstance(zone, GrammarError) else Quiet(chosen, zone)


def quiet_line(command: Quiet) -> str:
    """The command as it can be typed."""
    if command.hours is None:
        return "quiet off" if command.off else "quiet"
    return _line(command.hours)(command.zone or "")


def _line(hours: QuietHours) -> Callable[[str], str]:
    exceptions = "" if hours.breaks_through == StatusFilter(ERRORS) else f" except {hours.exceptions}"
    return lambda zone: f"quiet {hours.text}{zone and f' {zone}'}{exceptions}"


def _exceptions(tokens: Sequence[Token], hours: QuietHours) -> StatusFilter | GrammarError:
    while tokens and tokens[0].key in _IGNORED:
        tokens = tokens[1:]
    if [token.key for token in tokens] == ["nothing"]:
        return NOTHING
    filtered = find_filter(tokens)
    if filtered is None:
        problem = (
            f"I don't understand “{echo(text_of(tokens))}” after “except”." if tokens else "“except” needs a word."
        )
        return GrammarError(problem, _EXCEPT_HINT, f"quiet {hours.text} except problems")
    if filtered == StatusFilter():
        return GrammarError("Quiet hours except every change would be no quiet hours.", _EXCEPT_HINT, "quiet off")
    return filtered
