from datetime import time, timedelta
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.job import Dataflow, JobRef
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import Command, Mute
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse
from bot.slack.grammar.references import Name

DATAFLOW = "1948938e-3923-4602-aba8-f122e3d66faf"
JOB = JobRef(DATAFLOW, 42559)
TYPED = f"{DATAFLOW} 42559"

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def error_for(clauses: str) -> GrammarError:
    """The error for `mute REF …`. Its example is a command about the same job."""
    read = parse(f"mute {TYPED} {clauses}")
    assert isinstance(read, GrammarError), read
    meant = parse(read.example)
    assert isinstance(meant, get_args(Command)), read.example
    assert getattr(meant, "ref", None) == JOB
    return read


@pytest.mark.parametrize(
    ("typed", "length"),
    [
        ("", HOUR),
        ("30m", 30 * MINUTE),
        ("30 m", 30 * MINUTE),
        ("30min", 30 * MINUTE),
        ("30 min", 30 * MINUTE),
        ("30 mins", 30 * MINUTE),
        ("45 minutes", 45 * MINUTE),
        ("1 minute", MINUTE),
        ("090 MINUTES", 90 * MINUTE),
        ("2h", 2 * HOUR),
        ("2 hr", 2 * HOUR),
        ("2hrs", 2 * HOUR),
        ("1 hour", HOUR),
        ("an hour", HOUR),
        ("for a day", DAY),
        ("2 hours", 2 * HOUR),
        ("1h30m", 90 * MINUTE),
        ("1h 30m", 90 * MINUTE),
        ("1 hour 30 minutes", 90 * MINUTE),
        ("1 hour and 30 minutes", 90 * MINUTE),
        ("1d", DAY),
        ("1 day", DAY),
        ("2 days 12 hours", 60 * HOUR),
        ("1w", 7 * DAY),
        ("2 weeks", 14 * DAY),
        ("1w2d3h4m", 9 * DAY + 3 * HOUR + 4 * MINUTE),
        ("30d", 30 * DAY),
        ("for 2h", 2 * HOUR),
        ("FOR 45 Minutes", 45 * MINUTE),
        ("“2h”", 2 * HOUR),
    ],
)
def test_a_length_is_read(typed: str, length: timedelta) -> None:
    """A mute lasts as long as typed, in any of the usual spellings, and an hour if nothing is typed."""
    assert parse(f"mute {TYPED} {typed}") == Mute(JOB, length, None)


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("9:00", time(9)),
        ("9", time(9)),
        ("09:00", time(9)),
        ("9.30", time(9, 30)),
        ("9am", time(9)),
        ("9 AM", time(9)),
        ("9:30 pm", time(21, 30)),
        ("9:30pm", time(21, 30)),
        ("9 p.m.", time(21)),
        ("21:15", time(21, 15)),
        ("0:30", time(0, 30)),
        ("12am", time(0)),
        ("12:15 am", time(0, 15)),
        ("12pm", time(12)),
        ("23:59", time(23, 59)),
        ("noon", time(12)),
        ("Midnight", time(0)),
    ],
)
def test_a_time_of_day_is_read(typed: str, at: time) -> None:
    """A time of day has no zone: it is on the person's own clock."""
    read = parse(f"mute {TYPED} until {typed}")
    assert read == Mute(JOB, None, at)
    assert at.tzinfo is None


def test_tomorrow_and_the_next_change_are_read() -> None:
    """A mute may last until a time of the next day, 9:00 if none is typed, or until the job's status changes."""
    for typed, at in (("tomorrow", time(9)), ("Tomorrow at noon", time(12)), ("tomorrow 8:30 am", time(8, 30))):
        for until in ("until ", ""):
            assert parse(f"mute {TYPED} {until}{typed} to me") == Mute(JOB, None, at, ME, tomorrow=True), typed
    for typed in ("it changes", "It Changes", "its status changes", "the next change", "changes"):
        assert parse(f"mute {TYPED} until {typed}") == Mute(JOB, None, None, until_change=True), typed


