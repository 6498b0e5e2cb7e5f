"""What `quiet` is answered with, and how quiet hours show in the list."""

from datetime import datetime

from bot.domain.channel.quiet_hours import NOTHING, QuietHours
from bot.slack.messages.blocks import Line, Message, bold, code, message, moment, person, sanitize
from bot.slack.messages.channel.words import clock_words, zone_words
from bot.slack.messages.text import filter_text


def chosen(
    hours: QuietHours, zone: str, *, by: str, to_person: bool, until: datetime | None, moves_digest: bool = False
) -> Message:
    """Somebody chose quiet hours. `until` is when those end that are in force now. `moves_digest` if the digest is in
    another time zone now, too."""
    who: Line = ["🌙 You chose"] if to_person else ["🌙 ", person(by), " chose"]
    where = "" if to_person else " for this channel"
    now = _in_force(until)
    digest: list[Line] = [["The digest is in this time zone now, too."]] if moves_digest else []
    return message([*who, f" quiet hours{where}: ", *times(hours, zone), "."], [_allowed(hours)], *now, *digest)


def turned_off(*, by: str, to_person: bool, summary_follows: bool) -> Message:
    """Somebody ended them for good."""
    follows = " What happened meanwhile follows." if summary_follows else ""
    if to_person:
        return message([f"🔔 You turned off quiet hours.{follows}"])
    return message(["🔔 ", person(by), f" turned off quiet hours in this channel.{follows}"])


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
    return message(
        [f"🌙 Quiet hours {where}: ", *times(hours, zone), "."],
        [_allowed(hours)],
        *_in_force(until),
        ["To turn them off: ", code(sanitize(f"{command} quiet off", 200))],
    )


def no_time_zone(again: str) -> Message:
    """Neither the place nor the person's profile says which clock counts."""
    return message(
        ["Quiet hours weren't changed: I couldn't get your time zone from Slack."],
        ["Add a city: ", code(sanitize(again, 200))],
    )


def list_lines(hours: QuietHours, until: datetime) -> list[Line]:
    """Above the list of what is watched, while they are in force."""
    return [["🌙 Quiet hours until ", moment(until), f" · alerts on {_broken(hours)}"]]


def times(hours: QuietHours, zone: str) -> Line:
    """`22:00–7:00, America/New York time`."""
    return [bold(span(hours)), f", {zone_words(zone)}"]


def span(hours: QuietHours) -> str:
    """`22:00–7:00`."""
    return f"{clock_words(hours.start)}–{clock_words(hours.end)}"


def _in_force(until: datetime | None) -> list[Line]:
    return [["They have begun, and end ", moment(until), "."]] if until else []


def _allowed(hours: QuietHours) -> str:
    if hours.breaks_through == NOTHING:
        return "During these hours you get no alerts, not even on errors. Afterwards I'll post what happened."
    return f"During these hours you get alerts on {_broken(hours)}. Afterwards I'll post what else happened."


def _broken(hours: QuietHours) -> str:
    return "nothing" if hours.breaks_through == NOTHING else filter_text(hours.breaks_through)
