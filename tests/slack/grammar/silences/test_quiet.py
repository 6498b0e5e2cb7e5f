"""`quiet …`: the hours, the zone, and what breaks through."""

from datetime import time

import pytest

from bot.domain.channel.quiet_hours import NOTHING, QuietHours
from bot.domain.job import Status
from bot.domain.status_filter import PROBLEMS, StatusFilter
from bot.slack.grammar.commands import Quiet
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse

NIGHT = QuietHours(time(22), time(7))


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("quiet", Quiet()),
        ("quiet off", Quiet(off=True)),
        ("quiet 22:00-7:00", Quiet(NIGHT)),
        ("Quiet 22 – 7", Quiet(NIGHT)),
        ("quiet from 10pm to 7 am", Quiet(NIGHT)),
        ("quiet midnight-6:30", Quiet(QuietHours(time(0), time(6, 30)))),
        ("quiet 22:00-7:00 Asia/Kolkata", Quiet(NIGHT, "Asia/Kolkata")),
        ("quiet 22.00 until 07.00, berlin time", Quiet(NIGHT, "Europe/Berlin")),
        ("quiet 22:00-7:00 except errors", Quiet(NIGHT)),
        ("quiet 22:00-7:00 only on errors", Quiet(NIGHT)),
        ("quiet 22:00-7:00 UTC on stopped", Quiet(QuietHours(time(22), time(7), StatusFilter.read("Stopped")), "UTC")),
        ("quiet 22:00-7:00 except nothing", Quiet(QuietHours(time(22), time(7), NOTHING))),
        (
            "quiet 22:00-7:00 UTC except for problems",
            Quiet(QuietHours(time(22), time(7), StatusFilter(PROBLEMS)), "UTC"),
        ),
        (
            "quiet 22:00-7:00 except stopped",
            Quiet(QuietHours(time(22), time(7), StatusFilter.of([Status.of("Stopped")]))),
        ),
    ],
)
def test_quiet_hours_as_people_type_them(typed: str, command: Quiet) -> None:
    """Any usual way to write two times will do; errors break through unless something else is said."""
    assert parse(typed) == command


@pytest.mark.parametrize(
    ("typed", "problem", "copied"),
    [
        ("quiet at night", "“at night” doesn't say from when until when.", "quiet 22:00-7:00 Europe/Berlin"),
        ("quiet 25-7", "“25-7” doesn't say from when until when.", "quiet 22:00-7:00 Europe/Berlin"),
        ("quiet 9-9", "Quiet hours can't last all day.", "mute all 1d"),
        ("quiet 22-7 except", "“except” needs a word.", "quiet 22:00-07:00 except problems"),
        ("quiet 22-7 except x", "I don't understand “x” after “except”.", "quiet 22:00-07:00 except problems"),
        ("quiet 22-7 except changes", "Quiet hours except every change would be no quiet hours.", "quiet off"),
        (
            "quiet 22-7 IST except nothing",
            "“IST” doesn't say which city's clock counts.",
            "quiet 22:00-07:00 Asia/Kolkata except nothing",
        ),
    ],
)
def test_unclear_quiet_hours_get_a_line_to_copy(typed: str, problem: str, copied: str) -> None:
    """Nobody misses an alert at an hour that they didn't mean."""
    error = parse(typed)
    assert isinstance(error, GrammarError), error
    assert (error.problem, error.example) == (problem, copied)
    assert not isinstance(parse(copied), GrammarError)
