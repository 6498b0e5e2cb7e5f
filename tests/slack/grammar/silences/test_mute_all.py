"""`mute all …` and `unmute all …`: what is muted, for how long, and why."""

from datetime import time, timedelta

import pytest

from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import MuteAll, UnmuteAll
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("mute all", MuteAll(None, HOUR, None)),
        ("MUTE ALL 2h", MuteAll(None, 2 * HOUR, None)),
        ("mute all for 2 hours", MuteAll(None, 2 * HOUR, None)),
        ("mute all 2h database upgrade", MuteAll(None, 2 * HOUR, None, reason="database upgrade")),
        ("mute all 2h 30m of work", MuteAll(None, 2.5 * HOUR, None, reason="of work")),
        ("mute all 1 day 2 releases", MuteAll(None, 24 * HOUR, None, reason="2 releases")),
        ("mute all 2h “the upgrade to v2”", MuteAll(None, 2 * HOUR, None, reason="the upgrade to v2")),
        ("mute all until 9:00 move to eu-2", MuteAll(None, None, time(9), reason="move to eu-2")),
        ("mute all until tomorrow 9:30 pm", MuteAll(None, None, time(21, 30), tomorrow=True)),
        ("mute all 2h for Ann to me", MuteAll(None, 2 * HOUR, None, ME, reason="for Ann")),
        ("mute all to me 2h", MuteAll(None, 2 * HOUR, None, ME)),
        ("snooze orders-* 30m", MuteAll("orders-*", HOUR / 2, None)),
        ("mute all orders-* 30m", MuteAll("orders-*", HOUR / 2, None)),
        ("mute all matching orders 1d", MuteAll("orders", 24 * HOUR, None)),
        ('mute all matching "a b*" 1d x', MuteAll("a b*", 24 * HOUR, None, reason="x")),
        ("unmute all", UnmuteAll()),
        ("unmute all to me", UnmuteAll(None, ME)),
        ("unmute all matching orders-*", UnmuteAll("orders-*")),
        ("unsnooze orders-*", UnmuteAll("orders-*")),
    ],
)
def test_maintenance_as_people_type_it(typed: str, command: MuteAll | UnmuteAll) -> None:
    """The end stands before the reason, which may say anything; without an end it lasts an hour."""
    assert parse(typed) == command


@pytest.mark.parametrize(
    ("typed", "problem", "copied"),
    [
        ("mute all upgrade", "“upgrade” doesn't say how long.", "mute all 2h"),
        ("mute all upgrade to me", "“upgrade” doesn't say how long.", "mute all 2h to me"),
        ("mute all orders 2h", "“orders 2h” doesn't say how long.", "mute all 2h"),
        ("mute all 5", "“5” isn't a length of time.", "mute all 5m"),
        ("mute all 90d", "“90d” is too long.", "mute all 30d"),
        ("mute all until later", "“later” isn't a time of day.", "mute all 1d"),
        ("mute all until it changes", "Maintenance of many jobs can't end when one of them changes.", "mute all 2h"),
        (f"mute all 2h {'x' * 151}", "That reason is too long: 151 characters, and the limit is 150.", "mute all 2h"),
        ("mute all matching", "“matching” needs a pattern.", "mute all matching orders-*"),
        ("unmute all 2h", "I don't understand “2h”.", "unmute all"),
    ],
)
def test_unclear_maintenance_gets_a_line_to_copy(typed: str, problem: str, copied: str) -> None:
    """Nothing is muted for a time that nobody meant."""
    error = parse(typed)
    assert isinstance(error, GrammarError), error
    assert (error.problem, error.example) == (problem, copied)
    assert not isinstance(parse(copied), GrammarError)