@pytest.mark.parametrize(
    ("clauses", "length", "until"),
    [
        ("to me", HOUR, None),
        ("2h to me", 2 * HOUR, None),
        ("to me 2h", 2 * HOUR, None),
        ("to me for 2h", 2 * HOUR, None),
        ("until 9:00 to me", None, time(9)),
        ("to me until 9 pm", None, time(21)),
    ],
)
def test_the_clauses_of_a_mute_stand_in_either_order(
    clauses: str, length: timedelta | None, until: time | None
) -> None:
    """“to me” may come before the length or after it."""
    for ref in (TYPED, f"{DATAFLOW}/42559", f"https://x.example/jobs/{DATAFLOW}/42559"):
        assert parse(f"mute {ref} {clauses}") == Mute(JOB, length, until, ME)


@pytest.mark.parametrize(
    ("clauses", "copied"),
    [
        ("0m", "1m"),
        ("0h0m", "1m"),
        ("31d", "30d"),
        ("5 weeks", "30d"),
        ("30d1m", "30d"),
        ("43201m", "30d"),
        ("99999999w99999999d", "30d"),
        ("0m to me", "1m to me"),
    ],
)
def test_a_length_beyond_the_limits_gets_the_limits(clauses: str, copied: str) -> None:
    """A length under a minute or over 30 days gets both limits, and the nearest valid length."""
    read = error_for(clauses)
    assert "1 minute to 30 days" in read.hint
    assert read.example == f"mute {DATAFLOW}/42559 {copied}"


@pytest.mark.parametrize(
    ("clauses", "copied"),
    [
        ("30", "30m"),
        ("1h30", "1h30m"),
        ("9:00", "until 9:00"),
        ("9am to me", "until 9am to me"),
        ("noon", "until noon"),
        ("00", "2h"),
        ("forever", "2h"),
        (f"{'9' * 100}d", "2h"),
        ("90s", "2h"),
        ("1.5h", "2h"),
        ("-5m", "2h"),
        ("1 month", "2h"),
        ("30m 1h", "2h"),
        ("1h 1h", "2h"),
        ("٣٠m", "2h"),
        ("30m until 9", "2h"),
        ("for", "2h"),
        ("for until 9", "2h"),
        ("on errors", "2h"),
        ("please", "2h"),
        ("30m please", "2h"),
    ],
)
def test_a_wrong_length_gets_examples(clauses: str, copied: str) -> None:
    """A wrong length gets examples, and a line to copy with what was probably meant."""
    read = error_for(clauses)
    assert "30m" in read.hint
    assert "until" in read.hint
    assert read.example == f"mute {DATAFLOW}/42559 {copied}"


@pytest.mark.parametrize(
    ("clauses", "right", "copied"),
    [
        ("until tomorrow 25:00", "“until” takes a time of day", "1d"),
        ("until Monday to me", "For a longer mute, type 1d", "1d to me"),
        ("until 25:00", "“until” takes a time of day", "until 9:00"),
        ("until 24:00", "“until” takes a time of day", "until 9:00"),
        ("until 9:60", "“until” takes a time of day", "until 9:00"),
        ("until 9:5", "“until” takes a time of day", "until 9:00"),
        ("until 13pm", "“until” takes a time of day", "1d"),
        ("until 0am", "“until” takes a time of day", "1d"),
        ("until 2026-10-18", "“until” takes a time of day", "until 9:00"),
        ("until ٩:00", "“until” takes a time of day", "until 9:00"),
        ("until", "“until” takes a time of day", "until 9:00"),
        ("until to me", "“until” takes a time of day", "until 9:00 to me"),
        ("until 2h", "without “until”", "2h"),
        ("until 99d", "“until” takes a time of day", "1d"),
    ],
)
def test_a_wrong_time_of_day_gets_a_hint(clauses: str, right: str, copied: str) -> None:
    """Another day or an hour that no clock shows is refused, with what to say instead."""
    read = error_for(clauses)
    assert right in read.hint
    assert read.example == f"mute {DATAFLOW}/42559 {copied}"


