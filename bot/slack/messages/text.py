"""Words for people: escaping and shortening what came from outside, a status, a duration, Slack's error words. Pure."""

import re
from datetime import timedelta

from bot.domain.job import JobRef, Status, StatusClass
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS, StatusFilter

EMOJI = {
    StatusClass.DEPLOYING: "🔵",
    StatusClass.HEALTHY: "🟢",
    StatusClass.WARNING: "🟡",
    StatusClass.ERROR: "🔴",
    StatusClass.UNDEPLOYED: "⚪",
    StatusClass.STOPPED: "⚫",
    StatusClass.UNKNOWN: "🟣",
}

# Control characters, and those that turn the direction of writing: a name must not rearrange the line it stands in.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def escape(text: str) -> str:
    """For mrkdwn and for a message's fallback text: nothing in it can mention, link or break out."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shorten(text: str, limit: int = 100) -> str:
    """One line of at most `limit` visible characters."""
    line = _INVISIBLE.sub(" ", text).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def status_words(status: Status, limit: int = 100) -> str:
    """The status's documented words, or an unknown word as itself."""
    return shorten(status.words, limit) or "(no word)"


def status_emoji(status: Status) -> str:
    return EMOJI[status.status_class]


def status_shown(status: Status, limit: int = 100) -> str:
    """A status as people see it everywhere: `🟢 Up and Running`."""
    return f"{status_emoji(status)} {status_words(status, limit)}"


_TOLD_WHEN = {
    CHANGES: "every change of its status",
    PROBLEMS: "problems (a warning, an error, an unknown status, an end, and the recovery)",
    ERRORS: "errors (Running with Error or an unknown status, and the recovery)",
}


def told_when(status_filter: StatusFilter) -> str:
    """Which changes are told, in words that follow a colon."""
    if status_filter.word is not None:
        return _TOLD_WHEN[status_filter.word]
    *others, last = [status_words(status, 40) for status in status_filter.statuses[:10]] or ["(no status)"]
    return f"when it becomes {', '.join(others)} or {last}" if others else f"when it becomes {last}"


def typed(job: object) -> str:
    """A job as people type it: a run by both its IDs, else its dataflow's ID or its name."""
    return f"{job.dataflow} {job.run}" if isinstance(job, JobRef) else str(job)


def run_details(ref: JobRef, version: str | None, started_by: str | None) -> str:
    """Which run it is, as far as it is known."""
    parts = [
        f"Run {ref.run}",
        f"version {shorten(version, 40)}" if version else "",
        f"deployed by {shorten(started_by, 60)}" if started_by else "",
    ]
    return " · ".join(filter(None, parts))


def counted(count: int, one: str, many: str = "") -> str:
    """`1 job`, `2 jobs`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def large(number: float) -> str:
    """A quantity with its magnitude: `847`, `14 k`, `1.2 M`."""
    for size, unit in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= size * 0.9995:  # 999.95 k would be shown as 1000 k
            amount = number / size
            return f"{amount:.1f}".removesuffix(".0") + f" {unit}" if amount < 10 else f"{amount:.0f} {unit}"
    return f"{number:.0f}" if number >= 10 or number == int(number) else f"{number:.1f}"


def lasting(span: timedelta) -> str:
    """A duration in its two largest units: `3 h 12 min`, `25 min 43 s`."""
    seconds = max(0, round(span.total_seconds()))
    parts: list[str] = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        amount, seconds = divmod(seconds, size)
        if amount or (unit == "s" and not parts):
            parts.append(f"{amount} {unit}")
        elif parts:
            break
    return " ".join(parts[:2])
