"""Time zones as people search for them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.channel import time_zones

WINTER, SUMMER = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC)


def test_a_zone_is_found_by_its_city_or_its_offset() -> None:
    """Part of a city's name finds its zone, and so does the offset that its clocks have now."""
    assert time_zones.search("new york", WINTER) == ["America/New_York"]
    assert time_zones.search("YORK", WINTER)[0] == "America/New_York"
    assert time_zones.search("europe ber", WINTER)[0] == "Europe/Berlin"
    assert time_zones.search("kolk", WINTER) == ["Asia/Kolkata"]
    assert "Asia/Kolkata" in time_zones.search("utc+5:30", WINTER)
    assert "Europe/Berlin" in time_zones.search("utc+1", WINTER)
    assert "Europe/Berlin" not in time_zones.search("utc+1", SUMMER)
    assert time_zones.search("utc", WINTER)[0] == "UTC"
    assert time_zones.search("atlantis", WINTER) == []


def test_the_likely_ones_come_first() -> None:
    """A menu that was just opened begins with the zones that the person likely means; unknown ones are left out."""
    found = time_zones.search("", WINTER, likely=["Asia/Tokyo", "Mars/Base", "US/Pacific"])
    assert found[:3] == ["Asia/Tokyo", "US/Pacific", "UTC"]
    assert len(found) == len(set(found))


def test_a_zone_that_is_unknown_here_counts_as_utc() -> None:
    """Another machine, or Slack, may know more zones: what shows one doesn't fail."""
    for name in ("Mars/Base", "America", "../UTC", "x" * 300):
        assert time_zones.zone_named(name) is UTC
        assert time_zones.offset(name, WINTER) == "UTC+0"


@given(st.sampled_from(time_zones.names()), st.sampled_from([WINTER, SUMMER]))
def test_every_zone_can_be_chosen(name: str, now: datetime) -> None:
    """Each zone is known, is found by its own name, and its offset is that of its clocks."""
    assert time_zones.is_time_zone(name)
    assert name in time_zones.search(name, now)
    sign, _, rest = time_zones.offset(name, now).removeprefix("UTC").partition(":")
    minutes = abs(int(sign)) * 60 + int(rest or 0)
    clock = now.astimezone(ZoneInfo(name)).utcoffset()
    assert clock is not None
    assert minutes == abs(clock.total_seconds()) // 60
    assert (clock.total_seconds() < 0) == sign.startswith("-")
