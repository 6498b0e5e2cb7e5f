"""`digest`: when a digest comes, as people type it."""

from datetime import time

import pytest

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.slack.grammar.commands import PreviewDigest, ScheduleDigest
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse

MORNING = time(9)
DAILY, MONDAYS, FRIDAYS = DigestSchedule(MORNING), DigestSchedule(MORNING, 0), DigestSchedule(time(17, 30), 4)


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("digest", ScheduleDigest()),
        ("digest off", ScheduleDigest(off=True)),
        ("digest now", PreviewDigest()),
        ("digest daily 9:00", ScheduleDigest(DAILY)),
        ("Digest Daily at 9am", ScheduleDigest(DAILY)),
        ("digest daily", ScheduleDigest(DAILY)),
        ("digest 9:00", ScheduleDigest(DAILY)),
        ("digest every day at 9", ScheduleDigest(DAILY)),
        ("digest daily 9:00 Europe/Berlin", ScheduleDigest(DAILY, "Europe/Berlin")),
        ("digest daily 9 am in new york", ScheduleDigest(DAILY, "America/New_York")),
        ("digest daily berlin", ScheduleDigest(DAILY, "Europe/Berlin")),
        ("digest weekly mon 9:00", ScheduleDigest(MONDAYS)),
        ("digest weekly", ScheduleDigest(MONDAYS)),
        ("digest mondays", ScheduleDigest(MONDAYS)),
        ("digest weekly on Friday at 5:30 pm, Kolkata", ScheduleDigest(FRIDAYS, "Asia/Kolkata")),
        ("digest every fri 17:30 utc", ScheduleDigest(FRIDAYS, "UTC")),
        ("digest weekly tues 9:00", ScheduleDigest(DigestSchedule(MORNING, 1))),
    ],
)
def test_a_schedule_is_read_as_people_say_it(typed: str, command: object) -> None:
    """How often, the day, the time and the zone are read in plain words. Without a day it is Monday, without a time
    nine o'clock."""
    assert parse(typed) == command


@pytest.mark.parametrize(
    ("typed", "problem", "example"),
    [
        ("digest hourly", "I don't understand “hourly” after “digest”.", "digest daily 9:00"),
        ("digest berlin", "I don't understand “berlin” after “digest”.", "digest daily 9:00"),
        ("digest daily 25:00", "“25:00” isn't a time of day.", "digest daily 09:00"),
        ("digest weekly fri at dawn", "“dawn” isn't a time of day.", "digest weekly fri 09:00"),
        ("digest daily 9:00 CET", "“CET” doesn't say which city's clock counts.", "digest daily 09:00 Europe/Berlin"),
        (
            "digest daily 9:00 to <#C0GEN|general>",
            "I can only do that where you type it, not “to #general”.",
            "digest daily 09:00",
        ),
        ("digest daily 9:00 xyzzy", "I don't know a time zone “xyzzy”.", "digest daily 09:00 Europe/Berlin"),
        ("digest daily 9:00 +02:00", "“+02:00” is an offset, not a time zone.", "digest daily 09:00 Europe/Berlin"),
    ],
)
def test_what_is_no_schedule_is_explained(typed: str, problem: str, example: str) -> None:
    """What can't be read is named, with a line to copy that can; zones that may be meant are choices."""
    read = parse(typed)
    assert isinstance(read, GrammarError)
    assert (read.problem, read.example) == (problem, example)
    for line in (read.example, *(line for _, line in read.choices)):
        assert isinstance(parse(line), ScheduleDigest), line
