"""Time zones as people type them."""

from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.settings.zones import read_zone


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("in Berlin", "Europe/Berlin"),
        ("Berlin time", "Europe/Berlin"),
        ("(Europe/Berlin)", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("America/New York", "America/New_York"),
        ("kolkata", "Asia/Kolkata"),
        ("Mumbai", "Asia/Kolkata"),
        ("US/Pacific", "US/Pacific"),
        ("utc", "UTC"),
        ("GMT", "UTC"),
        ("Z", "UTC"),
    ],
)
def test_a_zone_is_named_by_its_name_or_its_city(typed: str, name: str) -> None:
    """A time zone is read by its IANA name or by its city alone, in any case, with words around it."""
    assert read_zone(typed, str) == name


@pytest.mark.parametrize(
    ("typed", "choices"),
    [
        ("CET", ["Europe/Berlin", "Europe/Paris", "Europe/Madrid"]),
        ("est", ["America/New_York", "America/Toronto"]),
        ("IST", ["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"]),
        ("Pacific time", ["America/Los_Angeles", "America/Vancouver"]),
        ("nicosia", ["Asia/Nicosia", "Europe/Nicosia"]),
        ("Europe/Berln", ["Europe/Berlin"]),
        ("utc+2", []),
        ("+02:00", []),
        ("etc/gmt+2", []),
    ],
)
def test_what_may_mean_several_zones_is_asked_about(typed: str, choices: list[str]) -> None:
    """An abbreviation, an ambiguous city and a misspelled name are answered with the zones that they may mean; an
    offset is refused, since it knows no daylight saving time."""
    read = read_zone(typed, "digest daily 9:00 {}".format)
    assert isinstance(read, GrammarError)
    assert [label for label, _ in read.choices][: len(choices) or None] == choices
    assert all(line == f"digest daily 9:00 {label}" for label, line in read.choices)


@given(st.one_of(st.text(max_size=80), st.sampled_from(sorted(available_timezones()))))
def test_only_a_zone_that_exists_is_read(typed: str) -> None:
    """Whatever is typed, the answer is a zone that exists, which is read again as itself; or an example names one."""
    read = read_zone(typed, str)
    name = read.example if isinstance(read, GrammarError) else read
    assert ZoneInfo(name).key == name
    assert read_zone(name, str) == name
