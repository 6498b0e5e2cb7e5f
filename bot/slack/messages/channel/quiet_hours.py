"""What `quiet` is answered with, and how quiet hours show in the list."""

from datetime import datetime

from bot.domain.channel.quiet_hours import NOTHING, QuietHours
from bot.domain.status_filter import StatusFilter
from bot.slack.messages.blocks import Line, Message, bold, code, message, moment, person, sanitize
from bot.slack.messages.text import filter_text

_THEN = "When they end, I'll post what happened meanwhile."


def chosen(hours: QuietHours, zone: str, *, by: str, to_person: bool, until: datetime | None) -> Message:
    """Somebody chose quiet hours. `until` is when those end that are in force now."""
    who: Line = ["🌙 You chose"] if to_person else ["🌙 ", person(by), " chose"]
    where = "" if to_person else " for this channel"
    now: list[Line] = [["They are in force now, until ", moment(until), "."]] if until else []
    return message([*who, f" quiet hours{where}: ", *times(hours, zone), "."], [_allowed(hours)], *now)


def turned_off(*, by: str, to_person: bool, summary_follows: bool) -> Message:
    """Somebody ended them for good."""
    follows = " What happened in them follows." if summary_follows else ""
    if to_person:
        return message([f"🔔 You turned quiet hours off.{follows}"])
    return message(["🔔 ", person(by), f" turned quiet hours off in this channel.{follows}"])


def present(
    hours: QuietHours | None, zone: str, *, to_person: bool, command: str, until: datetime | None = None
) -> Message:
    """What was chosen, and how to change it."""
    where = "here" if to_person else "in this channel"
    if hours is None:
        return message(
            [f"There are no quiet hours {where}."],
            ["To choose some: ", code(sanitize(f"{command} quiet 22:00-7:00 Europe/Berlin", 200))],
        )
    now: Line = ["In force now, until ", moment(until), ". "] if until else []
    return message(
        [f"🌙 Quiet hours {where}: ", *times(hours, zone), "."],
        [*now, _allowed(hours)],
        ["To end them for good: ", code(sanitize(f"{command} quiet off", 200))],
    )


def no_time_zone(again: str) -> Message:
    """Neither the place nor the person's profile says which clock counts."""
    return message(
        ["Nothing was changed: Slack didn't tell me your time zone."],
        ["Name one: ", code(sanitize(again, 200))],
    )


def list_lines(hours: QuietHours, until: datetime) -> list[Line]:
    """Above the list of what is watched, while they are in force."""
    return [["🌙 Quiet hours until ", moment(until), f" · {_breaks_through(hours.breaks_through)}"]]


def times(hours: QuietHours, zone: str) -> Line:
    """`22:00–7:00, Europe/Berlin`."""
    return [bold(f"{_clock(hours.start)}–{_clock(hours.end)}"), f", {sanitize(zone, 60)}"]


def _clock(at: object) -> str:
    return f"{at:%H:%M}"


def _allowed(hours: QuietHours) -> str:
    return f"{_breaks_through(hours.breaks_through, sentence=True)} {_THEN}"


def _breaks_through(breaks_through: StatusFilter, *, sentence: bool = False) -> str:
    if breaks_through == NOTHING:
        return "No alerts come in them, not even about errors." if sentence else "no alerts"
    what = filter_text(breaks_through)
    return f"Alerts in them: {what}." if sentence else what
