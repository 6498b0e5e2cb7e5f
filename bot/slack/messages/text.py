"""Words for people: statuses, filters, counts, durations, and text from outside made safe."""

import math
from collections.abc import Sequence
from datetime import timedelta

from bot.domain.job import JobRef, Status, StatusClass
from bot.domain.names import visible
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS, StatusFilter
from bot.domain.tracked_job import Lasted

# They differ in shape, not only in colour.
STATUS_ICONS = {
    StatusClass.HEALTHY: "✅",
    StatusClass.WARNING: "⚠️",
    StatusClass.ERROR: "❌",
    StatusClass.DEPLOYING: "🔄",
    StatusClass.UNDEPLOYED: "⏏️",
    StatusClass.STOPPED: "⏹️",
    StatusClass.UNKNOWN: "❔",
}

# Between a number and its unit, or an icon and its words, so that no line breaks there.
_NO_BREAK = "\u00a0"
# From here on, minutes of what remains don't matter.
_EXACT_BELOW_MINUTES = 180
_RUNS_NAMED = 5

_FILTERS = {
    CHANGES: "every status change",
    PROBLEMS: "problems only (warning, error, unknown status, stopped, undeployed, and recovery)",
    ERRORS: "errors only (error, unknown status, and recovery)",
}


def escape(text: str) -> str:
    """Escape for mrkdwn and for fallback text: nothing in it can mention or link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shorten(text: str, limit: int = 100) -> str:
    """One line of at most `limit` visible characters."""
    line = visible(text)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def status_words(status: Status, limit: int = 100) -> str:
    """The documented words of a status, or an undocumented status as itself."""
    return shorten(status.words, limit) or "(empty status)"


def status_icon(status: Status) -> str:
    return STATUS_ICONS[status.status_class]


def status_text(status: Status, limit: int = 100) -> str:
    """A status as people see it everywhere, such as `✅ Up and Running`. No line breaks after the icon."""
    return f"{status_icon(status)}{_NO_BREAK}{status_words(status, limit)}"


def filter_text(status_filter: StatusFilter) -> str:
    """Which changes are alerted on, such as `every status change` or `Stopped or Undeployed only`."""
    if status_filter.word is not None:
        return _FILTERS[status_filter.word]
    *others, last = [status_words(status, 40) for status in status_filter.statuses[:10]] or ["(no status)"]
    return f"{', '.join(others)} or {last} only" if others else f"{last} only"


def with_unit(number: float, unit: str) -> str:
    """`14 k messages`, `51 kB`."""
    text = quantity(number)
    return f"{text}{unit}" if unit == "B" and not text[-1].isdigit() else f"{text}{_NO_BREAK}{unit}"


def capitalized(text: str) -> str:
    """A clause as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def typed(ref: object) -> str:
    """A job as people type it: a run by both IDs, otherwise its name or its dataflow ID."""
    return f"{ref.dataflow} {ref.run}" if isinstance(ref, JobRef) else str(ref)


def counted(count: int, one: str, many: str = "") -> str:
    """`1 job`, `2 jobs`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: list[str], total: int) -> str:
    """Some of `total` names: `a, b, and 3 more`."""
    return ", ".join([*names, *([f"and {total - len(names):,} more"] if total > len(names) else [])])


def runs_that(runs: Sequence[int], still: str = "still") -> str:
    """`run 42559 is still watched`."""
    latest = [str(run) for run in runs[-_RUNS_NAMED:]]
    return f"run{'s' * (len(runs) > 1)} {listed(latest, len(runs))} {'is' if len(runs) == 1 else 'are'} {still} watched"


def unbroken(number: str | int, unit: str) -> str:
    """A number and its unit, which no line break separates."""
    return f"{number}{_NO_BREAK}{unit}"


def quantity(number: float) -> str:
    """A number with its magnitude: `847`, `14 k`, `1.2 M`. No line breaks within it."""
    for size, unit in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= size * 0.9995:  # 999.95 k would be shown as 1000 k
            amount = number / size
            return unbroken(f"{amount:.1f}".removesuffix(".0") if amount < 10 else f"{amount:.0f}", unit)
    return f"{number:.0f}" if number >= 10 or number == int(number) else f"{number:.1f}"


def lasting(lasted: Lasted) -> str:
    """`for 3 h 12 min`; `for at least 5 s` if the beginning wasn't seen."""
    return f"for {duration(lasted.span)}" if lasted.is_exact else f"for at least {duration(lasted.span)}"


def known_to_last(lasted: Lasted) -> str:
    """The same; nothing in the first second, or in the first minute of something whose beginning wasn't seen."""
    least = timedelta(seconds=1) if lasted.is_exact else timedelta(minutes=1)
    return lasting(lasted) if lasted.span >= least else ""


def since(*, is_exact: bool) -> str:
    """The words before the time at which a status was first seen."""
    return "since" if is_exact else "since at least"


def ago(span: timedelta) -> str:
    """How long ago something was, in its largest unit: `3 h ago`, `45 days ago`, `2 years ago`."""
    for days, unit in ((730, "years"), (60, "months"), (2, "days")):
        if span >= timedelta(days=days):
            size = {"years": 365, "months": 30, "days": 1}[unit]
            return f"{unbroken(span.days // size, unit)} ago"
    return f"{duration(span)} ago"


def remaining(span: timedelta) -> str:
    """How long something still lasts, no more exactly than helps: `59 min`, `1 h 5 min`, `8 h`, `2 d 3 h`."""
    minutes = max(1, math.ceil(span.total_seconds() / 60))
    if minutes < _EXACT_BELOW_MINUTES:
        return duration(timedelta(minutes=minutes))
    return duration(timedelta(hours=round(minutes / 60)))


def duration(span: timedelta) -> str:
    """A duration in its two largest units: `3 h 12 min`, `25 min 43 s`."""
    seconds = max(0, round(span.total_seconds()))
    parts: list[str] = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        amount, seconds = divmod(seconds, size)
        if amount or (unit == "s" and not parts):
            parts.append(unbroken(amount, unit))
        elif parts:
            break
    return _NO_BREAK.join(parts[:2])


def percent(share: float) -> str:
    """A share of something in per cent. It's 0 or 100 % only if that is exact."""
    if 0 < share < 0.001:
        return f"under {unbroken('0.1', '%')}"
    tenths = round(share * 1_000) if share in (0, 1) else min(999, round(share * 1_000))
    return unbroken(f"{tenths / 10:.1f}".removesuffix(".0"), "%")
