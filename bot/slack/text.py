"""Words for people: escaping and shortening what came from outside, a status's emoji, durations. Pure."""

import re
from datetime import timedelta

from bot.jobs import Status, StatusClass

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


def status_words(status: Status) -> str:
    """The status's documented words, or an unknown word as itself."""
    return shorten(status.words) or "(no word)"


def status_emoji(status: Status) -> str:
    return EMOJI[status.status_class]


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