@pytest.mark.parametrize("typed", ["mute until 9", "mute for 2", "mute 30m", "mute 2h to me", "unmute to 5", "mute 1w"])
def test_a_length_is_never_taken_for_the_job(typed: str) -> None:
    """Without a job there is an error, rather than a mute of run 9 of “until”."""
    read = parse(typed)
    assert isinstance(read, GrammarError)
    assert "needs a job" in read.problem


@pytest.mark.parametrize(
    ("typed", "name", "length", "until", "to"),
    [
        ("orders", "orders", HOUR, None, None),
        ("orders 30m", "orders", 30 * MINUTE, None, None),
        ("orders to lake 1 hour and 30 minutes", "orders to lake", 90 * MINUTE, None, None),
        ("orders to lake for 2h to me", "orders to lake", 2 * HOUR, None, ME),
        ("orders to lake to me for 2h", "orders to lake", 2 * HOUR, None, ME),
        ("orders to lake until 9:30 pm", "orders to lake", None, time(21, 30), None),
        ("orders to lake until noon to <#C123|lake>", "orders to lake", None, time(12), "C123"),
        ("orders for lake", "orders for lake", HOUR, None, None),
        ("orders on lake 2h", "orders on lake", 2 * HOUR, None, None),
        ("2h orders", "2h orders", HOUR, None, None),
        ("'sync 1h'", "sync 1h", HOUR, None, None),
        ("'sync 1h' 2h", "sync 1h", 2 * HOUR, None, None),
        ("'wait until 9'", "wait until 9", HOUR, None, None),
        ("'30m'", "30m", HOUR, None, None),
    ],
)
def test_a_name_ends_where_the_length_begins(
    typed: str, name: str, length: timedelta | None, until: time | None, to: str | None
) -> None:
    """A name needs no quotes before a length or a time, unless it contains one."""
    assert parse(f"mute {typed}") == Mute(Name(name), length, until, to)


@pytest.mark.parametrize(
    ("typed", "copied"),
    [
        ("orders 0m", "orders 1m"),
        ("orders 31d to me", "orders 30d to me"),
        ("orders until Monday", "orders 1d"),
        ("orders until", "orders until 9:00"),
        ("orders for", "orders 2h"),
        ("orders for 90s", "orders 2h"),
        ("daily 9am", "daily until 9am"),
        ("orders to lake 9:00", '"orders to lake" until 9:00'),
    ],
)
def test_a_possible_length_is_never_silently_part_of_a_name(typed: str, copied: str) -> None:
    """Where words could belong to the name, the error offers both: the corrected clause, and quotes."""
    read = parse(f"mute {typed}")
    assert isinstance(read, GrammarError)
    assert read.example == f"mute {copied}"
    assert "quotes" in read.hint
    assert isinstance(parse(read.example), Mute)


@pytest.mark.parametrize("typed", ["30m", "for 30 min", "30m to here", "to here 30min"])
def test_a_dataflow_is_muted_for_a_length(typed: str) -> None:
    """A length isn't taken for the run; a number alone is."""
    assert parse(f"mute {DATAFLOW} {typed}") == Mute(Dataflow(DATAFLOW), 30 * MINUTE, None)
    assert parse(f"mute {DATAFLOW} 30") == Mute(JobRef(DATAFLOW, 30), HOUR, None)
    assert isinstance(parse(f"mute {DATAFLOW} 30 min"), GrammarError)


_UNITS = {
    "w": (10_080, ["w", " week", " weeks"]),
    "d": (1_440, ["d", " day", " days"]),
    "h": (60, ["h", " hr", "hrs", " hour", " hours"]),
    "m": (1, ["m", "min", " mins", " minute", " minutes"]),
}


