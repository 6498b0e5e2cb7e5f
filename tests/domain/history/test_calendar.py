from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.history.calendar import clock_times

BERLIN, KOLKATA, BEIRUT = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata"), ZoneInfo("Asia/Beirut")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Beirut", "Australia/Lord_Howe")


def hours(day: datetime, zone: ZoneInfo, every: int) -> list[str]:
    """What clocks show on the day that begins then."""
    begin = datetime.combine(day.date(), datetime.min.time(), zone)
    end = datetime.combine(day.date() + timedelta(days=1), datetime.min.time(), zone)
    return [f"{at:%H:%M}" for at in clock_times(begin, end, zone, every)]


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        (BERLIN, datetime(2026, 3, 29, tzinfo=UTC), "00 01 03 04"),  # 02:00 is skipped
        (BERLIN, datetime(2026, 10, 25, tzinfo=UTC), "00 01 02 03"),  # 02:00 comes twice
        (BEIRUT, datetime(2026, 3, 29, tzinfo=UTC), "01 02 03 04"),  # midnight is skipped
        (KOLKATA, datetime(2026, 12, 31, tzinfo=UTC), "00 01 02 03"),
    ],
)
def test_the_hours_of_a_day_on_which_clocks_change(zone: ZoneInfo, day: datetime, expected: str) -> None:
    """Every hour is there that clocks show, once; a day without a midnight begins later."""
    shown = hours(day, zone, 1)
    assert [each[:2] for each in shown[:4]] == expected.split()
    assert shown[-1] == "23:00"


@given(
    st.integers(0, 300_000).map(lambda hours: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
    st.integers(1, 800),
    st.sampled_from(ZONES),
    st.sampled_from([1, 3, 24]),
)
def test_the_marks_of_a_clock(since: datetime, length: int, zone_name: str, every: int) -> None:
    """The marks are in order within the time, and no longer apart than a step on a day on which clocks change."""
    zone, until = ZoneInfo(zone_name), since + timedelta(hours=length)
    found = [at.astimezone(UTC) for at in clock_times(since, until, zone, every)]
    assert found == sorted(set(found))
    assert all(since <= at < until for at in found)
    edges = [since, *found, until]
    assert max(after - before for before, after in pairwise(edges)) <= timedelta(hours=every + 3)