@given(st.integers(1, 43_200), st.sets(st.sampled_from("wdh")), st.data())
@example(1, set(), None)
@example(43_200, {"d"}, None)
def test_every_length_that_is_written_is_read(minutes: int, units: set[str], data: st.DataObject | None) -> None:
    """Any length from a minute to 30 days, written with any units in any spelling, is read as that length."""
    left, parts = minutes, []
    for unit, (worth, spellings) in _UNITS.items():
        if unit in units or unit == "m":
            count, left = divmod(left, worth)
            parts += [f"{count}{data.draw(st.sampled_from(spellings)) if data else unit}"] if count else []
    said = (data.draw(st.sampled_from([" ", "", " and "])) if data else "").join(parts)
    for typed in (said, f"for {said}", said.upper()):
        assert parse(f"mute {TYPED} {typed}") == Mute(JOB, timedelta(minutes=minutes), None), typed


@given(st.times())
def test_every_time_of_day_that_is_written_is_read(at: time) -> None:
    """Any time of day is read, whether by 24 hours or by twice twelve."""
    at = at.replace(second=0, microsecond=0, fold=0)
    twelve = f"{(at.hour + 11) % 12 + 1}:{at.minute:02}"
    half = "am" if at.hour < 12 else "pm"
    for typed in (f"{at:%H:%M}", f"{at.hour}:{at.minute:02}", f"{twelve}{half}", f"{twelve} {half.upper()}"):
        assert parse(f"mute {TYPED} until {typed}") == Mute(JOB, None, at), typed


_PIECES = "to me for until 30m 2h 0m 99d 9 9:00 am pm 25:00 noon tomorrow 1h30 30 week and on"
_WORDS = st.lists(
    st.one_of(
        st.sampled_from(_PIECES.split()),
        st.text(st.characters(codec="utf-8"), max_size=12),
        st.from_regex("[0-9]{1,9} ?[mhdwapx:.]{0,2}[0-9]{0,3}", fullmatch=True),
    ),
    max_size=6,
).map(" ".join)


@given(_WORDS)
def test_a_mute_has_an_end_or_an_error_that_keeps_the_job(clauses: str) -> None:
    """A mute has a length or a time of day, within the limits; an error keeps the job in its example."""
    read = parse(f"mute {TYPED} {clauses}")
    if isinstance(read, Mute):
        assert (read.length is None) != (read.until is None)
        assert read.length is None or MINUTE <= read.length <= 30 * DAY
    else:
        refusal = error_for(clauses)
        assert max(len(refusal.problem), len(refusal.hint), len(refusal.example)) < 200


def test_a_bare_number_asks_for_its_unit() -> None:
    """Minutes or hours, as far as a mute may last so long; after a short ID it may be a run instead. Each choice is a
    command about the same job and the same recipient."""
    minutes, hours = 5 * MINUTE, 5 * HOUR
    name = Name("orders")
    for typed, meant in {
        "mute orders 5": [
            Mute(name, minutes, None),
            Mute(name, hours, None),
            Mute(JobRef("orders", 5), HOUR, None),
        ],
        "mute orders 5 to me": [
            Mute(name, minutes, None, ME),
            Mute(name, hours, None, ME),
            Mute(JobRef("orders", 5), HOUR, None, ME),
        ],
        "mute orders for 5": [Mute(name, minutes, None), Mute(name, hours, None)],
        f"mute {TYPED} for 5 to me": [Mute(JOB, minutes, None, ME), Mute(JOB, hours, None, ME)],
        "mute “orders” 999": [Mute(name, 999 * MINUTE, None)],
        "mute orders for 0": [],
    }.items():
        read = parse(typed)
        assert isinstance(read, GrammarError), typed
        assert [parse(line) for _, line in read.choices] == meant, typed
    for typed in ("mute orders 42559", "mute orders/5", f"mute {DATAFLOW} 5", "mute orders 5 2h"):
        assert isinstance(parse(typed), Mute), typed
